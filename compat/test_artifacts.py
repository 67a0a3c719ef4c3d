"""`artifacts get` of a repository in a folder and of one that is cloned under both tools: versions, stages, folders, what is not there."""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import sides  # noqa: E402


def test_artifacts(context):
    def script(s):
        s.run("remote", "add", "-q", "-d", "store", str(s.root / ".git/store"))
        s.write("dvc.yaml", "stages:\n  t:\n    cmd: mkdir -p out && echo 1 > out/a && echo 2 > out/b && cp version model\n    deps: [version]\n    outs: [model, out]\n"
                "artifacts:\n  best: {path: model, type: model}\n  all: {path: out}\n")
        for number in ("1.0.0", "1.2.0", "1.10.0"):
            s.write("version", number)
            s.run("repro", "-q")
            s.commit(number)
            s.git("tag", "-a", f"best@v{number}", "-m", number)
        s.git("tag", "-a", "best#prod#1", "-m", "p", "best@v1.0.0^{}")
        s.git("tag", "-a", "best#prod#2", "-m", "p", "best@v1.2.0^{}")
        s.git("tag", "-a", "all@v0.1.0", "-m", "a")
        s.remove("model")
        for argv in (["best", "-o", "latest"], ["best", "--rev", "v1.0.0", "-o", "first"], ["best", "--stage", "prod", "-o", "prod"], ["best", "-o", "latest"],
                     ["best", "-o", "latest", "-f", "--rev", "v1.2.0"], ["all", "-o", "folder"], ["all", "--show-url"]):
            s.run("artifacts", "get", ".", *argv)
        s.run("push", "-q", "-A")
        bare = s.root.parent / "bare.git"
        shutil.rmtree(bare, ignore_errors=True)
        s.git("clone", "-q", "--bare", ".", str(bare))
        s.remove(".dvc/cache")
        for argv in (["best", "-o", "of-url"], ["best", "--show-url", "--remote", "new", "--remote-config", "url=s3://bucket/x"]):
            s.run("artifacts", "get", str(bare), *argv)
        s.run("artifacts", "get", "file:///nowhere/at/all.git", "best", compare="code")
        for argv in (["nope"], ["best", "--rev", "v9.9.9"], ["best", "--stage", "dev"]):
            s.run("artifacts", "get", ".", *argv, compare="code")
        s.snapshot()
    with sides(context) as both:
        both.compare(script)
