"""What a pipeline file declares: deps and outs in both forms, parameters and their overrides, matrices, names, the certificate."""
import json
import os
import pathlib
import stat
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import HostProcess, Project, python_with  # noqa: E402

HEAD = "from typing import Annotated, Literal, Optional, TypedDict\nimport dataclasses, pathlib\nfrom pivot import *\nfrom pivot import stage\n"


class Described(unittest.TestCase):
    """Each test describes one small project."""
    python = sys.executable

    def project(self, text, **files):
        project = Project({"pipeline.py": HEAD + text, **{name.replace("__", "."): body for name, body in files.items()}})
        self.addCleanup(project.__exit__)
        self.host = HostProcess(python=self.python)
        self.addCleanup(self.host.__exit__)
        self.root = project.path
        return project

    def describe(self, text, **fields):
        project = self.project(text)
        self.reply = self.host.open(project.path, **fields).describe()
        self.assertNotIn("error", self.reply, self.reply.get("error"))
        return {stage["name"]: stage for stage in self.reply["stages"]}

    def error(self, text, **fields):
        project = self.project(text)
        reply = self.host.open(project.path, **fields).describe()
        self.assertIn("error", reply)
        return reply["error"]

    def run_stage(self, name, log="log"):
        return self.host.run(name, log=str(self.root / log))


class Options(Described):
    def test_every_option_is_told(self):
        stage = self.describe('''
@stage(deps=["a", "dir/"], outs=["b", Out("c", cache=False, persist=True, desc="d", labels=["x"])], metrics=["m.json"],
       plots=[Plot("p.csv", x="i", y="v", template="linear")], name="train", wdir="sub", always=True, executor="process", timeout=2.5,
       retries=3, mutex=["gpu"], environment={"A": 1}, track_versions=True)
def f(lr: float = 0.5):
    """Trains.

    Long."""
''')["train"]
        self.assertEqual({key: stage[key] for key in ("address", "base", "pipeline", "module", "qualname", "file", "doc", "wdir", "always",
                                                      "executor", "timeout", "retries", "mutex", "environment", "track_versions")},
                         {"address": "pipeline.py:train", "base": "train", "pipeline": "pipeline.py", "module": "pipeline", "qualname": "f",
                          "file": "pipeline.py", "doc": "Trains.\n\nLong.", "wdir": "sub", "always": True, "executor": "process",
                          "timeout": 2.5, "retries": 3, "mutex": ["gpu"], "environment": {"A": "1"}, "track_versions": True})
        self.assertEqual([dep["path"] for dep in stage["deps"]], ["a", "dir/"])
        self.assertEqual([(out["path"], out["kind"]) for out in stage["outs"]],
                         [("b", "out"), ("c", "out"), ("m.json", "metric"), ("p.csv", "plot")])
        out = stage["outs"][1]
        self.assertEqual((out["cache"], out["persist"], out["desc"], out["labels"]), (False, True, "d", ["x"]))
        self.assertEqual(stage["outs"][3]["plot"], {"x": "i", "y": "v", "template": "linear"})
        self.assertEqual(stage["params"], {"lr": {"value": 0.5, "default": 0.5, "type": "float", "from": "default"}})

    def test_a_bare_decorator_and_a_loop(self):
        stages = self.describe('''
@stage
def plain():
    pass
def work(i):
    def inner():
        return i
    return inner
for i in range(3):
    stage(name=f"s{i}", outs=[f"o{i}"])(work(i))
''')
        self.assertEqual(list(stages), ["plain", "s0", "s1", "s2"])
        self.assertNotEqual(stages["s0"]["manifest"], stages["s1"]["manifest"])

    def test_another_stages_out_is_a_dep(self):
        stages = self.describe('''
@stage(deps=["raw"], outs=["clean.csv"], wdir="data")
def clean():
    pass
@stage(deps=[clean.out], outs={"model": "m.pkl", "log": "l.txt"}, wdir="models")
def train():
    pass
@stage(deps=[train.outs["model"], train.outs["l.txt"], train.outs[0]])
def report():
    pass
''')
        self.assertEqual([(d["path"], d["stage"]) for d in stages["train"]["deps"]], [("../data/clean.csv", "clean")])
        self.assertEqual([d["path"] for d in stages["report"]["deps"]], ["models/m.pkl", "models/l.txt", "models/m.pkl"])

    def test_matrix(self):
        stages = self.describe('''
@stage(matrix={"model": ["a", "b"], "seed": [1, 2]}, outs=["{model}-{seed}.txt"])
def fit(model, seed, k=3):
    print(model, seed, k)
@stage(deps=[fit.out])
def merge():
    pass
''', params={"params.yaml": {"fit": {"k": 5}, "fit@b-1": {"k": 6}}})
        self.assertEqual(list(stages), ["fit@a-1", "fit@a-2", "fit@b-1", "fit@b-2", "merge"])
        self.assertEqual(stages["fit@b-2"]["outs"][0]["path"], "b-2.txt")
        self.assertEqual(stages["fit@b-2"]["params"]["model"]["value"], "b")
        self.assertEqual([stages[f"fit@{name}"]["params"]["k"]["value"] for name in ("a-1", "b-1")], [5, 6])
        self.assertEqual([d["path"] for d in stages["merge"]["deps"]], ["a-1.txt", "a-2.txt", "b-1.txt", "b-2.txt"])
        self.run_stage("fit@b-1")
        self.assertEqual((self.root / "log").read_text(), "b 1 6\n")

    def test_absolute_paths_below_the_root_become_relative(self):
        stages = self.describe('HERE = pathlib.Path(__file__).parent\n@stage(deps=[HERE / "in.txt"], outs=[str(HERE / "o" / "x")], wdir="sub")\ndef f():\n    return HERE\n')
        self.assertEqual((stages["f"]["deps"][0]["path"], stages["f"]["outs"][0]["path"]), ("../in.txt", "../o/x"))


