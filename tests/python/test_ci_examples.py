"""The CI files of docs/ci: every step that they run is run here, as the CI's shell runs it, in a clone of a real project."""
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import Project  # noqa: E402

PIPELINE = """\
    from pivot import stage

    @stage(deps=["raw.txt"], outs=["count.txt"])
    def count(lower: bool = True):
        words = open("raw.txt").read().split()
        open("count.txt", "w").write(str(len({word.lower() if lower else word for word in words})))
"""

# Makes the result depend on who runs the stage.
TELLTALE = "str('pivot.exported' in __import__('sys').modules) + str(len("


def wheel(context, folder):
    """What `pip install` gets: this build's command and the package (the tests of the wheel build one as pip does)."""
    path = folder / "pivot-0.1.0-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        def add(name, content, mode=0o644):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")
        stripped = folder / "stripped"  # a tenth of the size
        subprocess.run(["strip", "-o", str(stripped), str(context.pivot)], check=True)
        add("pivot-0.1.0.data/scripts/pivot", stripped.read_bytes(), 0o755)
        for source in sorted((context.root / "src/python/pivot").glob("*.py")):
            add(f"pivot/{source.name}", source.read_bytes())
        add("pivot-0.1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: pivot\nVersion: 0.1.0\n")
        add("pivot-0.1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("pivot-0.1.0.dist-info/RECORD", "\n".join([*record, "pivot-0.1.0.dist-info/RECORD,,"]) + "\n")
    return path


_machine = {}


def machine(context):
    """What a CI's machine has: an environment with pip (made once), what is installed in DVC's environment already (so that pip fetches
    nothing), and a wheel."""
    if not _machine:
        temporary = tempfile.TemporaryDirectory(prefix="pivot-ci-")
        folder = pathlib.Path(temporary.name)
        dvc_python = context.dvc.parent / "python"
        subprocess.run([str(dvc_python), "-m", "venv", str(folder / "venv")], check=True)
        where = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
        packages, own = (subprocess.run([str(python), "-c", where], check=True, capture_output=True, text=True).stdout.strip()
                         for python in (dvc_python, folder / "venv/bin/python"))
        (pathlib.Path(own) / "dvc.pth").write_text(packages + "\n")
        _machine.update(temporary=temporary, bin=folder / "venv/bin", wheel=wheel(context, folder))
    return _machine


class Runner:
    """A run of a CI's job: a project, and a clone of it in which the steps run."""

    def __init__(self, context):
        if context.dvc is None:
            raise context.skip("DVCENV names no environment with real DVC")
        installed = machine(context)
        self.project = project = Project(context, pipeline=PIPELINE)
        folder = project.root.parent
        self.python = installed["bin"] / "python"
        self.env = project.env | {"PATH": f"{installed['bin']}:{context.dvc.parent}:/usr/bin:/bin", "PIVOT_PACKAGE": str(installed["wheel"]),
                                  "PIP_NO_INDEX": "1", "CI": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        self.write_project(folder)
        self.clone = folder / "clone"

    def write_project(self, folder):
        project = self.project
        project.write("raw.txt", "To be or not to be\n")
        project.write("requirements.txt", "dvc>=3\n")
        project.ok("remote", "add", "-d", "store", str(folder / "store"))
        project.ok("add", "raw.txt")
        project.ok("push")
        project.ran()
        project.ok("export")
        self.commit()

    def commit(self):
        for argv in (("config", "user.email", "a@b"), ("config", "user.name", "a"), ("add", "-A"), ("commit", "-qm", "x")):
            subprocess.run(["git", *argv], cwd=self.project.root, env=self.project.env, check=True)

    def read_yaml(self, path):
        code = "import json, sys; from ruamel.yaml import YAML; json.dump(YAML(typ='safe').load(open(sys.argv[1])), sys.stdout)"
        return json.loads(subprocess.run([str(self.python), "-c", code, str(path)], check=True, capture_output=True, text=True).stdout)

    def check_out(self):
        subprocess.run(["rm", "-rf", str(self.clone)], check=True)
        subprocess.run(["git", "clone", "-q", str(self.project.root), str(self.clone)], env=self.env, check=True)

    def step(self, script):
        return subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=self.clone, env=self.env, capture_output=True, text=True)

    def all_steps(self, scripts):
        """Runs until one fails, as a CI does; gives that one or the last."""
        self.check_out()
        for script in scripts:
            done = self.step(script)
            if done.returncode != 0:
                break
        return done


def test_the_workflow_for_github(context):
    runner = Runner(context)
    job = runner.read_yaml(context.root / "docs/ci/github-actions.yml")["jobs"]["validate"]
    assert job["env"] == {"PIVOT_PACKAGE": "${{ vars.PIVOT_PACKAGE }}"}
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert [step["uses"].split("@")[0] for step in job["steps"] if "uses" in step] == ["actions/checkout", "actions/setup-python"]
    done = runner.all_steps(steps)
    assert done.returncode == 0 and done.stdout == "", done.stdout + done.stderr
    assert (runner.project.root.parent / "summary.md").read_text().startswith("### Equivalent with DVC\n"), "the table of the summary"
    # A pull request that forgot to export.
    runner.project.edit('outs=["count.txt"]', 'outs=["number.txt"]')
    runner.commit()
    done = runner.all_steps(steps[1:])  # what is installed stays
    assert done.returncode == 1 and "dvc.yaml is out of date" in done.stderr, done.stdout + done.stderr
    runner.project.edit('outs=["number.txt"]', 'outs=["count.txt"]')
    runner.project.edit("str(len(", TELLTALE)
    runner.project.ok("export")
    runner.commit()
    done = runner.all_steps(steps[1:])
    assert done.returncode == 1 and done.stdout.startswith("::error file=pipeline.py,line=3,title=Stage count%3A different::count.txt"), done.stdout + done.stderr


def test_the_job_for_gitlab(context):
    runner = Runner(context)
    job = runner.read_yaml(context.root / "docs/ci/gitlab-ci.yml")["validate-pipelines"]
    done = runner.all_steps(["\n".join(job["before_script"] + job["script"])])
    assert done.returncode == 0, done.stdout + done.stderr
    assert job["artifacts"]["paths"] == ["validation.json"]
    assert json.loads((runner.clone / "validation.json").read_text())["equivalent"] is True
    runner.project.edit("str(len(", TELLTALE)
    runner.project.ok("export")
    runner.commit()
    done = runner.all_steps(["\n".join(job["before_script"][2:] + job["script"])])
    assert done.returncode == 1 and json.loads((runner.clone / "validation.json").read_text())["equivalent"] is False
