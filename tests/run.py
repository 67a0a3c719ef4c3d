#!/usr/bin/env python3
"""Runs the test suites and closes with the line `N passed, N failed`.

  tests/run.py --build build [SUITE ...]     suites: unit, golden, python, lint, compat, corpus (default: all)

Each suite is a function that yields (name, ok, detail). Nothing here needs more than the standard library; real DVC is
found through DVCENV (./dev test makes it).
"""
import argparse
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import time
import traceback
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT))


def run_unit(build):
    """The doctest binary: one result a test case."""
    xml = subprocess.run([str(build / "tests/unit_tests"), "--reporters=xml", "--duration=true"], capture_output=True, text=True,
                         errors="replace", env={**os.environ, "PIVOT_SOURCE_ROOT": str(ROOT)})
    cases = re.split(r"<TestCase ", xml.stdout)[1:]
    for case in cases:
        name = re.search(r'name="([^"]*)"', case)
        result = re.search(r"<OverallResultsAsserts [^>]*test_case_success=\"(\w+)\"", case) or re.search(r'failures="(\d+)"', case)
        ok = result is not None and result.group(1) in ("true", "0")
        yield f"unit: {name.group(1) if name else '?'}", ok, "" if ok else case[:3000]
    if xml.returncode not in (0, 1) or not cases:
        yield "unit: the binary ends normally", False, f"exit code {xml.returncode}\n{xml.stderr[-3000:]}"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_unittest(module, stem, context):
    """The unittest cases of a module, one result each."""
    for case in unittest.defaultTestLoader.loadTestsFromModule(module):
        for test in case:
            name = f"{stem}.{test.id().split('.')[-1]}"
            if not context.wanted(name):
                continue
            result = unittest.TestResult()
            unittest.TestSuite([test]).run(result)
            problems = [text for _, text in result.failures + result.errors]
            yield name, None if result.skipped else not problems, "\n".join(problems) or "".join(why for _, why in result.skipped)


def run_modules(folder, context):
    """Python test files: every function test_* is a test; it takes the context and raises on failure."""
    for path in sorted(folder.glob("test_*.py")):
        module = load(path)
        if any(isinstance(v, type) and issubclass(v, unittest.TestCase) for v in vars(module).values()):
            yield from run_unittest(module, path.stem, context)
        for name, function in list(vars(module).items()):
            if not name.startswith("test_") or not callable(function):
                continue
            if not context.wanted(f"{path.stem}.{name}"):
                continue
            try:
                function(context)
                yield f"{path.stem}.{name}", True, ""
            except Skip as skip:
                yield f"{path.stem}.{name}", None, str(skip)
            except Exception as e:  # noqa: BLE001: a test may fail in any way
                place = [frame for frame in traceback.extract_tb(e.__traceback__) if frame.filename == str(path)][-1:]
                where = "".join(f"{path.name}:{frame.lineno}: {frame.line}\n" for frame in place)
                yield f"{path.stem}.{name}", False, f"{where}{type(e).__name__}: {e}"


class Skip(Exception):
    """Raised by a test that cannot run here, with the reason."""


class Context:
    def __init__(self, build, only):
        self.root, self.build, self.pivot = ROOT, build, build / "src/pivot"
        env = os.environ.get("DVCENV")
        self.dvc = pathlib.Path(env) / "bin/dvc" if env else None
        self.shared = ROOT.parent / "shared"
        self.skip = Skip
        self.only = only

    def wanted(self, name):
        return not self.only or re.search(self.only, name)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default="build")
    ap.add_argument("-k", default="", help="only tests whose name matches this regular expression")
    ap.add_argument("suites", nargs="*")
    opt = ap.parse_args()
    build = (ROOT / opt.build).resolve()
    context = Context(build, opt.k)
    os.environ.update(PIVOT_BINARY=str(context.pivot), PIVOT_SOURCE_ROOT=str(ROOT))  # for test modules that stand alone too
    suites = {
        "unit": lambda: run_unit(build),
        "lint": lambda: run_modules(ROOT / "tests/lint", context),
        "python": lambda: run_modules(ROOT / "tests/python", context),
        "golden": lambda: run_modules(ROOT / "tests/golden", context),
        "compat": lambda: run_modules(ROOT / "compat", context),
        "corpus": lambda: run_modules(ROOT / "compat/corpus", context),
    }
    passed = failed = skipped = 0
    for suite in opt.suites or suites:
        start = time.time()
        before = (passed, failed)
        for name, ok, detail in suites[suite]():
            if ok is None:
                skipped += 1
                print(f"skipped {name}: {detail}", flush=True)
            elif ok:
                passed += 1
            else:
                failed += 1
                print(f"FAILED {name}\n  " + detail.replace("\n", "\n  "), flush=True)
        print(f"{suite}: {passed - before[0]} passed, {failed - before[1]} failed in {time.time() - start:.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.modules["run"] = sys.modules["__main__"]
    sys.exit(main())