class Refused(Described):
    def test_duplicate_names(self):
        error = self.error("@stage()\ndef a():\n    pass\n@stage(name='a')\ndef b():\n    pass\n")
        self.assertEqual((error["kind"], error["message"], error["line"]),
                         ("definition", "stage 'a' is defined twice: in pipeline.py:5 and pipeline.py:8", 8))

    def test_one_string_instead_of_a_list(self):
        error = self.error("@stage(deps='a.csv')\ndef a():\n    pass\n")
        self.assertEqual((error["message"], error["hint"]), ("stage 'a': deps must be a list or a mapping, not one str", "deps=['a.csv']"))

    def test_something_that_is_no_path(self):
        self.assertEqual(self.error("@stage(outs=[3])\ndef a():\n    pass\n")["message"], "stage 'a': 3 is no path (a int)")

    def test_an_out_declared_twice(self):
        self.assertEqual(self.error("@stage(outs=['x'], metrics=['x'])\ndef a():\n    pass\n")["message"], "stage 'a': out 'x' is declared twice")

    def test_the_out_of_a_stage_with_two(self):
        error = self.error("@stage(outs=['x', 'y'])\ndef a():\n    pass\n@stage(deps=[a.out])\ndef b():\n    pass\n")
        self.assertEqual(error["message"], "stage 'b': stage 'a' has 2 outs ('x', 'y'); say which with outs[...]")

    def test_a_parameter_without_a_value(self):
        error = self.error("@stage()\ndef a(lr: float):\n    pass\n")
        self.assertEqual((error["kind"], error["message"]), ("params", "stage 'a': parameter 'lr' has neither a default nor a value in params.yaml"))

    def test_wrong_types_name_key_and_type(self):
        cases = [
            ("lr: float = 0.1", {"lr": "fast"}, "'lr' in params.yaml must be float, but it is 'fast' (str)"),
            ("n: int = 1", {"n": 1.5}, "'n' in params.yaml must be int, but it is 1.5 (float)"),
            ("n: int = 1", {"n": True}, "'n' in params.yaml must be int, but it is True (bool)"),
            ("n=1", {"n": "x"}, "'n' in params.yaml must be int, but it is 'x' (str)"),
            ("k: list[int] = [1]", {"k": [1, "b"]}, "'k[1]' in params.yaml must be int, but it is 'b' (str)"),
            ("o: Optional[int] = None", {"o": "x"}, "'o' in params.yaml must be int | None, but it is 'x' (str)"),
            ("m: Literal['a', 'b'] = 'a'", {"m": "c"}, "'m' in params.yaml must be one of 'a', 'b', but it is 'c' (str)"),
        ]
        for signature, values, wanted in cases:
            with self.subTest(signature):
                error = self.error(f"@stage()\ndef a({signature}):\n    pass\n", params={"params.yaml": {"a": values}})
                self.assertEqual((error["kind"], error["message"]), ("params", f"stage 'a': parameter {wanted}"))

    def test_an_override_of_no_parameter(self):
        error = self.error("@stage()\ndef a(lr=0.1):\n    pass\n", overrides={"a.rate": 2})
        self.assertEqual(error["message"], "stage 'a' has no parameter 'rate'; it has: lr")

    def test_a_section_that_is_no_mapping(self):
        error = self.error("@stage()\ndef a(lr=0.1):\n    pass\n", params={"params.yaml": {"a": 5}})
        self.assertEqual(error["message"], "params.yaml: 'a' must be a mapping of the stage's parameters, but it is 5")


