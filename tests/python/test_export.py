"""`pivot export`: plain DVC runs the exported dvc.yaml, finds the converted lock clean, and both tools make the same bytes."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import SIMPLE, Project  # noqa: E402


def dvc(project, context, *argv):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    # The commands run in DVC's own environment, where a reader of YAML is installed.
    env = project.env | {"PYTHONPATH": str(context.root / "src/python"), "DVC_NO_ANALYTICS": "1",
                         "PATH": f"{context.dvc.parent}:{project.env['PATH']}"}
    done = subprocess.run([str(context.dvc), *argv], cwd=project.root, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"dvc {argv}: {done.stdout}{done.stderr}"
    return done.stdout


PROPERTIES = """\
    from pivot import Metric, Out, Plot, stage

    @stage(deps=["data.txt"], outs=[Out("a.txt", persist=True), Out("b.txt", cache=False)], metrics=[Metric("m.json")],
           plots=[Plot("p.csv", x="i", y="v")])
    def make(n: int = 3):
        open("a.txt", "w").write("a" * n)
        open("b.txt", "w").write("b")
        open("m.json", "w").write('{"n": %d}' % n)
        open("p.csv", "w").write("i,v\\n1,2\\n")

    for letter in "xy":
        @stage(name=f"copy_{letter}", deps=["a.txt"], outs=[f"{letter}.txt"])
        def copy(letter: str = letter):
            open(f"{letter}.txt", "w").write(open("a.txt").read() + letter)

    @stage(deps=["a.txt"], outs=["part-{key}.txt"], matrix={"key": ["p", "q"]})
    def part(key):
        open(f"part-{key}.txt", "w").write(key)

    @stage(deps=["a.txt"], param_keys={"params.yaml": ["own.key"]}, outs=["own.txt"])
    def own():
        __import__("subprocess").run("grep key params.yaml > own.txt", shell=True, check=True)
