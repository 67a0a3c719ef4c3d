"""`pivot.api` beside `dvc.api` on repositories behind URLs, with settings of their own, and on one that has experiments."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ASKING = '''
import importlib, json, os, sys
api = importlib.import_module(sys.argv[1])
out = []

def ask(name, question):
    try:
        answer = question()
    except Exception as error:
        answer = [type(error).__name__, str(error) if "Artifact" in type(error).__name__ + str(error) else ""]
    out.append([name, answer])
'''

ELSEWHERE = ASKING + '''
url, folder, plain = ("file://" + os.path.abspath("../bare.git"), os.path.abspath("../repo"), os.path.abspath("../plain"))
for name, repo in (("url", url), ("bare folder", os.path.abspath("../bare.git")), ("folder", folder)):
    ask(name + " read", lambda: api.read("model", repo=repo))
    ask(name + " read at a tag", lambda: api.read("model", repo=repo, rev="v1"))
    ask(name + " part of a folder", lambda: api.read("data/sub/b", repo=repo, mode="rb").decode())
    ask(name + " url", lambda: api.get_url("data/sub/b", repo=repo))
ask("branch", lambda: api.read("raw.txt", repo=url, rev="side"))
ask("no revision", lambda: api.read("model", repo=url, rev="nope"))
ask("no file", lambda: api.read("nope", repo=url))
ask("params", lambda: api.params_show(repo=url, rev="v1"))
ask("metrics", lambda: api.metrics_show(repo=url))
ask("nothing there", lambda: api.read("x", repo="file:///nowhere/at/all.git"))
ask("no folder", lambda: api.read("x", repo="/nowhere/at/all"))
ask("no repository", lambda: api.params_show(repo=plain))
ask("no remote", lambda: api.get_url("model", repo=url, remote="nope"))
ask("no remote to read from", lambda: api.read("model", repo=url, remote="nope"))
ask("a remote of ours", lambda: api.get_url("model", repo=url, remote="other", remote_config={"url": "s3://x/y"}))
ask("settings", lambda: api.get_url("model", repo=folder, config={"core": {"remote": "o"}, "remote": {"o": {"url": "/abs/o"}}}))
ask("a wrong setting", lambda: api.get_url("model", repo=url, config={"core": {"nonsense": "o"}}))
ask("names", lambda: [api.all_branches(url), api.all_tags(url), sorted(api.all_commits(url))])
ask("artifact", lambda: api.artifacts_show("best", repo=url))
ask("artifact version", lambda: api.artifacts_show("best", version="v1.0.0", repo=folder))
ask("no v", lambda: api.artifacts_show("best", version="1.0.0", repo=url))
ask("no artifact", lambda: api.artifacts_show("nope", repo=url))
ask("no stage", lambda: api.artifacts_show("best", stage="prod", repo=url))
ask("both", lambda: api.artifacts_show("best", stage="prod", version="v1.0.0", repo=url))
ask("experiments", lambda: [{k: v for k, v in row.items() if k != "Created"} for row in api.exp_show(repo=url)])
fs = api.DVCFileSystem(url, rev="main")
ask("ls", lambda: sorted(fs.ls("data", detail=False)))
ask("find", lambda: sorted(fs.find("/", dvc_only=True)))
ask("cat", lambda: [fs.cat("data/sub/b").decode(), fs.cat("raw.txt").decode()])
target = os.path.abspath("../got-" + sys.argv[1])
ask("get", lambda: [fs.get("data", target, recursive=True), sorted(os.listdir(target))])
ask("other options", lambda: api.DVCFileSystem(url=url, config={}, remote="store", subrepos=True).cat("model").decode())
print(json.dumps(out))
'''

EXPERIMENTS = ASKING + '''
for options in ({}, {"num": 2}, {"num": -1}, {"num": 0}, {"revs": ["HEAD~1", "main"]}, {"revs": "nope"}):
    ask(str(options), lambda: [{k: v for k, v in row.items() if k != "Created"} for row in api.exp_show(**options)])
ask("created", lambda: [bool(row["Created"]) for row in api.exp_show()])
ask("a file of an experiment", lambda: api.read("params.yaml", rev="first"))
print(json.dumps(out))
'''

DVC_YAML = """stages:
  train:
    cmd: cp raw.txt model; echo '{"acc":0.5,"n":{"loss":1},"text":"x","list":[1]}' > m.json
    deps: [raw.txt]
    params: [lr]
    outs: [model]
    metrics: [m.json: {cache: false}]
artifacts:
  best: {path: model, type: model}
