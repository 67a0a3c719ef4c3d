"""One stage or script from start to report, in the process that runs it."""

from __future__ import annotations

import linecache
import os
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterable
from importlib.machinery import SourceFileLoader
from typing import Any

from pivot import _recording
from pivot._definition import Definition
from pivot._description import Description, preloadable
from pivot._distributions import versions_of
from pivot._errors import ReadError, describe_exception
from pivot._execution import StageFailed, exit_code_of, run_stage
from pivot._location import PROJECT, kind_of_file, kind_of_module
from pivot._recording import Recording

INTERRUPTED = 128 + signal.SIGINT


class ModulesMark:
    """A moment in the life of sys.modules.

    Later modules stand at its end, and only they are looked at: each name that a forked child touches costs it a page.
    """

    def __init__(self, names: frozenset[str] | None = None) -> None:
        self.names = frozenset(sys.modules) if names is None else names
        self._last = next(reversed(sys.modules), "")

    def newer(self) -> list[str]:
        """The modules that came since; when the last one of that moment has gone, all that are not in `names`."""
        found: list[str] = []
        try:
            for name in reversed(sys.modules):
                if name == self._last:
                    break
                if name not in self.names:
                    found.append(name)
        except RuntimeError:  # a thread that the stage left behind goes on importing
            return [name for name in list(sys.modules) if name not in self.names]
        return found


class Report:
    """What a job says at its end; the process that watches it adds code and signal."""

    def __init__(self) -> None:
        self.code = 0
        self.error: dict[str, Any] | None = None
        self.reads: list[dict[str, str]] = []
        self.writes: list[str] = []
        self.modules: list[str] = []
        self.distributions: dict[str, str] = {}
        self.traced = False

    def as_json(self) -> dict[str, Any]:
        return vars(self)


def run_stage_job(
    description: Description, definition: Definition, files: Iterable[str], strict: bool, inherited: ModulesMark
) -> Report:
    """Runs a stage.

    `files` are what its fingerprint came from, `inherited` the modules that the process had before the pipeline's own
    work began.
    """
    report = Report()
    recording = Recording(listings=False)
    before = ModulesMark(inherited.names)
    _recording.start(recording)
    try:
        run_stage(definition)
    except StageFailed as failure:
        report.code, report.error = 1, failure.error
    except SystemExit as error:
        report.code = exit_code_of(error)
    except KeyboardInterrupt:
        report.code = INTERRUPTED
    finally:
        _recording.stop()
    _trace(report, _coverage(description, definition, files), recording, before)
    report.modules = preloadable(inherited.newer())
    report.distributions = versions_of(set(report.modules))
    if strict and report.error is None and report.reads:
        names = ", ".join(read["path"] for read in report.reads)
        error = ReadError(
            f"stage {definition.name!r} read files that it does not declare: {names}", stage=definition.name
        )
        report.code, report.error = 1, error.as_json()
    if report.error is not None:
        print(report.error["traceback"].rstrip("\n") or report.error["message"], file=sys.stderr)
    return report


def _trace(report: Report, covered: Callable[[str], bool], recording: Recording, before: ModulesMark) -> None:
    report.reads, report.writes = _recording.undeclared(recording, PROJECT.root, covered)
    known = {read["path"] for read in report.reads}
    for name in before.newer():
        module = sys.modules.get(name)
        path = getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None
        if isinstance(path, str) and kind_of_file(path) == "user":
            relative = PROJECT.relative(path)
            if not covered(relative):
                report.reads = [read for read in report.reads if read["path"] != relative]
                known.add(relative)
                report.reads.append({"path": relative, "by": "import"})
    report.reads.sort(key=lambda read: read["path"])
    report.writes.sort()
    report.traced = True


def _coverage(description: Description, definition: Definition, files: Iterable[str]) -> Callable[[str], bool]:
    """Tells whether a file is declared by the stage or part of what its fingerprint or the registry came from."""
    declared = [part.path for part in definition.inputs] + [output.path for output in definition.outputs]
    paths = [PROJECT.relative(os.path.normpath(os.path.join(PROJECT.root, definition.wdir, path))) for path in declared]
    exact = {*paths, definition.params_file, *files}
    folders = tuple(path + "/" for path in paths)
    at_import = description.discovery.recording.read

    def covered(relative: str) -> bool:
        if relative in exact or relative.startswith(folders):
            return True
        return os.path.join(PROJECT.root, relative) in at_import

    return covered


def run_script_job(argv: list[str], cwd: str, inherited: ModulesMark) -> Report:
    """`python argv...` in this process."""
    report = Report()
    os.chdir(os.path.join(PROJECT.root, cwd))
    for name, module in list(sys.modules.items()):  # a pipeline's modules are none of the script's
        if isinstance(module, types.ModuleType) and name != "__main__" and kind_of_module(module) == "user":
            del sys.modules[name]
    try:
        if argv[0] == "-m":
            _run_module(argv[1:])
        else:
            _run_file(argv)
    except SystemExit as error:
        report.code = exit_code_of(error)
    except KeyboardInterrupt:
        report.code = INTERRUPTED
    except BaseException as error:
        report.code = 1
        _print_exception(error)
        report.error = describe_exception(error, "script")
    report.modules = preloadable(inherited.newer())
    report.distributions = versions_of(set(report.modules))
    return report


def _run_file(argv: list[str]) -> None:
    script = argv[0]
    main = sys.modules["__main__"]
    sys.argv[:] = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    try:
        with open(script, "rb") as file:
            source = file.read()
    except OSError as error:
        print(
            f"{sys.executable}: can't open file {os.path.abspath(script)!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    vars(main).update(__file__=script, __cached__=None, __spec__=None, __package__=None, __doc__=None)
    vars(main)["__loader__"] = SourceFileLoader("__main__", script)
    exec(compile(source, script, "exec", dont_inherit=True), vars(main))


def _run_module(argv: list[str]) -> None:
    import runpy

    sys.argv[:] = argv
    sys.path.insert(0, os.getcwd())
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)


def _print_exception(error: BaseException) -> None:
    """As the interpreter prints it: from the script's first frame on."""
    trace = error.__traceback__
    while trace is not None and kind_of_file(trace.tb_frame.f_code.co_filename) in ("own", "standard", "none"):
        trace = trace.tb_next
    linecache.checkcache()
    hook = sys.excepthook
    hook(
        type(error), error.with_traceback(trace), trace
    ) if hook is not sys.__excepthook__ else traceback.print_exception(type(error), error, trace)


def cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def now() -> float:
    return time.monotonic()
