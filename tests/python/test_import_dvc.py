"""`pivot import-dvc`: dvc.yaml becomes a Python pipeline, nothing runs again, nothing is lost."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import Project, without_python  # noqa: E402

STAGES = """\
# the pipeline
stages:
  prep:
    cmd: python prep.py
    desc: prepares
    deps: [in.txt, prep.py]
    outs:
    - clean.txt
    - kept:
        persist: true
  train:
    foreach: [a, b]
    do:
      cmd:
      - echo "start"
      - cat clean.txt > model-${item}.txt; echo "{}" > m-${item}.json
      deps: [clean.txt]
      params:
      - train.lr
      - other.json: [x]
      - whole.yaml:
      outs: ["model-${item}.txt"]
      metrics:
      - m-${item}.json:
          cache: false
  eval-it:
    cmd: cp ../model-a.txt plot.csv
    wdir: sub
    deps: [../model-a.txt]
    plots:
    - plot.csv: {x: a, y: b, title: 'it''s "so"'}
    meta:
      pivot: {timeout: 60, retries: 1, env: {A: b}}
metrics:
- m-a.json   # mine
"""
PREP = '''\
import os


def main():
    os.makedirs("kept", exist_ok=True)
    open("kept/x", "w").write("1")
    open("clean.txt", "w").write(open("in.txt").read().lower())


if __name__ == "__main__":
    main()
'''


def commit(project):
    for argv in (("config", "user.email", "a@b"), ("config", "user.name", "a"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run(["git", *argv], cwd=project.root, env=project.env, check=True)


def migrated(context, *flags, stages=STAGES, ran=True):
    project = Project(context, pipeline=None, **{"in.txt": "Hi\n", "prep.py": PREP, "other.json": '{"x": 1}', "whole.yaml": "w: 1\n",
                                                 "params.yaml": "train:\n  lr: 0.5\n  else: 1\n", "sub/.keep": ""})
    (project.root / "dvc.yaml").write_text(stages)
    if ran:
        project.ran()
    commit(project)
    project.done = project.ok("import-dvc", *flags)
    return project


def test_nothing_runs_after_it(context):
    project = migrated(context)
    assert "up to date" in project.ok("status").stdout and project.ran() == []
    assert project.read("dvc.yaml") == "# the pipeline\nmetrics:\n- m-a.json   # mine\n"
    assert not (project.root / "dvc.lock").exists()
    project.ok("verify")
    assert sorted(project.ran("-f")) == ["eval-it", "prep", "train@a", "train@b"]
    assert "up to date" in project.ok("status").stdout
    project.ok("metrics", "show")


def test_the_functions_run_for_the_same_reasons(context):
    project = migrated(context)
    project.write("params.yaml", "train:\n  lr: 0.5\n  else: 2\n")
    assert project.ran() == [], "a key that no stage names"
    project.write("params.yaml", "train:\n  lr: 0.6\n")
    status = project.ok("status").stdout
    assert "train.lr" in status and "prep" not in status, status
    assert sorted(project.ran()) == ["train@a", "train@b"]
    project.write("whole.yaml", "w: 2\n")
    assert sorted(project.ran()) == ["train@a", "train@b"]
    project.write("in.txt", "Ho\n")
    assert sorted(project.ran()) == ["eval-it", "prep", "train@a", "train@b"]
    project.edit('echo "start"', 'echo "begin"')
    assert sorted(project.ran()) == ["train@a", "train@b"]


def test_what_had_changed_before_still_has(context):
    project = Project(context, pipeline=None, **{"in.txt": "Hi\n"})
    (project.root / "dvc.yaml").write_text("stages:\n  a:\n    cmd: cp in.txt a\n    deps: [in.txt]\n    outs: [a]\n"
                                           "  b:\n    cmd: cp in.txt b\n    deps: [in.txt]\n    outs: [b]\n  c:\n    cmd: echo 1 > c\n    outs: [c]\n")
    project.ran("a", "b")
    project.edit("cp in.txt b", "cat in.txt > b", "dvc.yaml")
    commit(project)
    assert "2 of 3" not in project.ok("import-dvc").stdout  # the command of b isn't the one that ran
    assert sorted(project.ran()) == ["b", "c"]


def test_dry_shows_it_and_writes_nothing(context):
    project = Project(context, pipeline=None, **{"in.txt": "Hi\n", "prep.py": PREP})
    (project.root / "dvc.yaml").write_text(STAGES)
    before = {p: p.stat().st_mtime_ns for p in project.root.glob("*")}
    text = project.ok("import-dvc", "--dry").stdout
    assert before == {p: p.stat().st_mtime_ns for p in project.root.glob("*")}
    assert 'shell("python prep.py")' in text and "Would take over 4 stages of dvc.yaml into pipeline.py" in text
    assert "prep import main" in project.ok("import-dvc", "--dry", "--functions").stdout


def test_a_script_with_a_main_is_called(context):
    project = migrated(context, "--functions")
    assert "from prep import main" in project.read("pipeline.py")
    assert project.ran() == []
    project.edit('write("1")', 'write("2")', "prep.py")
    assert "prep" in project.ran() and project.read("kept/x") == "2"


def test_stages_that_are_no_functions_stay(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  ice:  # cold\n    cmd: echo 1 > ice\n    frozen: true\n    outs: [ice]\n"
                                           "  own:\n    cmd: echo 1 > own\n    outs: [own]\n    meta: {team: x}\n  go:\n    cmd: echo 1 > go\n    outs: [go]\n")
    commit(project)
    done = project.ok("import-dvc")
    assert "'ice' stays in dvc.yaml: it is frozen" in done.stdout and "'own' stays" in done.stdout
    assert "ice:  # cold" in project.read("dvc.yaml") and "go:" not in project.read("dvc.yaml")


def test_nothing_uncommitted_is_removed_and_nothing_of_others_overwritten(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  go:\n    cmd: echo 1 > go\n    outs: [go]\n")
    assert "commit" in project.fails("import-dvc")
    assert (project.root / "dvc.yaml").exists() and not (project.root / "pipeline.py").exists()
    project.write("pipeline.py", "print('somebody else')\n")
    commit(project)
    project.ok("import-dvc")
    assert project.read("pipeline.py") == "print('somebody else')\n" and project.read("pivot.yaml") == "files: [dvc_stages.py]\n"
    assert project.ran() == ["go"]


def test_a_failure_to_import_the_new_pipeline_loses_nothing(context):
    project = Project(context, pipeline=None)
    (project.root / "dvc.yaml").write_text("stages:\n  go:\n    cmd: echo 1 > go\n    outs: [go]\n")
    commit(project)
    project.fails("import-dvc", env=without_python(project))
    assert (project.root / "dvc.yaml").exists() and not (project.root / "pipeline.py").exists()


def test_there_and_back(context):
    project = migrated(context)
    project.ok("export")
    text = project.read("dvc.yaml")
    assert "train-a:" in text and "m-a.json   # mine" in text
    assert project.ran() == []


def test_hundreds_of_stages_take_less_than_a_second(context):
    count = 300
    project = Project(context, pipeline=None, **{"in.txt": "x\n"})
    stages = "".join(f"  s{i}:\n    cmd: cp {'in.txt' if i == 0 else f'o{i - 1}'} o{i}\n    deps: [{'in.txt' if i == 0 else f'o{i - 1}'}]\n    outs: [o{i}]\n"
                     for i in range(count))
    (project.root / "dvc.yaml").write_text("stages:\n" + stages)
    project.ok("repro", "-q")
    commit(project)
    before = os.times()
    assert f"{count} of {count} had" in project.ok("import-dvc").stdout
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system  # a busy machine counts for nothing
    assert seconds < 4, f"{seconds:.2f} s"  # an optimised build takes a quarter of a second
    assert "up to date" in project.ok("status").stdout
