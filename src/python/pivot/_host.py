"""The host process: imports the pipeline once, describes it, and runs stages in forked children (see _protocol.py)."""

from __future__ import annotations

import _io
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Collection
from os import closerange
from typing import TYPE_CHECKING, Any, NoReturn

import pivot
from pivot import _isolation, _sharing
from pivot._analyses import ANALYSES
from pivot._blas import BlasThreads
from pivot._description import FORK_BREAKERS, Description, preloadable
from pivot._discovery import Discovery
from pivot._errors import PipelineError, RequestError, VersionError, describe_exception, no_such_stage
from pivot._isolation import RandomState, Streams
from pivot._job import ModulesMark, cpu_seconds, now
from pivot._protocol import PROTOCOL, Channel, ProtocolError
from pivot._registry import LIVE
from pivot._rehearsal import rehearse
from pivot._worker import child_main, finish, perform

if TYPE_CHECKING:
    from pivot._interpreters import Interpreters

#: Fingerprints that are made in a process of their own.
_MANY_STAGES = 32


#: Children that are forked in a row, beyond those that must wait; nothing interrupts the first of them.
_BATCH = 6
_UNINTERRUPTED = 3

#: Forks that are worth a tenth of a second of preparation.
_MANY_FORKS = 64

#: MiB of memory for the objects of numpy and what comes with it, such as pandas.
_RESERVE = 24


class _Child:
    """A forked process: waiting, running a job, or idle between two (`reuse`)."""

    __slots__ = ("channel", "job", "pid", "pidfd", "report", "reused", "started")

    def __init__(self, pid: int, pidfd: int, channel: Channel) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.channel = channel
        self.job: int | None = None
        self.report: dict[str, Any] | None = None
        self.reused = False
        self.started = 0.0