class Params(Described):
    def values(self, text, **fields):
        stage = self.describe(text, **fields)["a"]
        return {key: (param["value"], param["from"]) for key, param in stage["params"].items()}

    def test_defaults_files_and_overrides_in_that_order(self):
        values = self.values("@stage()\ndef a(x=1, y=2, z=3, w: float = 1):\n    print(x, y, z, repr(w))\n",
                             params={"params.yaml": {"a": {"y": 20, "z": 30, "w": 2}}}, overrides={"a.z": 300})
        self.assertEqual(values, {"x": (1, "default"), "y": (20, "params.yaml"), "z": (300, "override"), "w": (2.0, "params.yaml")})
        self.run_stage("a")
        self.assertEqual((self.root / "log").read_text(), "1 20 300 2.0\n")

    def test_a_stage_params_class(self):
        values = self.values('''
class P(StageParams):
    lr: float = 0.1
    layers: list[int] = [1, 2]
    def double(self):
        return self.lr * 2
@stage()
def a(params: P, k: int = 1):
    print(params.lr, params.layers, params.double(), k)
''', overrides={"a.lr": 0.5})
        self.assertEqual(values, {"lr": (0.5, "override"), "layers": ([1, 2], "default"), "k": (1, "default")})
        self.run_stage("a")
        self.assertEqual((self.root / "log").read_text(), "0.5 [1, 2] 1.0 1\n")

    def test_dataclasses_nested(self):
        values = self.values('''
@dataclasses.dataclass
class Opt:
    name: str = "sgd"
    rate: float = 0.1
@dataclasses.dataclass
class P:
    opt: Opt = dataclasses.field(default_factory=Opt)
    n: int = 3
@stage(params=P)
def a(params):
    print(params.opt.name, params.opt.rate, params.n)
''', params={"params.yaml": {"a": {"opt": {"rate": 2}}}})
        self.assertEqual(values, {"opt": ({"name": "sgd", "rate": 2.0}, "params.yaml"), "n": (3, "default")})
        self.run_stage("a")
        self.assertEqual((self.root / "log").read_text(), "sgd 2.0 3\n")

    def test_a_plain_class(self):
        values = self.values("class P:\n    lr: float = 0.1\n    n = 4\n@stage(params=P)\ndef a(params):\n    print(params.lr, params.n)\n",
                             overrides={"a.n": 5})
        self.assertEqual(values, {"lr": (0.1, "default"), "n": (5, "override")})
        self.run_stage("a")
        self.assertEqual((self.root / "log").read_text(), "0.1 5\n")

    def test_unknown_keys_of_a_file_are_warned_of(self):
        self.values("@stage()\ndef a(x=1):\n    pass\n", params={"params.yaml": {"a": {"xx": 2}}})
        self.assertEqual(self.reply["warnings"], ["params.yaml: a.xx is no parameter of stage 'a'"])

    def test_pydantic_models(self):
        self.python = python_with("pydantic")
        if self.python is None:
            self.skipTest("pydantic is not installed")
        text = '''
import pydantic
class P(pydantic.BaseModel):
    lr: float = 0.1
    layers: list[int] = [1, 2]
@stage()
def a(params: P):
    print(params.lr, params.layers)
'''
        self.assertEqual(self.values(text, overrides={"a.lr": 1}), {"lr": (1.0, "override"), "layers": ([1, 2], "default")})
        manifest = self.reply["stages"][0]["manifest"]
        self.assertLessEqual({"class:P", "pydantic:P.lr", "pydantic:P.layers"}, set(manifest))
        self.run_stage("a")
        self.assertEqual((self.root / "log").read_text(), "1.0 [1, 2]\n")


