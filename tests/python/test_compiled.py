"""Modules that are compiled piece by piece: the same code as Python makes of the whole file, whatever was kept, edited or moved."""
import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import RUNTIME, HostProcess, Project, interpreters  # noqa: E402
from test_analyses import ODD_TEXTS, STAGES  # noqa: E402

TEXTS = ODD_TEXTS | {
    "future": '"""Doc."""\nfrom __future__ import annotations\nX: int = 1\ndef f(a: no_such) -> nothing: return a\nclass A:\n    b: no_such = 1\n',
    "classes": "def f():\n    class B:\n        def m(self): return self.x\n    return B\n@property\ndef g(self): return 1\n\n\nclass A:\n"
               "    '''Doc.'''\n    x = [i for i in range(3)]\n    def m(self, y=lambda: 1): return super().m\n",
    "annotations": "def f(): return 1\nx: int = 2\nclass A: y: str = ''\nz: float = 3.0\n",
    "a string that is no docstring": "import os\ndef f(): return 1\n'''text'''\nX = 1\n",
    "many constants": "def f(): return (1, 2, 'a', 2.5, b'x', frozenset({1}), ...)\nasync def g():\n    async with f() as h: yield h\n",
    "umlauts": "def größe(ä='ü'): return f'{ä!r:>10}'\ndef g(): return größe()\n",
}

# For each text: made whole, made of pieces, made of what was kept, and below an added line, must be the same code with the same places.
CHECK = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from pivot import _compiled
from pivot._analyses import ANALYSES, Analyses
real, calls = compile, []
def counting(*arguments, **options):
    calls.append(arguments[0])
    return real(*arguments, **options)