class Host:
    def __init__(self, channel: Channel, base_path: list[str], live: bool = False) -> None:
        self.channel = channel
        self.base_path = base_path
        self.live = live
        self.description: Description = None  # type: ignore[assignment]
        self.restore_environment: dict[str, str | None] = {}
        self.read_at_load: tuple[str, ...] = ()
        self.preload: list[str] = []
        self.strict = False
        self.inherited: ModulesMark = None  # type: ignore[assignment]
        self.open_files: list[_io._IOBase] = []
        self.random_state: RandomState = None  # type: ignore[assignment]
        self.blas: BlasThreads = None  # type: ignore[assignment]
        self.streams: Streams | None = None  #: of children, made before them
        self.own_streams: tuple[Any, ...] = ()  #: kept, so that no child takes them apart when it gets its own
        self.open_error: dict[str, Any] | None = None
        self.opened: dict[str, Any] = {}  # the `open` request
        self.interpreters: Interpreters | None = None
        self.exits = -1  #: see _isolation.exits_of_pools
        self.fresh = False  #: a child that has had no job, and is ready for one
        self._reserve: _sharing.Reserve | None = None
        self._runtime = frozenset(sys.modules)  # what this package itself needs
        self._children: dict[int, _Child] = {}  # by pid
        self._warm = False
        self._closing = False
        self._poll = select.poll()

    # ---- loop ------------------------------------------------------------

    def serve(self) -> None:
        """Answers until the engine hangs up and nothing runs any more."""
        self._poll.register(self.channel.fileno(), select.POLLIN)
        self.send(
            event="hello", protocol=PROTOCOL, runtime=pivot.__version__, pid=os.getpid(),
            python="{}.{}.{}".format(*sys.version_info[:3]), executable=sys.executable, live=self.live,
        )  # fmt: skip
        engine = self.channel.fileno()
        while not self._closing or self._busy():
            for descriptor, _event in self._poll.poll():
                if descriptor == engine:
                    self._from_engine()
                elif self.interpreters is not None and descriptor == self.interpreters.fileno():
                    for message in self.interpreters.ended():
                        self.send(**message)
                else:
                    self._from_child(descriptor)
        for child in list(self._children.values()):
            child.channel.close()  # a waiting child ends at the end of its stream
            os.waitpid(child.pid, 0)

    def _busy(self) -> bool:
        if self.interpreters is not None and self.interpreters.running:
            return True
        return any(child.job is not None for child in self._children.values())

    def send(self, **message: Any) -> None:
        try:
            self.channel.send(message)
        except OSError:  # the engine has gone; what runs may end by itself
            self._closing = True

    def _from_engine(self) -> None:
        try:
            alive = self.channel.fill()
        except ConnectionError:
            alive = False
        if not alive:
            self._hang_up()
            return
        while not self._closing:
            request = self.channel.pop()
            if request is None:
                return
            self._answer(request)

    def _hang_up(self) -> None:
        """The engine has gone without a `close`: it was killed. What runs would write into the next run's outputs."""
        for child in self._children.values():
            if child.job is not None:
                _isolation.kill_group(child.pid)
        if not self._closing or self.channel.fileno() >= 0:
            self._poll.unregister(self.channel.fileno())
        self._closing = True

    def _answer(self, request: dict[str, Any]) -> None:
        kind = request.get("request")
        if kind == "run" or kind == "script":
            self._run(request)
        elif kind == "open":
            self._open(request)
        elif kind == "describe":
            self._describe(request)
        elif kind == "prepare":
            self._prepare(request)
        elif kind == "close":
            self._close(request)
        else:
            self._refuse(request, RequestError(f"unknown request {kind!r}"))

    # ---- requests ------------------------------------------------------------

    def _open(self, request: dict[str, Any]) -> None:
        if request.get("protocol") != PROTOCOL:
            error = VersionError(
                f"the engine speaks protocol {request.get('protocol')!r}, pivot {pivot.__version__} speaks {PROTOCOL}"
            )
            self.open_error = error.as_json()
        self.opened = request
        self.restore_environment = request.get("restore_environment") or {}
        self.read_at_load = tuple(request.get("read_at_load") or ())
        self.preload = request.get("preload") or []
        self.strict = bool(request.get("strict"))
        if request.get("analyses"):
            ANALYSES.open(request["analyses"])
        discovery = Discovery(request["root"], request.get("pipelines") or [], self.base_path)
        self.description = Description(discovery, request.get("params") or {}, request.get("overrides") or {})
        if self.open_error is None:
            self.open_error = other_version(self.base_path)

    def _set_aside(self) -> None:
        self._reserve = _sharing.Reserve(_RESERVE)

    def _ready(self) -> dict[str, Any] | None:
        """The pipelines imported and complete; else the protocol's Error."""
        if self.description is None:
            return RequestError("the first request must be 'open'").as_json()
        if self.open_error is None:
            try:
                self.description.definitions()
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                kind = "internal" if self.description.discovery.loaded else "import"
                self.open_error = describe_exception(error, kind)
        return self.open_error

    def _describe(self, request: dict[str, Any]) -> None:
        if not self.live:
            # Syntax trees make many objects and few cycles; a collection would walk all imported libraries.
            gc.disable()
            if self.description is not None and _is_first(request):
                self.description.discovery.recording.before_import["numpy"] = self._set_aside
        error = self._ready()
        if error is None:
            error = (self._describe_apart if self._is_large(request) else self._describe_here)(request)
        if error is not None:
            self.send(reply="describe", id=request["id"], error=error)

    def _describe_here(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Sends the description; an Error when there is none."""
        environment = {**os.environ, **{k: v for k, v in self.restore_environment.items() if v is not None}}
        for name, value in self.restore_environment.items():
            if value is None:
                environment.pop(name, None)
        try:
            reply = self.description.reply(known_of(request), request.get("effects") or [], environment)
        except Exception as problem:  # of an object of the user's that we asked, or ours
            return describe_exception(problem, "internal")
        self.send(**reply, id=request["id"])
        ANALYSES.save()
        return None

    def _is_large(self, request: dict[str, Any]) -> bool:
        """Many fingerprints leave tens of megabytes behind, which every later fork of this process would copy."""
        if self.live or not _is_first(request):
            return False
        return len(self.description.definitions()) >= _MANY_STAGES and _thread_count() == 1

    def _describe_apart(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The same in a child; an Error when it could not say anything."""
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                error = self._describe_here(request)
                if error is not None:
                    self.send(reply="describe", id=request["id"], error=error)
                code = 0
            except BaseException as error:
                sys.excepthook(type(error), error, error.__traceback__)
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if status == 0:
            ANALYSES.close()
            return None
        ending = os.waitstatus_to_exitcode(status)
        how = f"signal {-ending}" if ending < 0 else f"exit code {ending}"
        return RequestError(f"the process that fingerprints the stages ended with {how}").as_json()

    def _refuse(
        self, request: dict[str, Any], error: PipelineError | dict[str, Any], descriptors: list[int] | None = None
    ) -> None:
        for descriptor in descriptors or ():
            os.close(descriptor)
        described = error if isinstance(error, dict) else error.as_json()
        self.send(event="refused", id=request.get("id"), error=described)

    def _run(self, request: dict[str, Any]) -> None:
        descriptors = self.channel.take_descriptors(request.get("fds", 0))
        is_script = request["request"] == "script"
        if request.get("executor") == "interpreter" and not is_script and self.description is not None:
            self._run_in_interpreter(request, descriptors)
            return
        error = None if is_script and self.description is not None else self._ready()
        if error is not None:
            self._refuse(request, error, descriptors)
            return
        if not is_script and self.description.find(request["stage"]) is None:
            self._refuse(request, RequestError(no_such_stage(request["stage"])), descriptors)
            return
        if request.get("executor", "warm") == "process":
            self._run_here(request, descriptors)
        else:
            self._run_warm(request, descriptors)

    def _run_in_interpreter(self, request: dict[str, Any], descriptors: list[int]) -> None:
        from pivot._interpreters import Interpreters

        if self.interpreters is None:
            self.interpreters = Interpreters(self.opened, self.base_path)
            if self.interpreters.problem is None:
                self._poll.register(self.interpreters.fileno(), select.POLLIN)
        error = self.interpreters.problem
        if error is not None:
            self._refuse(request, RequestError(error), descriptors)
            return
        self.interpreters.start(request, descriptors)
        self.send(event="started", id=request["id"], pid=os.getpid(), executor="interpreter")

    def _run_warm(self, request: dict[str, Any], descriptors: list[int]) -> None:
        self._warm_up(request.get("expected", 0))
        reason = self._unsafe(request)
        if reason is not None:
            for descriptor in descriptors:
                os.close(descriptor)
            self.send(event="cold", id=request["id"], reason=reason)
            return
        child = self._take(bool(request.get("reuse")))
        child.job, child.started, child.report = request["id"], now(), None
        try:
            child.channel.send(request, descriptors)
        except OSError:
            pass  # it died while it waited; its end is reported as the job's
        for descriptor in descriptors:
            os.close(descriptor)
        self.send(event="started", id=request["id"], pid=child.pid, executor="warm")
        ahead = request.get("ahead", 0)
        self._fork_ahead(ahead, min(ahead + _BATCH, request.get("expected", ahead)))

    def _prepare(self, request: dict[str, Any]) -> None:
        if self._ready() is None:
            count = request.get("count", 1)
            self._warm_up(count)
            if self._unsafe({}) is None:
                self._fork_ahead(count, count)

    def _close(self, _request: dict[str, Any]) -> None:
        self._poll.unregister(self.channel.fileno())
        self._closing = True

    def _run_here(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """The cold way: this process becomes the stage's."""
        if not self.live:
            _isolation.die_with_parent()
        self.inherited = ModulesMark()
        self.open_files = _isolation.open_files(_isolation.user_modules(self.inherited.names))
        self.random_state = RandomState.untouched()
        self.blas = BlasThreads.untouched()
        _isolation.own_group()
        _isolation.default_signals()
        os.set_inheritable(self.channel.fileno(), False)
        self.send(event="started", id=request["id"], pid=os.getpid(), executor="process")
        start, cpu, owner = now(), cpu_seconds(), os.getpid()
        report = perform(self, request, descriptors)
        if os.getpid() != owner:
            _isolation.flush_files(self.open_files)
            os._exit(report.code)
        _isolation.wind_up(self.open_files)
        message = {**report.as_json(), "seconds": now() - start, "cpu": cpu_seconds() - cpu, "signal": None}
        self.send(event="ended", id=request["id"], **message)
        os._exit(finish(report))

    # ---- children ------------------------------------------------------------

    def _warm_up(self, forks: int) -> None:
        """Once, before the first of so many forks: what children shall inherit."""
        if self._warm:
            return
        self._warm = True
        for name in self.preload:
            if name not in FORK_BREAKERS and name not in sys.modules:
                try:
                    __import__(name)
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt):
                        raise
        if self._reserve is not None:
            self._reserve.release()
        self.random_state = RandomState(self.description.discovery.recording.seeded)
        self.blas = BlasThreads(self.restore_environment)
        if not self.live:
            self.blas.set_ahead()
            _isolation.change_environment(self.restore_environment)
            self.description.discovery.enter_only()
            self.streams = _isolation.open_streams(terminal=False)
            self.own_streams = (sys.stdin, sys.stdout, sys.stderr)
        self.inherited = ModulesMark()
        self.open_files = _isolation.open_files(_isolation.user_modules(self.inherited.names))
        if not self.live:
            gc.disable()
            if forks >= _MANY_FORKS:
                self._prepare_for_many()
            gc.freeze()  # without a collection first: that would cost more than it saves

    def _prepare_for_many(self) -> None:
        """What costs a tenth of a second, and makes each fork and each child cheaper."""
        assert self.streams is not None
        self._flush()
        _isolation.install(self.streams)
        self.random_state.prepare()
        _sharing.forget_threads_cheaply()
        _sharing.stop_counting(self._runtime)
        self.exits = _isolation.exits_of_pools()
        _sharing.gather_pages()
        _sharing.join_libraries()
        gc.freeze()
        rehearse(self)

    def _unsafe(self, request: dict[str, Any]) -> str | None:
        """Why a fork is not safe now; None when it is."""
        if not hasattr(os, "pidfd_open") or sys.platform == "darwin":
            return "this platform cannot fork safely"
        definition = self.description.find(request["stage"]) if "stage" in request else None
        if definition is not None and definition.registration.pipeline == LIVE:
            return None  # it exists in this process only
        for name in FORK_BREAKERS:
            if name in sys.modules:
                return f"{name} is loaded: its state does not survive a fork"
        threads = _thread_count()
        if threads > 1:
            return f"{threads} threads are alive after the import of the pipeline"
        stage_environment = (definition.options["environment"] if definition else None) or {}
        for name, value in {**request.get("environment", {}), **stage_environment}.items():
            if name.startswith(self.read_at_load) and value != self._original(name):
                return f"the variable {name} differs, and libraries read it as they are loaded"
        return _shadowing(request) if request.get("request") == "script" else None

    def _original(self, name: str) -> str | None:
        return self.restore_environment[name] if name in self.restore_environment else os.environ.get(name)

    def _take(self, reuse: bool) -> _Child:
        free = [child for child in self._children.values() if child.job is None]
        for child in free:
            if child.reused == reuse:
                child.reused = reuse
                return child
        child = next((child for child in free if not child.reused), None) or self._fork(1, 1)
        child.reused = reuse
        return child

    def _fork_ahead(self, least: int, most: int) -> None:
        """When fewer than `least` children wait, forks until there are `most`."""
        waiting = sum(1 for child in self._children.values() if child.job is None and not child.reused)
        if waiting < least:
            self._fork(max(least - waiting, _UNINTERRUPTED), max(least, most) - waiting)

    def _fork(self, least: int, most: int) -> _Child:
        """Forks so many children, the later ones only while nobody asks for anything; returns the first.

        Each fork makes this process copy the pages that it then writes to: several in a row, with nothing between
        them, copy them once.
        """
        self._flush()
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(most)]
        fork = _quiet_fork if self.live else os.fork
        foreign = self._ranges_of_descriptors(pairs)
        pids: list[int] = []
        for _, theirs in pairs:
            if len(pids) >= least and self._poll.poll(0):
                break  # a stage that is to start, or has ended, comes first
            pid = fork()
            if pid == 0:
                _become_child(self, theirs, foreign)
            pids.append(pid)
        for ours, theirs in pairs[len(pids) :]:
            ours.close()
            theirs.close()
        return [self._add(pid, *pair) for pid, pair in zip(pids, pairs, strict=False)][0]

    def _flush(self) -> None:
        """What this process has printed is none of its children's."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()

    def _ranges_of_descriptors(self, pairs: list[tuple[socket.socket, socket.socket]]) -> list[tuple[int, int]]:
        """The host's own descriptors, (first, behind the last): a child closes them by number, because each object that
        it closes costs it a page."""
        numbers = [end.fileno() for pair in pairs for end in pair]
        numbers += [number for child in self._children.values() for number in (child.pidfd, child.channel.fileno())]
        ranges: list[tuple[int, int]] = []
        for number in sorted([*numbers, self.channel.fileno()]):
            if ranges and ranges[-1][1] == number:
                ranges[-1] = (ranges[-1][0], number + 1)
            elif number >= 0:  # not closed already
                ranges.append((number, number + 1))
        return ranges

    def _add(self, pid: int, ours: socket.socket, theirs: socket.socket) -> _Child:
        theirs.close()
        try:
            os.setpgid(pid, pid)
        except OSError:  # it did so itself, or is gone
            pass
        child = _Child(pid, os.pidfd_open(pid), Channel(ours))
        self._children[pid] = child
        self._poll.register(child.pidfd, select.POLLIN)
        self._poll.register(child.channel.fileno(), select.POLLIN)
        return child

    def _from_child(self, descriptor: int) -> None:
        for child in self._children.values():
            if descriptor == child.pidfd:
                self._child_ended(child)
                return
            if descriptor == child.channel.fileno():
                self._child_said(child)
                return

    def _read(self, child: _Child) -> bool:
        try:
            alive = child.channel.fill()
        except (ConnectionError, BlockingIOError):
            alive = False
        try:
            report = child.channel.pop()
        except (ProtocolError, ValueError):  # the stage wrote into the descriptor: its end still tells code and signal
            report = None
        if report is not None:
            child.report = report
        return alive

    def _child_said(self, child: _Child) -> None:
        if not self._read(child):
            self._poll.unregister(child.channel.fileno())
        elif child.report is not None and child.report.get("idle"):
            report, child.report = child.report, None
            report.pop("idle")
            job, child.job = child.job, None
            self.send(event="ended", id=job, **report, signal=None)

    def _child_ended(self, child: _Child) -> None:
        while child.report is None and _readable(child.channel.fileno()):
            if not self._read(child):
                break
        _, status, usage = os.wait4(child.pid, 0)
        del self._children[child.pid]
        for descriptor in (child.pidfd, child.channel.fileno()):
            try:
                self._poll.unregister(descriptor)
            except KeyError:
                pass
        os.close(child.pidfd)
        child.channel.close()
        if child.job is None:
            return
        report = child.report or {
            "error": None, "reads": [], "writes": [], "modules": [], "distributions": {}, "traced": False,
        }  # fmt: skip
        report.pop("idle", None)
        signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        report["code"] = None if signalled is not None else os.WEXITSTATUS(status)
        report["seconds"] = now() - child.started
        report["cpu"] = usage.ru_utime + usage.ru_stime
        self.send(event="ended", id=child.job, **report, signal=signalled)


def _become_child(host: Host, channel: socket.socket, foreign: list[tuple[int, int]]) -> NoReturn:
    mine = channel.fileno()
    for first, end in foreign:
        if first <= mine < end:
            closerange(first, mine)
            first = mine + 1
        closerange(first, end)
    child_main(host, Channel(channel))


def _is_first(request: dict[str, Any]) -> bool:
    """Nothing is known from earlier runs: there will be many fingerprints, and many forks."""
    return "known" not in request and ANALYSES.is_empty()


def known_of(request: dict[str, Any]) -> Collection[str]:
    """The stages that need no fingerprint: a list, or an object with what to say of them."""
    known = request.get("known") or ()
    return known if isinstance(known, dict) else set(known)


def _quiet_fork() -> int:
    """A live host may have threads: Python 3.12 warns of that, but the user has no other way to run its closures."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def _thread_count() -> int:
    try:
        links = os.stat("/proc/self/task").st_nlink  # a folder has two of its own, and one for each folder in it
        return links - 2 if links > 2 else len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def _shadowing(request: dict[str, Any]) -> str | None:
    """A script's folder comes first on its path: what it holds must not have the name of a library that is loaded."""
    from pivot._location import PROJECT, kind_of_module

    argv = request["argv"]
    folder = os.path.join(PROJECT.root, request.get("cwd", "."))
    if argv[0] != "-m":
        folder = os.path.dirname(os.path.join(folder, argv[0]))
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    for entry in names:
        stem, extension = os.path.splitext(entry)
        is_package = not extension and os.path.exists(os.path.join(folder, entry, "__init__.py"))
        if (
            (extension == ".py" or is_package)
            and stem in sys.modules
            and kind_of_module(stem) in ("library", "standard", "own")
        ):
            return f"{entry} beside the script has the name of a module that is loaded"
    return None


