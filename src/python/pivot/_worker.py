"""The side of a forked child: waits for a job, runs it isolated, reports, ends."""

from __future__ import annotations

import os
import signal
import sys
from gc import enable as enable_collections
from os import _exit as end_process
from typing import TYPE_CHECKING, Any, NoReturn

from pivot import _isolation
from pivot._definition import Definition
from pivot._isolation import default_signals, own_group
from pivot._job import INTERRUPTED, ModulesMark, Report, cpu_seconds, now, run_script_job, run_stage_job
from pivot._protocol import Channel, decode, encode
from pivot._recording import Recording

if TYPE_CHECKING:
    from pivot._host import Host


# Each function that is looked up in its module costs a child that has just been forked a page: these are at hand.
def child_main(host: Host, channel: Channel) -> NoReturn:
    """Never returns: everything ends in _exit, so that nothing of the host's own shutdown runs here."""
    code = 70
    try:
        own_group()
        default_signals()
        enable_collections()
        _get_ready(host)
        code = _serve(host, channel)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        end_process(code)


def _get_ready(host: Host) -> None:
    """What can be done while there is no job; some of it only writes to pages, which a child copies first."""
    if host.streams is not None:
        _isolation.install(host.streams)
    if not host.live:
        host.random_state.refresh()
    _isolation.without_input()
    _isolation.fresh_main()
    host.fresh = True
    cpu_seconds()
    Report()
    ModulesMark(host.inherited.names)
    Recording(listings=False)
    decode(encode({"request": "run", "id": 0, "environment": {"A": "b"}, "files": ["f"]})[4:])


def _serve(host: Host, channel: Channel) -> int:
    while True:
        job = channel.receive()
        if job is None:
            return 0  # the host has ended, or needs no more children
        descriptors = channel.take_descriptors(job.get("fds", 0))
        owner = os.getpid()
        start, cpu = now(), cpu_seconds()
        report = perform(host, job, descriptors)
        if os.getpid() != owner:  # a process that the stage forked came back out of its function
            _isolation.flush_files(host.open_files)
            return report.code
        reuse = bool(job.get("reuse"))
        if reuse:
            _isolation.flush_files(host.open_files)
            host.description.discovery.left()
        else:
            _isolation.wind_up(host.open_files, host.exits)
        message = {**report.as_json(), "seconds": now() - start, "cpu": cpu_seconds() - cpu, "idle": reuse}
        channel.send(message)
        if not reuse:
            return finish(report)


def perform(host: Host, job: dict[str, Any], descriptors: list[int], definition: Definition | None = None) -> Report:
    """Takes the shape of a fresh process and runs the job; `definition` is for a stage that no pipeline has."""
    if host.streams is None:
        _isolation.change_environment(host.restore_environment)
    _isolation.change_environment(job.get("environment") or {})
    fresh, host.fresh = host.fresh, False
    if not fresh:
        _isolation.without_input()
        _isolation.fresh_main()
    _isolation.connect(descriptors, host.streams)
    host.random_state.restore()
    host.blas.restore()
    if job["request"] == "script":
        return run_script_job(job["argv"], job.get("cwd", "."), host.inherited)
    definition = definition or host.description.find(job["stage"])
    assert definition is not None  # the host has looked it up
    host.description.enter(definition)
    if definition.options["environment"]:
        _isolation.change_environment(definition.options["environment"])
    sys.argv[:] = [definition.registration.pipeline]
    return run_stage_job(host.description, definition, job.get("files") or (), host.strict, host.inherited)


def finish(report: Report) -> int:
    """An interrupted process dies of the signal, as the interpreter does it."""
    if report.code == INTERRUPTED and report.error is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return report.code