def shape(code):
    places = list(code.co_positions()) if hasattr(code, "co_positions") else list(code.co_lines())
    inner = [shape(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return [code.co_name, code.co_firstlineno, code.co_filename, code.co_code.hex(), code.co_names, code.co_varnames, code.co_flags, inner, places]
def made(code):
    space = {"__name__": "m"}
    exec(code, space)
    functions = {}
    def look(prefix, names):
        for name, value in names.items():
            value = getattr(value, "fget", value)
            if isinstance(value, types.FunctionType):
                functions[prefix + name] = [shape(value.__code__), repr(value.__annotations__), value.__doc__]
            elif isinstance(value, type):
                functions[prefix + name] = [value.__doc__, getattr(value, "__firstlineno__", None), repr(vars(value).get("__annotations__"))]
                look(prefix + name + ".", vars(value))
    look("", {k: v for k, v in space.items() if k != "__builtins__"})
    return functions, space.get("__doc__"), repr(space.get("__annotations__"))
for name, text in json.load(sys.stdin).items():
    told = {"name": name}
    for label, content in (("first", text), ("kept", text), ("moved", "#\\n\\n" + text), ("moved again", "#\\n\\n" + text)):
        if label == "first":
            kept = Analyses(); kept.open(sys.argv[2] + str(len(name)))
        _compiled.ANALYSES = kept
        _compiled.compile = counting
        calls.clear()
        pieces = _compiled.code_of_pieces(content.encode(), "/p/x.py")
        told[label] = [len(pieces or ()), len(calls)]
        expected = made(real(content.encode(), "/p/x.py", "exec", dont_inherit=True))
        if pieces is not None and made(_compiled._in_turn(pieces)) != expected:
            told["different"] = label
        kept.save()
        kept = Analyses(); kept.open(sys.argv[2] + str(len(name)))
    print(json.dumps(told))
"""

# What a module that fails, and one that imports it, see of the stack: the same as without us.
STACK = """
import sys
sys.path[:0] = [sys.argv[1], "."]
if sys.argv[2] == "pieces":
    from pivot._compiled import compile_user_code_from_source
    compile_user_code_from_source()
sys.dont_write_bytecode = True
import outer
"""


class Compiled(unittest.TestCase):
    def test_pieces_compile_to_what_the_whole_file_does_on_every_python(self):
        for python in interpreters():
            with tempfile.TemporaryDirectory(prefix="pivot-compiled-") as folder:
                done = subprocess.run([python, "-c", CHECK, RUNTIME, f"{folder}/kept"], input=json.dumps(TEXTS), text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            told = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(len(told), len(TEXTS))
            for entry in told:
                with self.subTest(entry["name"], python=python):
                    self.assertNotIn("different", entry)
                    if entry["name"] == "carriage returns":
                        self.assertEqual(entry["first"], [0, 0])
                        continue
                    if entry["name"] in ("in a string", "a string that closes one"):  # not cut there
                        self.assertEqual(entry["kept"][0], 1)
                    self.assertGreater(entry["first"][0], 0)
                    self.assertGreaterEqual(entry["first"][1], entry["first"][0])
                    self.assertEqual(entry["kept"][0], entry["first"][0])
                    self.assertLess(entry["kept"][1], 2)  # the piece that is none fails anew
                    self.assertLess(entry["moved again"][1], 2)

    def test_after_an_edit_only_its_piece_is_compiled(self):
        texts = {"a": STAGES, "b": STAGES.replace("x + 1", "x + 2"), "c": "X = 3\n" + STAGES}
        with tempfile.TemporaryDirectory(prefix="pivot-compiled-") as folder:
            done = subprocess.run([sys.executable, "-c", CHECK, RUNTIME, f"{folder}/kept"], input=json.dumps(texts), text=True, capture_output=True)
        told = {entry["name"]: entry for entry in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(told["a"]["first"], [5, 5], done.stderr)
        self.assertEqual(told["b"]["first"], [5, 1])
        self.assertEqual(told["c"]["first"], [5, 1])
        self.assertEqual(told["c"]["moved"], [5, 1])  # the first piece has the comment

    def test_errors_and_warnings_come_from_the_whole_file(self):
        for text, line in (("def f(): return 1\n\ndef g(:\n    pass\n", 3), ("def f(): return 1\nfrom __future__ import annotations\n", 2),
                           ("def f(): return 1\nX = (\n", 2)):
            with self.subTest(text), Project({"pipeline.py": text}) as project, HostProcess() as host:
                error = host.open(project.path).describe()["error"]
                self.assertEqual([error["kind"], error["file"], error["line"]], ["import", "pipeline.py", line])
        with Project({"inner.py": "def f(): return 1\n\ndef g(): return 1 is 1\n", "outer.py": "import inner\n"}) as project:
            for _ in range(2):
                said = self.stack(project.path, "pieces")
                self.assertIn('inner.py:3: SyntaxWarning: "is" with', said)
                self.assertEqual(said, self.stack(project.path, "whole"))

    def test_tracebacks_are_as_without_us(self):
        files = {
            "inner.py": "def f():\n    raise ValueError('no')\n\ndef g():\n    f()\n\nasync def h(): pass\ng()\n",
            "outer.py": "import traceback\ndef f(): import inner\ndef g(): f()\ntry:\n    g()\nexcept ValueError:\n    traceback.print_exc()\n"
                        "def h():\n    return 1 / 0\nimport sys\nprint(sys._getframe(1).f_code.co_name, [f.name for f in traceback.extract_stack()][-1])\nh()\n",
        }
        with Project(files) as project:
            whole = self.stack(project.path, "whole")
            self.assertIn("line 8, in <module>", whole)
            self.assertEqual(self.stack(project.path, "pieces"), whole)

    def test_who_compiles_for_itself_and_threads_are_left_alone(self):
        hook = """
import ast, importlib.machinery, importlib.util, sys, threading, warnings
class Loader(importlib.machinery.SourceFileLoader):  # as type checkers at run time have it
    def source_to_code(self, data, path, **options):
        tree = ast.parse(data)
        tree.body.append(ast.parse("ADDED = 1").body[0])
        return super().source_to_code(tree, path, **options)
spec = importlib.util.spec_from_file_location("hooked", "inner.py", loader=Loader("hooked", "inner.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.ADDED, module.f())
filters, waiting = [], threading.Event()
def look():
    while not waiting.wait(0):
        filters.append(warnings.filters[0][0])
looking = threading.Thread(target=look)
looking.start()
import big
waiting.set()
looking.join()
print(set(filters) - {warnings.filters[0][0]}, big.f999())
"""
        big = "".join(f"def f{number}():\n    return {number}\n" for number in range(1000))
        with Project({"inner.py": "def f(): return 1\n\ndef g(): return 2\n", "outer.py": hook, "big.py": big}) as project:
            self.assertEqual(self.stack(project.path, "pieces"), "1 1\nset() 999\n")

    def stack(self, folder, way):
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(STACK), RUNTIME, way], cwd=folder, text=True, capture_output=True)
        return done.stdout + done.stderr


if __name__ == "__main__":
    unittest.main()
