"""The calls of DVC's extension for VS Code, in its order: the same answers from both tools on the same project."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import sides  # noqa: E402

DVC_YAML = """stages:
  prepare:
    cmd: mkdir -p data/clean; cp raw/* data/clean/
    deps: [raw]
    outs: [data/clean]
  train:
    cmd: cat data/clean/a > model; cp params.yaml metrics.yaml; cp raw/log.csv log.csv
    deps: [data/clean]
    params: [lr, depth]
    outs: [model]
    metrics: [metrics.yaml: {cache: false}]
    plots: [log.csv: {cache: false, x: step_number, y: loss}]
"""


def ask_json(s, *argv):
    """Lists of paths have no order in DVC."""
    done = s.run(*argv, compare="none")

    def ordered(value):
        if isinstance(value, dict):
            return {k: ordered(v) for k, v in value.items()}
        if isinstance(value, list) and all(isinstance(v, (str, dict)) for v in value) and argv[0] == "data":
            return sorted(value, key=json.dumps)
        return [ordered(v) for v in value] if isinstance(value, list) else value
    done.out = json.dumps(ordered(json.loads(done.out)), sort_keys=True)
    s.log[-1] = ("all", done)


def refresh(s, *revisions):
    """What the extension asks whenever something changed."""
    ask_json(s, "data", "status", "--granular", "--unchanged", "--json")
    ask_json(s, "plots", "diff", *revisions, "-o", ".dvc/tmp/plots", "--split", "--json")
    s.run("dag", "--md")
    s.run("stage", "list")


def test_the_calls_of_the_extension(context):
    def script(s):
        s.run("--version")
        s.run("root")
        s.git("checkout", "-q", "-b", "main")
        s.write("raw/a", "1\n")
        s.write("raw/log.csv", "step_number,loss\n1,0.5\n2,0.25\n")
        s.write("params.yaml", "lr: 0.1\ndepth: 3\n")
        s.write("dvc.yaml", DVC_YAML)
        s.run("repro", "-q", compare="code")
        s.write("extra/x", "x")
        s.run("add", "extra", compare="out")
        s.commit("one")
        refresh(s, "HEAD")
        s.write("params.yaml", "lr: 0.2\ndepth: 3\n")
        s.write("raw/log.csv", "step_number,loss\n1,0.4\n2,0.2\n3,0.1\n")
        s.write("extra/x", "y")
        s.write("extra/z", "z")
        s.run("repro", "-q", compare="code")
        refresh(s, "HEAD", "workspace")
        sha = "HEAD"
        ask_json(s, "plots", "diff", "workspace", sha, "-o", ".dvc/tmp/plots", "--split", "--json")
        s.run("commit", "extra.dvc", "-f", compare="out")
        s.commit("two")
        refresh(s, "main", "HEAD~1")
        s.write("extra/x", "w")
        s.run("checkout", "extra.dvc", compare="code")
        s.run("checkout", "-f", "extra.dvc")
        s.run("move", "extra", "other", compare="out")
        s.run("remove", "other.dvc", compare="out")
        s.run("config", "core.remote", compare="code")
        s.run("config", "--project", "core.remote", "storage")
        s.run("config", "core.remote")
        s.run("config", "--project", "--unset", "core.remote")
        refresh(s, "HEAD")
        s.run("root", cwd="raw")
        s.run("plots", "diff", "nope", "-o", ".dvc/tmp/plots", "--split", "--json")
    with sides(context) as both:
        both.compare(script)


def test_a_folder_that_is_no_project(context):
    def script(s):
        s.run("root")
        s.run("data", "status", "--granular", "--unchanged", "--json")
        s.run("plots", "diff", "--json", "--split")
        s.git("init", "-q")
        (s.root / "sub").mkdir()
        s.run("init", "--subdir", "-q", cwd="sub")
        s.run("root", cwd="sub")
        s.run("data", "status", "--granular", "--unchanged", "--json", cwd="sub")
        s.run("stage", "list", cwd="sub")
    with sides(context) as both:
        both.compare(script, init=False)
