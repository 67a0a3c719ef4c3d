#!/usr/bin/env python3
"""Real DVC without its start-up time: imports DVC once and forks for each command.

Reads JSON lines {"argv", "cwd", "out", "err", "env"} on stdin and answers each with the exit code on stdout. Run it with the Python of the
environment that DVC is installed in.
"""
import importlib
import json
import os
import sys

WARM = ("dvc.cli", "dvc.repo.reproduce", "dvc.repo.status", "dvc.repo.checkout", "dvc.repo.commit", "dvc.repo.gc", "dvc.repo.add",
        "dvc.repo.index", "dvc.repo.stage", "dvc.stage.run", "dvc.stage.cache", "dvc.parsing", "dvc.dvcfile", "dvc.output",
        "dvc.commands.repro", "dvc.commands.status", "dvc.commands.dag", "dvc.commands.gc", "dvc.commands.checkout", "dvc.commands.commit",
        "dvc.commands.stage", "dvc.commands.add", "dvc.commands.config", "dvc.scm", "dvc.ignore", "dvc_data.index", "scmrepo.git",
        "networkx", "dvc.utils.strictyaml", "dvc.schema", "dvc.cachemgr", "pygit2", "dulwich.repo")
for name in WARM:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
from dvc.cli import main  # noqa: E402


def serve(job):
    os.chdir(job["cwd"])
    os.environ.update(job.get("env") or {}, PWD=job["cwd"])
    null = os.open(os.devnull, os.O_RDONLY)
    out, err = (os.open(job[k], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) for k in ("out", "err"))
    for fd, to in ((null, 0), (out, 1), (err, 2)):
        os.dup2(fd, to)
    sys.argv = ["dvc", *job["argv"]]
    try:
        code = main(job["argv"])
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        code = 255
        try:
            code = serve(json.loads(line))
        finally:
            os._exit(code if isinstance(code, int) else 0)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