"""


def test_dvc_is_clean_after_export_and_runs_the_same(context):
    for text, params in ((SIMPLE, "train:\n  lr: 2.0\n"), (PROPERTIES, "make:\n  n: 5\nown:\n  key: 1\n")):
        project = Project(context, pipeline=text, **{"params.yaml": params})
        project.ran()
        project.ok("export")
        assert dvc(project, context, "status", "--json").strip() == "{}"
        outs = [p for p in project.root.iterdir() if p.suffix in (".txt", ".json", ".csv") and p.name != "data.txt"]
        made = {p.name: p.read_bytes() for p in outs}
        dvc(project, context, "repro", "-f", "-q")
        assert made == {p.name: p.read_bytes() for p in outs}
        assert "up to date" in project.ok("status").stdout
        assert project.ran() == []


def test_dvc_reruns_when_the_code_or_a_parameter_changes(context):
    project = Project(context, **{"params.yaml": "train:\n  lr: 2.0\n"})
    project.ran()
    project.ok("export")
    project.edit("FACTOR = 3", "FACTOR = 4")
    assert "pipeline.py" in dvc(project, context, "status")
    dvc(project, context, "repro", "-q")
    assert project.read("model.txt") == "48.0"
    project.write("params.yaml", "train:\n  lr: 4.0\n")
    assert "train.lr" in dvc(project, context, "status")


def test_an_exported_stage_whose_function_has_gone_is_named_and_left_out(context):
    project = Project(context)
    project.ran()
    project.ok("export")
    project.edit("def train(", "def fit(")
    said = "stage 'train' was exported from 'pipeline.py:train', which is gone from 'pipeline.py': it is left out. Run `pivot export`"
    for argv in (["status"], ["repro", "--dry"], ["explain"], ["repro"]):
        done = project.ok(*argv)
        assert said in done.stdout + done.stderr, (argv, done.stdout, done.stderr)
    assert "exported from" not in project.ok("repro", "-q").stdout
    assert "train" in project.fails("repro", "train")
    alone = subprocess.run([sys.executable, "-c", "from pivot.exported import run; run('pipeline.py:train')"], cwd=project.root, capture_output=True, text=True,
                           env=project.env | {"PYTHONPATH": str(context.root / "src/python")})
    assert (alone.returncode, alone.stderr) == (1, "pipeline.py defines no stage 'train' any more: run `pivot export` to bring dvc.yaml up to date\n"), alone
    project.ok("export")
    assert "train" not in project.read("dvc.yaml") and "fit" in project.read("dvc.yaml")
    assert "exported from" not in project.ok("status").stderr


def test_export_is_stable_and_checked(context):
    project = Project(context)
    assert project.run("export", "--check").returncode == 1
    project.ok("export")
    first = project.read("dvc.yaml")
    assert first == project.ok("export", "--stdout").stdout
    project.ok("export", "--check")
    project.ok("export")
    assert project.read("dvc.yaml") == first
    project.edit("lr: float = 0.5", "lr: float = 0.6")
    project.ok("export", "--check")  # a default is code, not a line of dvc.yaml
    project.edit('outs=["model.txt"]', 'outs=["weights.txt"]')
    assert project.run("export", "--check").returncode == 1


def test_hand_written_stages_and_edits_are_respected(context):
    own = "# mine\nstages:\n  own:\n    cmd: echo own > own.txt  # a comment\n    outs: [own.txt]\n"
    project = Project(context, **{"dvc.yaml": own})
    project.ok("export")
    assert project.read("dvc.yaml").startswith(own)
    assert sorted(project.ran()) == ["clean", "own", "train"]
    project.edit("- data.txt", "- data.txt\n    - extra.txt", "dvc.yaml")
    assert "by hand" in project.fails("export")
    project.ok("export", "--force")
    project.edit("def train", "def learn")
    project.ok("export")
    text = project.read("dvc.yaml")
    assert "learn:" in text and "train:" not in text and text.startswith(own)
    project.edit("def learn", "def own")
    assert "own" in project.fails("export")


def test_a_failing_exported_stage_shows_the_users_frames(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(outs=['o'])\ndef bad():\n    raise ValueError('no')\n")
    project.ok("export")
    env = project.env | {"PYTHONPATH": str(context.root / "src/python")}
    done = subprocess.run(["python", "-c", "from pivot.exported import run; run('pipeline.py:bad')"], cwd=project.root, env=env,
                          capture_output=True, text=True)
    assert done.returncode == 1 and "pipeline.py" in done.stderr and "ValueError: no" in done.stderr, done.stderr
    assert "_execution.py" not in done.stderr and os.sep + "pivot" + os.sep not in done.stderr, done.stderr


def test_a_standalone_export_needs_no_package(context):
    project = Project(context, pipeline=PROPERTIES, **{"params.yaml": "make:\n  n: 5\nown:\n  key: 1\n"})
    project.ran()
    project.ok("export", "--standalone")
    text = project.read("dvc.yaml")
    assert "cmd: python pivot_standalone.py pipeline.py:make" in text and "from pivot" not in text
    assert "pivot_standalone.py" not in [line.strip("- ") for line in text.splitlines()], "a new version of it is no reason to run"
    project.ok("export", "--standalone", "--check")
    assert project.run("export", "--check").returncode == 1
    made = (project.root / "a.txt").read_bytes()
    (project.root / "a.txt").unlink()
    # An interpreter without the package (it is not installed here, and nothing leads to it).
    env = {key: value for key, value in project.env.items() if key != "PYTHONPATH"}
    python = context.dvc.parent / "python" if context.dvc else sys.executable
    done = subprocess.run([str(python), "pivot_standalone.py", "pipeline.py:make"], cwd=project.root, env=env, capture_output=True, text=True)
    if context.dvc is None and "install one of them" in done.stderr:
        raise context.skip("no reader of YAML in this Python")
    assert done.returncode == 0, done.stderr
    assert (project.root / "a.txt").read_bytes() == made
    if context.dvc is not None:
        assert dvc(project, context, "status", "--json").strip() == "{}"
        project.ok("export", "--validate", "--standalone", "--dvc", str(context.dvc), "--stages", "make",
                   env={"PATH": f"{context.dvc.parent}:{project.env['PATH']}"})
