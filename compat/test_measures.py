"""Metrics and params of the workspace and of commits under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


PIPELINE = """stages:
  t:
    cmd: echo '{"acc":ACC,"n":{"x":1}}' > m.json; cp params.yaml c.json.yaml; echo data > out
    deps: [params.yaml]
    params: [lr]
    outs: [out]
    metrics: [m.json: {cache: false}, c.json.yaml]
"""


def three_commits(s):
    """main: one (tag v1), three (tag v2); feat: one, two. The workspace of main has another lr."""
    s.git("checkout", "-q", "-b", "main")
    s.write("params.yaml", "lr: 0.1\nsub: {a: 1, b: [1,2]}\n")
    s.write("dvc.yaml", PIPELINE.replace("ACC", "0.5"))
    s.run("repro", "-q")
    s.commit("one")
    s.git("tag", "v1")
    s.git("checkout", "-q", "-b", "feat")
    s.write("params.yaml", "lr: 0.2\nsub: {a: 1, b: [1,2], c: {}}\n")
    s.write("dvc.yaml", PIPELINE.replace("ACC", "0.75"))
    s.run("repro", "-q")
    s.commit("two")
    s.git("checkout", "-q", "main")
    s.run("checkout", "-q")
    s.commit("three")
    s.git("tag", "v2")
    s.git("branch", "other")
    s.write("params.yaml", "lr: 0.9\nsub: {a: 1, b: [1,3]}\n")
    s.run("repro", "-q")


def test_metrics_and_params_of_commits(context):
    def script(s):
        three_commits(s)
        for argv in (["metrics", "show"], ["metrics", "show", "-a"], ["metrics", "show", "-T", "--md"], ["metrics", "show", "-aT"],
                     ["params", "diff"], ["params", "diff", "--all"], ["params", "diff", "feat", "main", "--md", "--no-path"],
                     ["params", "diff", "HEAD~1", "--deps"], ["params", "diff", "nope"], ["metrics", "diff", "nope", "main"],
                     ["metrics", "show", "nope"], ["params", "diff", "--targets", "nope.yaml"], ["metrics", "diff"],
                     ["metrics", "diff", "--targets", "m.json", "--", "feat"], ["metrics", "diff", "--no-path", "--all", "--targets", "c.json.yaml"],
                     ["params", "diff", "HEAD", "main"]):
            s.run(*argv)
        for argv in (["metrics", "diff", "feat"], ["metrics", "diff", "--all", "--precision", "2", "feat", "main"]):
            s.run(*argv, compare="lines")
        for argv in (["metrics", "show", "-A"], ["metrics", "show", "-a"], ["metrics", "diff", "v1", "feat"], ["params", "diff", "feat", "--all"],
                     ["metrics", "show"], ["params", "diff", "feat~1", "feat", "--all"]):
            s.run(*argv, "--json", compare="json")
        s.run("metrics", "show", "../m.json", cwd=".dvc")
        s.remove("c.json.yaml")  # the cache has it
        s.run("metrics", "show")
        s.git("stash")
        s.run("metrics", "show", "-a", "--json", compare="json")  # the workspace is as main: hidden
        s.git("checkout", "-q", "--detach")
        s.run("metrics", "show", "-T", "--json", compare="json")
    play(context, script)


FILES = {
    "list.json": "[1,2]", "broken.json": '{"a":', "bin.json": b'{"a":"\xff"}', "broken.yaml": "a: [1", "str.json": '"hi"', "empty.yaml": "",
    "t.toml": "x = 1.5", "p.py": "A = 3", "num.json": "5", "broken.toml": "x = ", "dup.yaml": "a: 1\na: 2\n", "zero.json": "0", "dir/a.json": '{"a":1}',
    "dir/b.json": '{"a":2}', "dir/c.txt": "junk", "bigint.json": '{"a":123456789012345678901234567890}',
    "nan.json": '{"a": NaN, "b": Infinity, "c": -Infinity, "s":"text", "l":[1], "n": null, "t": true, "e": {}, '
                '"d":{"x":1.23456789,"y":1e-10, "z":123456789.123}}',
}


def test_odd_files(context):
    def script(s):
        s.git("checkout", "-q", "-b", "main")
        names = [n for n in FILES if not n.startswith("dir/")] + ["missing.json", "dir"]
        s.write("dvc.yaml", "metrics: [" + ", ".join(names) + "]\nparams: [broken.json, p.py, missing.yaml, list.json, nan.json]\n"
                "stages:\n  a:\n    cmd: mkdir -p md; echo '{\"q\":1}' > md/x.json; cp md/x.json c.json; cp md/x.json nc.json\n"
                "    metrics: [md, c.json, nc.json: {cache: false}]\n")
        for name, text in FILES.items():
            s.write(name, text)
        s.run("repro", "-q")
        s.run("metrics", "show", "--precision", "2")
        s.run("metrics", "show")
        s.run("params", "diff")  # no commit yet
        s.commit("one")
        for name in ("md", "c.json", "nc.json"):
            s.remove(name)
        s.run("metrics", "show", "--json", "md", "c.json", "nc.json", "md/x.json", compare="json")
        s.run("metrics", "diff", "--all", compare="lines")
        s.run("params", "diff", "--json", "--all", compare="json")
        s.write("str.json", '"7"')
        s.write("list.json", "{}")
        s.run("metrics", "diff", "--json", compare="json")
        s.run("params", "diff", "--json", compare="json")
        s.write("dvc.yaml", "stages: {a: 1}\n")
        s.run("metrics", "show", "--json", compare="json")
        s.run("metrics", "show", "-a", compare="lines")
        s.run("metrics", "diff", "--json", compare="json")
        s.commit("broken")
        s.git("checkout", "-q", "HEAD~1", "--", "dvc.yaml")
        s.run("metrics", "diff", "--json", compare="json")
    play(context, script)


def test_without_git_or_commits(context):
    def script(s):
        s.run("init", "-q", "--no-scm")
        s.write("params.yaml", "lr: 1\n")
        for argv in (["params", "diff"], ["metrics", "diff"], ["metrics", "show", "-a"], ["metrics", "show", "-A", "--json"]):
            s.run(*argv)
    play(context, script, init=False)


def test_outside_of_a_project(context):
    """Metrics, params and plots need no project: a Git repository or a bare folder will do, and nothing is written there."""
    def script(s):
        s.write("x.csv", "a,b\n1,2\n")
        s.write("m.json", '{"a": 1}')
        s.run("metrics", "show", "m.json")
        s.run("metrics", "show")
        s.run("metrics", "diff")
        s.run("plots", "show", "x.csv", "--json", compare="json")
        s.snapshot()
        s.git("init", "-q")
        s.commit("one")
        s.write("m.json", '{"a": 2}')
        s.write("params.yaml", "lr: 1\n")
        s.run("metrics", "diff", "--targets", "m.json")
        s.run("params", "diff")
        s.run("plots", "diff", "--targets", "x.csv", "--json", compare="json")
        s.run("metrics", "show", "-A", "m.json", "--json", compare="json")
        s.snapshot()
    play(context, script, init=False)
