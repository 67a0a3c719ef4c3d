"""Makes a forked process look freshly started, and ends it without losing what it wrote."""

from __future__ import annotations

import _io
import _signal
import atexit
import contextlib
import functools
import gc
import inspect
import io
import os
import signal
import sys
import threading
import types
from collections.abc import Iterable, Mapping
from typing import Any

from pivot._location import kind_of_file, kind_of_module


def own_group() -> None:
    try:
        os.setpgid(0, 0)
    except OSError:  # a session leader is a group's leader already
        pass


def kill_group(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def die_with_parent() -> None:
    """The kernel kills this process when the engine dies (where there is such a call)."""
    import ctypes  # costs several milliseconds: only processes that start cold need it

    set_death_signal = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def without_input() -> None:
    """There is nothing to read on standard input."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def connect(descriptors: list[int], streams: Streams | None = None) -> None:
    """Standard output and error go to the given descriptors (one serves both).

    `streams` were made before the fork, for output that is no terminal.
    """
    if descriptors:
        os.dup2(descriptors[0], 1)
        os.dup2(descriptors[-1], 2)
        for descriptor in descriptors:
            os.close(descriptor)
    if streams is None or not descriptors or os.isatty(1) or any(stream.closed for stream in streams):
        streams = open_streams(os.isatty(1))
    install(streams)


def install(streams: Streams) -> None:
    """Makes them the process's standard streams, unless they are."""
    for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
        for attribute in (name, f"__{name}__"):
            if getattr(sys, attribute, None) is not stream:
                setattr(sys, attribute, stream)


Streams = tuple[io.TextIOWrapper, io.TextIOWrapper, io.TextIOWrapper]


def open_streams(terminal: bool) -> Streams:
    """New Python streams on descriptors 0, 1 and 2, as the interpreter makes them at its start."""
    encoding = (
        os.environ.get("PYTHONIOENCODING", "").partition(":")[0] or getattr(sys.stdout, "encoding", None) or "utf-8"
    )
    errors = getattr(sys.stdout, "errors", None) or "strict"
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    made = [open(0, encoding=encoding, closefd=False)]
    for descriptor in (1, 2):
        raw = open(descriptor, "wb", buffering=0, closefd=False)
        buffer = io.BufferedWriter(raw) if not (unbuffered and descriptor == 1) else raw
        stream = io.TextIOWrapper(
            buffer,  # type: ignore[arg-type]
            encoding=encoding,
            errors="backslashreplace" if descriptor == 2 else errors,
            line_buffering=descriptor == 2 or terminal,
            write_through=unbuffered,
        )
        made.append(stream)
    return made[0], made[1], made[2]


def default_signals() -> None:
    # The C functions: `signal.signal` goes through enums, and touches many pages for it.
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)


