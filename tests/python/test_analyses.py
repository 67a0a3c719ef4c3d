"""What is kept of source text from run to run: only what was edited is parsed again, and what is damaged or foreign is no record."""
import ast
import pathlib
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import RUNTIME, HostProcess, Project  # noqa: E402, F401: RUNTIME puts the package on the path

from pivot import _analyses  # noqa: E402
from pivot._source import SourceFile  # noqa: E402

STAGES = """
from pivot import stage
def helper(x):
    return x + 1
def other(x):
    return x
@stage(outs=["a.txt"])
def a():
    open("a.txt", "w").write(str(helper(1)))
@stage(outs=["b.txt"])
def b():
    open("b.txt", "w").write(str(other(1)))
"""

# Each of these looks as if a function began where none begins, or begins otherwise than usual.
ODD_TEXTS = {
    "in a string": 'X = """\ndef f():\n    return 1\n"""\ndef g():\n    return X\n',
    "a string that closes one": "def f():\n    '''\ndef g():\n    '''\n    return 1\ndef h():\n    return 2\n",
    "in brackets": "X = [\n1,\n]\ndef f(a=(\n1\n)):\n    return a\n",
    "decorators with comments between": "import functools\n@functools.lru_cache(\n    maxsize=None)\n# why\n\n@functools.wraps(\nprint)\ndef f():\n    pass\n",
    "after else": "if True:\n    def f(): return 1\nelse:\n    def f(): return 2\ndef g(): return f()\n",
    "async and match": "async def f():\n    return 1\nasync_ = 3\ndefault = 4\nclassic = 5\ndef g():\n    match async_:\n        case 3: return classic\n",
    "lambdas on a line": "f, g = lambda: 1, lambda: 2\ndef h(): return [lambda x: x, lambda y: y + 1]\n",
    "carriage returns": "def f():\n    return '''\r\n'''\ndef g():\n    return 1\n",
    "form feed": "def f():\n    return 1\n\x0cdef g():\n    return 2\n",
    "continued line": "X = 1 + \\\n2\ndef f():\n    return X\n",
    "no newline at the end": "def f():\n    return 1\ndef g():\n    return 2",
    "semicolons": "X = 1; Y = 2\ndef f(): return X; Z = 3\nclass A: x = 1; y = 2\n",
}


def told(text):
    """All that is asked of a file, by line."""
    file = SourceFile("x.py", text)
    functions = {
        key: [(entry.outline.qualname, entry.analysis((True,) * len(entry.outline.decorators))[0]) for entry in entries]
        for key, entries in file.functions.items()
    }
    classes = {name: [(entry.line, entry.last_line, entry.analysis()) for entry in entries] for name, entries in file.classes.items()}
    return functions, classes, file.imports, file.calls(), [statement.bound for statement in file.statements()]


