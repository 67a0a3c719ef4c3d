"""Data to and from remotes, under both tools: a folder as a remote."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def project(s, *remotes):
    for name in ("a", "b", "s/c"):
        s.write(f"d/{name}", f"{name}\n")
    s.write("f", "f\n")
    s.run("add", "-q", "d", "f")
    s.write("dvc.yaml", "stages:\n  s:\n    cmd: cp f o && echo more >> o\n    deps: [f]\n    outs: [o]\n"
                        "  t:\n    cmd: echo 5 > q; echo 6 > p; echo 7 > u\n    deps: [f]\n    outs:\n"
                        "    - q: {push: false}\n    - p: {remote: second}\n    - u: {cache: false}\n")
    s.run("remote", "add", "-d", "first", "remote/first")
    s.run("remote", "add", "second", "remote/second")
    s.run("repro", "-q")
    s.snapshot()


def forget(s, *more):
    """As a fresh clone: no cache, no memory of DVC's or ours."""
    s.remove(".dvc/cache")
    s.remove(".dvc/tmp")
    for path in more:
        s.remove(path)


def test_push_and_pull(context):
    def script(s):
        project(s)
        s.run("push")
        s.run("push")
        s.snapshot()
        forget(s, "d", "f", "o", "p", "q")
        s.run("pull", "d")
        s.run("pull", "d")
        s.snapshot()
        forget(s, "d")
        s.run("fetch", "d/s", "o")
        s.snapshot()
        s.run("fetch", "d", "f", "o", "p")
        s.run("fetch", "d", "f", "o", "p")
        s.run("checkout", "d", "f", "o", "p")
        s.snapshot()
        s.write("d/a", "edited\n")
        s.run("pull", "d")
        s.run("pull", "-f", "d")
        s.remove("d/b")
        s.write("d/new", "new\n")
        s.run("add", "-q", "d")
        s.run("push", "d/new")
        s.run("status", "-c", "d")
        s.snapshot()
    play(context, script)


def test_pull_says_what_came_and_changed(context):
    def script(s):
        for name in ("a", "b", "c"):
            s.write(f"d/{name}", f"{name}\n")
        s.write("f", "f\n")
        s.run("add", "-q", "d", "f")
        s.run("remote", "add", "-d", "first", "remote/first")
        s.run("push")
        forget(s, "d", "f")
        s.run("pull")
        s.write("d/e", "e\n")
        s.write("d/a", "changed\n")
        s.remove("d/b")
        s.write("f", "g\n")
        s.run("pull", "-f")
        s.remove("d/c")
        s.write("d/a", "changed\n")
        forget(s)
        s.run("pull", "--force")
        s.snapshot()
    play(context, script)


def test_without_a_remote(context):
    def script(s):
        s.write("f", "f\n")
        s.run("add", "-q", "f")
        for command in ("push", "fetch", "pull"):
            s.run(command)
            s.run(command, "-r", "nothing")
            s.run(command, "nothing")
        s.run("status", "-c")
        s.run("status", "-c", "-r", "nothing")
        s.run("remote", "add", "-d", "first", "remote")
        for command in ("push", "fetch", "pull"):
            s.run(command, "nothing")
        s.run("status", "-c", "nothing")
    play(context, script)


def test_what_is_missing_everywhere(context):
    def script(s):
        s.write("f", "f\n")
        s.write("g", "g\n")
        s.run("add", "-q", "f", "g")
        s.run("remote", "add", "-d", "first", "remote")
        s.run("push", "-q", "g")
        forget(s, "f", "g")
        s.run("status", "-c")
        s.run("push")
        s.run("fetch")
        s.run("pull")
        s.run("pull", "--allow-missing")
        s.snapshot()
    play(context, script)


def test_status_of_cache_and_remote(context):
    def script(s):
        for name in ("a", "s/c"):
            s.write(f"d/{name}", f"{name}\n")
        s.write("sub/f", "f\n")
        s.run("add", "-q", "d", "sub/f")
        s.run("remote", "add", "-d", "first", "remote")
        s.run("status", "-c", "sub/f.dvc")
        s.run("status", "-c", "f.dvc", cwd="sub")
        s.run("status", "-c", "--json", "sub/f.dvc")
        s.run("push", "-q")
        s.run("status", "-c")
        s.run("status", "-c", "--json")
        s.remove(".dvc/cache")
        s.run("status", "-c", "sub/f.dvc")
        s.run("status", "-c", "-q", "sub/f.dvc")
        s.run("status", "-q", "-c", "-r", "first", "d.dvc")
        s.run("status", "-r", "first", "d.dvc", compare="code")
    play(context, script)


def test_run_cache_travels(context):
    def script(s):
        project(s)
        s.run("push", "--run-cache")
        s.snapshot()
        forget(s, "o", "p", "q", "u", "dvc.lock")
        s.run("fetch", "--run-cache", "f")
        s.run("fetch", "--run-cache", "f")
        s.snapshot()
    play(context, script)


def test_collecting_garbage_of_a_remote(context):
    def script(s):
        project(s)
        s.run("push", "-q")
        s.git("add", "-A")
        s.git("commit", "-qm", "one")
        s.write("f", "other\n")
        s.run("add", "-q", "f")
        s.run("push", "-q")
        s.run("gc", "-a", "-c", "-f", compare="code")  # DVC looks at a remote again for every revision
        s.run("gc", "-w", "-c", "-f", "-r", "first")
        s.run("gc", "-c", "-f")
        s.snapshot()
        s.run("status", "-c", "f")
    play(context, script)


def test_fetch_of_some_sizes_and_kinds(context):
    def script(s):
        s.write("f", "1234\n")
        s.write("g", "12345678\n")
        s.write("d/a", "aaaa\n")
        s.write("d/b", "bb\n")
        s.run("add", "-q", "f", "g", "d")
        s.write("dvc.yaml", "stages:\n  s:\n    cmd: echo 1 > m.json; echo a,b > p.csv; echo d > o\n"
                            "    outs: [o]\n    metrics: [m.json]\n    plots: [p.csv]\n")
        s.run("repro", "-q")
        s.run("remote", "add", "-q", "-d", "k", "remote/k")
        s.run("push", "-q")
        for flags in ("--max-size 5", "--max-size 6", "--max-size 9", "--type metrics", "--type metrics --type plots", "--max-size 4 --type plots"):
            forget(s)
            s.run("fetch", *flags.split())
            if s.exists(".dvc/cache"):
                s.snapshot()
    play(context, script)