def change_environment(changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


_NUMPY_WORDS = 624  # of the Mersenne Twister's state, 32 bits each


class RandomState:
    """The random state that a cold start would have: what the user seeded stays, anything else is fresh in every
    child."""

    def __init__(self, seeded: bool) -> None:
        random = sys.modules.get("random")
        self.python = random.getstate() if seeded and random is not None else None
        self.numpy = _numpy_state() if _user_seeds_numpy() else None
        self.forked = True
        self.fresh = False
        self._words: memoryview | None = None

    @classmethod
    def untouched(cls) -> RandomState:
        """Of a process that was not forked: its state is as it should be."""
        state = cls.__new__(cls)
        state.forked = False
        return state

    def prepare(self) -> None:
        """Before many forks: children only fill in the words of numpy's state."""
        numpy = sys.modules.get("numpy.random")
        if numpy is not None and self.numpy is None:
            numpy.set_state(_fresh_numpy_state())
            self._words = _words_of_numpy_state(numpy)

    def refresh(self) -> None:
        """After a fork, where `random` has seeded itself."""
        self.fresh = True
        numpy = sys.modules.get("numpy.random")
        if self._words is not None:
            self._words[:] = os.urandom(_NUMPY_WORDS * 4)
        elif numpy is not None and self.numpy is None:
            numpy.set_state(_fresh_numpy_state())

    def restore(self) -> None:
        """Before each job of a child."""
        if not self.forked:
            return
        fresh, self.fresh = self.fresh, False
        random, numpy = sys.modules.get("random"), sys.modules.get("numpy.random")
        if random is not None and self.python is not None:
            random.setstate(self.python)
        elif random is not None and not fresh:
            random.seed()
        if numpy is not None and not (fresh and self.numpy is None):
            numpy.set_state(self.numpy or _fresh_numpy_state())


def _numpy_state() -> tuple[object, ...] | None:
    numpy = sys.modules.get("numpy.random")
    return numpy.get_state() if numpy is not None else None


def _fresh_numpy_state() -> tuple[object, ...]:
    """As `numpy.random.seed()`, which takes three times as long to spread less entropy over the same state."""
    numpy = sys.modules["numpy"]
    return "MT19937", numpy.frombuffer(os.urandom(_NUMPY_WORDS * 4), dtype=numpy.uint32), _NUMPY_WORDS


def _words_of_numpy_state(numpy: types.ModuleType) -> memoryview | None:
    """Where the words of the global generator's state are; None when they are not where they are looked for."""
    try:
        import ctypes

        place = numpy.get_bit_generator().ctypes.state_address  # numpy 1.24
        words = memoryview((ctypes.c_char * (_NUMPY_WORDS * 4)).from_address(place)).cast("B")
        return words if bytes(words) == numpy.get_state()[1].tobytes() else None
    except (ImportError, AttributeError, TypeError, ValueError):
        return None


def _user_seeds_numpy() -> bool:
    """Whether a user module calls numpy.random.seed as it is imported: numpy does not tell."""
    numpy = sys.modules.get("numpy.random")
    if numpy is None:
        return False
    from pivot.fingerprint import calls_at_top_level

    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and kind_of_file(path) == "user" and calls_at_top_level(path, "random.seed"):
            return True
    return False


def fresh_main() -> types.ModuleType:
    main = types.ModuleType("__main__")
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules["__main__"] = main
    return main


def user_modules(among: Iterable[str]) -> list[types.ModuleType]:
    found = [sys.modules.get(name) for name in among if name != "__main__"]
    return [module for module in found if isinstance(module, types.ModuleType) and kind_of_module(module) == "user"]


def open_files(modules: Iterable[types.ModuleType]) -> list[_io._IOBase]:
    """Files that modules keep in their variables."""
    return [value for module in modules for value in vars(module).values() if isinstance(value, _io._IOBase)]


_POOLS = ("concurrent.futures.thread", "concurrent.futures.process")


def exits_of_pools() -> int:
    """How many functions are called before threads are waited for; -1 when some do more than to wait for the threads
    of pools, or nobody knows."""
    exits = getattr(threading, "_threading_atexits", None)
    if not isinstance(exits, list) or not all(_module_of_exit(function) in _POOLS for function in exits):
        return -1
    return len(exits)


def _module_of_exit(function: Any) -> str | None:
    """Where a function was written that `threading` has wrapped: in a partial, from Python 3.13 on in a lambda."""
    if isinstance(function, functools.partial):
        return getattr(function.func, "__module__", None)
    try:
        return inspect.getclosurevars(function).nonlocals["func"].__module__
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def _has_threads(exits: int) -> bool:
    """Whether the interpreter may have a thread to wait for; `exits` is what exits_of_pools() said before the stage."""
    if exits < 0 or len(threading._threading_atexits) != exits:  # type: ignore[attr-defined]
        return True
    return len(threading._active) != 1 or bool(threading._limbo)  # type: ignore[attr-defined]


def wind_up(files: Iterable[_io._IOBase], exits: int = -1) -> None:
    """What the interpreter does before it ends: waits for threads, runs atexit functions, flushes open files."""
    try:
        shutdown = getattr(threading, "_shutdown", None)
        if shutdown is not None and _has_threads(exits):
            shutdown()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    run = getattr(atexit, "_run_exitfuncs", None)
    if run is not None:
        try:
            run()
        except BaseException as error:
            sys.excepthook(type(error), error, error.__traceback__)
    flush_files(files)


def flush_files(files: Iterable[_io._IOBase]) -> None:
    """Writes out the buffers of files that nobody closed: a bare _exit would lose them.

    `files` are those that user modules opened before the heap was frozen; the collector tells the others.
    """
    candidates = [*files, *(value for value in gc.get_objects() if isinstance(value, _io._IOBase))]
    # Text layers first: they write into the buffered ones.
    for value in sorted(candidates, key=lambda value: not isinstance(value, io.TextIOWrapper)):
        try:
            if not value.closed:
                value.flush()
        except (OSError, ValueError):
            continue
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
