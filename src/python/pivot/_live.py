"""Host mode: a live process (a notebook, a script with closures) lets the engine run stages in its forks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from pivot._protocol import Channel


class RunFailed(Exception):
    """The engine ended with a code other than 0."""

    def __init__(self, code: int, command: list[str]) -> None:
        super().__init__(f"{' '.join(command)} ended with exit code {code}")
        self.code = code


def find_binary() -> str:
    """PIVOT_BINARY, then `pivot` beside the interpreter, then `pivot` on PATH."""
    named = os.environ.get("PIVOT_BINARY")
    if named:
        return named
    beside = os.path.join(os.path.dirname(sys.executable), "pivot")
    found = beside if os.access(beside, os.X_OK) else shutil.which("pivot")
    if found is None:
        raise FileNotFoundError("there is no pivot command beside this Python or on PATH; set PIVOT_BINARY to its path")
    return found


def _flags(options: dict[str, Any]) -> list[str]:
    """force=True -> --force; jobs=2 -> --jobs 2; set=["a=1"] -> --set a=1, once for each."""
    flags: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is True:
                flags.append(flag)
            elif item is not False and item is not None:
                flags += [flag, str(item)]
    return flags


def run(targets: str | Sequence[str] | None = None, **options: Any) -> None:
    """Reproduces stages of this process and of the project that it stands in.

    targets: names of stages, all by default. Options are those of `pivot repro`: `force=True`, `jobs=2`,
    `single_item=True`.
    Stages that were registered in this process run in forks of it, so they may be closures and use anything that is
    loaded.
    Raises RunFailed when the engine reports a failure.
    """
    from pivot._host import Host

    names = [targets] if isinstance(targets, str) else list(targets or ())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    command = [find_binary(), "repro", *_flags(options), "--python-host", str(theirs.fileno()), *names]
    path = list(sys.path)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as engine:
        theirs.close()
        try:
            Host(Channel(ours), path, live=True).serve()
        finally:
            ours.close()
            sys.path[:] = path
            code = engine.wait()
    if code != 0:
        raise RunFailed(code, command)
