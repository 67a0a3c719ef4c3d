"""Thread numbers of numerical libraries across a fork.

The host loads them with one thread, because a fork with more is not safe; a child then gets the number that a cold
start would
have had: what the environment says, else the number of CPUs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

_VARIABLES = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
_SYMBOLS = (
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


class BlasThreads:
    """Setters of the OpenBLAS libraries that are loaded in this process."""

    def __init__(self, environment: Mapping[str, str | None]) -> None:
        self._environment = environment
        self._setters: list[Callable[[int], Any]] = _find_setters() if environment and "numpy" in sys.modules else []

    @classmethod
    def untouched(cls) -> BlasThreads:
        return cls({})

    def wanted(self) -> int:
        for name in _VARIABLES:
            value = self._environment.get(name, os.environ.get(name) if name not in self._environment else None)
            if value and value.isdecimal() and int(value) > 0:
                return int(value)
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def set_ahead(self) -> None:
        """Gives the number to this process, so that its children need not: a thread that each of them starts spins for
        a while before it sleeps, which costs more than a small stage.

        OpenBLAS ends its threads before every fork, here the one of a child with nothing to do, and whoever calculates
        next starts as many again.
        """
        if not self._setters or self.wanted() == 1:
            return
        self.restore()
        self._setters = []
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    def restore(self) -> None:
        if self._setters:
            number = self.wanted()
            for setter in self._setters:
                setter(number)


def _find_setters() -> list[Callable[[int], Any]]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            paths = {line.split(None, 5)[5].strip() for line in file if "openblas" in line}
    except OSError:
        return []
    import ctypes

    setters: list[Callable[[int], Any]] = []
    for path in sorted(paths):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        symbol = next((name for name in _SYMBOLS if hasattr(library, name)), None)
        if symbol is not None:
            setters.append(getattr(library, symbol))
    return setters
