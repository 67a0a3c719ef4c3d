"""The Python rows of ./dev bench: the same pipelines under pivot, under the PyPI package of that name, and under DVC.

Both packages are called `pivot`, so each gets a virtual environment of its own below --python-cache (or a temporary folder). A peer that
can't be installed is skipped, with its reason. A pipeline is n stages in a graph ten wide; its module imports numpy and pandas; a stage joins
the beginnings of the files that it depends on. Under DVC each stage is `python -c` with the same two imports.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

PEER = "pivot==0.5.11"
LIBRARIES = ("numpy", "pandas", "scipy")
RUNTIME = pathlib.Path(__file__).resolve().parents[2] / "src/python"
NOOP = {176: "200x", 1000: "500x"}
STATUS = {1000: "300x"}
LIST = {1000: "100x"}
COLD = {"": "3x", "--reuse": "8x"}
LEAF = {176: "6x", 1000: "20x"}

PRELUDE = """\
import numpy as np
import pandas as pd
from pivot import {names}


def leaf_helper(x):
    return x + 1


def combine(texts, i):
    return "".join(text[:50] for text in texts) + str(i)

"""
OURS = """
@stage(deps={deps!r}, outs=["out/{i}.txt"])
def s{i:04d}():
    texts = [open(path).read() for path in {deps!r}]
    with open("out/{i}.txt", "w") as file:
        file.write(combine(texts, {i}){leaf})

"""
THEIRS = """
@stage
def s{i:04d}({arguments}) -> str:
    return combine([{values}], {i}){leaf}

"""


class Environments:
    """Virtual environments, made when first asked for and kept in the cache folder."""

    def __init__(self, python, folder):
        self.python, self.folder = python, folder

    def get(self, name, packages):
        """The folder of the environment, or None when it can't be made."""
        folder = self.folder / name
        stamp = folder / ".packages"
        wanted = " ".join(packages)
        if stamp.is_file() and stamp.read_text() == wanted:
            return folder
        try:
            subprocess.run([self.python, "-m", "venv", "--clear", folder], check=True, capture_output=True, text=True)
            subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            print(f"(no environment with {wanted}: {lines[-1] if lines else error})", flush=True)
            return None
        stamp.write_text(wanted)
        return folder


