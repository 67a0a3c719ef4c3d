"""`pivot validate` and `pivot export --validate`: clean copies, outputs compared, the workspace left as it was."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import SIMPLE, Project  # noqa: E402

# What differs between the tools is what a command learns of the process that started it; time differs on every run.
STAGES = """\
stages:
  same:
    cmd: cat in.txt in.txt > same.txt && mkdir -p folder && cp same.txt folder/x
    deps: [in.txt]
    outs: [same.txt, folder]
  time:
    cmd: date +%N > time.txt
    outs: [time.txt]
  after:
    cmd: cat time.txt > after.txt
    deps: [time.txt]
    outs: [after.txt]
  who:
    cmd: >-
      test -n "$AS_DVC" && echo '{"a": 1.0, "who":"dvc"}' > who.json || echo '{"who":"pivot", "a": 1.001}' > who.json
    outs: [who.json]
  near:
    cmd: test -n "$AS_DVC" && printf 'a\\n1.0\\n' > near.csv || printf 'a\\n1.0000001\\n' > near.csv
    outs: [near.csv]
"""


def everything(folder):
    """Every file with its bytes and times, but for what a look of Git and ours may touch."""
    out = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith((".git/", ".dvc/tmp")) or path.is_dir():
            continue
        out[name] = (path.read_bytes(), path.stat().st_mtime_ns)
    return out


def commit(project):
    for argv in (("config", "user.email", "a@b"), ("config", "user.name", "a"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run(["git", *argv], cwd=project.root, env=project.env, check=True)


def as_dvc(project, context):
    """Real DVC, with a variable by which a command can see that it runs under it."""
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    script = project.root.parent / "real-dvc"
    script.write_text(f'#!/bin/sh\nAS_DVC=1 PATH="{context.dvc.parent}:$PATH" exec "{context.dvc}" "$@"\n')
    script.chmod(0o755)
    return str(script)


def statuses(text):
    report = json.loads(text)
    return {stage["stage"]: stage["status"] for stage in report["stages"]}


def test_an_ordinary_pipeline_is_run_by_both_and_compared(context):
    project = Project(context, pipeline=None, **{"in.txt": "x\n"})
    (project.root / "dvc.yaml").write_text(STAGES)
    commit(project)
    before = everything(project.root)
    done = project.run("validate", "--dvc", as_dvc(project, context), "--json", "--rtol", "1e-6", "-j", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert statuses(done.stdout) == {"same": "identical", "time": "nondeterministic", "after": "nondeterministic", "who": "different",
                                     "near": "within tolerance"}, done.stdout
    who = next(stage for stage in report["stages"] if stage["stage"] == "who")
    assert who["file"] == "dvc.yaml" and STAGES.splitlines()[who["line"] - 1] == "  who:"
    assert sorted(who["outs"][0]["details"]) == ["a: 1.001 and 1.0", "who: 'pivot' and 'dvc'"]
    after = next(stage for stage in report["stages"] if stage["stage"] == "after")
    assert after["outs"][0]["inherited_from"] == "time.txt"
    assert everything(project.root) == before, "the workspace was touched"
    assert not list((project.root / ".dvc/tmp/pivot/validate").iterdir())


def test_a_python_pipeline_is_exported_and_compared(context):
    project = Project(context)
    project.ran()
    commit(project)
    before = everything(project.root)
    done = project.ok("export", "--validate", "--dvc", as_dvc(project, context), "--keep")
    assert "Equivalent with DVC. 2 stages: 2 identical" in done.stdout, done.stdout
    assert everything(project.root) == before, "the workspace was touched"
    kept = next((project.root / ".dvc/tmp/pivot/validate").iterdir())
    assert (kept / "pivot/model.txt").read_bytes() == (kept / "dvc/model.txt").read_bytes()
    assert "exported" in (kept / "dvc/dvc.yaml").read_text()


def test_the_report_for_a_pull_request(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text(STAGES)
    summary = project.root.parent / "summary.md"
    done = project.run("validate", "--dvc", as_dvc(project, context), "--stages", "who", "--format", "github",
                       env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.returncode == 1
    line = STAGES.splitlines().index("  who:") + 1
    assert done.stdout.startswith(f"::error file=dvc.yaml,line={line},title=Stage who%3A different::who.json: different%0A"), done.stdout
    assert summary.read_text().startswith("### NOT equivalent with DVC\n") and "| who | `who.json` | different |" in summary.read_text()


def test_against_the_locks_needs_no_dvc(context):
    project = Project(context, pipeline=SIMPLE, **{"in.txt": "x\n"})
    (project.root / "dvc.yaml").write_text(STAGES.replace("date +%N", "echo 1"))
    assert "never run here" in project.run("validate", "--against", "lock").stdout
    project.ran()
    done = project.ok("validate", "--against", "lock")
    assert done.stdout.startswith("Equivalent with the locks. 7 stages: 7 identical"), done.stdout
    # A result that stays in the lock but that the code does not make any more.
    lock = project.read("dvc.lock")
    project.edit("printf 'a\\n1.0000001\\n' > near.csv", "printf 'a\\n2\\n' > near.csv", "dvc.yaml")
    done = project.run("validate", "--against", "lock", "--json")
    assert done.returncode == 1 and statuses(done.stdout)["near"] == "different", done.stdout
    assert [o["details"] for s in json.loads(done.stdout)["stages"] if s["stage"] == "near" for o in s["outs"]] == \
        [["row 1, column 'a': 2 and 1.0000001"]]
    assert project.read("dvc.lock") == lock


def test_without_dvc_it_says_how_to_get_it(context):
    project = Project(context)
    folder = project.root.parent / "bin"
    folder.mkdir()
    for name in ("git", "python3", "env"):
        (folder / name).symlink_to(shutil.which(name))
    (folder / "dvc").symlink_to(context.pivot)  # we ourselves are no DVC to compare with
    done = project.run("validate", env={"PATH": str(folder)})
    assert done.returncode == 255 and "pip install dvc" in done.stderr and "--against lock" in done.stderr, done.stderr


def test_a_stage_that_fails_everywhere_proves_nothing(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  bad:\n    cmd: echo oh no >&2; exit 3\n    outs: [o]\n  good:\n    cmd: echo 1 > g\n    outs: [g]\n")
    done = project.run("validate", "--dvc", as_dvc(project, context), "--json")
    assert done.returncode == 255 and statuses(done.stdout) == {"bad": "failed", "good": "identical"}, done.stdout
    assert "oh no" in done.stdout
    (project.root / "dvc.yaml").write_text("stages:\n  bad:\n    cmd: echo oh no >&2; exit 3\n    outs: [o]\n")
    done = project.run("validate", "--dvc", as_dvc(project, context))
    assert done.returncode == 255 and "bad: failed" in done.stdout and "oh no" in done.stdout and done.stderr == "", done.stdout + done.stderr


def test_an_interruption_leaves_the_workspace_as_it_was(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  slow:\n    cmd: echo part > o; sleep 60\n    outs: [o]\n")
    (project.root / "o").write_text("old")
    before = everything(project.root)
    process = subprocess.Popen([str(context.pivot), "validate", "--against", "lock"], cwd=project.root, env=project.env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    home = project.root / ".dvc/tmp/pivot/validate"
    deadline = time.monotonic() + 20
    while not list(home.glob("*/pivot/o")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 252 and "interrupted" in output, output
    assert everything(project.root) == before and not list(home.iterdir())


def test_an_input_that_a_command_writes_into_is_not_harmed(context):
    project = Project(context, pipeline=None)
    (project.root / "in.txt").write_text("once\n")
    (project.root / "dvc.yaml").write_text("stages:\n  s:\n    cmd: echo more >> in.txt && cat in.txt > o\n    outs: [o]\n")
    os.symlink("in.txt", project.root / "link")
    os.symlink(project.root / "in.txt", project.root / "absolute")
    (project.root / "tool.sh").write_text("#!/bin/sh\n")
    (project.root / "tool.sh").chmod(0o755)
    project.run("validate", "--against", "lock", "--keep")
    assert project.read("in.txt") == "once\n"
    copy = next((project.root / ".dvc/tmp/pivot/validate").iterdir()) / "pivot"
    assert (copy / "link").read_text() == (copy / "absolute").read_text() == "once\nmore\n" and os.access(copy / "tool.sh", os.X_OK)


def test_forms_that_take_a_library_say_which(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  s:\n    cmd: echo $N > t.parquet\n    outs: [t.parquet]\n")
    project.ok("repro", env={"N": "1"})
    done = project.run("validate", "--against", "lock", env={"N": "2"})
    assert done.returncode == 1 and ("takes pyarrow or pandas" in done.stdout or "not readable" in done.stdout), done.stdout


def running(root):
    """Processes whose working directory is below a folder."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "cwd").startswith(str(root)):
                found.append((folder / "cmdline").read_text())
        except OSError:
            pass
    return found