def functions_of(text):
    """First line and name of every function, from the whole tree."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append((min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name))
        elif isinstance(node, ast.Lambda):
            found.append((node.lineno, "<lambda>"))
    return sorted(found)


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pivot-analyses-")
        self.addCleanup(folder.cleanup)
        self.path = str(pathlib.Path(folder.name) / "analyses")
        self.addCleanup(setattr, sys.modules["pivot._source"], "ANALYSES", _analyses.ANALYSES)

    def open(self):
        """As a new process finds it."""
        kept = sys.modules["pivot._source"].ANALYSES = _analyses.Analyses()
        kept.open(self.path)
        return kept

    def parsed(self, text):
        """The pieces that had to be parsed."""
        return [piece.text for piece in SourceFile("x.py", text).pieces if piece._nodes is not None]

    def test_after_an_edit_only_its_piece_is_parsed(self):
        kept = self.open()
        told(STAGES)
        kept.save()
        kept = self.open()
        before, after = told(STAGES), told("\n\n" + STAGES.replace("x + 1", "x + 2"))
        self.assertEqual(self.parsed(STAGES), [])
        self.assertEqual(self.parsed(STAGES.replace("return x\n", "return -x\n")), ["def other(x):\n    return -x\n"])
        moved = {(line + 2, name): found for (line, name), found in before[0].items()}
        self.assertEqual([key for key in moved if moved[key] != after[0][key]], [(5, "helper")])

    def test_odd_texts_are_told_as_if_they_were_never_cut(self):
        for name, text in ODD_TEXTS.items():
            with self.subTest(name):
                kept = self.open()
                first = told(text)
                self.assertEqual(sorted(key for key, entries in first[0].items() for _ in entries), functions_of(text))
                kept.save()
                self.open()
                self.assertEqual(told(text), first)
                whole = SourceFile("x.py", "#" * 10 + "\r" + text)  # never cut
                self.assertEqual(len(whole.pieces), 1)
                shifted = {(line - 1, function): [e.analysis((True,) * len(e.outline.decorators))[0] for e in entries]
                           for (line, function), entries in whole.functions.items()}
                self.assertEqual(shifted, {key: [entry[1] for entry in entries] for key, entries in first[0].items()})

    def test_a_damaged_or_foreign_file_is_no_record_and_is_replaced(self):
        kept = self.open()
        told(STAGES)
        kept.save()
        file = pathlib.Path(kept._path)
        good = file.read_bytes()
        self.assertEqual(self.parsed_now(STAGES), 0)
        for content in (b"", good[:-1], good[:30], good[:100] + bytes([good[100] ^ 1]) + good[101:], good.replace(b"PIVANAL1", b"PIVANAL0"), b"x" * 500):
            with self.subTest(size=len(content)):
                file.write_bytes(content)
                kept = self.open()
                self.assertGreater(len(self.parsed(STAGES)), 0)
                kept.save()
                self.assertEqual(self.parsed_now(STAGES), 0)
        original = _analyses._OWN_CODE
        self.addCleanup(setattr, _analyses, "_OWN_CODE", original)
        _analyses._OWN_CODE = original[1:]  # other code of ours made it
        self.open()
        self.assertGreater(len(self.parsed(STAGES)), 0)

    def parsed_now(self, text):
        self.open()
        return len(self.parsed(text))

    def test_what_was_not_used_goes_first_when_there_is_too_much(self):
        self.addCleanup(setattr, _analyses, "LIMIT", _analyses.LIMIT)
        _analyses.LIMIT = 20_000
        for number in range(40):
            kept = self.open()
            told("".join(f"def f{number}_{k}():\n    return {k}\n" for k in range(10)))
            kept.save()
        self.assertLess(pathlib.Path(kept._path).stat().st_size, 30_000)
        self.assertEqual(self.parsed_now("".join(f"def f39_{k}():\n    return {k}\n" for k in range(10))), 0)
        self.assertGreater(self.parsed_now("def f0_0():\n    return 0\n"), 0)


class Host(unittest.TestCase):
    def test_a_host_says_the_same_with_and_without_what_an_earlier_one_kept(self):
        with Project({"pipeline.py": STAGES}) as project:
            kept = project.path / "analyses"

            def described(**fields):
                with HostProcess(PYTHONDONTWRITEBYTECODE="1") as host:
                    return host.open(project.path, **fields).describe()["stages"]

            described(analyses=str(kept))
            (file,) = project.path.glob("analyses-*")
            before = file.read_bytes()
            text = textwrap.dedent(STAGES).replace("x + 1", "x + 2")
            (project.path / "pipeline.py").write_text("# moved\n" + text)
            self.assertEqual(described(analyses=str(kept)), described())
            self.assertNotEqual(file.read_bytes(), before)
            before = file.read_bytes()
            described(analyses=str(kept))
            self.assertEqual(file.read_bytes(), before)  # nothing was found out


if __name__ == "__main__":
    unittest.main()
