"""`pivot.api` beside `dvc.api`: the same script under both, on the same repository."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCRIPT = '''
import importlib, json, sys
api = importlib.import_module(sys.argv[1])
out = []

def ask(name, question):
    try:
        answer = question()
    except Exception as error:
        message = str(error)
        answer = [type(error).__name__, "no such file" if isinstance(error, FileNotFoundError) else message]
    out.append([name, answer])

ask("params", lambda: api.params_show())
ask("params at a revision", lambda: api.params_show(rev="v1"))
ask("params of a stage", lambda: api.params_show(stages="train"))
ask("params of a stage without", lambda: api.params_show(stages=["prepare"]))
ask("params of files", lambda: api.params_show("params.yaml", "other.json"))
ask("params that stages need", lambda: api.params_show(deps=True))
ask("params of no file", lambda: api.params_show("nope.yaml"))
ask("metrics", lambda: api.metrics_show())
ask("metrics of a file", lambda: api.metrics_show("m.json", rev="HEAD"))
ask("metrics of no file", lambda: api.metrics_show("nope.json"))
ask("metrics of no revision", lambda: api.metrics_show(rev="nope"))
ask("read", lambda: api.read("model"))
ask("read at a revision", lambda: api.read("model", rev="v1"))
ask("read bytes of Git", lambda: api.read("m.json", rev="v1", mode="rb").decode())
ask("read inside of a folder", lambda: api.read("data/sub/b"))
ask("read nothing", lambda: api.read("nope")[:0])
ask("url", lambda: api.get_url("model"))
ask("url of a folder", lambda: api.get_url("data", rev="HEAD"))
ask("url of a file of Git", lambda: api.get_url("raw.txt"))
with api.open("params.yaml", rev="v1", encoding="utf-8") as file:
    out.append(["open", file.readlines()])
ask("branches", lambda: [api.all_branches(), api.all_tags(), api.all_commits()])
ask("experiments", lambda: [{k: v for k, v in row.items() if k != "Created"} for row in api.exp_show()])
for rev in (None, "v1"):
    fs = api.DVCFileSystem(rev=rev)
    ask("ls", lambda: sorted(fs.ls("/", detail=False)))
    ask("ls of a folder", lambda: sorted(fs.ls("data", detail=False)))
    ask("ls of a file", lambda: fs.ls("model", detail=False))
    ask("ls of nothing", lambda: fs.ls("nope"))
    ask("details", lambda: sorted([e["name"], e["type"], e["size"]] for e in fs.ls("data") if e["type"] == "file"))
    ask("find", lambda: sorted(fs.find("/")))
    ask("find data", lambda: sorted(fs.find("/", dvc_only=True)))
    ask("cat", lambda: [fs.cat("model").decode(), fs.open("data/a").read().decode(), fs.open("params.yaml", "r").read()])
    ask("what", lambda: [fs.exists("nope"), fs.isdir("data"), fs.isfile("model"), fs.isdvc("data/a"), fs.isdvc("raw.txt"), fs.size("model")])
    ask("walk", lambda: [[root, sorted(dirs), sorted(files)] for root, dirs, files in fs.walk("/")])
    ask("nothing", lambda: fs.open("nope"))
print(json.dumps(out))
'''

DVC_YAML = """stages:
  prepare: {cmd: cp raw.txt clean.txt, deps: [raw.txt], outs: [clean.txt]}
  train:
    cmd: cp clean.txt model; echo '{"acc":0.5,"n":{"loss":1}}' > m.json
    deps: [clean.txt]
    params: [lr, "other.json": [z]]
    outs: [model]
    metrics: [m.json: {cache: false}]
"""


def test_the_same_script_under_both_packages(context):
    if context.dvc is None:
        raise context.skip("real DVC is missing (DVCENV)")
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-api-"))
    env = {**os.environ, "PIVOT_BINARY": str(context.pivot), "PYTHONPATH": str(context.root / "src/python"), "DVC_NO_ANALYTICS": "1",
           "PYTHONDONTWRITEBYTECODE": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@localhost",
           "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@localhost"}

    def run(*argv):
        return subprocess.run(argv, cwd=root / "repo", env=env, check=True, capture_output=True, text=True).stdout
    try:
        (root / "repo/data/sub").mkdir(parents=True)
        run("git", "init", "-q", "-b", "main")
        run(context.pivot, "init", "-q")
        run(context.pivot, "remote", "add", "-q", "-d", "store", str(root / "store"))
        for name, text in (("dvc.yaml", DVC_YAML), ("raw.txt", "hi\n"), ("params.yaml", "lr: 0.1\nnet: {depth: 3}\n"), ("other.json", '{"lr": 1, "z": 2}'),
                           ("data/a", "a\n"), ("data/sub/b", "b\n")):
            (root / "repo" / name).write_text(text)
        run(context.pivot, "add", "-q", "data")
        run(context.pivot, "repro", "-q")
        run("git", "add", ".")
        run("git", "commit", "-qm", "one")
        run("git", "tag", "v1")
        (root / "repo/raw.txt").write_text("other\n")
        (root / "repo/params.yaml").write_text("lr: 0.2\nnet: {depth: 4}\n")
        run(context.pivot, "repro", "-q")
        shutil.rmtree(root / "repo/data")  # the cache has it
        run(context.pivot, "push", "-q")
        answers = []
        for package in ("dvc.api", "pivot.api"):
            answers.append(json.loads(run(context.dvc.parent / "python", "-c", SCRIPT, package)))
        assert len(answers[0]) == len(answers[1])
        for (name, theirs), (_, ours) in zip(*answers):
            if isinstance(theirs, list) and theirs and isinstance(theirs[0], str) and theirs[0] in ("StageNotFound", "PathMissingError"):
                theirs, ours = theirs[0], ours[0]  # the message names the repository as it was given
            assert theirs == ours, f"{name}:\n  dvc   {theirs}\n  pivot {ours}"
    finally:
        shutil.rmtree(root)


def test_what_is_not_there_says_so(context):
    sys.path.insert(0, str(context.root / "src/python"))
    os.environ["PIVOT_BINARY"] = str(context.pivot)
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-api-"))
    try:
        from pivot import api
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        for question, kind, words in ((lambda: api.read("x", repo=str(root), mode="w"), ValueError, "reading"),
                                      (lambda: api.params_show(repo=str(root), config={"core": {"nope": 1}}), api.ConfigError, "data['core']['nope']"),
                                      (lambda: api.read("x", repo="/nowhere/at/all"), api.CloneError, "No git repository was found at /nowhere/at/all"),
                                      (lambda: api.params_show("nope.yaml", repo=str(root)), FileNotFoundError, "nope.yaml")):
            try:
                question()
                raise AssertionError("no error")
            except kind as error:
                assert words in str(error), error
    finally:
        sys.path.remove(str(context.root / "src/python"))
        shutil.rmtree(root)
