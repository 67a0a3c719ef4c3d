"""The protocol between the native engine and the Python host process, version 1.

Start
-----
The engine starts the user's interpreter with one end of an AF_UNIX SOCK_STREAM socket pair inherited as FD (not close-on-exec):

    python -c 'import sys; sys.path.insert(0, sys.argv[1]); from pivot._host import main; main(int(sys.argv[2]))' RUNTIME FD

RUNTIME is the absolute path of the folder (or zip file) that holds the package `pivot` of the engine's own version. The host takes
RUNTIME and the current folder off sys.path again, sets close-on-exec on FD and sends `hello`. Its working directory does not matter.
The engine may set OPENBLAS_NUM_THREADS=1, OMP_NUM_THREADS=1, MKL_NUM_THREADS=1, NUMEXPR_NUM_THREADS=1 in the host's environment so
that preloaded libraries start no threads; the values that stages shall see go into `open.restore_environment`. A host that is going to run
one stage itself gets the stage's own values of the variables that libraries read as they are loaded.
When FD reaches its end without a `close` the engine was killed: the host kills all children and exits 0.

Frames
------
A frame is a 4-byte little-endian unsigned length, then that many bytes of UTF-8 JSON (one object; NaN and Infinity as Python's json
writes them; at most 1 GiB). File descriptors are passed with SCM_RIGHTS on the bytes of the frame that uses them; the frame says how
many belong to it in "fds", and they are used in the order in which they were passed. Unknown fields are ignored on both sides.

Paths are relative to the project root with `/`, and absolute when outside of it. Times are nanoseconds as integers where the name ends
in _ns, else seconds as floats. "T?" is T or null; [T] a list; {K: T} an object.

Engine -> host: requests
------------------------
open        must be the first request; no reply of its own (a failure is replied to the next request).
    {"request": "open", "protocol": 1,
     "root": str,                          absolute path of the project root
     "pipelines": [{"file": str}           a pipeline file: imported under its stem with its folder first in sys.path
                 | {"module": str, "folder": str}],  a dotted module name found from `folder` (that of pivot.yaml)
     "params": {file: object},             parsed params files, by path; stages of a pipeline read FOLDER/params.yaml
     "overrides": {key: value},            -S STAGE.KEY=VALUE: dotted key -> parsed value
     "restore_environment": {name: str?},  environment of the children that differs from the host's; null removes
     "read_at_load": [str]?,               how variables begin that libraries read as they are loaded: a stage that wants another value
                                           than the host had gets `cold`
     "preload": [str]?,                    third-party modules to import before the first fork (failures are ignored)
     "strict": bool?,                      undeclared reads are errors of the stage
     "analyses": str?}                     where to keep what was found out about source text, for later runs: the start of a file's
                                           name; the host reads and writes it, and a loss costs time only
describe    {"request": "describe", "id": int,
             "known": ([address] | {address: object})?,
             "effects": [str]?}  what the earlier description said under "effects"
            `known` are stages of which the engine has manifest, where, files, distributions and blind_spots from an earlier
            description, none of whose `files` moved since (and whose interpreter is the same): they are not fingerprinted again and
            come back with "reused": true and without these five fields (of the object form: with the fields that the object holds,
            as they were given). When other modules act at import than `effects` says (they
            may change anything), `known` is ignored and all stages come back whole. A stage may be left out of `known` at any time.
run         {"request": "run", "id": int,
             "stage": str,       its address, or its name when only one stage has it
             "executor": "warm"|"process"|"interpreter",   default "warm"
             "ahead": int?,      how many children to keep forked and waiting after this one (default 0)
             "expected": int?,   how many stages are still to come: the host may fork more at once, but never more than these
             "reuse": bool?,     the child may have run other stages and may run more
             "environment": {name: str?}?, on top of restore_environment
             "files": [str]?,    what a description said of the stage: reading these is no undeclared read
             "fds": 0|1|2}       stdout and stderr of the stage; one: both; none: the host's own
            warm: a child forked from this host. process: this very process runs the stage and exits afterwards (cold start; it needs
            no `describe` before). interpreter: a subinterpreter with its own GIL in this very process (3.13+); several may be sent,
            with wdir "." and without `environment`; `refused` names the module that cannot be loaded in one. Send nothing else to
            such a host, and `close` at the end.
script      {"request": "script", "id": int, "argv": [str], "cwd": str, "executor": "warm"|"process", "environment"?, "ahead"?, "fds"}
            `python SCRIPT ARG...`: argv[0] is the script as typed (relative to cwd), or "-m" with a module name after it. Same events.
prepare     {"request": "prepare", "count": int}   forks children ahead; no reply
close       {"request": "close"}                   no more requests: the host exits when nothing runs (also after EOF)

Host -> engine: replies and events
----------------------------------
hello       {"event": "hello", "protocol": 1, "runtime": str, "pid": int, "python": "3.13.0", "executable": str}
describe    {"reply": "describe", "id": int, "stages": [Stage], "effects": [str], "certificate": Certificate,
             "preload": [str], "warnings": [str],
             "seconds": {"import": float, "fingerprint": float}}     or   {"reply": "describe", "id": int, "error": Error}
started     {"event": "started", "id": int, "pid": int, "executor": str}
            pid leads its own process group (setsid is not called): kill(-pid) reaches all that it starts. For "process" and "script"
            in the same process it is the host's pid, which has then become a group leader too.
cold        {"event": "cold", "id": int, "reason": str}
            Fork is not safe (threads, a shadowed module, ...): start another host and send `open` and this `run` with "process".
            The fds of the refused request were closed.
ended       {"event": "ended", "id": int,
             "code": int?,            exit code as a shell gives it; null when a signal ended it
             "signal": int?,          the signal's number, e.g. 11
             "error": Error?,         what the stage raised; null for code 0 and for SystemExit
             "seconds": float, "cpu": float,          cpu: user + system of the child and those it waited for
             "reads": [{"path": str, "by": "open"|"import"}],
                                      project files read that no dep, out, params file, certificate file or `files` of the run covers
             "writes": [str],         project files opened for writing that are no outs
             "modules": [str],        third-party top-level modules that are in the process now: the next `preload`
             "distributions": {name: version},        of those modules
             "traced": bool}          false when the child ended without saying what it read
            The exit code of a stage that raised is 1, or SystemExit's own.
            When an event `lost` is sent instead the child's end is unknown (never silently repeated):
lost        {"event": "lost", "id": int, "reason": str}
refused     {"event": "refused", "id": int, "error": Error}   the request cannot be served (unknown stage, interpreter executor, ...)

Stage (all fields are always there, but for the five of a reused one)
---------------------------------------------------------------------
    "name": str                     "train", of a matrix "train@a-1"; unique among the pipelines of one folder
    "address": str                  "PIPELINE:NAME", e.g. "sub/pipeline.py:train": unique
    "base": str                     the name without matrix values
    "pipeline": str                 the pipeline file, or the pivot.yaml (FOLDER/pivot.yaml) that named the module
    "module", "qualname": str       of the innermost function
    "file": str, "line": int        where the function is written (its `def` or first decorator)
    "doc": str                      its docstring, dedented
    "wdir": str                     relative to the root, "." for the root
    "deps": [{"path": str, "loader": str?, "name": str?, "stage": str?}]
                                    path as written, relative to wdir; name: the parameter that takes it; stage: the stage whose out it is
    "outs": [{"path": str, "kind": "out"|"metric"|"plot", "loader": str?, "name": str?, "cache": bool, "persist": bool,
              "remote": str?, "desc": str?, "type": str?, "labels": [str], "push": bool,
              "plot": object?}]     plot properties as in dvc.yaml: template, x, y, title, x_label, y_label, header
    "params": {key: {"value": any, "default": any, "type": str, "from": "default"|"params.yaml"|"override"|"matrix"}}
                                    key is the parameter's name (dotted inside a params class)
    "params_file": str              the file whose key `base` and `name` override them (it need not exist)
    "param_keys": {file: [key]}     params files that it reads by itself, relative to wdir, with dotted keys (none: the whole file)
    "always": bool, "executor": str?, "timeout": float (0: none), "retries": int, "mutex": [str], "track_versions": bool?
    "matrix": {key: value}          {} when none
    "environment": {name: str}      additions for this stage
    "manifest": {key: 16 hex}       see pivot.fingerprint; exactly one key starts with "self:". Compare it without the name that follows
                                    (renaming the function is no change); all other keys are compared as they are.
    "where": {key: [file, line]}    of manifest keys that have a place in a file
    "files": [str]                  source files that the manifest came from: only if one of them moves can the manifest change
    "distributions": {name: version}  third-party packages that the code touches
    "blind_spots": [[file, line, text]]   what no static reading can follow
    "reused": bool

Certificate: everything that decided the registry; valid as long as all of it holds
-----------------------------------------------------------------------------------
    "interpreter": {"executable", "real", "version", "cache_tag", "prefix", "base_prefix": str, "size", "mtime_ns": int}
                                    size and mtime of `real` (links resolved)
    "files": {path: [size, mtime_ns]}   files imported or read, project and libraries, as stat said when they were first opened
    "folders": {path: {"names": [str], "present": [str]}}
                                    project folders that the importer searched: of the folder's entries those whose stem (the name up
                                    to its first dot) is in `names` must be exactly `present` (sorted). `__pycache__` never counts
    "probes": {path: "absent"|"file"|"dir"}     project paths that the pipeline asked after at import
    "listings": {path: [str]}       project folders that it listed: all entries, sorted
    "environment": {name: str?}     variables read (null: not set). They may be secrets: store a hash, never the value
    "environment_listed": bool      it went through all of them: `environment` then holds every variable
    "distributions": {name: [version, path]}    of imported third-party packages; path is the dist-info folder
    "volatile": [[file, line, reason]]          not empty: never reuse the record
    "modules_path": [str]           sys.path as the pipeline saw it

Error
-----
    {"kind": "import"       the pipeline could not be imported
           | "definition"   a stage is declared wrongly (duplicate name, two forms at once, ...)
           | "params"       a parameter has the wrong type or no value
           | "version"      another version of the package is installed in this interpreter
           | "stage"        the stage raised
           | "load" | "save" | "return"    a loader failed, a saver failed, the return value does not fit the outs
           | "read"         strict: an undeclared read
           | "script" | "protocol" | "internal",
     "message": str,        one line, e.g. "ValueError: bad" ; for params it names stage, key, wanted type and given value
     "stage": str?, "file": str?, "line": int?,   the innermost frame in user code
     "traceback": str?,     as Python prints it, frames of user code only, paths relative to the root; "" when there is none. Of a stage it
                            was also written to the stage's stderr
     "hint": str?}

Host mode
---------
`pivot.run()` in a live process starts `pivot repro|run ... --python-host FD`: FD is the engine's end of a socket pair on which the
calling process is the host. It sends `hello` with "live": true; the engine sends `open` with the pipelines it found in the project
(or none: "pipelines": []), then `describe`, `run`, ... as above. In a live host stages that are registered in the process take part beside
those of `open.pipelines`; their pipeline is "<live>", and the reply's certificate is always volatile.

Version history: 1 first.
"""  # noqa: E501: a grammar with one field a line is easier to read than a wrapped one

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

