"""Records what a process opens, probes, lists and asks of its environment.

One audit hook serves all recordings of a process (a hook can never be taken away); what no audit event tells
(existence tests,
environment look-ups, seeding) is seen by wrappers that stand only while the pipeline is imported.
"""

from __future__ import annotations

import os
import pathlib
import random
import stat
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pivot._location import PROJECT, kind_of_file

_SKIPPED = ("/proc/", "/sys/", "/dev/")
_TOOL_FOLDERS = (".git/", ".dvc/", ".pivot/")
_WRITING = os.O_WRONLY | os.O_RDWR
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind"})
_PROCESSES = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"}
)
_HEARD = frozenset({"open", "import", "os.listdir", "os.scandir"}) | _NETWORK | _PROCESSES


class Recording:
    """What happened between `start` and `stop`."""

    def __init__(self, listings: bool) -> None:
        self.listings = listings  #: also probes, listings, imports and the rest that decides a registry
        self.read: dict[str, tuple[int, int]] = {}  #: absolute path -> (size, mtime_ns) when first opened
        self.written: dict[str, None] = {}
        self.imported: dict[str, None] = {}  #: every module name that was searched for
        self.listed: dict[str, None] = {}
        self.probes: dict[str, None] = {}
        self.environment: dict[str, None] = {}
        self.environment_listed = False
        self.seeded = False  #: user code called random.seed
        self.volatile: dict[tuple[str, int, str], None] = {}
        self.data: dict[str, set[str]] = {}  #: user file -> files that it opened at import, itself or through others
        self.before_import: dict[str, Callable[[], None]] = {}  #: module -> what to do when it is searched for first

    def event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._open(*arguments)
        elif event == "import":
            self.imported[arguments[0]] = None
            act = self.before_import.pop(arguments[0], None)
            if act is not None:
                act()
        elif self.listings:
            if event in ("os.listdir", "os.scandir"):
                self._list(arguments[0])
            elif event in _NETWORK or event in _PROCESSES:
                place = user_place()
                if place is not None:
                    self.volatile[(*place, f"{event} at import")] = None

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.endswith(".pyc"):
            return
        name = os.path.abspath(path)
        if name.startswith(_SKIPPED):
            return
        if isinstance(flags, int) and flags & _WRITING:
            self.written.setdefault(name)
            return
        if self.listings and PROJECT.contains(name) and not _importer_asks():
            for reader in _user_files_below():
                self.data.setdefault(reader, set()).add(name)
        if name not in self.read:
            try:
                about = os.stat(name)
            except OSError:
                return
            if stat.S_ISREG(about.st_mode):
                self.read[name] = (about.st_size, about.st_mtime_ns)

    def _list(self, path: Any) -> None:
        if isinstance(path, int) or _importer_asks():
            return
        name = os.path.abspath(os.fsdecode(path) if path is not None else ".")
        if PROJECT.contains(name):
            self.listed[name] = None


def _importer_asks() -> bool:
    frame = sys._getframe(3)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


def _user_files_below() -> set[str]:
    """The user's files that are being executed now."""
    frame: types.FrameType | None = sys._getframe(2)
    found: set[str] = set()
    while frame is not None:
        if kind_of_file(frame.f_code.co_filename) == "user":
            found.add(frame.f_code.co_filename)
        frame = frame.f_back
    return found


def user_place() -> tuple[str, int] | None:
    """The nearest frame in user code."""
    frame = sys._getframe(1)
    while frame is not None:
        if kind_of_file(frame.f_code.co_filename) == "user":
            return PROJECT.relative(frame.f_code.co_filename), frame.f_lineno
        frame = frame.f_back
    return None


_active: Recording | None = None
_installed = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    recording = _active
    if recording is not None and event in _HEARD:
        try:
            recording.event(event, arguments)
        except Exception:  # an observer must not change what it observes
            pass


def start(recording: Recording) -> None:
    """From here on events go to this recording."""
    global _active, _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _active = recording


def stop() -> None:
    global _active
    _active = None


@contextmanager
def import_recording(recording: Recording) -> Iterator[Recording]:
    """Records an import with everything that may decide what it defines."""
    undo: list[Callable[[], None]] = []
    try:
        _wrap_environment(recording, undo)
        _wrap_probes(recording, undo)
        _wrap_seed(recording, undo)
        start(recording)
        yield recording
    finally:
        stop()
        for step in reversed(undo):
            step()


def _patch(owner: Any, name: str, replacement: Any, undo: list[Callable[[], None]]) -> None:
    if name in vars(owner):
        original = vars(owner)[name]
        undo.append(lambda: setattr(owner, name, original))
    else:  # inherited
        undo.append(lambda: delattr(owner, name))
    setattr(owner, name, replacement)


def _wrap_environment(recording: Recording, undo: list[Callable[[], None]]) -> None:
    kind = type(os.environ)
    get, iterate = kind.__getitem__, kind.__iter__

    def getitem(self: Any, key: Any) -> Any:
        if self is os.environ and isinstance(key, str):
            recording.environment[key] = None
        return get(self, key)

    def iterated(self: Any) -> Iterator[Any]:
        # Libraries that copy the environment for a subprocess decide nothing; user code that goes through it may.
        if self is os.environ and kind_of_file(sys._getframe(1).f_code.co_filename) == "user":
            recording.environment_listed = True
        return iterate(self)

    _patch(kind, "__getitem__", getitem, undo)
    _patch(kind, "__iter__", iterated, undo)


def _wrap_probes(recording: Recording, undo: list[Callable[[], None]]) -> None:
    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        def probe(path: Any, *rest: Any, **options: Any) -> Any:
            if not isinstance(path, int):
                try:
                    name = os.path.abspath(os.fsdecode(path))
                    if PROJECT.contains(name):
                        recording.probes[name] = None
                except (TypeError, ValueError):
                    pass
            return original(path, *rest, **options)

        return probe

    for name in ("exists", "lexists", "isfile", "isdir"):
        _patch(os.path, name, wrapped(getattr(os.path, name)), undo)
    for name in ("exists", "is_file", "is_dir"):
        _patch(pathlib.Path, name, wrapped(getattr(pathlib.Path, name)), undo)


def _wrap_seed(recording: Recording, undo: list[Callable[[], None]]) -> None:
    original = random.seed

    def seed(*arguments: Any, **options: Any) -> None:
        if arguments and arguments[0] is not None or options.get("a") is not None:
            recording.seeded = True
        original(*arguments, **options)

    _patch(random, "seed", seed, undo)


def is_tool_file(relative: str) -> bool:
    return relative.startswith(_TOOL_FOLDERS) or "/__pycache__/" in "/" + relative


def undeclared(
    recording: Recording, root: str, covered: Callable[[str], bool]
) -> tuple[list[dict[str, str]], list[str]]:
    """The project's files that a stage read and wrote beside what covers them."""
    reads, writes = [], []
    for path in recording.read:
        if PROJECT.contains(path) and kind_of_file(path) == "user":
            relative = PROJECT.relative(path)
            if not is_tool_file(relative) and path not in recording.written and not covered(relative):
                reads.append({"path": relative, "by": "open"})
    for path in recording.written:
        if PROJECT.contains(path):
            relative = PROJECT.relative(path)
            if not is_tool_file(relative) and not covered(relative):
                writes.append(relative)
    return reads, writes