class Loaders(Described):
    def test_annotated_deps_and_returns(self):
        self.describe('''
@stage()
def a(rows: Annotated[list, Dep("in.csv", CSV(rows=True))], where: Annotated[pathlib.Path, Dep("in.csv")],
      side: Annotated[pathlib.Path, Out("side.txt")]) -> Annotated[dict, Metric("deep/m.json", JSON())]:
    side.write_text(where.name)
    return {"n": len(rows), "first": rows[0]["x"]}
''')
        (self.root / "in.csv").write_text("x,y\n1,2\n3,4\n")
        ended = self.run_stage("a")
        self.assertEqual((ended["code"], ended["reads"], ended["writes"]), (0, [], []), (self.root / "log").read_text())
        self.assertEqual(json.loads((self.root / "deep/m.json").read_text()), {"n": 2, "first": "1"})
        self.assertEqual((self.root / "side.txt").read_text(), "in.csv")

    def test_decorator_arguments(self):
        self.describe('''
@stage(deps={"text": Dep("in.txt", Text())}, outs={"up": Out("up.txt", Text()), "obj": Out("obj.pkl", Pickle())})
def a(text):
    return {"up": text.upper(), "obj": [text]}
@stage(deps=[Dep("obj.pkl", Pickle(), name="obj")], outs=[Out("len.json", JSON(indent=None))])
def b(obj):
    return len(obj)
''')
        (self.root / "in.txt").write_text("abc")
        for name in "ab":
            self.assertEqual(self.run_stage(name)["code"], 0, (self.root / "log").read_text())
        self.assertEqual(((self.root / "up.txt").read_text(), (self.root / "len.json").read_text()), ("ABC", "1\n"))

    def test_tuples_and_typed_dicts(self):
        self.describe('''
class Both(TypedDict):
    left: Annotated[str, Out("left.txt", Text())]
    right: Annotated[int, Metric("right.json", JSON())]
@stage()
def a() -> Both:
    return {"left": "l", "right": 2}
@stage()
def b() -> tuple[Annotated[str, Out("x.txt", Text())], Annotated[str, Out("y.txt", Text())]]:
    return "x", "y"
''')
        for name in "ab":
            self.assertEqual(self.run_stage(name)["code"], 0, (self.root / "log").read_text())
        self.assertEqual([(self.root / name).read_text() for name in ("left.txt", "right.json", "x.txt", "y.txt")], ["l", "2\n", "x", "y"])

    def test_return_values_that_do_not_fit(self):
        self.describe('''
@stage(outs=[Out("a.txt", Text())])
def nothing():
    pass
@stage(outs={"x": Out("x.txt", Text()), "y": Out("y.txt", Text())})
def half():
    return {"x": "1"}
@stage(outs=[Out("x.txt", Text()), Out("y.txt", Text())])
def three():
    return 1, 2, 3
@stage(outs=[Out("n.txt", Text())])
def number():
    return 3
@stage()
def missing(x: Annotated[str, Dep("none.txt", Text())]):
    pass
''')
        errors = {name: self.run_stage(name)["error"] for name in ("nothing", "half", "three", "number", "missing")}
        self.assertEqual({name: (error["kind"], error["message"]) for name, error in errors.items()}, {
            "nothing": ("return", "stage 'nothing': it returned None, but its out 'a.txt' wants a value"),
            "half": ("return", "stage 'half': its return value has nothing for out 'y'; it has 'x'"),
            "three": ("return", "stage 'three': it returned 3 values for 2 outs: 'x.txt', 'y.txt'"),
            "number": ("save", "Text could not save 'n.txt': TypeError: Text saves a str, not int"),
            "missing": ("load", "Text could not load 'none.txt': FileNotFoundError: [Errno 2] No such file or directory: 'none.txt'"),
        })

    def test_a_loader_of_ones_own(self):
        stages = self.describe('''
@dataclasses.dataclass(frozen=True)
class Shout(loaders.Loader[str]):
    mark: str = "!"
    def save(self, value, path):
        path.write_text(value.upper() + self.mark)
@stage(outs=[Out("o.txt", Shout("?"))])
def a():
    return "hey"
'''.replace("loaders.Loader", "Loader"))
        self.assertLessEqual({"class:Shout", "loader:o.txt"}, set(stages["a"]["manifest"]))
        self.run_stage("a")
        self.assertEqual((self.root / "o.txt").read_text(), "HEY?")


