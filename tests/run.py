#!/usr/bin/env python3
"""Runs the test suites and closes with the line `N passed, N failed`.

  tests/run.py --build build [SUITE ...]     suites: unit, golden, python, lint, compat, corpus (default: all)

The unit tests and every file of tests are a task; each runs in a process of its own, as many at a time as there are cores. Nothing here
needs more than the standard library; real DVC is found through DVCENV (./dev test makes it).
"""
import argparse
import concurrent.futures
import ctypes
import importlib.util
import json
import os
import pathlib
import re
import signal
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


def run_module(path, context):
    """The tests of a Python file: its unittest cases, and every function test_*, which takes the context and raises on failure."""
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


FOLDERS = {"lint": "tests/lint", "python": "tests/python", "golden": "tests/golden", "compat": "compat", "corpus": "compat/corpus"}
# What takes longest is begun first, so that no core stands idle at the end.
LONGEST = ("test_corpus", "test_wheel", "test_network_remotes", "test_remote_bridge", "test_crashes", "test_change_matrix")


def tasks_of(suites):
    """(suite, path of the test file, or of nothing for the unit tests)"""
    found = []
    for suite in suites or ["unit", *FOLDERS]:
        found += [(suite, "")] if suite == "unit" else [(suite, str(p)) for p in sorted((ROOT / FOLDERS[suite]).glob("test_*.py"))]
    rank = {name: at for at, name in enumerate(LONGEST)}
    return sorted(found, key=lambda task: rank.get(pathlib.Path(task[1]).stem, len(rank)))


def run_task(path, context):
    """In the process of a task: its results as JSON lines, whatever else the tests print on the standard error."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    start = time.time()
    for result in run_module(pathlib.Path(path), context) if path else run_unit(context.build):
        print(json.dumps((*result, time.time() - start)), file=results, flush=True)
        start = time.time()


class Report:
    """What the tasks say, as it comes."""

    def __init__(self):
        self.counts = {}

    def add(self, suite, name, ok, detail, seconds):
        self.counts.setdefault(suite, {True: 0, False: 0, None: 0})[ok] += 1
        if ok is None:
            print(f"skipped {name}: {detail}", flush=True)
        elif not ok:
            print(f"FAILED {name}\n  " + detail.replace("\n", "\n  "), flush=True)
        if seconds > 10:
            print(f"{name}: {seconds:.0f} s", flush=True)

    def total(self, ok):
        return sum(count[ok] for count in self.counts.values())


def start_task(suite, path, opt, report):
    start = time.time()
    argv = [sys.executable, "-B", str(ROOT / "tests/run.py"), "--build", opt.build, "-k", opt.k, "--task", path]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    for line in child.stdout:
        report.add(suite, *json.loads(line))
    label = pathlib.Path(path).stem or suite
    if child.wait() != 0:
        report.add(suite, f"{label} ends normally", False, f"exit code {child.returncode}", 0)
    if time.time() - start > 5:
        print(f"{label}: {time.time() - start:.0f} s", flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default="build")
    ap.add_argument("-k", default="", help="only tests whose name matches this regular expression")
    ap.add_argument("-j", "--jobs", type=int, default=min(os.cpu_count() or 1, 4), help="test files that run at the same time")
    ap.add_argument("--task", help=argparse.SUPPRESS)
    ap.add_argument("suites", nargs="*")
    opt = ap.parse_args()
    build = (ROOT / opt.build).resolve()
    context = Context(build, opt.k)
    os.environ.update(PIVOT_BINARY=str(context.pivot), PIVOT_SOURCE_ROOT=str(ROOT))  # for test modules that stand alone too
    if opt.task is not None:
        run_task(opt.task, context)
        return 0
    report = Report()
    start = time.time()
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for done in [pool.submit(start_task, suite, path, opt, report) for suite, path in tasks_of(opt.suites)]:
            done.result()
    for suite, count in report.counts.items():
        print(f"{suite}: {count[True]} passed, {count[False]} failed", flush=True)
    passed, failed, skipped = report.total(True), report.total(False), report.total(None)
    print(f"all in {time.time() - start:.0f} s", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.modules["run"] = sys.modules["__main__"]
    sys.exit(main())
