"""Killed at any instant: only whole objects in the cache, dvc.lock parses, the next run ends with the same bytes, real DVC's status is clean."""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env, tree  # noqa: E402

INSTANTS = int(os.environ.get("PIVOT_CRASHES", "200"))


def pipeline(folder, stages=12):
    (folder / "src").write_text("source\n" * 200)
    lines = ["stages:"]
    for i in range(stages):
        dep = "src" if i == 0 else f"out{i - 1}"
        make = f"cat {dep} > out{i}; echo {i} >> out{i}" if i % 4 else f"mkdir -p out{i}.d && cp {dep} out{i}.d/a && cp {dep} out{i}.d/b && cp {dep} out{i}"
        lines += [f"  s{i}:", f"    cmd: {make}", f"    deps: [{dep}]", f"    outs: [out{i}{'' if i % 4 else f', out{i}.d'}]"]
    (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")


def check_cache(folder):
    """Every object has the content that its name says."""
    base = folder / ".dvc/cache/files/md5"
    for path in base.glob("*/*") if base.exists() else []:
        if path.name.endswith(".tmp") or path.name.startswith("."):
            continue
        name = path.parent.name + path.name.removesuffix(".dir")
        if len(name) != 32:
            continue  # a temporary file of the killed process
        assert hashlib.md5(path.read_bytes()).hexdigest() == name, f"damaged object {path}"


def run(context, folder, *argv, check=True):
    done = subprocess.run([str(context.pivot), *argv], cwd=folder, env=base_env(folder.parent), capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, f"pivot {argv}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def fresh(context, tmp, name):
    folder = tmp / name
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, env=base_env(tmp))
    run(context, folder, "init", "-q")
    pipeline(folder)
    return folder


def tracked(folder):
    """All but the run cache and the unnamed files that a killed writer leaves (never visible as objects; gc takes them away)."""
    return {k: v for k, v in tree(folder).items() if not k.startswith(".dvc/cache/runs") and not k.endswith(".tmp")}


def crash(context, number_of_instants, signals, jobs):
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="pivot-crash-"))
    (tmp / "home").mkdir()
    try:
        want_folder = fresh(context, tmp, "want")
        start = time.time()
        run(context, want_folder, "repro", "-q")
        length = time.time() - start
        want = tracked(want_folder)
        rng = random.Random(7)
        folder = None
        for instant in range(number_of_instants):
            if folder is None or instant % 5 == 0:
                if folder is not None:
                    run(context, folder, "repro", "-q")
                    assert tracked(folder) == want, sorted(set(tracked(folder).items()) ^ set(want.items()))[:6]
                    shutil.rmtree(folder)
                folder = fresh(context, tmp, "run")
            process = subprocess.Popen([str(context.pivot), "repro", "-q", f"-j{jobs}"], cwd=folder, env=base_env(tmp), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * length * 1.1)
            process.send_signal(rng.choice(signals))
            process.wait(30)
            check_cache(folder)
            lock = folder / "dvc.lock"
            if lock.exists():
                assert lock.read_text().startswith("schema: '2.0'\nstages:\n") and lock.read_text().endswith("\n")
        run(context, folder, "repro", "-q")
        assert tracked(folder) == want
        if context.dvc:
            status = subprocess.run([str(context.dvc), "status", "--json"], cwd=folder, env=base_env(tmp), capture_output=True, text=True)
            assert json.loads(status.stdout) == {}, status.stdout + status.stderr
    finally:
        shutil.rmtree(tmp, ignore_errors=True)


def test_kill_9_interrupt_and_terminate_at_random_instants(context):
    crash(context, INSTANTS, [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], jobs=1)


def test_kill_9_of_parallel_runs(context):
    crash(context, INSTANTS // 4, [signal.SIGKILL], jobs=3)
