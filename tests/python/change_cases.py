"""Edits to pipelines, and whether each must rerun the stage `train`: the rows of the change-detection matrix, and more.

A case is (name, files before, {file: (old, new), ...}, whether train must rerun). The stage reads nothing from disk, so that only
its code can be the reason.
"""
STAGE = "from pivot import stage\n"


def pipeline(text, before=""):
    """A pipeline file around the body of `train`."""
    return f"{STAGE}{before}\n@stage(deps=['in.txt'], outs=['out.txt'])\n{text}"


def case(name, text, old, new, reruns, before="", file="pipeline.py", **files):
    every = {"pipeline.py": pipeline(text, before), **{key.replace("__", "/") + ".py": value for key, value in files.items()}}
    assert old in every[file], f"{name}: {old!r} is not in {file}"
    return name, every, {file: (old, new)}, reruns


HELPER = "def helper(x):\n    return x + 1\n"
USES_HELPER = "def train():\n    return helper(1)\n"
CALLS = "def train():\n    return helpers.helper(1)\n"
WRAPS = """
import functools
def logged(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) + 1
    return wrapper
"""
MODEL = "class Model:\n    rate = 1\n    def fit(self):\n        return self.step() + 1\n    def step(self):\n        return 2\n"

STAGE_ITSELF = [
    case("function body", "def train():\n    return 1\n", "return 1", "return 2", True),
    case("argument added", "def train(a=1):\n    return a\n", "a=1)", "a=1, b=2)", True),
    case("default value", "def train(a=1):\n    return a\n", "a=1", "a=2", True),
    case("local renamed", "def train():\n    x = 1\n    return x\n", "x = 1\n    return x", "y = 1\n    return y", True),
    case("parameter renamed", "def train(a=1):\n    return 1\n", "a=1", "b=1", True),
    case("annotation", "def train(a: int = 1):\n    return a\n", "a: int", "a: float", True),
    case("return annotation", "def train() -> int:\n    return 1\n", "-> int", "-> float", True),
    case("sync to async", "def train():\n    return 1\n", "def train", "async def train", True),
    case("docstring", 'def train():\n    "old"\n    return 1\n', "old", "new", False),
    case("docstring added", "def train():\n    return 1\n", "    return", '    "new"\n    return', False),
    case("comment", "def train():\n    return 1  # old\n", "# old", "# new", False),
    case("whitespace", "def train():\n    return 1+2\n", "1+2", "1  +  2", False),
    case("lines above", "def train():\n    return 1\n", STAGE, "\n\n\n" + STAGE, False),
    case("decorator on the stage", "@twice\ndef train():\n    return 1\n", "@twice\n", "", True, "def twice(f):\n    return f\n"),
    case("decorator's code", "@logged\ndef train():\n    return 1\n", "+ 1", "+ 2", True, WRAPS),
    case("decorator without wraps", "@d\ndef train():\n    return 1\n", "+ 1", "+ 2", True,
         "def d(f):\n    def g():\n        return f() + 1\n    return g\n"),
    case("wrapped stage's body", "@logged\ndef train():\n    return 7\n", "return 7", "return 8", True, WRAPS),
    case("decorator's argument", "@times(N)\ndef train():\n    return 1\n", "N = 2", "N = 3", True,
         "N = 2\ndef times(n):\n    def deco(f):\n        def g():\n            return f() * n\n        return g\n    return deco\n"),
    case("stage option timeout", "def train():\n    return 1\n", "outs=['out.txt']", "outs=['out.txt'], timeout=5", False),
    ("function renamed",
     {"pipeline.py": STAGE + "@stage(name='train', deps=['in.txt'])\ndef old(n=3):\n    return old(n - 1) if n else 0\n"},
     {"pipeline.py": ("old(n", "new(n")}, False),
    case("stage renamed by name=", "def train():\n    return 1\n", "deps=", "name='train', deps=", False),
]

