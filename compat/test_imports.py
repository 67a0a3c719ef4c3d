"""import, import-url, update, get, get-url, list-url, add --to-remote: the same script under both tools."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402
from sides import base_env, play, sides  # noqa: E402


def outside(s):
    s.write("../outside/f", "f\n")
    s.write("../outside/d/a", "a\n")
    s.write("../outside/d/s/b", "b\n")


def clean(s, *names):
    for name in names:
        if s.exists(name):
            s.remove(name)


def test_import_url_of_paths(context):
    def script(s):
        outside(s)
        s.run("import-url", "../outside/f")
        s.run("import-url", "../outside/d")
        s.run("import-url", "../outside/f")
        s.run("import-url", "-f", "../outside/f")
        s.run("import-url", str(s.root.parent / "outside/f"), "g")
        s.run("import-url", "--no-download", "../outside/d", "nd")
        s.run("import-url", "--no-exec", "../outside/f", "ne")
        s.write("w", "w\n")
        s.run("import-url", "w", "w2")
        s.write("sub/x", "")
        s.run("import-url", "../../outside/f", "h", cwd="sub")
        s.run("import-url", "../outside/nosuch")
        s.run("import-url", "../outside/f", "nodir/x")
        s.run("import-url", "../outside/f", "/nowhere/x")
        s.run("import-url", "remote://nope/f")
        s.run("import-url", "--no-exec", "--to-remote", "../outside/f", "q")
        s.run("import-url", "-r", "k", "../outside/f", "q")
        s.snapshot()
        s.run("status", compare="lines")
        s.run("update", "f.dvc")
        s.write("../outside/f", "f2\n")
        clean(s, "../outside/d/a")
        s.run("update", "f.dvc", "d.dvc", compare="lines")
        s.run("update", "ne.dvc")
        s.run("update", "nosuch.dvc")
        s.run("update", "-R", "sub")
        s.snapshot()
        clean(s, "../outside")
    play(context, script)


def test_to_remote(context):
    def script(s):
        outside(s)
        s.run("remote", "add", "-q", "-d", "k", "../remote-k")
        s.run("import-url", "--to-remote", "../outside/d", "tr")
        s.run("add", "--to-remote", "../outside/d", "-o", "ad")
        s.run("add", "../outside/f", "-o", "af")
        s.run("add", "../outside/f", "-o", "af")
        s.run("add", "--to-remote", "../outside/f", "../outside/d")
        s.run("add", "--to-remote", "--no-commit", "../outside/f")
        s.run("add", "-r", "k", "../outside/f")
        s.write("w", "w\n")
        s.run("add", "--to-remote", "w")
        s.run("import-url", "--to-remote", "-r", "nope", "../outside/f", "q")
        for litter in (s.root / ".dvc/cache").rglob(".*.tmp"):
            litter.unlink()  # DVC's
        s.snapshot()
        s.snapshots.append({str(p.relative_to(s.root.parent)): "" for p in (s.root.parent / "remote-k").rglob("*") if p.is_file() and ".tmp" not in p.name})
        s.run("pull", "tr.dvc")
        s.run("update", "w.dvc")
        s.snapshot()
        clean(s, "../outside", "../remote-k")
    play(context, script)


def test_http(context):
    storage = servers.http_storage()

    def script(s):
        (storage.root / "in").mkdir(exist_ok=True)
        (storage.root / "in/a.txt").write_text("one\n")
        url = storage.url + "/in"
        s.run("import-url", f"{url}/a.txt")
        s.run("import-url", "--no-download", f"{url}/a.txt", "nd")
        s.run("import-url", f"{url}/nosuch")
        s.run("get-url", f"{url}/a.txt", "g")
        s.run("get-url", f"{url}/a.txt", "g")
        s.run("get-url", "-f", f"{url}/a.txt", "g")
        s.run("get-url", f"{url}/nosuch")
        s.run("list-url", f"{url}/a.txt")
        s.snapshot()
        (storage.root / "in/a.txt").write_text("two\n")
        s.run("update", "a.txt.dvc")
        s.run("update", "a.txt.dvc")
        s.snapshot()
    play(context, script)


def test_get_url_and_list_url(context):
    def script(s):
        outside(s)
        s.run("get-url", "../outside/d")
        s.run("get-url", "../outside/d")
        s.run("get-url", "../outside/f", "d")
        s.run("get-url", "../outside/nosuch")
        s.run("list-url", "../outside", compare="lines")
        s.run("list-url", "-R", "../outside", compare="lines")
        s.run("list-url", "-T", "../outside")
        s.run("list-url", "../outside/nosuch", compare="code")
        s.snapshot()
        clean(s, "../outside")
    play(context, script)


def source_repository(s):
    """A project with a remote: m (a file), dir (a folder), code.py (Git's), gd (Git's folder), two commits, the tag v1."""
    root = s.root.parent / "source"
    clean(s, "../source", "../source-remote")
    s.write("../source/dir/a", "1\n")
    s.write("../source/dir/s/b", "2\n")
    s.write("../source/m", "m\n")
    s.write("../source/code.py", "code\n")
    s.write("../source/gd/g", "g\n")

    def git(*argv):
        subprocess.run(["git", *argv], cwd=root, check=True, capture_output=True, env=base_env(s.root.parent))

    def tool(*argv):
        code, out, err = s.tool(list(argv), root, {})
        assert code == 0, (argv, out, err)
    git("init", "-q", "-b", "main")
    tool("init", "-q")
    tool("remote", "add", "-q", "-d", "st", str(s.root.parent / "source-remote"))
    tool("add", "-q", "dir", "m")
    tool("push", "-q")
    git("add", "-A")
    git("commit", "-qm", "1")
    git("tag", "v1")

    def change(text):
        s.write("../source/m", text)
        tool("add", "-q", "m")
        tool("push", "-q")
        s.write("../source/code.py", text)
        git("commit", "-qam", text)
    change("m2\n")
    return root, change


def test_import_from_a_repository(context):
    def script(s):
        root, change = source_repository(s)
        src = str(root)
        s.run("import", src, "m")
        s.run("import", src, "dir")
        s.run("import", src, "dir/s", "-o", "part")
        s.run("import", src, "dir/a", "-o", "file")
        s.run("import", src, "code.py")
        s.run("import", src, "gd")
        s.run("import", "--rev", "v1", src, "m", "-o", "m1")
        s.run("import", "--no-download", src, "dir", "-o", "nd")
        s.run("import", "--no-exec", "--rev", "v1", src, "dir", "-o", "ne")
        s.run("import", "../source", "m", "-o", "rel")
        s.run("import", "--rev", "nope", src, "m", "-o", "x")
        s.run("import", src, "m")
        s.run("import", src + "-not", "m", "-o", "x", compare="code")
        s.snapshot()
        s.run("status", compare="lines")
        change("m3\n")
        s.run("status", compare="lines")
        s.run("update", "m.dvc")
        s.run("update", "m1.dvc")
        s.run("update", "--rev", "main", "m1.dvc")
        s.run("update", "ne.dvc")
        s.run("update", "--to-remote", "m.dvc")
        s.snapshot()
        clean(s, ".dvc/cache", "m", "dir", "code.py", "part")
        s.run("pull", "m.dvc", "dir.dvc", "code.py.dvc", "part.dvc", compare="lines")
        s.snapshot()
        clean(s, "../source", "../source-remote")
    play(context, script)


def test_repro_follows_imports_that_are_not_frozen(context):
    def script(s):
        root, change = source_repository(s)
        outside(s)
        s.run("import-url", "-q", "../outside/f")
        s.run("import-url", "-q", "../outside/d")
        s.run("import", "-q", str(root), "m")
        s.write("dvc.yaml", "stages:\n  s:\n    cmd: cat f d/a m > o\n    deps: [f, d, m]\n    outs: [o]\n")
        s.run("repro", "-q")
        s.run("unfreeze", "f.dvc", "d.dvc", "m.dvc")
        s.write("../outside/f", "f2\n")
        s.write("../outside/d/new", "new\n")
        change("m3\n")
        s.run("status", "--json", compare="json")
        s.run("repro", "--dry")
        s.run("repro", compare="code")  # of the repository the recorded commit is taken again; DVC names files for Git in any order
        s.snapshot()
        s.write("m", "changed\n")
        s.write("../outside/f", "f3\n")
        s.run("repro", "--no-commit", compare="code")
        s.snapshot()
        clean(s, "../outside/f", "f")
        s.run("repro", "f.dvc", compare="lines")
        clean(s, "../source", "../source-remote", "../outside")
    play(context, script)


def test_get_from_a_repository(context):
    def script(s):
        root, change = source_repository(s)
        src = str(root)
        s.run("get", src, "m")
        s.run("get", src, "m")
        s.run("get", "--rev", "v1", src, "m", "-o", "m1")
        s.run("get", src, "dir/s", "-o", "part")
        s.run("get", "--rev", "v1", src, "dir")
        s.run("get", "../source", "code.py", "-o", "part")
        s.run("get", "--rev", "v1", src, ".", "-o", "all")
        s.run("get", "--rev", "nope", src, "m", "-o", "x")
        s.run("get", "--show-url", src, "m")
        s.run("get", "--show-url", src, "dir")
        s.run("get", src + "-not", "m", "-o", "x", compare="code")
        # Without its own cache: from its remote.
        clean(s, "../source/.dvc/cache", "../source/m", "../source/dir")
        s.run("get", src, "m", "-o", "m2")
        s.run("get", src, "dir", "-o", "dir2")
        s.snapshot()
        clean(s, "../source", "../source-remote")
    play(context, script)


def test_repository_behind_a_url(context):
    """Cloned once, then brought up to date: of pivot alone (real DVC clones anew each time)."""
    with sides(context) as both:
        def script(s):
            root, change = source_repository(s)
            url = f"file://localhost{root}"
            env = {"XDG_CACHE_HOME": str(s.root.parent / "user-cache")}
            assert s.run("import", url, "m", env=env).code == 0
            assert s.read("m") == "m2\n"
            change("m3\n")
            assert "update available" in s.run("status", env=env).out
            assert s.run("update", "m.dvc", env=env).code == 0
            assert s.read("m") == "m3\n"
            assert s.run("get", "--rev", "v1", url, "m", "-o", "old", env=env).code == 0
            assert s.read("old") == "m\n"
            listed = s.run("list", url, env=env)
            assert listed.code == 0 and "code.py" in listed.out, listed
            gone = s.run("get", url + "-not", "m", "-o", "x", env=env)
            assert gone.code == 1 and "Failed to clone" in gone.err, gone
            clean(s, "../source", "../source-remote", "../user-cache")
        both.play(script, "pivot", both.pivot)


def test_settings_for_the_source(context):
    """get and import with --config and --remote-config: the data is in a remote that the repository's own settings don't name."""
    def script(s):
        s.write("../source/d", "d\n")
        for argv in (("git", "init", "-q"), ("git", "add", "-A"), ("git", "commit", "-q", "--allow-empty", "-m", "empty")):
            subprocess.run(argv, cwd=s.root.parent / "source", check=True, env=base_env(s.root.parent), capture_output=True)
        s.run("init", "-q", cwd="../source")
        s.run("add", "-q", "d", cwd="../source")
        s.run("remote", "add", "-q", "-d", "r", "/nonexistent/store", cwd="../source")
        s.run("remote", "add", "-q", "other", str(s.root.parent / "real-store"), cwd="../source")
        s.run("push", "-q", "-r", "other", cwd="../source")
        for argv in (("git", "add", "-A"), ("git", "commit", "-q", "-m", "data")):
            subprocess.run(argv, cwd=s.root.parent / "source", check=True, env=base_env(s.root.parent), capture_output=True)
        clean(s, "../source/.dvc/cache")
        store = f"url={s.root.parent / 'real-store'}"
        s.write("config", f"[core]\n    remote = cfg\n['remote \"cfg\"']\n    url = {s.root.parent / 'real-store'}\n")
        for name, *options in (("c", "--config", "config"), ("o", "--remote-config", store), ("n", "--remote", "new", "--remote-config", store),
                               ("bad", "--remote", "new", "--remote-config", store, "x=y")):
            s.run("import", "-q", "../source", "d", "-o", name, *options)
            clean(s, ".dvc/cache")
            if name != "bad":  # DVC's `get` looks at no option
                s.run("get", "-q", "../source", "d", "-o", f"got-{name}", *options, compare="code")
        for name in ("c", "o", "n"):
            s.snapshots.append({name: re.sub("rev_lock: .*", "", s.read(f"{name}.dvc")), "data": s.read(name), "got": s.read(f"got-{name}")})
        clean(s, "c")
        s.run("pull", "-q", "c.dvc", compare="code")
        assert s.read("c") == "d\n"
        clean(s, "../source", "../real-store")
    play(context, script)
