"""Git hooks, the merge driver of *.dvc files and staging under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def keep(s, name, kind=lambda path: path.read_text()):
    """Puts a file of Git's folder where the snapshot sees it."""
    path = s.root / ".git" / name
    s.write("seen/" + name, kind(path) if path.exists() else "absent")


def hooks(s):
    for name in ("pre-commit", "post-checkout", "pre-push"):
        keep(s, f"hooks/{name}", lambda path: path.read_text() + oct(path.stat().st_mode))


def test_install(context):
    def script(s):
        s.run("install")
        hooks(s)
        s.write("driver", s.read(".git/config").split('[merge "dvc"]')[1].split("[merge")[0])
        s.snapshot()
        s.run("install")
        s.remove(".git/hooks/post-checkout")
        s.run("install")
        hooks(s)
        s.snapshot()
    play(context, script)


def test_install_by_the_pre_commit_tool(context):
    def script(s):
        s.run("install", "--use-pre-commit-tool")
        s.snapshot()
        s.run("install", "--use-pre-commit-tool")
        s.snapshot()
        s.write(".pre-commit-config.yaml", "# mine\nrepos:\n- repo: x   # one\n  hooks: []\n")
        s.run("install", "--use-pre-commit-tool")
        hooks(s)
        s.snapshot()
    play(context, script)


def test_hooks(context):
    def script(s):
        s.write("a", "a\n")
        s.run("add", "a")
        s.commit("one")
        s.run("git-hook", "pre-commit")
        s.write("a", "b\n")
        s.run("git-hook", "pre-commit")
        s.run("git-hook", "post-checkout", "old", "new", "0")
        s.run("git-hook", "post-checkout", "old", "new", "1")
        s.remove("a")
        s.run("git-hook", "post-checkout")
        s.run("git-hook", "post-checkout", env={"PRE_COMMIT_CHECKOUT_TYPE": "0"})
        (s.root / ".git/rebase-merge").mkdir()
        s.run("git-hook", "post-checkout", "old", "new", "1")
        s.snapshot()
        (s.root / ".git/rebase-merge").rmdir()
        s.run("git-hook", "post-checkout", env={"PRE_COMMIT_CHECKOUT_TYPE": "1"})
        s.snapshot()
    play(context, script)


VERSIONS = {
    "before": {"1": "1", "2": "2", "s/x": "1"}, "ours": {"1": "1", "4": "44", "s/x": "1"}, "theirs": {"1": "1", "2": "2", "s/x": "222", "n/m": "1"},
    "clash": {"1": "other", "2": "2", "s/x": "4"}, "clash2": {"1": "another", "2": "2", "s/x": "5"},
}


def test_merge_driver(context):
    def script(s):
        for name, files in VERSIONS.items():
            if s.exists("d"):
                s.remove("d")
            for path, text in files.items():
                s.write(f"d/{path}", text)
            s.run("add", "d", "-q")
            s.write(f"kept/{name}", s.read("d.dvc"))
        s.write("f", "1")
        s.run("add", "f", "-q")
        s.write("empty", "")
        s.write("kept/with-meta", "meta: {a: 1}  # mine\n" + s.read("kept/ours"))
        for ancestor, ours, theirs in (("kept/before", "kept/ours", "kept/theirs"), ("kept/before", "kept/theirs", "kept/ours"),
                                       ("kept/before", "kept/clash", "kept/theirs"), ("kept/before", "kept/clash", "kept/clash2"),
                                       ("empty", "kept/ours", "kept/ours"), ("kept/before", "kept/with-meta", "kept/theirs"),
                                       ("f.dvc", "f.dvc", "f.dvc"), ("kept/before", "kept/ours", "f.dvc")):
            s.write("result", s.read(ours))
            s.run("git-hook", "merge-driver", "--ancestor", ancestor, "--our", "result", "--their", theirs, compare="all")
            s.snapshot()
    play(context, script)


def test_autostage(context):
    def script(s):
        s.run("config", "core.autostage", "true")
        s.commit("one")
        s.write("a", "a\n")
        s.run("add", "a")
        s.write("seen", staged(s))
        s.run("stage", "add", "-n", "st", "-d", "a", "-o", "out", "cp a out")
        s.run("repro")
        s.write("seen", staged(s))
        s.snapshot()
    play(context, script)


def staged(s):
    import subprocess
    return subprocess.run(["git", "diff", "--cached", "--name-status"], cwd=s.root, capture_output=True, text=True, check=True).stdout