SAME_MODULE = [
    case("helper", USES_HELPER, "x + 1", "x + 2", True, HELPER),
    case("helper's docstring", USES_HELPER, "    return x", '    "doc"\n    return x', False, HELPER),
    case("helper through a global alias", "def train():\n    return g(1)\n", "x + 1", "x + 2", True,
         HELPER + "g = helper\n"),
    case("helper through a local alias", "def train():\n    f = helper\n    return f(1)\n", "x + 1", "x + 2", True, HELPER),
    case("helper's helper", USES_HELPER, "y * 2", "y * 3", True, "def deep(y):\n    return y * 2\n" + HELPER.replace("x + 1", "deep(x)")),
    case("constant", "def train():\n    return RATE\n", "RATE = 1", "RATE = 2", True, "RATE = 1\n"),
    case("constant's type", "def train():\n    return RATE\n", "RATE = 1", "RATE = 1.0", True, "RATE = 1\n"),
    case("bool constant", "def train():\n    return ON\n", "ON = True", "ON = 1", True, "ON = True\n"),
    case("bytes constant", "def train():\n    return B\n", "b'a'", "b'b'", True, "B = b'a'\n"),
    case("None constant", "def train():\n    return N\n", "N = None", "N = False", True, "N = None\n"),
    case("unused constant", "def train():\n    return 1\n", "RATE = 1", "RATE = 2", False, "RATE = 1\n"),
    case("unused helper", "def train():\n    return 1\n", "x + 1", "x + 2", False, HELPER),
    case("attribute with a global's name", "def train(params=None):\n    return params.lr\n", "lr = 1", "lr = 2", False, "lr = 1\n"),
    case("local with a global's name", "def train():\n    lr = 5\n    return lr\n", "lr = 1", "lr = 2", False, "lr = 1\n"),
    case("callable in a list", "def train():\n    return [f(1) for f in FS]\n", "x + 1", "x + 2", True, HELPER + "FS = [helper]\n"),
    case("callable in a dict", "def train(k='a'):\n    return D[k](1)\n", "x + 1", "x + 2", True, HELPER + "D = {'a': helper}\n"),
    case("data in a list", "def train():\n    return L\n", "[1, 2]", "[1, 3]", True, "L = [1, 2]\n"),
    case("data in a nested dict", "def train():\n    return D\n", "'b': 2", "'b': 3", True, "D = {'a': [{'b': 2}]}\n"),
    case("data in a set", "def train():\n    return S\n", "'b'", "'c'", True, "S = {'a', 'b'}\n"),
    case("order of dict keys", "def train():\n    return D\n", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", False, "D = {'a': 1, 'b': 2}\n"),
    case("computed constant", "def train():\n    return T\n", "3)", "4)", True, "T = sum(range(3))\n"),
    case("class definition", "def train():\n    return Model().fit()\n", "return 2", "return 3", True, MODEL),
    case("class attribute", "def train():\n    return Model.rate\n", "rate = 1", "rate = 2", True, MODEL),
    case("instance's method", "def train():\n    return M.fit()\n", "return 2", "return 3", True, MODEL + "M = Model()\n"),
    case("instance's state", "def train():\n    return M.fit()\n", "M.x = 1", "M.x = 2", True, MODEL + "M = Model()\nM.x = 1\n"),
    case("slots of an instance", "def train():\n    return P.x\n", "P.x = 1", "P.x = 2", True,
         "class Point:\n    __slots__ = ('x',)\nP = Point()\nP.x = 1\n"),
    case("base class", "def train():\n    return Sub().fit()\n", "return 2", "return 3", True, MODEL + "class Sub(Model):\n    pass\n"),
    case("metaclass", "def train():\n    return C.made()\n", "return 1", "return 2", True,
         "class Meta(type):\n    def made(cls):\n        return 1\nclass C(metaclass=Meta):\n    pass\n"),
    case("class decorator", "def train():\n    return C()\n", "'a'", "'b'", True,
         "def tag(c):\n    c.tag = 'a'\n    return c\n@tag\nclass C:\n    pass\n"),
    case("helper of a method", "def train():\n    return C().run()\n", "x + 1", "x + 2", True,
         HELPER + "class C:\n    def run(self):\n        return helper(1)\n"),
    case("property", "def train():\n    return C().p\n", "return 1", "return 2", True, "class C:\n    @property\n    def p(self):\n        return 1\n"),
    case("class docstring", "def train():\n    return C()\n", "'old'", "'new'", False, "class C:\n    'old'\n    x = 1\n"),
    case("nested function", "def train():\n    def inner():\n        return 1\n    return inner()\n", "return 1", "return 2", True),
    case("global read by a nested function", "def train():\n    def inner():\n        return RATE\n    return inner()\n", "RATE = 1",
         "RATE = 2", True, "RATE = 1\n"),
    case("helper with one underscore", "def train():\n    return _h()\n", "return 1", "return 2", True, "def _h():\n    return 1\n"),
    case("helper with two underscores", "def train():\n    return __h()\n", "return 1", "return 2", True, "def __h():\n    return 1\n"),
    case("dunder-named helper", "def train():\n    return __h__()\n", "return 1", "return 2", True, "def __h__():\n    return 1\n"),
    case("mangled name in a class", "def train():\n    return C().run()\n", "return 1", "return 2", True,
         "def _C__h():\n    return 1\nclass C:\n    def run(self):\n        return __h()\n"),
    case("module attributes", "def train():\n    return __name__\n", STAGE, "'a docstring'\n" + STAGE, False),
    case("recursion", "def train(n=3):\n    return fact(n)\n", "n * fact", "n + fact", True,
         "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\n"),
    case("circular helpers", "def train(n=3):\n    return even(n)\n", "False", "None", True,
         "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return False if n == 0 else even(n - 1)\n"),
]

PARAMS = [
    case("params class property", "def train(params: P):\n    return params.double\n", "* 2", "* 3", True,
         "from pivot import StageParams\nclass P(StageParams):\n    lr: float = 0.1\n    @property\n    def double(self):\n        return self.lr * 2\n"),
    case("params class method", "def train(params: P):\n    return params.f()\n", "return 1", "return 2", True,
         "from pivot import StageParams\nclass P(StageParams):\n    lr: float = 0.1\n    def f(self):\n        return 1\n"),
    case("params ClassVar", "def train(params: P):\n    return params.K\n", "K: ClassVar[int] = 1", "K: ClassVar[int] = 2", True,
         "from typing import ClassVar\nfrom pivot import StageParams\nclass P(StageParams):\n    K: ClassVar[int] = 1\n    lr: float = 0.1\n"),
    case("dataclass default", "def train(params: P):\n    return params\n", "0.1", "0.2", True,
         "import dataclasses\n@dataclasses.dataclass\nclass P:\n    lr: float = 0.1\n"),
    case("class in a string annotation", "def train(params: 'P'):\n    return params\n", "return 1", "return 2", True,
         "import dataclasses\n@dataclasses.dataclass\nclass P:\n    lr: float = 0.1\n    def f(self):\n        return 1\n"),
]

HELPERS = "RATE = 1\ndef helper(x):\n    return x + deep(x)\ndef deep(x):\n    return x * 2\nclass C:\n    k = 1\ndef unused():\n    return 1\n"
LAZY = "def train():\n    {}\n    return 1\n"
OTHER_MODULES = [
    case("imported function", "def train():\n    return helper(1)\n", "x + deep", "x - deep", True, "from helpers import helper\n",
         "helpers.py", helpers=HELPERS),
    case("imported function's helper", "def train():\n    return helper(1)\n", "x * 2", "x * 3", True, "from helpers import helper\n",
         "helpers.py", helpers=HELPERS),
    case("imported constant", "def train():\n    return RATE\n", "RATE = 1", "RATE = 2", True, "from helpers import RATE\n", "helpers.py",
         helpers=HELPERS),
    case("imported class", "def train():\n    return C()\n", "k = 1", "k = 2", True, "from helpers import C\n", "helpers.py", helpers=HELPERS),
    case("unused function of a module", CALLS, "return 1", "return 2", False, "import helpers\n", "helpers.py", helpers=HELPERS),
    case("module's function", CALLS, "x + deep", "x - deep", True, "import helpers\n", "helpers.py", helpers=HELPERS),
    case("module's function's helper", CALLS, "x * 2", "x * 3", True, "import helpers\n", "helpers.py", helpers=HELPERS),
    case("module's constant", "def train():\n    return helpers.RATE\n", "RATE = 1", "RATE = 2", True, "import helpers\n", "helpers.py",
         helpers=HELPERS),
    case("module under another name", "def train():\n    return h.helper(1)\n", "x * 2", "x * 3", True, "import helpers as h\n",
         "helpers.py", helpers=HELPERS),
    (
        "submodule's function", {"pipeline.py": pipeline("def train():\n    return pkg.sub.f()\n", "import pkg.sub\n"),
                                 "pkg/__init__.py": "", "pkg/sub.py": "def f():\n    return 1\n"},
        {"pkg/sub.py": ("return 1", "return 2")}, True),
    ("function through a package's __init__",
     {"pipeline.py": pipeline("def train():\n    return pkg.f()\n", "import pkg\n"), "pkg/__init__.py": "from .sub import f\n",
      "pkg/sub.py": "from . import deep\ndef f():\n    return deep.K\n", "pkg/deep.py": "K = 1\n"}, {"pkg/deep.py": ("K = 1", "K = 2")}, True),
    case("both import styles", "def train():\n    return helper(1) + helpers.RATE\n", "RATE = 1", "RATE = 2", True,
         "import helpers\nfrom helpers import helper\n", "helpers.py", helpers=HELPERS),
    case("lazy from-import", LAZY.format("from helpers import helper"), "x + deep", "x - deep", True, "", "helpers.py", helpers=HELPERS),
    case("lazy import", LAZY.format("import helpers"), "x + deep", "x - deep", True, "", "helpers.py", helpers=HELPERS),
    case("lazy import's comment", LAZY.format("import helpers"), "RATE = 1", "RATE = 1  # new", False, "", "helpers.py", helpers=HELPERS),
    case("conditional lazy import", "def train(a=1):\n    if a:\n        import helpers\n", "x + deep", "x - deep", True, "", "helpers.py",
         helpers=HELPERS),
    case("lazy import of a lazy import", LAZY.format("import first"), "K = 1", "K = 2", True, "", "second.py",
         first="def f():\n    import second\n    return second.K\n", second="K = 1\n"),
    case("lazy import in a helper", "def train():\n    return h()\n", "RATE = 1", "RATE = 2", True,
         "def h():\n    from helpers import RATE\n    return RATE\n", "helpers.py", helpers=HELPERS),
    case("import_module of a constant", "def train():\n    return importlib.import_module('helpers').helper(1)\n", "x * 2", "x * 3", True,
         "import importlib\n", "helpers.py", helpers=HELPERS),
    case("getattr with a constant", "def train():\n    return getattr(helpers, 'helper')(1)\n", "x * 2", "x * 3", True, "import helpers\n",
         "helpers.py", helpers=HELPERS),
    case("getattr with a computed name", "def train(n='helper'):\n    return getattr(helpers, n)(1)\n", "x * 2", "x * 3", True,
         "import helpers\n", "helpers.py", helpers=HELPERS),
    case("module that is passed on", "def train():\n    return use(helpers)\n", "x * 2", "x * 3", True,
         "import helpers\ndef use(m):\n    return m.helper(1)\n", "helpers.py", helpers=HELPERS),
    case("module that is assigned", "def train():\n    q = helpers\n    return q.helper(1)\n", "x * 2", "x * 3", True, "import helpers\n",
         "helpers.py", helpers=HELPERS),
    case("vars of a module", "def train():\n    return vars(helpers)\n", "x * 2", "x * 3", True, "import helpers\n", "helpers.py",
         helpers=HELPERS),
    case("standard library", "def train():\n    return json.dumps(1)\n", "import json\n", "import json, os\n", False, "import json\n"),
]

REBOUND = [
    ("re-export from another module", {"pipeline.py": pipeline("def train():\n    return f()\n", "from api import f\n"),
                                       "api.py": "from one import f\n", "one.py": "def f():\n    return 1\n", "two.py": "def f():\n    return 2\n"},
     {"api.py": ("from one", "from two")}, True),
    ("re-export read through the module", {"pipeline.py": pipeline("def train():\n    return api.f()\n", "import api\n"),
                                           "api.py": "import one\nf = one.f\n", "one.py": "f = len\ndef g():\n    return 2\n"},
     {"one.py": ("f = len", "def f():\n    return 3")}, True),
    ("value computed from another module", {"pipeline.py": pipeline("def train():\n    return N\n", "import one\nN = one.rate() * 2\n"),
                                            "one.py": "import two\ndef rate():\n    return two.K\n", "two.py": "K = 1\n"},
     {"two.py": ("K = 1", "K = 2")}, True),
    ("value set by another module", {"pipeline.py": pipeline("def train():\n    return conf.RATE\n", "import conf, patch\n"),
                                     "conf.py": "RATE = 1\n", "patch.py": "import conf\nconf.RATE = 5\n"},
     {"patch.py": ("= 5", "= 6")}, True),
    ("value registered by another module", {"pipeline.py": pipeline("def train():\n    return registry.ALL\n", "import registry, plugin\n"),
                                            "registry.py": "ALL = []\n", "plugin.py": "import registry\nregistry.ALL.append('a')\n"},
     {"plugin.py": ("'a'", "'b'")}, True),
    ("conditional definition", {"pipeline.py": pipeline("def train():\n    return f()\n", "import conf\nif conf.FAST:\n    def f():\n        return 1\n"
                                                        "else:\n    def f():\n        return 2\n"), "conf.py": "FAST = True\n"},
     {"conf.py": ("True", "False")}, True),
]
FUNCTOOLS = "import functools\n" + HELPER
DYNAMIC = [
    case("callback as an argument", "def train():\n    return list(map(helper, [1]))\n", "x + 1", "x + 2", True, HELPER),
    case("callback as a keyword", "def train():\n    return sorted([1], key=helper)\n", "x + 1", "x + 2", True, HELPER),
    case("closure's constant", "def train():\n    return scale(1)\n", "make(2)", "make(3)", True,
         "def make(k):\n    def scale(x):\n        return x * k\n    return scale\nscale = make(2)\n"),
    case("closure's function", "def train():\n    return scale(1)\n", "x + 1", "x + 2", True,
         HELPER + "def make(f):\n    def scale(x):\n        return f(x)\n    return scale\nscale = make(helper)\n"),
    case("closure's dict of callbacks", "def train():\n    return run('a')\n", "x + 1", "x + 2", True,
         HELPER + "def make():\n    table = {'a': helper}\n    def run(k):\n        return table[k](1)\n    return run\nrun = make()\n"),
    case("partial's argument", "def train():\n    return p()\n", "helper, 1", "helper, 2", True, FUNCTOOLS + "p = functools.partial(helper, 1)\n"),
    case("partial's keyword", "def train():\n    return p()\n", "x=1", "x=2", True, FUNCTOOLS + "p = functools.partial(helper, x=1)\n"),
    case("partial's function", "def train():\n    return p()\n", "x + 1", "x + 2", True, FUNCTOOLS + "p = functools.partial(helper, 1)\n"),
    case("lru_cache function", "def train():\n    return helper(1)\n", "x + 1", "x + 2", True,
         "import functools\n@functools.lru_cache\n" + HELPER),
    case("singledispatch variant", "def train():\n    return show(1)\n", "return 'int'", "return 'INT'", True,
         "import functools\n@functools.singledispatch\ndef show(x):\n    return 'any'\n@show.register(int)\ndef _(x):\n    return 'int'\n"),
    case("wrapper's logic", USES_HELPER, "+ 1\n    return", "+ 2\n    return", True, WRAPS + "@logged\n" + HELPER.replace("x + 1", "x")),
    case("__wrapped__ set by hand", "def train():\n    return g(1)\n", "x - 1", "x - 2", True,
         HELPER + "def g(x):\n    return x - 1\ng.__wrapped__ = helper\n"),
    case("async helper", "async def train():\n    return await h()\n", "return 1", "return 2", True, "async def h():\n    return 1\n"),
    case("generator helper", "def train():\n    return list(g())\n", "yield 1", "yield 2", True, "def g():\n    yield 1\n"),
    case("lambda", "def train():\n    return f(1)\n", "x + 1", "x + 2", True, "f = lambda x: x + 1\n"),
    case("second lambda of a line", "def train():\n    return fs[1](1)\n", "x - 1", "x - 2", True, "fs = [lambda x: x + 1, lambda x: x - 1]\n"),
    case("other lambda of a line", "def train():\n    return g(1)\n", "x + 1", "x + 2", False, "f, g = lambda x: x + 1, lambda x: x - 1\n"),
    case("callable on an instance", "def train():\n    return M.cb(1)\n", "x + 1", "x + 2", True, HELPER + "class H:\n    pass\nM = H()\nM.cb = helper\n"),
    case("callable on a class", "def train():\n    return H.cb(1)\n", "x + 1", "x + 2", True, HELPER + "class H:\n    pass\nH.cb = staticmethod(helper)\n"),
    case("callable instance's other method", "def train():\n    return c()\n", "return 1", "return 2", True,
         "class C:\n    def __call__(self):\n        return self.other()\n    def other(self):\n        return 1\nc = C()\n"),
    case("NamedTuple's method", "def train():\n    return p.f()\n", "return 1", "return 2", True,
         "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    def f(self):\n        return 1\np = P(1)\n"),
    case("Enum member's value", "def train():\n    return Color.RED\n", "RED = 1", "RED = 2", True, "import enum\nclass Color(enum.Enum):\n    RED = 1\n"),
    case("bound method", "def train():\n    return fit()\n", "return 2", "return 3", True, MODEL + "fit = Model().fit\n"),
    case("compiled pattern", "def train():\n    return P.match('a')\n", "'a+'", "'a*'", True, "import re\nP = re.compile('a+')\n"),
    case("default that is a function", "def train():\n    return h()\n", "x + 1", "x + 2", True, HELPER + "def h(f=helper):\n    return f(1)\n"),
    case("function attribute", "def train():\n    return helper(1)\n", "helper.k = 1", "helper.k = 2", True, HELPER + "helper.k = 1\n"),
    case("custom loader's code", "def train() -> Annotated[str, Out('o.txt', Own())]:\n    return 'a'\n", "'old'", "'new'", True,
         "from typing import Annotated\nfrom pivot import Out\nfrom pivot.loaders import Loader\nclass Own(Loader):\n    def save(self, value, path):\n        path.write_text('old')\n"),
    case("loader's field", "def train() -> Annotated[dict, Out('o.json', JSON(indent=1))]:\n    return {}\n", "indent=1", "indent=2", True,
         "from typing import Annotated\nfrom pivot import JSON, Out\n"),
    case("loader in the decorator", "def train():\n    return {}\n", "outs=['out.txt']", "outs=[Out('out.txt', JSON())]", True,
         "from pivot import JSON, Out\n"),
]

CASES = STAGE_ITSELF + SAME_MODULE + PARAMS + OTHER_MODULES + REBOUND + DYNAMIC