def test_no_signal_on_either_side_touches_the_workspace(context):
    """Stopped while pivot runs, and while DVC does; killed outright, the next validation clears up behind it."""
    for side, stop in (("pivot", signal.SIGTERM), ("pivot", signal.SIGKILL), ("dvc", signal.SIGTERM), ("dvc", signal.SIGKILL)):
        project = Project(context, pipeline=None)
        slow = "test -n \"$AS_DVC\" && sleep 60; true" if side == "dvc" else "sleep 60"
        (project.root / "dvc.yaml").write_text(f"stages:\n  slow:\n    cmd: 'echo part > o; {slow}'\n    deps: [data.txt]\n    outs: [o]\n")
        (project.root / "o").write_text("old")
        (project.root / ".gitignore").write_text("/o\n")
        commit(project)
        before = everything(project.root)
        process = subprocess.Popen([str(context.pivot), "validate", "--dvc", as_dvc(project, context)], cwd=project.root, env=project.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        home = project.root / ".dvc/tmp/pivot/validate"
        deadline = time.monotonic() + 60
        while not list(home.glob(f"*/{side}/o")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(stop)
        output = process.communicate(timeout=30)[0]
        assert process.returncode == (-9 if stop == signal.SIGKILL else 252), (side, stop, process.returncode, output)
        assert everything(project.root) == before, (side, stop)
        assert subprocess.run(["git", "status", "--porcelain"], cwd=project.root, env=project.env, capture_output=True, text=True).stdout == ""
        if stop == signal.SIGKILL:
            (project.root / "dvc.yaml").write_text("stages:\n  quick:\n    cmd: echo 1 > o\n    outs: [o]\n")
            project.run("validate", "--against", "lock")
        else:
            deadline = time.monotonic() + 10
            while running(project.root) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not running(project.root), running(project.root)
        assert not list(home.iterdir()), (side, stop)
        assert project.read("o") == "old"


def test_what_differs_on_every_run_is_not_called_a_difference_of_dvc(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(outs=['t'])\ndef t():\n    import time\n"
                                        "    open('t', 'w').write(str(time.time_ns()))\n")
    commit(project)
    done = project.run("export", "--validate", "--dvc", as_dvc(project, context))
    assert done.returncode == 1 and done.stdout.startswith("t: nondeterministic\n  t: nondeterministic\n"), done.stdout
    assert ": different" not in done.stdout
    done = project.ok("export", "--validate", "--dvc", as_dvc(project, context), "--allow-nondeterministic", "--format", "github")
    assert done.stdout.startswith("::warning file=pipeline.py,line=3,title=Stage t%3A nondeterministic::"), done.stdout
