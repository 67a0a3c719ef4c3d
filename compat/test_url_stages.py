"""Stages that depend on URLs, and runs that bring what is missing from the remote: the same script under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402
from sides import play  # noqa: E402

URL_STAGE = """stages:
  s:
    cmd: echo made > o
    deps:
    - %s
    - local
    outs:
    - o
"""


def test_a_dep_behind_a_url(context):
    storage = servers.http_storage()

    def script(s):
        (storage.root / "stage").mkdir(exist_ok=True)
        source = storage.root / "stage/in.txt"
        source.write_text("one\n")
        s.write("local", "l\n")
        s.write("dvc.yaml", URL_STAGE % f"{storage.url}/stage/in.txt")
        s.run("status")
        s.run("repro")
        s.run("status")
        s.run("repro")
        s.snapshot()
        source.write_text("two\n")
        s.run("status", "--json", compare="json")
        s.run("repro", "--dry")
        s.run("repro")
        s.snapshot()
        source.unlink()
        s.run("status")
        s.run("repro")
    play(context, script)


def test_repro_brings_what_is_missing(context):
    def script(s):
        s.run("remote", "add", "-q", "-d", "r", "../pull-remote")
        s.write("data/a", "a\n")
        s.run("add", "-q", "data")
        s.write("dvc.yaml", "stages:\n  one:\n    cmd: cp data/a b\n    deps: [data]\n    outs: [b]\n"
                            "  two:\n    cmd: cat b extra > c\n    deps: [b, extra]\n    outs: [c]\n")
        s.write("extra", "1\n")
        s.run("repro", "-q")
        s.run("push", "-q", "--run-cache")
        # Nothing has changed, but nothing is here.
        for path in (".dvc/cache", "data", "b", "c"):
            s.remove(path)
        s.run("repro", "--pull", compare="code")
        s.snapshot()
        # The second stage is another one; what it reads comes from the remote.
        for path in (".dvc/cache", "data", "b", "c"):
            s.remove(path)
        s.write("extra", "2\n")
        s.run("repro", "--pull", compare="code")
        s.snapshots.append({name: s.read(name) for name in ("b", "c", "dvc.lock")})
        s.remove("../pull-remote")
    play(context, script)
