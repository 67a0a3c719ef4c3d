"""Errors of the user's pipeline, as the protocol reports them, and tracebacks without frames of ours."""

from __future__ import annotations

import traceback
import types
from typing import Any

from pivot._location import PROJECT, kind_of_file
from pivot._registry import LIVE


class PipelineError(Exception):
    """Something in the pipeline is wrong; `kind` is the protocol's."""

    kind = "definition"

    def __init__(
        self,
        message: str,
        *,
        stage: str | None = None,
        file: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.stage, self.file, self.line, self.hint = message, stage, file, line, hint

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "message": self.message, "stage": self.stage, "file": self.file, "line": self.line,
            "traceback": "", "hint": self.hint,
        }  # fmt: skip


class DefinitionError(PipelineError):
    kind = "definition"


class ParamsError(PipelineError):
    kind = "params"


class ReadError(PipelineError):
    kind = "read"


class ReturnMismatch(PipelineError):
    kind = "return"


class VersionError(PipelineError):
    kind = "version"


class RequestError(PipelineError):
    kind = "protocol"


def no_such_stage(address: str) -> str:
    """Why a process that imported the pipelines has no stage of that address."""
    pipeline, _, name = address.rpartition(":")
    if pipeline == LIVE:
        return f"{name!r} was defined in a live process: only a fork of that can run it (executor warm), no new process"
    return f"there is no stage {address!r}"


def _user_frames(error: BaseException, kind: str = "") -> list[tuple[types.FrameType, int]]:
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    theirs = [(frame, line) for frame, line in frames if kind_of_file(frame.f_code.co_filename) == "user"]
    # A failure without a single frame of the user's is a fault of ours: show where. But loaders are called by us.
    told_without = isinstance(error, SyntaxError | ImportError) or kind in ("load", "save")
    return theirs or ([] if told_without else frames)


def _format(error: BaseException, seen: set[int], kind: str = "") -> str:
    """One exception with what caused it; frames of libraries below the user's last one are kept, ours never."""
    seen.add(id(error))
    text = ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        text = _format(cause, seen, kind)
        direct = error.__cause__ is not None
        text += "\n{}\n\n".format(
            "The above exception was the direct cause of the following exception:"
            if direct
            else "During handling of the above exception, another exception occurred:"
        )
    summary = traceback.StackSummary.extract(iter(_user_frames(error, kind)))
    for frame in summary:
        frame.filename = PROJECT.relative(frame.filename)
    if summary:
        text += "Traceback (most recent call last):\n" + "".join(summary.format())
    return text + "".join(_only(error))


def _only(error: BaseException) -> list[str]:
    lines = traceback.format_exception_only(type(error), error)
    if isinstance(error, SyntaxError) and error.filename:
        lines = [line.replace(error.filename, PROJECT.relative(error.filename)) for line in lines]
    return lines


def describe_exception(error: BaseException, kind: str, stage: str | None = None) -> dict[str, Any]:
    """The protocol's Error of any exception."""
    if isinstance(error, PipelineError):
        known = error.as_json()
        known["stage"] = known["stage"] or stage
        if error.__cause__ is not None:
            known["traceback"] = _format(error.__cause__, set())
        return known
    frames = _user_frames(error, kind)
    file: str | None = None
    line: int | None = None
    if isinstance(error, SyntaxError) and error.filename:
        file, line = PROJECT.relative(error.filename), error.lineno
    elif frames:
        frame, line = frames[-1]
        file = PROJECT.relative(frame.f_code.co_filename)
    message = _only(error)[-1].strip()
    return {
        "kind": kind, "message": message, "stage": stage, "file": file, "line": line,
        "traceback": _format(error, set(), kind), "hint": None,
    }  # fmt: skip