def other_version(path: list[str]) -> dict[str, Any] | None:
    """An installed package of another version would be what `import pivot` means outside of pivot."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("pivot", path)
    origin = spec.origin if spec is not None else None
    if origin is None or os.path.realpath(origin) == os.path.realpath(pivot.__file__):
        return None
    version = _version_in(origin)
    if version == pivot.__version__:
        return None
    return VersionError(
        f"this interpreter has pivot {version or '(of unknown version)'} installed, "
        f"but the engine is pivot {pivot.__version__}",
        file=origin, hint=f"it hides ours: uninstall it in {sys.prefix} (pip uninstall pivot), "
        "or name another interpreter with --python",
    ).as_json()  # fmt: skip


def _version_in(path: str) -> str | None:
    import re

    try:
        with open(path, encoding="utf-8") as file:
            found = re.search(r'^__version__\s*=\s*["\']([^"\']+)', file.read(), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def main(descriptor: int) -> None:
    """The entry of a host process: serves the engine at the other end of the socket."""
    runtime = os.path.dirname(os.path.dirname(os.path.abspath(pivot.__file__)))
    base_path = [
        entry for entry in sys.path[1:] if entry not in ("", os.getcwd()) and os.path.abspath(entry) != runtime
    ]
    sys.path[:] = base_path
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the engine's to pass on
    os.set_inheritable(descriptor, False)
    sock = socket.socket(fileno=descriptor)
    Host(Channel(sock), base_path).serve()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


__all__ = ["Host", "main", "preloadable"]