PROTOCOL = 1
MAX_FRAME = 1 << 30
MAX_FDS = 16
_READ_SIZE = 1 << 16  # the allocator has to ask the kernel for more than twice that, each time
_LENGTH = struct.Struct("<I")
_ENCODER = json.JSONEncoder(separators=(",", ":"))  # json.dumps makes one at each call


class ProtocolError(Exception):
    """The peer sent something that is no frame of this protocol."""


def encode(message: dict[str, Any]) -> bytes:
    """The frame of a message. Lone surrogates (undecodable names) stay escaped, so the frame is always valid UTF-8."""
    body = _ENCODER.encode(message).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def decode(body: bytes) -> dict[str, Any]:
    """The message of a frame without its length."""
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ProtocolError("a frame is not a JSON object")
    return message


class Channel:
    """One end of a frame stream over a Unix socket; keeps descriptors that arrived until their frame asks for them."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self._ended = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        """Writes a whole frame; descriptors travel with its first byte."""
        data = memoryview(encode(message))
        if descriptors:
            rights = array.array("i", descriptors)
            sent = self._socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            data = data[sent:]
        self._socket.sendall(data)

    def take_descriptors(self, count: int) -> list[int]:
        """The next `count` descriptors that were passed."""
        if count > len(self._descriptors):
            raise ProtocolError(f"the frame speaks of {count} descriptors, {len(self._descriptors)} were passed")
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        return taken

    def receive(self) -> dict[str, Any] | None:
        """Waits for the next frame; None at the end of the stream."""
        while True:
            frame = self.pop()
            if frame is not None:
                return frame
            if not self.fill():
                return None

    def pop(self) -> dict[str, Any] | None:
        """The next frame if all of it is here."""
        if len(self._buffer) < 4:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > MAX_FRAME:
            raise ProtocolError(f"a frame of {length} bytes is longer than {MAX_FRAME}")
        if len(self._buffer) < 4 + length:
            return None
        body = bytes(self._buffer[4 : 4 + length])
        del self._buffer[: 4 + length]
        return decode(body)

    def fill(self) -> bool:
        """Reads what is there (waits for the first byte); False at the end of the stream."""
        if self._ended:
            return False
        space = socket.CMSG_SPACE(MAX_FDS * 4)
        data, ancillary, _flags, _address = self._socket.recvmsg(_READ_SIZE, space, socket.MSG_CMSG_CLOEXEC)
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                received = array.array("i")
                received.frombytes(content[: len(content) - len(content) % received.itemsize])
                self._descriptors.extend(received)
        self._buffer += data
        self._ended = not data
        return bool(data)