"""


class Bench:
    """Folders of one test, and the two packages."""

    def __init__(self, context):
        if context.dvc is None:
            raise context.skip("real DVC is missing (DVCENV)")
        self.context = context
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-api-"))
        who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in (("NAME", "t"), ("EMAIL", "t@localhost"))}
        self.env = {**os.environ, **who, "PIVOT_BINARY": str(context.pivot), "PYTHONPATH": str(context.root / "src/python"), "DVC_NO_ANALYTICS": "1",
                    "PYTHONDONTWRITEBYTECODE": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "XDG_CACHE_HOME": str(self.root / "cache")}
        for folder in ("repo/data/sub", "work", "plain"):
            (self.root / folder).mkdir(parents=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def run(self, *argv, where="repo", **env):
        return subprocess.run(argv, cwd=self.root / where, env={**self.env, **env}, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name, text):
        (self.root / "repo" / name).write_text(text)

    def project(self):
        self.run("git", "init", "-q", "-b", "main")
        self.run(self.context.pivot, "init", "-q")
        self.run(self.context.pivot, "remote", "add", "-q", "-d", "store", str(self.root / "store"))
        for name, text in (("dvc.yaml", DVC_YAML), ("raw.txt", "hi\n"), ("params.yaml", "lr: 0.1\nnet: {depth: 3}\n"), ("data/a", "a\n"), ("data/sub/b", "b\n")):
            self.write(name, text)
        self.run(self.context.pivot, "add", "-q", "data")
        self.commit("one")

    def commit(self, message, when=None):
        self.run(self.context.pivot, "repro", "-q")
        self.run("git", "add", ".")
        self.run("git", "commit", "-qm", message, **({"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when} if when else {}))
        return self.run("git", "rev-parse", "HEAD")

    def compare(self, script, where):
        python = self.context.dvc.parent / "python"
        theirs, ours = (json.loads(self.run(python, "-c", script, package, where=where)) for package in ("dvc.api", "pivot.api"))
        assert len(theirs) == len(ours) > 5
        for (name, one), (_, other) in zip(theirs, ours):
            assert one == other, f"{name}:\n  dvc   {one}\n  pivot {other}"


def test_repositories_behind_urls(context):
    with Bench(context) as bench:
        bench.project()
        bench.run("git", "tag", "v1")
        bench.run("git", "tag", "-a", "best@v1.0.0", "-m", "x")
        bench.write("raw.txt", "other\n")
        bench.commit("two")
        bench.run("git", "tag", "-a", "best@v1.1.0", "-m", "x")
        bench.run(context.pivot, "push", "-q", "-A")
        bench.run("git", "checkout", "-q", "-b", "side")
        bench.write("raw.txt", "of the side\n")
        bench.commit("side")
        bench.run("git", "checkout", "-q", "main")
        bench.run("git", "clone", "-q", "--bare", "repo", "bare.git", where=".")
        shutil.rmtree(bench.root / "repo/.dvc/cache")  # the remote has it
        bench.run("git", "checkout", "-q", ".")
        (bench.root / "repo/model").unlink()
        bench.compare(ELSEWHERE, "work")
        left = [p.name for p in (bench.root / "cache/pivot/repositories").iterdir()]
        assert len(left) == 2, f"one clone, whatever its address looked like, and its lock stay: {left}"


def test_experiments(context):
    with Bench(context) as bench:
        bench.project()

        def experiment(name, text, when):
            base = bench.run("git", "rev-parse", "HEAD")
            bench.write("params.yaml", text)
            sha = bench.commit(name, when)
            bench.run("git", "reset", "-q", "--hard", base)
            bench.run("git", "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/{name}", sha)

        experiment("first", "lr: 0.5\nnet: {depth: 3}\n", "2026-01-02T10:00:00")
        experiment("second", "lr: 0.7\nnet: {depth: 3}\nnote: true\n", "2026-01-03T10:00:00")
        bench.write("params.yaml", "lr: 0.1\nlist: [1, 2]\n")
        bench.commit("two")
        experiment("third", "lr: x\n", "2026-01-04T10:00:00")
        for number in ("8", "9"):
            bench.run(context.dvc, "exp", "run", "-q", "--queue", "-n", f"waiting{number}", "-S", f"lr={number}")
        bench.write("m.json", "{")
        bench.compare(EXPERIMENTS, "repo")


def test_a_process_that_only_reads_does_not_hold_the_clone(context):
    with Bench(context) as bench:
        bench.project()
        sys.path.insert(0, str(context.root / "src/python"))
        before = {name: os.environ.get(name) for name in ("PIVOT_BINARY", "XDG_CACHE_HOME")}
        os.environ.update(PIVOT_BINARY=str(context.pivot), XDG_CACHE_HOME=bench.env["XDG_CACHE_HOME"])
        try:
            from pivot.api import Engine
            bench.run("git", "clone", "-q", "--bare", "repo", "bare.git", where=".")
            url = f"{bench.root}/bare.git"
            with Engine(url) as one, Engine(url) as two:
                assert one.content("raw.txt", None).read() == b"hi\n"
                assert two.content("raw.txt", None).read() == b"hi\n", "both at once"
                bench.write("raw.txt", "changed\n")
                bench.commit("two")
                bench.run("git", "push", "-q", url, "main")
                assert one.content("raw.txt", None).read() == b"hi\n", "as it was when it was first asked for"
                with Engine(url) as three:
                    assert three.content("raw.txt", None).read() == b"changed\n"
                shutil.rmtree(url)
                with Engine(f"file://{url}") as four:
                    try:
                        four.content("raw.txt", None)
                        raise AssertionError("no error")
                    except Exception as error:
                        assert type(error).__name__ == "CloneError" and "SCM error" in str(error), error
                assert one.content("dvc.yaml", None).read().decode() == DVC_YAML, "what was cloned is still there"
        finally:
            sys.path.remove(str(context.root / "src/python"))
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