class Tool:
    """A command with its environment: how to make a project, and what its commands are called."""

    def __init__(self, binary, variables, run_module):
        self.binary, self.run = binary, run_module
        self.env = {**run_module.ENV, **variables}

    def best(self, folder, runs, *argv):
        results = [self.run.cpu([self.binary, *argv], folder, self.env) for _ in range(runs)]
        if any(code != 0 for _, _, code in results):
            sys.exit(f"{self.binary} {' '.join(argv)} ended with {results} in {folder}")
        return min(seconds for seconds, _, _ in results)

    def peak(self, folder, *argv):
        """MiB that the command's own process had at most, without its children."""
        with subprocess.Popen([self.binary, *argv], cwd=folder, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            most = 0
            while process.poll() is None:
                with contextlib.suppress(OSError, ValueError, IndexError):
                    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                    most = int(text.split("VmHWM:")[1].split()[0])
                time.sleep(0.02)
        return most / 1024


def graph(n, run):
    return [[dep for dep in deps if dep != "leaf.txt"] for deps in run.graph(n)]


def ours(folder, n, tool):
    (folder / "out").mkdir(parents=True)
    tool.run.git_init(folder, tool.binary)
    (folder / "src.txt").write_text("hello\n")
    stages = [OURS.format(i=i, deps=deps, leaf=leaf_of(i, n)) for i, deps in enumerate(graph(n, tool.run))]
    (folder / "pipeline.py").write_text(PRELUDE.format(names="stage") + "".join(stages))


def theirs(folder, n, tool):
    (folder / "data/raw").mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    for command in (["init"], ["config", "set", "core.max_workers", "2"]):
        subprocess.run([tool.binary, *command], cwd=folder, env=tool.env, check=True, capture_output=True)
    (folder / "data/raw/src.txt").write_text("hello\n")
    text = PRELUDE.format(names="Pipeline, stage")
    calls = ['with Pipeline("bench") as pipeline:', '    source = pipeline.input("src.txt")']
    for i, deps in enumerate(graph(n, tool.run)):
        names = [f"a{k}" for k in range(len(deps))]
        values = ["source" if dep == "src.txt" else "v" + dep[4:-4] for dep in deps]
        text += THEIRS.format(i=i, arguments=", ".join(f"{name}: str" for name in names), values=", ".join(names), leaf=leaf_of(i, n))
        calls.append(f"    v{i} = s{i:04d}({', '.join(values)})")
    (folder / "pipeline.py").write_text(text + "\n" + "\n".join(calls) + "\n")


def leaf_of(i, n):
    return " + str(leaf_helper(1))" if i == n - 1 else ""


def dvc_repo(folder, n, dvc, python, run):
    """The same graph; no stage shares a process with another."""
    (folder / "out").mkdir(parents=True)
    run.git_init(folder, dvc)
    (folder / "src.txt").write_text("hello\n")
    text = ["stages:"]
    for i, deps in enumerate(graph(n, run)):
        code = f"import numpy, pandas; open('out/{i}.txt', 'w').write(''.join(open(p).read()[:50] for p in {deps!r}) + '{i}')".replace('"', '\\"')
        text += [f"  s{i:04d}:", f"    cmd: {json.dumps(f'{python} -c ' + chr(34) + code + chr(34))}", "    deps:", *(f"    - {dep}" for dep in deps),
                 "    outs:", f"    - out/{i}.txt"]
    (folder / "dvc.yaml").write_text("\n".join(text) + "\n")


def edit_helper(folder, number):
    pipeline = folder / "pipeline.py"
    text = pipeline.read_text()
    start = text.index("    return x + ")
    end = text.index("\n", start)
    pipeline.write_text(text[:start] + f"    return x + {number}" + text[end:])
    settle()


def settle():
    """Both tools distrust the time of a file that was written this very moment."""
    time.sleep(0.1)


def leaf_row(tool, folder, runs, *argv):
    results = []
    for k in range(runs):
        edit_helper(folder, k + 2)
        results.append(tool.best(folder, 1, *argv))
    return min(results)


def rows_of_size(t, opt, tmp, n, mine, peer):
    runs = opt.runs if n <= 200 else 1
    a, b = tmp / f"theirs-{n}-0", tmp / f"ours-{n}-0"
    costs = {"fork": [], "reuse": [], "peer": []}
    for k in range(opt.runs):  # in turn: a shared machine is slow for a while and fast for a while
        costs["fork"].append(cold(mine, tmp / f"ours-{n}-{k}", n))
        costs["reuse"].append(cold(mine, tmp / f"reuse-{n}-{k}", n, "--reuse"))
        if peer is not None:
            theirs(tmp / f"theirs-{n}-{k}", n, peer)
            costs["peer"].append(peer.best(tmp / f"theirs-{n}-{k}", 1, "repro"))
    fork, reuse, other = (min(costs[who], default=None) for who in ("fork", "reuse", "peer"))
    settle()
    mine.best(b, 2, "repro", "-q")
    for work, argv, target in (("no-op repro", ["repro"], NOOP), ("status", ["status"], STATUS), ("list", ["list"], LIST)):
        own = ["stage", "list"] if work == "list" else [*argv, "-q"]
        t.compare(f"{work}, {n} Python stages", peer and peer.best(a, runs, *argv), mine.best(b, opt.runs * 5, *own), target.get(n, ""))
    for flag, seconds, who in (("", fork, "fork"), ("--reuse", reuse, "reuse")):
        each = "all runs " + ", ".join(f"{x:.1f}/{y:.1f}" for x, y in zip(costs["peer"], costs[who])) + " s" if other else ""
        t.compare(f"cold run, {n} Python stages, -j2 {flag}".rstrip(), other, seconds, COLD[flag], f"{seconds / n * 1000:.1f} ms a stage; {each}")
    t.compare(f"one leaf's helper edited, {n} Python stages", peer and leaf_row(peer, a, runs, "repro"), leaf_row(mine, b, opt.runs, "repro", "-q"), LEAF.get(n, ""))
    lock_row(t, b, n, mine)
    return fork


def cold(tool, folder, n, *flags):
    ours(folder, n, tool)
    return tool.best(folder, 1, "repro", "-q", "-j2", *flags)


def lock_row(t, folder, n, tool):
    """`commit` writes only locks that differ: with all of them gone it costs what it costs with all of them there, and the writing."""
    locks, times = folder / ".pivot/stages", {}
    for k in range(5):
        for name in ("there", "gone"):
            if name == "gone":
                locks.rename(folder.parent / f"locks-{n}-{k}")
            times.setdefault(name, []).append(tool.best(folder, 1, "commit", "-f", "-q"))
    assert len(list(locks.iterdir())) == n
    t.compare(f"lock writes, {n} Python stages", None, min(times["gone"]) - min(times["there"]), "0.2 s" if n == 176 else "",
              "`commit -f` without locks less the same with them")


def dvc_row(t, opt, tmp, n, fork, python):
    """DVC itself on a small graph; larger ones by the fit of its own part (see run.py) and the cost of `python -c`."""
    run = t.run
    if n <= opt.python_dvc:
        dvc_repo(tmp / f"dvc-{n}", n, opt.dvc, python, run)
        seconds, note = run.best([opt.dvc, "repro", "-q"], tmp / f"dvc-{n}", 1)[0], ""
    else:
        single = run.best([python, "-c", "import numpy, pandas"], tmp, 3)[0]
        seconds, note = 0.041 * n + 0.00233 * n * n + single * n, f"~ by its fit; python -c {single * 1000:.0f} ms"
    t.compare(f"cold run, {n} stages, DVC with python -c", seconds, fork, "15x", note)


def memory_rows(t, tmp, n, mine, peer):
    folder = tmp / f"peak-{n}"
    ours(folder, n, mine)
    t.note(f"peak memory of the engine, cold run of {n} Python stages", f"{mine.peak(folder, 'repro', '-q', '-j2'):.0f} MiB", "40 MB")
    if peer is not None:
        folder = tmp / f"peak-theirs-{n}"
        theirs(folder, n, peer)
        t.note("peak memory of the peer's main process, the same", f"{peer.peak(folder, 'repro'):.0f} MiB", "")


def pss(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("\nPss:")[1].split()[0]) / 1024


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def idle_row(t, tmp, python):
    """A host that keeps four children waiting, all five together, beside one process with the same modules."""
    imports = "import " + ", ".join(LIBRARIES)
    code = f"{imports}; print(flush=True); input()"
    with subprocess.Popen([python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as single:
        single.stdout.readline()
        one = pss(single.pid)
        single.communicate(b"\n")
    folder = tmp / "idle"
    folder.mkdir()
    (folder / "pipeline.py").write_text(f"{imports}\nfrom pivot import stage\n\n\n@stage(outs=['a.txt'])\ndef a():\n    pass\n")
    sys.path.insert(0, str(RUNTIME))
    from pivot._protocol import Channel

    engine, end = socket.socketpair()
    boot = "import sys; sys.path.insert(0, sys.argv[1]); from pivot._host import main; main(int(sys.argv[2]))"
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen([python, "-c", boot, str(RUNTIME), str(end.fileno())], pass_fds=[end.fileno()], env=env) as host:
        end.close()
        channel = Channel(engine)
        channel.send({"request": "open", "protocol": 1, "root": str(folder), "pipelines": [{"file": "pipeline.py"}], "params": {}, "overrides": {},
                      "restore_environment": {"OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS")}})
        channel.send({"request": "prepare", "count": 4})
        while len(children_of(host.pid)) < 4:
            time.sleep(0.05)
        time.sleep(0.5)
        together = pss(host.pid) + sum(pss(child) for child in children_of(host.pid))
        channel.send({"request": "close"})
    t.note("4 idle warm workers and their host, numpy, pandas, scipy", f"{together:.0f} MiB PSS; one process {one:.0f}; {together / one:.2f}x", "1.3x")


class Rows:
    """Lines of the table: two tools and their ratio, or a value alone."""

    def __init__(self, table, run):
        self.table, self.run = table, run

    def compare(self, what, peer, own, target, note=""):
        if peer is not None:
            self.table.add(what, peer, own, target, note)
        else:
            self.note(what, f"{own:.4f} s", target, note)

    def note(self, what, value, target, note=""):
        self.table.rows.append({"work": what, "value": value, "target": target, "note": note})
        print(f"| {what} | | {value} | | {target} | {note} |", flush=True)


def python_rows(table, opt, tmp, run):
    python = opt.python or shutil.which("python3.13")
    # What pyenv puts on PATH runs only where that version was chosen.
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0:
        return print("(no python3.13 that runs on PATH: name an interpreter with --python)")
    cache = pathlib.Path(os.path.abspath(opt.python_cache)) if opt.python_cache else tmp / "environments"
    environments = Environments(python, cache)
    home, other = environments.get("libraries", LIBRARIES), environments.get("peer", (PEER,))
    if home is None:
        return None
    # A stage's interpreter is that of the active environment; nothing of the peer's may be seen from it, nor the other way round.
    mine = Tool(opt.pivot, {"VIRTUAL_ENV": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}, run)
    peer = other and Tool(other / "bin/pivot", {"VIRTUAL_ENV": str(other), "PATH": f"{other}/bin:{os.environ['PATH']}"}, run)
    t = Rows(table, run)
    print(f"| work | {PEER if peer else 'peer skipped'}, or DVC | pivot | ratio | at least | |\n| --- | --- | --- | --- | --- | --- |")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sizes = [n for n in opt.sizes if n > 10] or opt.sizes
    for n in sizes:
        fork = rows_of_size(t, opt, tmp, n, mine, peer)
        dvc_row(t, opt, tmp, n, fork, home / "bin/python")
    memory_rows(t, tmp, max(sizes), mine, peer)
    idle_row(t, tmp, home / "bin/python")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"(load {load}, {os.cpu_count()} CPUs)")
    return None
