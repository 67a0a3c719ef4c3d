"""The experimental executor: each stage in a subinterpreter with its own GIL, several at once in one process (3.13+).

Working directory and environment belong to the process, so all stages of it share them. Extension modules that were not
made for subinterpreters (numpy, pandas, most others) cannot be imported: the stage is refused with the module's name.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import threading
from typing import Any

from pivot._errors import describe_exception, no_such_stage

_INSIDE = """
import sys
sys.path[:] = {path!r}
from pivot._interpreters import inside
inside({payload!r})
"""


def _module() -> Any:
    """CPython's own module; its name and its first form came with 3.13."""
    if sys.version_info < (3, 13):
        return None
    try:
        import _interpreters  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    return _interpreters


class Interpreters:
    """Runs stages in threads of this process, each with an interpreter of its own."""

    def __init__(self, opened: dict[str, Any], base_path: list[str]) -> None:
        self.problem: str | None = None
        self._api = _module()
        self._opened = opened
        self._path = base_path
        self.running: dict[int, threading.Thread] = {}
        self._results: list[dict[str, Any]] = []
        self._read, self._write = os.pipe()
        os.chdir(opened["root"])  # of the whole process
        if self._api is None:
            version = "{}.{}".format(*sys.version_info[:2])
            self.problem = f"the interpreter executor needs Python 3.13 or newer, this is {version}"

    def fileno(self) -> int:
        return self._read

    def start(self, request: dict[str, Any], descriptors: list[int]) -> None:
        thread = threading.Thread(target=self._run, args=(request, descriptors))
        self.running[request["id"]] = thread
        thread.start()

    def ended(self) -> list[dict[str, Any]]:
        """The events of runs that came to their end."""
        count = len(os.read(self._read, 1024))
        events, self._results = self._results[:count], self._results[count:]
        for event in events:
            self.running.pop(event["id"]).join()
        return events

    def _run(self, request: dict[str, Any], descriptors: list[int]) -> None:
        read, write = os.pipe()
        payload = {"opened": self._opened, "path": self._path, "run": request, "fds": descriptors, "result": write}
        runtime = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        code = _INSIDE.format(path=[*self._path, runtime], payload=json.dumps(payload))
        message: dict[str, Any] = {"event": "lost", "reason": "the interpreter ended without a result"}
        chunks: list[bytes] = []
        reader = threading.Thread(target=_drain, args=(read, chunks))
        reader.start()
        try:
            interpreter = self._api.create("isolated", reqrefs=False)
            try:
                failure = self._api.exec(interpreter, code)
            finally:
                self._api.destroy(interpreter)
            if failure is not None:
                text = getattr(failure, "formatted", None) or str(failure)
                message = {"event": "lost", "reason": f"the interpreter failed: {text}"}
        except Exception as error:  # a thread of ours must always leave a result
            message = {"event": "lost", "reason": f"{type(error).__name__}: {error}"}
        finally:
            os.close(write)
            reader.join()
            os.close(read)
            for descriptor in descriptors:
                os.close(descriptor)
        if chunks:
            message = json.loads(b"".join(chunks))
        self._results.append({**message, "id": request["id"]})
        os.write(self._write, b".")


def _drain(descriptor: int, chunks: list[bytes]) -> None:
    while chunk := os.read(descriptor, 1 << 16):
        chunks.append(chunk)


def inside(payload: str) -> None:
    """Runs in the subinterpreter: imports the pipeline, runs the stage, writes the event into the result pipe."""
    job = json.loads(payload)
    message = _perform(job)
    data = json.dumps(message).encode()
    with open(job["result"], "wb", closefd=False) as pipe:
        pipe.write(data)


def _perform(job: dict[str, Any]) -> dict[str, Any]:
    from pivot._description import Description
    from pivot._discovery import Discovery
    from pivot._job import ModulesMark, now, run_stage_job

    opened, run = job["opened"], job["run"]
    streams = _streams(job["fds"])
    discovery = Discovery(opened["root"], opened.get("pipelines") or [], job["path"])
    description = Description(discovery, opened.get("params") or {}, opened.get("overrides") or {})
    try:
        definition = description.find(run["stage"])
    except BaseException as error:
        return {"event": "refused", "error": _import_problem(error)}
    if definition is None:
        return {"event": "refused", "error": _error(no_such_stage(run["stage"]))}
    if definition.options["environment"] or run.get("environment"):
        return {"event": "refused", "error": _error("stages with an environment of their own need another executor")}
    if definition.wdir != ".":
        return {"event": "refused", "error": _error(f"stage {definition.name!r} has a working directory of its own")}
    start = now()
    description.enter(definition)
    files = run.get("files") or ()
    report = run_stage_job(description, definition, files, bool(opened.get("strict")), ModulesMark())
    if report.error is not None and "subinterpreters" in report.error["message"]:
        return {"event": "refused", "error": _with_module_name(report.error)}
    for stream in streams:
        stream.flush()
    seconds = now() - start
    return {"event": "ended", **report.as_json(), "signal": None, "seconds": seconds, "cpu": 0.0}


def _streams(descriptors: list[int]) -> list[io.TextIOWrapper]:
    sys.stdin = open(os.devnull, encoding="utf-8")
    streams = []
    both = (descriptors[0], descriptors[-1]) if descriptors else (1, 2)
    for name, descriptor in zip(("stdout", "stderr"), both, strict=True):
        stream = open(descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
        setattr(sys, name, stream)
        streams.append(stream)
    return streams


def _error(message: str) -> dict[str, Any]:
    from pivot._errors import RequestError

    return RequestError(f"interpreter executor: {message}").as_json()


def _import_problem(error: BaseException) -> dict[str, Any]:
    return _with_module_name(describe_exception(error, "import"))


def _with_module_name(error: dict[str, Any]) -> dict[str, Any]:
    """Import errors of extension modules name the module deep inside; the user knows its package."""
    found = re.search(
        r"module ([\w.]+) does not support loading in subinterpreters", error["message"] + error["traceback"]
    )
    if found:
        name = found.group(1)
        error["message"] = (
            f"the interpreter executor cannot import {name.partition('.')[0]} ({name} was not made for it)"
        )
        error["hint"] = "run the stage with --executor=warm or process"
    return error
