"""What tests of Python pipelines share: interpreters, projects on disk, manifests in fresh processes, a host to talk to."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUNTIME = str(ROOT / "src/python")
if RUNTIME not in sys.path:
    sys.path.insert(0, RUNTIME)

from pivot._protocol import Channel  # noqa: E402: found through the line above

# Forks a child for each project folder: fresh modules every time, the start of an interpreter paid once.
MANIFESTS = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from pivot._description import Description
from pivot._discovery import Discovery
base = sys.path[1:]
kept = sys.argv[2]
for folder in json.load(sys.stdin):
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        try:
            sys.path[:] = base
            if kept:
                from pivot._analyses import ANALYSES
                ANALYSES.open(kept)
            description = Description(Discovery(folder, [{"file": "pipeline.py"}], base), {}, {})
            reply = description.reply((), [], dict(os.environ))
            keep = ("manifest", "where", "blind_spots", "files", "distributions")
            result = {stage["name"]: {key: stage[key] for key in keep} for stage in reply["stages"]}
            if kept:
                ANALYSES.save()
        except BaseException as error:
            import traceback
            result = {"error": traceback.format_exc()}
        with os.fdopen(write, "w") as out:
            json.dump(result, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        print(pipe.read(), flush=True)
    os.wait()
"""


def interpreters():
    """Every Python to test with: this one, python3.10 to python3.13 on PATH or kept by pyenv, and those of PIVOT_TEST_PYTHONS."""
    wanted = [sys.executable, *filter(None, os.environ.get("PIVOT_TEST_PYTHONS", "").split(":"))]
    wanted += filter(None, (shutil.which(f"python3.{minor}") for minor in range(10, 14)))
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    wanted += map(str, sorted(pyenv.glob("versions/3.1[0-3].*/bin/python")))
    found = {}
    for python in wanted:
        probe = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2], sys.implementation.name)"], capture_output=True, text=True)
        if probe.returncode == 0 and "cpython" in probe.stdout and probe.stdout >= "(3, 10":
            found.setdefault(probe.stdout, python)
    return list(found.values())


def python_since(major, minor):
    """An interpreter of this version or a newer one; None where there is none."""
    for python in interpreters():
        if subprocess.run([python, "-c", f"import sys; sys.exit(sys.version_info < ({major}, {minor}))"]).returncode == 0:
            return python
    return None


def python_with(*modules):
    """An interpreter that has these modules: the one of the tests, one of PIVOT_TEST_PYTHONS, that of .dev/frames. None where none has."""
    for python in [*interpreters(), str(ROOT / ".dev/frames/bin/python")]:
        if os.path.exists(python) and subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True).returncode == 0:
            return python
    return None


def write_project(folder, files):
    folder = pathlib.Path(folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(textwrap.dedent(text).lstrip("\n"))
    return folder


def manifests(folders, python=sys.executable, analyses="", **environment):
    """What a fresh process says of each project folder: {stage: {"manifest": ...}} or {"error": traceback}.

    `analyses`: a file in which each of them leaves what it found out about source text, for the next.
    """
    done = subprocess.run([python, "-c", MANIFESTS, RUNTIME, str(analyses)], input=json.dumps([str(folder) for folder in folders]), text=True,
                          capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
    lines = done.stdout.splitlines()
    assert len(lines) == len(folders), done.stderr[-3000:]
    return [json.loads(line) for line in lines]


def comparable(manifest):
    """As the engine compares it: the function's own name is no part of it."""
    return {("self:" if key.startswith("self:") else key): value for key, value in manifest.items()}


class Project:
    """A folder with files, gone at the end."""

    def __init__(self, files=()):
        self._temporary = tempfile.TemporaryDirectory(prefix="pivot-python-")
        self.path = pathlib.Path(os.path.realpath(self._temporary.name))
        write_project(self.path, dict(files))

    def write(self, **files):
        write_project(self.path, {name.replace("__", "."): text for name, text in files.items()})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()


class HostProcess:
    """A host as the engine starts it; `log` gives what a stage printed."""

    def __init__(self, python=sys.executable, runtime=RUNTIME, **environment):
        ours, theirs = socket.socketpair()
        ours.settimeout(60)
        theirs.set_inheritable(True)
        code = "import sys; sys.path.insert(0, sys.argv[1]); from pivot._host import main; main(int(sys.argv[2]))"
        self.process = subprocess.Popen([python, "-c", code, runtime, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                                        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        theirs.close()
        self.channel = Channel(ours)
        self.hello = self.channel.receive()
        self._ids = 0

    def open(self, root, pipelines=("pipeline.py",), **fields):
        entries = [{"file": entry} if isinstance(entry, str) else entry for entry in pipelines]
        self.channel.send({"request": "open", "protocol": 1, "root": str(root), "pipelines": entries, "read_at_load": ["OMP_", "LC_"], **fields})
        return self

    def describe(self, **fields):
        self._ids += 1
        self.channel.send({"request": "describe", "id": self._ids, **fields})
        return self.receive()

    def receive(self):
        message = self.channel.receive()
        assert message is not None, "the host hung up: " + self.end()
        return message

    def start(self, stage=None, log=None, **fields):
        """Sends a run request (a script's with argv=) whose output goes to the file `log`; gives its first event."""
        self._ids += 1
        what = {"request": "script"} if "argv" in fields else {"request": "run", "stage": stage}
        descriptors = [] if log is None else [os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)]
        self.channel.send({**what, "id": self._ids, "fds": len(descriptors), **fields}, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return self.receive()

    def run(self, stage=None, log=None, **fields):
        """Runs to the end; gives the last event."""
        event = self.start(stage, log, **fields)
        return self.receive() if event.get("event") == "started" else event

    def end(self):
        self.channel.close()
        output, _ = self.process.communicate(timeout=60)
        return output.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
