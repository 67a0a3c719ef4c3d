"""The rows of ./dev bench about looking at results: metrics, params, plots and the state of data. Both tools look at the same repository, after
each has looked once: DVC keeps what it has hashed and loaded, and so does pivot."""
import json
import random
import subprocess

STAGES = 176
COMMITS = 500


def git(folder, env, *argv, **more):
    return subprocess.run(["git", *argv], cwd=folder, check=True, env=env, capture_output=True, text=True, **more).stdout


def compare(t, opt, bench, folder, what, argv, target, note="", runs=None):
    bench.best([opt.dvc, *argv], folder, 1)
    bench.best([opt.pivot, *argv], folder, 1)
    dvc, _ = bench.best([opt.dvc, *argv], folder, runs or opt.runs)
    pivot, peak = bench.best([opt.pivot, *argv], folder, opt.runs * 3)
    t.add(what, dvc, pivot, target, note or f"{pivot * 1000:.1f} ms, {peak:.0f} MiB")


def measured_project(folder, bench, tool):
    """A finished pipeline of 176 stages, each with a metrics file and a parameter of its own, committed; a parameter changed since."""
    for name in ("in", "out", "m"):
        (folder / name).mkdir(parents=True)
    bench.git_init(folder, tool)
    (folder / "src.txt").write_text("hello\n")
    (folder / "leaf.txt").write_text("leaf\n")
    stages = {}
    for i, deps in enumerate(bench.graph(STAGES)):
        (folder / f"in/{i}.json").write_text(json.dumps({"loss": 1 / (i + 1), "accuracy": {"train": i / STAGES, "test": i / 2 / STAGES}}))
        stages[f"s{i:04d}"] = {"cmd": f"{bench.command(i, deps)} && cp in/{i}.json m/{i}.json", "deps": [*deps, f"in/{i}.json"], "outs": [f"out/{i}.txt"],
                               "params": [f"group{i % 10}.p{i}"], "metrics": [{f"m/{i}.json": {"cache": False}}]}
    (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}, indent=1))
    params = {f"group{g}": {f"p{i}": i / 7 for i in range(STAGES) if i % 10 == g} for g in range(10)}
    (folder / "params.yaml").write_text(json.dumps(params, indent=1))
    subprocess.run([tool, "repro", "-q"], cwd=folder, check=True, env=bench.ENV)
    git(folder, bench.ENV, "add", ".")
    git(folder, bench.ENV, "commit", "-qm", "finished")
    params["group3"]["p3"] = 0.5
    (folder / "params.yaml").write_text(json.dumps(params, indent=1))


def pipeline_looks(t, opt, tmp, bench):
    folder = tmp / "looks"
    measured_project(folder, bench, opt.pivot)
    for argv in (["metrics", "show"], ["params", "diff"], ["data", "status", "--json"]):
        compare(t, opt, bench, folder, f"`{' '.join(argv)}`, {STAGES} stages", argv, "100x")


def many_files(t, opt, tmp, bench):
    folder = tmp / "many"
    folder.mkdir()
    bench.git_init(folder, opt.pivot)
    for i in range(100):
        (folder / f"d/{i}").mkdir(parents=True)
        for k in range(1000):
            (folder / f"d/{i}/{k}.txt").write_text(f"{i} {k}\n")
    subprocess.run([opt.pivot, "add", "-q", "d"], cwd=folder, check=True, env=bench.ENV)
    git(folder, bench.ENV, "add", ".")
    git(folder, bench.ENV, "commit", "-qm", "data")
    argv = ["data", "status", "--granular"]
    compare(t, opt, bench, folder, "`data status --granular`, 100,000 files, nothing changed", argv, "50x", runs=1)
    (folder / "d/5/5.txt").unlink()
    (folder / "d/5/5.txt").write_text("changed\n")
    compare(t, opt, bench, folder, "`data status --granular`, 100,000 files, one changed", argv, "30x", runs=1)


def many_commits(t, opt, tmp, bench):
    """A history in which each commit has other metrics; the stages stay."""
    folder = tmp / "history"
    folder.mkdir()
    bench.git_init(folder, opt.pivot)
    (folder / "dvc.yaml").write_text("stages:\n  train:\n    cmd: python train.py\n    metrics:\n    - metrics.json:\n        cache: false\n")
    git(folder, bench.ENV, "add", ".")
    git(folder, bench.ENV, "commit", "-qm", "start")
    branch, stream = git(folder, bench.ENV, "symbolic-ref", "HEAD").strip(), []
    for i in range(COMMITS):
        content = json.dumps({"loss": 1 / (i + 1), "accuracy": {"train": i / COMMITS}})
        stream.append(f"commit {branch}\ncommitter b <b@localhost> {1700000000 + i} +0000\ndata 1\nc\n" + (f"from {branch}^0\n" if i == 0 else "") +
                      f"M 100644 inline metrics.json\ndata {len(content)}\n{content}\n")
    git(folder, bench.ENV, "fast-import", "--quiet", input="".join(stream))
    git(folder, bench.ENV, "reset", "-q", "--hard")
    compare(t, opt, bench, folder, f"`metrics show -A`, {COMMITS} commits", ["metrics", "show", "-A"], "100x", runs=1)


def many_points(t, opt, tmp, bench):
    folder, rnd = tmp / "plots", random.Random(5)
    folder.mkdir()
    bench.git_init(folder, opt.pivot)
    (folder / "dvc.yaml").write_text("plots:\n" + "".join(f"- p{i}.csv: {{x: step, y: loss}}\n" for i in range(10)))
    for commit in range(3):
        for i in range(10):
            (folder / f"p{i}.csv").write_text("step,loss,accuracy\n" + "".join(f"{k},{rnd.random()},{rnd.random()}\n" for k in range(10000)))
        if commit < 2:
            git(folder, bench.ENV, "add", ".")
            git(folder, bench.ENV, "commit", "-qm", str(commit))
    for form in ([], ["--json"]):
        argv = ["plots", "diff", "HEAD~1", "HEAD", "workspace", *form]
        compare(t, opt, bench, folder, f"`plots diff{''.join(' ' + f for f in form)}`, 3 revisions, 10 plots of 10,000 points", argv, "20x", runs=1)


def looking_rows(t, opt, tmp, bench):
    for function in (pipeline_looks, many_commits, many_points, many_files):
        function(t, opt, tmp, bench)
