"""Data and project commands under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def test_init(context):
    def script(s):
        s.run("status")
        s.run("init")
        s.git("init", "-q")
        s.run("init", "-q")
        s.run("init")
        s.run("init", "-f")
        s.snapshot()
    play(context, script, init=False)


def test_add_files_and_folders(context):
    def script(s):
        s.write("file.txt", "data\n")
        s.write("dir/a", "1\n")
        s.write("dir/sub/b", "2\n", mode=0o755)
        s.write("dir/empty", "")
        s.write("sub/日本 x.csv", "3\n")
        s.write("sub/a[1]#!.txt", "4\n")
        s.write("run.sh", "#!/bin/sh\n", mode=0o744)  # known difference: modes_are_kept
        s.run("add", "file.txt", "dir")
        s.run("add", "run.sh")
        s.run("add", "日本 x.csv", "a[1]#!.txt", cwd="sub")
        s.run("status", "--json")
        s.run("add", "nothing")
        s.run("add", "file.txt")
        s.snapshot()
        s.write("dir/a", "changed\n")
        s.run("status", "--json")
        s.run("status")
        s.run("add", "dir")
        s.run("status")
        s.snapshot()
    play(context, script)


def test_one_file_of_a_tracked_folder_is_added_without_the_rest(context):
    def script(s):
        for name in ("a", "b", "s/c"):
            s.write(f"d/{name}", f"{name}\n")
        s.run("add", "d")
        s.write("d/b", "changed, but nobody asked for it\n")
        s.write("d/new", "1\n")
        s.run("add", "d/new")
        s.snapshot()
        s.run("status", "--json")
        s.write("d/t/1", "1\n")
        s.write("d/t/2", "2\n")
        s.run("add", "d/t", "s/c", cwd=".")
        s.run("add", "t", "s/c", cwd="d")
        s.snapshot()
        s.write("d/t/3", "3\n")
        s.run("add", "d/t")
        s.snapshot()
        s.remove("d/s")
        s.write("d/s", "now a file\n")
        s.run("add", "d/s")
        s.remove("d/a")
        s.write("d/a/x", "now a folder\n")
        s.run("add", "d/a")
        s.snapshot()
        s.remove("d/t")
        s.run("add", "d/t")
        s.run("add", "d/t")
        s.run("add", "d/nothing")
        s.run("checkout", "-f", compare="code")  # DVC also lists files as deleted that stay where they are
        s.snapshot()
        s.write("d/q", "q\n")
        s.run("add", "--no-commit", "d/q")
        s.snapshot()
        s.remove(".dvc/cache")
        s.write("d/q", "other\n")
        s.run("add", "d/q")
        s.snapshot()
    play(context, script)


def test_quiet_commands_say_nothing_of_errors(context):
    def script(s):
        s.run("repro", "-q")
        s.run("status", "-q", "nothing")
        s.run("add", "-q", "nothing")
        s.write("dvc.yaml", "stages:\n  a:\n    bad: 1\n")
        s.run("repro", "--quiet")
    play(context, script)


def test_checkout(context):
    def script(s):
        s.write("f", "1\n")
        s.write("d/a", "1\n")
        s.write("d/b", "2\n")
        s.run("add", "-q", "f", "d")
        s.remove("f")
        s.remove("d")
        s.run("checkout")
        s.snapshot()
        s.write("f", "edited\n")
        s.remove("d/a")
        s.run("checkout")
        s.snapshot()
        s.run("checkout", "-f")
        s.remove("d/a")
        s.run("checkout", "--summary")
        s.run("checkout", "d.dvc")
        s.run("checkout", "nosuch")
        s.snapshot()
        s.remove(".dvc/cache/files")
        s.remove("f")
        s.run("checkout")
        s.run("status", "--json")
    play(context, script)


def test_link_types(context):
    def script(s):
        s.run("config", "cache.type", "hardlink,symlink")
        s.write("f", "1\n")
        s.write("d/a", "2\n")
        s.run("add", "-q", "f", "d")
        s.snapshot()
        s.run("unprotect", "f")
        s.snapshot()
        s.run("config", "cache.type", "symlink")
        s.run("checkout", "--relink", compare="code")
        s.run("status", "--json")
    play(context, script)


def test_commit(context):
    def script(s):
        s.write("f", "1\n")
        s.write("src", "1\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp src o\n    deps: [src]\n    outs: [o]\n")
        s.run("add", "-q", "f")
        s.run("repro", "-q")
        s.write("f", "2\n")
        s.write("src", "2\n")
        s.run("commit")
        s.run("commit", "f.dvc")
        s.run("commit", "-f")
        s.run("status", "--json")
        s.run("commit", "nosuch")
        s.snapshot()
    play(context, script)


def test_remove_and_move(context):
    def script(s):
        s.write("f", "1\n")
        s.write("g", "2\n")
        s.write("d/a", "1\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp f o\n    deps:\n    - f\n    outs:\n    - o\n  b:\n    cmd: cp o p\n    deps:\n    - o\n    outs:\n    - p\n")
        s.run("add", "-q", "f", "g", "d")
        s.run("repro", "-q")
        s.run("move", "g", "h")
        s.run("move", "d", "e")
        s.run("move", "o", "x", compare="code")
        s.run("move", "nope", "x", compare="code")
        s.snapshot()
        s.run("remove", "h.dvc", compare="out")
        s.run("remove", "b", compare="out")
        s.run("remove", "nosuch", compare="out")
        s.run("remove", "e.dvc", "--outs", compare="out")
        s.run("remove", "a", compare="out")
        s.snapshot()
    play(context, script)


def test_stage_add(context):
    def script(s):
        s.write("in", "1\n")
        s.write("params.yaml", "lr: 1\nk: {a: 2}\n")
        s.run("stage", "add", "-n", "one", "-d", "in", "-o", "out", "-O", "raw", "-m", "m.json", "-M", "n.json", "--plots", "p.csv", "-p", "lr,k.a",
              "--desc", "the first", "python", "a.py", "x y", "", "$HOME")
        s.run("stage", "add", "-n", "two", "-d", "out", "--outs-persist", "keep", "-w", "sub", "--always-changed", "echo hello", compare="code")
        s.run("stage", "add", "-n", "one", "ls")
        s.run("stage", "add", "-n", "bad/name", "ls")
        s.run("stage", "add", "-n", "far", "-o", "../far", "-O", "../fine", "-m", "s3://b/m", "ls")
        s.run("stage", "add", "-n", "typed", "-d", "./in", "-d", "sub/../in", "-o", "./x", "-o", "sub//y", "-O", f"{s.root}/z", "-w", "./sub/", "ls", compare="code")
        s.run("stage", "add", "-f", "-n", "one", "-d", "in", "-o", "out", "cp in out", compare="code")
        s.run("stage", "list")
        s.run("stage", "list", "--name-only")
        s.snapshot()
    play(context, script)


def test_freeze(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp src o\n    deps:\n    - src\n    outs:\n    - o\n")
        s.write("src", "1\n")
        s.write("f", "1\n")
        s.run("add", "-q", "f")
        s.run("freeze", "a", compare="out")
        s.run("freeze", "f.dvc", compare="out")
        s.snapshot()
        s.run("unfreeze", "a", compare="out")
        s.run("unfreeze", "nosuch")
        s.snapshot()
    play(context, script)


def test_dag(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: x\n    deps: [f]\n    outs: [o]\n  b:\n    cmd: y\n    deps: [o]\n    outs: [p]\n  c:\n    cmd: z\n    deps: [o, p]\n    outs: [q]\n"
                            "  alone:\n    cmd: w\n    outs: [r]\n")
        s.write("f", "1\n")
        s.run("add", "-q", "f")
        s.run("dag", "--md")
        s.run("dag", "--mermaid")
        s.run("dag", "--dot", compare="code")
        s.run("dag", "--md", "b")
        s.run("dag", "--md", "--outs")
        s.run("dag", "--md", "--full", "b")
        s.run("dag")
    play(context, script)


def test_gc(context):
    def script(s):
        s.write("f", "1\n")
        s.run("add", "-q", "f")
        s.write("f", "2\n")
        s.run("add", "-q", "f")
        s.run("gc")
        s.run("gc", "-w")
        s.run("gc", "-w", "-f")
        s.run("gc", "-w", "-f")
        s.snapshot()
    play(context, script)


def test_config(context):
    def script(s):
        s.run("config", "core.autostage", "true")
        s.run("config", "core.autostage")
        s.run("config", "core.nope", "1")
        s.run("config", "core.analytics", "maybe")
        s.run("config", "cache.type", "hardlink,symlink")
        s.run("config", "--local", "cache.dir", "../elsewhere")
        s.run("config", "-l")
        s.run("config", "-u", "core.autostage")
        s.run("config", "-u", "core.autostage")
        s.run("config", "core.remote")
        s.write(".dvc/config", "[core\n")
        s.run("status", compare="code")
        s.snapshot()
    play(context, script)


def test_dvcignore(context):
    def script(s):
        s.write(".dvcignore", "*.log\n/skip/\n!keep.log\n")
        s.write("d/a", "1\n")
        s.write("d/b.log", "2\n")
        s.write("d/keep.log", "3\n")
        s.write("skip/dvc.yaml", "stages: {}\n")
        s.run("add", "-q", "d")
        s.run("check-ignore", "d/b.log", "d/a")
        s.run("check-ignore", "-d", "d/b.log", "d/keep.log")
        s.run("check-ignore", "-d", "-n", "d/a")
        s.write("top.log", "1\n")
        s.run("add", "top.log")
        s.snapshot()
    play(context, script)


def test_dvcignore_with_stars_and_negations(context):
    def script(s):
        for patterns in ("data/**/*\n!data/**/*.dvc\n", "data/*\n!data/*.dvc\n", "data/**\n!data/**/*.dvc\n", "data/\n!data/x.dvc\n",
                         "/data/**/*\n!/data/x.dvc\n", "*\n!*.dvc\n!*/\n", "data/**/*\n!data/sub/\n!data/sub/x.dvc\n", "data/*/*\n!data/sub/x.dvc\n",
                         "data/**\n!data/**\n", "/data/**\n!data/\n", "d*/**\n", "data/\n!*/\n", "data/sub/\n!**/\n", "*/\n", "/*/\n", "/*\n!/data\n",
                         "/**\n!x.dvc\n", "**\n", "data/sub/**\n", "**/sub/**\n", "sub/**\n", "*.dvc\n!data/**\n"):
            s.write(".dvcignore", patterns)
            s.write("data/x.dvc", "outs:\n- path: a\n  md5: b026324c6904b2a9cb4b88d6d61c81d1\n")
            s.write("data/sub/x.dvc", "outs:\n- path: b\n  md5: b026324c6904b2a9cb4b88d6d61c81d1\n")
            s.write("data/f", "1")
            s.run("check-ignore", "-d", "-a", "data/x.dvc", "data/sub/x.dvc", "data/f", "data/sub", "data")
            s.run("check-ignore", "data/x.dvc", "data/sub/x.dvc", "data/f", "data/sub", "data")
            s.run("status")
    play(context, script)


def test_stage_files_that_git_ignores_are_passed_over(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n")
        for lines in ("build/\n", "/build\n", "build/*\n", "build/**\n", "build/**/*\n!build/**/*.dvc\n", "*.dvc\n", "build/dvc.yaml\n", "build/*\n!build/dvc.yaml\n",
                      "/build/*/\n", "b*\n!build\n", "build/\n!build/\n", "build/**/x.dvc\n", "**/build\n", "*/\n", "buil[d]/\n", "build/?*\n", "build/**/\n"):
            s.write(".gitignore", lines)
            s.write("build/dvc.yaml", "stages:\n  b:\n    cmd: echo 1 > o\n    outs: [o]\n")
            s.write("build/x.dvc", "outs:\n- path: y\n  md5: b026324c6904b2a9cb4b88d6d61c81d1\n")
            s.run("stage", "list", "--all")
            s.run("status")
        s.write(".gitignore", "/build/\n")
        for target in ("build/dvc.yaml:b", "build/dvc.yaml", "build/x.dvc"):
            s.run("repro", target)
            s.run("status", target)
        s.run("repro", cwd="build")
        s.run("checkout", "build/x.dvc")
        s.run("remove", "build/x.dvc")
        s.write("build/d", "1\n")
        s.run("add", "build/d")
        s.snapshot()
    play(context, script)


def test_usage_errors(context):
    def script(s):
        s.run("nosuch", compare="code")
        s.run("repro", "--nosuch", compare="code")
        s.run("checkout", "--summ")
        s.run("root")
        s.run("--version")
        s.run("stage", compare="code")
    play(context, script)


def test_autostage(context):
    def script(s):
        s.run("config", "core.autostage", "true")
        s.write("f", "1\n")
        s.run("add", "f")
        s.git("commit", "-qm", "x")
        s.run("status", "--json")
    play(context, script)


def test_broken_files(context):
    def script(s):
        for text in ("stages:\n  a:\n    cmd: 1\n", "stages:\n  a:\n    foo: 1\n", "stages: [\n", "a: b: c\n", "stages:\n  a:\n    cmd: x\n    cmd: y\n", "\x01\n",
                     "stages:\n  a:\n    cmd: echo ${nope}\n", "stages:\n  a:\n    cmd: x\n    deps: [o]\n    outs: [o]\n",
                     "stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: y\n    outs: [o]\n",
                     "stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: y\n    outs: [o/p]\n",
                     "stages:\n  a:\n    cmd: x\n    live: m\n"):
            s.write("dvc.yaml", text)
            s.run("repro", compare="code")
            s.run("status", compare="code")
        s.write("dvc.yaml", b"stages:\n  a:\n    cmd: \xff\n")
        s.run("repro", compare="code")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n")
        for lock in ("", "a:\n  cmd: x\n", "schema: 2.0\nstages: {}\n", "schema: '2.0'\nstages:\n  a: 1\n", "schema: '2.0'\nstages: {}\nmore: 1\n"):
            s.write("dvc.lock", lock)
            s.run("status", compare="code")
    play(context, script)
