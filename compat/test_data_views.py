"""What changed in tracked data, and what there is: diff, data status, ls and du under both tools."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def status(s, *argv):
    """`data status --json`, whose lists have no order in DVC, and the text without it."""
    done = s.run("data", "status", "--json", *argv, compare="none")

    def ordered(value):
        if isinstance(value, dict):
            return {k: ordered(v) for k, v in value.items()}
        return sorted(value, key=json.dumps) if isinstance(value, list) else value
    done.out = json.dumps(ordered(json.loads(done.out or "{}")), sort_keys=True)
    s.log[-1] = ("all", done)
    s.run("data", "status", *argv, compare="lines")


def data_project(s):
    s.git("checkout", "-q", "-b", "main")
    for name, text in {"f.txt": "f", "gone.txt": "gone", "dir/a": "a", "dir/b": "b", "dir/sub/c": "c", "dir/sub/d": "d", "same/x": "x", "same/y": "y"}.items():
        s.write(name, text)
    s.run("add", "-q", "f.txt", "gone.txt", "dir", "same")
    s.write("dvc.yaml", "stages:\n  never:\n    cmd: echo x > never.txt\n    outs: [never.txt]\n  made:\n    cmd: mkdir -p o; echo 1 > o/1; echo 2 > m.json\n"
            "    outs: [o]\n    metrics: [m.json: {cache: false}]\n")
    s.run("repro", "-q", "made")


def test_diff(context):
    def script(s):
        data_project(s)
        s.run("diff")  # no commit yet
        s.run("diff", "--json")
        s.commit("one")
        s.run("diff")
        s.write("f.txt", "f2")
        s.write("dir/new", "new")
        (s.root / "dir/a").rename(s.root / "dir/a2")
        s.remove("dir/sub/d")
        s.remove("gone.txt")
        for argv in ([], ["--show-hash"], ["--md"], ["--json"], ["--json", "--show-hash"], ["--hide-missing"], ["HEAD", "HEAD"],
                     ["--targets", "dir"], ["--targets", "dir/sub", "f.txt", "--json"], ["--targets", "nothing"], ["nope"], ["HEAD", "--targets", "dir/sub"]):
            s.run("diff", *argv)
        s.run("add", "-q", "f.txt", "dir")
        s.run("remove", "-q", "gone.txt.dvc")
        s.commit("two")
        s.write("f.txt", "f3")
        for argv in (["HEAD~1"], ["HEAD~1", "HEAD"], ["HEAD", "HEAD~1", "--json"], ["HEAD~1", "HEAD", "--md", "--show-hash"],
                     ["HEAD~1", "HEAD", "--json", "--show-hash"], ["HEAD~1", "HEAD", "--targets", "dir"]):
            s.run("diff", *argv)
        s.remove(".dvc/cache/files/md5/" + "8f")  # holds f: 8fa14cdd754f91cc6554c9e71929cce7
        s.run("diff", "HEAD~1")
        s.run("diff", "HEAD~1", "--json", "--show-hash")
    play(context, script)


def test_data_status(context):
    def script(s):
        status(s)
        data_project(s)
        status(s, "--granular", "--unchanged")
        s.commit("one")
        status(s)
        status(s, "--granular", "--unchanged")
        s.write("f.txt", "f2")
        s.write("dir/new", "new")
        (s.root / "dir/a").rename(s.root / "dir/a2")
        s.remove("dir/sub/d")
        s.remove("gone.txt")
        s.write("loose/file", "untracked")
        for argv in ([], ["--granular"], ["--granular", "--unchanged"], ["--unchanged"], ["--untracked-files"], ["dir"], ["--granular", "dir/sub", "f.txt", "--unchanged"]):
            status(s, *argv)
        s.run("add", "-q", "f.txt", "dir")
        s.run("remove", "-q", "gone.txt.dvc")
        s.run("mv", "-q", "same", "moved")
        status(s, "--granular", "--unchanged")
        status(s)
        s.commit("two")
        s.write("dir/new", "newer")
        s.remove(".dvc/cache/files/md5/" + "92")  # holds b and 92eb5ffee6ae2fec3ad71c777531578f
        status(s, "--granular")
        status(s)
    play(context, script)


def test_data_status_without_listings(context):
    def script(s):
        data_project(s)
        s.commit("one")
        s.write("dir/sub/e", "e")
        for listing in (s.root / ".dvc/cache/files/md5").glob("*/*.dir"):
            listing.unlink()
        s.remove(".dvc/tmp")
        status(s, "--granular")
    play(context, script)


def test_data_status_without_git(context):
    def script(s):
        s.run("init", "-q", "--no-scm")
        s.write("f", "1")
        s.write("g", "1")
        s.run("add", "-q", "f", "g")
        s.write("f", "2")
        status(s, "--unchanged")
        s.run("diff")
    play(context, script, init=False)


def test_list_and_du(context):
    def script(s):
        data_project(s)
        s.write("src/x/run.py", "print()\n", mode=0o755)
        s.write("big.bin", "x" * 20000)
        s.commit("one")
        s.write("f.txt", "longer")
        s.remove("dir/a")  # still tracked, so still listed
        for argv in (["."], [".", "-R"], [".", "--dvc-only"], [".", "-R", "-L", "2"], [".", "dir"], [".", "nope"], [".", "src", "-T"],
                     [".", "--tree", "--json"]):
            s.run("ls", *argv)
        s.run("list", ".", "dir/b", "--json", compare="json")
        s.run("ls", ".", "-R", "--dvc-only", "--json", compare="json")
        s.run("ls", ".", "-T", "--dvc-only", "--show-hash")
        s.run("ls", ".", "-R", "--rev", "HEAD")
        s.run("ls", ".", "--rev", "nope")
        s.run("ls", ".", "dir", "--size", "--show-hash")
        for argv in ([".", "src"], [".", "-s"], [".", "dir/b"]):
            s.run("du", *argv, compare="lines")
        s.run("du", ".", compare="lines")
    play(context, script)
