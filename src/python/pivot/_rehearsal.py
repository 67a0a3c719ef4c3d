"""The host goes the way of its children itself, before it has many of them.

The interpreter adapts code to what it meets, and remembers where it found the attributes of types. It writes both down
beside the code and in its own tables: done in the host, this is shared with the children, which otherwise would each
copy these pages to do it anew.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from pivot import _isolation
from pivot._definition import Definition, Input, Output, Signature
from pivot._job import cpu_seconds, now
from pivot._protocol import Channel
from pivot._registry import Registration
from pivot._worker import perform
from pivot.outputs import Out

if TYPE_CHECKING:
    from pivot._host import Host

#: CPython 3.11 adapts a function when it is called for the eighth time, later versions sooner.
_TIMES = 8


#: A request as the engine sends it (see _protocol.py).
_JOB: dict[str, Any] = {
    "request": "run",
    "id": 0,
    "stage": "rehearsal",
    "executor": "warm",
    "ahead": 1,
    "expected": 1,
    "environment": {},
    "files": ["rehearsal"],
    "fds": 2,
}


def rehearse(host: Host) -> None:
    """Runs a stage that does nothing, as a child does it but for what ends or changes a process; leaves no trace."""
    if host.streams is None or os.isatty(1) or os.isatty(2):  # a child has other streams
        return
    definition = _stage_that_does_nothing()
    folder, main, arguments = os.getcwd(), sys.modules["__main__"], sys.argv[:]
    ours, theirs = (Channel(end) for end in socket.socketpair())
    try:
        for _ in range(_TIMES):
            _once(host, definition, ours, theirs)
    finally:
        ours.close()
        theirs.close()
        sys.argv[:] = arguments
        sys.modules["__main__"] = main
        os.chdir(folder)


def _once(host: Host, definition: Definition, ours: Channel, theirs: Channel) -> None:
    outputs = [os.dup(1), os.dup(2)]
    ours.send(_JOB, outputs)
    for descriptor in outputs:
        os.close(descriptor)
    host.random_state.refresh()
    received = theirs.receive()
    assert received is not None
    descriptors = theirs.take_descriptors(received.get("fds", 0))
    start, cpu = now(), cpu_seconds()
    _isolation.fresh_main()
    host.fresh = True  # the host keeps its input
    report = perform(host, received, descriptors, definition)
    _isolation.flush_files(host.open_files)
    theirs.send({**report.as_json(), "seconds": now() - start, "cpu": cpu_seconds() - cpu, "idle": False})
    ours.receive()


def _stage_that_does_nothing() -> Definition:
    return Definition(
        name="rehearsal",
        base="rehearsal",
        registration=Registration(_nothing, {"environment": None}, pipeline=""),
        wdir=".",
        inputs=[Input("rehearsal", None, None)],
        outputs=[Output("rehearsal", Out("rehearsal"), None, None)],
        fields=[],
        params_class=None,
        params_argument=None,
        params_file="rehearsal",
        matrix={},
        signature=Signature({}, False, [], ""),
        unknown_keys=[],
    )


def _nothing() -> None:
    with open(os.devnull) as file, open(os.devnull, "w") as copy:
        copy.write(file.read())