class Certificate(Described):
    def certificate(self, text, **files):
        project = self.project(text, **files)
        reply = self.host.open(project.path).describe()
        self.assertNotIn("error", reply, reply.get("error"))
        return reply["certificate"]

    def test_everything_that_decided_the_registry_is_named(self):
        told = self.certificate('''
import os, glob
import helpers
WHERE = open("/etc/hostname").read() if os.path.exists("/etc/hostname") else ""
LIST = open(os.path.join(os.path.dirname(__file__), "stages.txt")).read().split()
HAS = os.path.exists(os.path.join(os.path.dirname(__file__), "local.py"))
FILES = os.listdir(os.path.join(os.path.dirname(__file__), "conf"))
NAME = os.environ.get("PIVOT_TEST_NAME", "x") + os.environ["HOME"]
for name in LIST:
    stage(name=name)(lambda: 1)
''', stages__txt="a b", helpers__py="X = 1\n", **{"conf/one.ini": "", "conf/two.ini": ""})
        self.assertLessEqual({"pipeline.py", "helpers.py", "stages.txt"}, set(told["files"]))
        about = os.stat(self.root / "stages.txt")
        self.assertEqual(told["files"]["stages.txt"], [about.st_size, about.st_mtime_ns])
        self.assertEqual(told["probes"]["local.py"], "absent")
        self.assertEqual(told["listings"], {"conf": ["one.ini", "two.ini"]})
        self.assertEqual({key: told["environment"][key] for key in ("PIVOT_TEST_NAME", "HOME")},
                         {"PIVOT_TEST_NAME": None, "HOME": os.environ["HOME"]})
        self.assertEqual(told["volatile"], [])
        self.assertIn("helpers", told["folders"]["."]["names"])
        self.assertEqual([e for e in told["folders"]["."]["present"] if e != "log"], ["helpers.py"])
        self.assertEqual(told["interpreter"]["version"], ".".join(map(str, sys.version_info[:3])))
        self.assertTrue(stat.S_ISREG(os.stat(told["interpreter"]["real"]).st_mode))

    def test_no_path_of_pivot_itself_is_in_it(self):
        told = self.certificate("@stage()\ndef a():\n    pass\n")
        self.assertFalse([path for path in told["files"] if "src/python/pivot" in path])

    def test_clocks_random_numbers_and_processes_make_it_volatile(self):
        told = self.certificate("import time, random, subprocess\nNOW = time.time()\nsubprocess.run(['true'])\ndef f():\n    return time.time()\n")
        self.assertEqual([entry[2] for entry in told["volatile"]], ["time.time() at import", "os.posix_spawn at import", "subprocess.Popen at import"]
                         if any("posix_spawn" in entry[2] for entry in told["volatile"])
                         else ["time.time() at import", "subprocess.Popen at import"])

    def test_known_stages_are_not_fingerprinted_again(self):
        project = self.project("@stage()\ndef a():\n    pass\n@stage()\ndef b():\n    pass\n")
        a, b = self.host.open(project.path).describe(known=["pipeline.py:a"])["stages"]
        self.assertEqual((a["reused"], "manifest" in a, b["reused"], "manifest" in b), (True, False, False, True))

    def test_what_is_known_of_a_stage_may_be_given_to_come_back(self):
        project = self.project("@stage()\ndef a():\n    pass\n")
        fields = {"manifest": {"self:a": "0" * 16}, "where": {}, "files": ["pipeline.py"], "distributions": {}, "blind_spots": []}
        (told,) = self.host.open(project.path).describe(known={"pipeline.py:a": fields})["stages"]
        self.assertEqual((told["reused"], {key: told[key] for key in fields}), (True, fields))

    def test_a_stage_names_only_the_files_that_decide_it(self):
        project = self.project("import one, two\n@stage()\ndef a():\n    return one.f()\n@stage()\ndef b():\n    return two.f()\n",
                               one__py="import three\ndef f():\n    return three.K\n", two__py="def f():\n    return 1\n", three__py="K = 1\n")
        reply = self.host.open(project.path).describe()
        self.assertEqual([stage["files"] for stage in reply["stages"]], [["one.py", "pipeline.py", "three.py"], ["pipeline.py", "two.py"]])
        self.assertEqual(reply["effects"], [])

    def test_known_stages_are_described_whole_when_another_module_acts_at_import(self):
        project = self.project("import one, conf\n@stage()\ndef a():\n    return conf.K\n", one__py="import conf\nconf.K = 2\n", conf__py="K = 1\n")
        reply = self.host.open(project.path).describe(known=["pipeline.py:a"], effects=[])
        self.assertEqual((reply["effects"], reply["stages"][0]["reused"]), (["one.py"], False))
        self.assertEqual(self.host.describe(known=["pipeline.py:a"], effects=["one.py"])["stages"][0]["reused"], True)

    def test_two_pipelines_may_each_have_a_helpers_module(self):
        files = {f"{name}/{file}": text for name in "xy" for file, text in (
            ("pipeline.py", "import helpers\nfrom pivot import stage\n@stage(outs=['o.txt'])\ndef go():\n    import lazy\n"
                            "    open('o.txt', 'w').write(helpers.NAME + lazy.NAME)\n"),
            ("helpers.py", f"NAME = '{name}'\n"), ("lazy.py", f"NAME = '{name * 2}'\n"))}
        with Project(files) as project, HostProcess() as host:
            reply = host.open(project.path, ["x/pipeline.py", "y/pipeline.py"]).describe()
            self.assertNotIn("error", reply, reply.get("error"))
            self.assertEqual([stage["address"] for stage in reply["stages"]], ["x/pipeline.py:go", "y/pipeline.py:go"])
            self.assertNotEqual(*(stage["manifest"] for stage in reply["stages"]))
            for name in "xy":
                self.assertEqual(host.run(f"{name}/pipeline.py:go")["code"], 0)
                self.assertEqual((project.path / name / "o.txt").read_text(), name * 3)

    def test_blind_spots_are_named_by_file_and_line(self):
        project = self.project('''
import importlib
import helpers
@stage()
def a(name="x"):
    eval("1")
    importlib.import_module(name)
    value = object()
    getattr(value, name)
    helpers.f()
''', helpers__py="def f():\n    exec('pass')\n")
        (described,) = self.host.open(project.path).describe()["stages"]
        first = HEAD.count("\n") + 6
        self.assertEqual(described["blind_spots"], [
            ["helpers.py", 2, "exec()"], ["pipeline.py", first, "eval()"], ["pipeline.py", first + 1, "import_module() with a computed name"],
            ["pipeline.py", first + 3, "getattr(value, ...) with a computed name"]])


if __name__ == "__main__":
    unittest.main()
