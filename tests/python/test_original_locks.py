"""Repositories of the Python package `pivot` (up to 0.5): one command says what stands of each stage, and nothing needs to run again.

The locks below have the form that its version 0.5.11 writes, and the one before it (paths in deps, manifests of folders).
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import RUNTIME  # noqa: E402, F401: puts our package on the path
from pivot._xxhash import xxh64_python  # noqa: E402
from test_python_stages import Project  # noqa: E402

PIPELINE = '''\
    from pivot import Pipeline, stage


    @stage
    def upper(text: str) -> str:
        return text.upper()


    @stage
    def twice(text: str) -> str:
        return text * 2


    with Pipeline("demo") as pipeline:
        twice(upper(pipeline.input("raw.txt")))
'''
OURS = '''\
    from pivot import stage


    @stage(deps=["data/raw/raw.txt"], outs=["data/demo/upper.txt"])
    def upper():
        raise SystemExit("it is not to run")


    @stage(deps=["data/demo/upper.txt"], outs=["data/demo/twice.txt"])
    def twice():
        raise SystemExit("it is not to run")
'''
FILES = {"data/raw/raw.txt": "hi\n", "data/demo/upper.txt": "HI\n", "data/demo/twice.txt": "HI\nHI\n"}


def digest(text):
    return f"{xxh64_python(text.encode()):016x}"


def lock(argument, producer, source, name, path):
    wire = f"  wire:{argument}: {producer}\n" + (f"  wire:{argument}:path: {source}\n" if not producer.startswith("demo/") else "")
    return (f"schema_version: 2\ncode_manifest:\n  out:demo/{name}:tag: data\n  self:{name}: 4e2cc89e9b0d90c2\n{wire}params: {{}}\ndeps:\n- producer: {producer}\n"
            f"  key: null\n  hash: {digest(FILES[source])}\nouts:\n- key: null\n  hash: {digest(FILES[path])}\n  path: {path}\n")


def repository(context):
    project = Project(context, pipeline=None)
    shutil.rmtree(project.root / ".dvc")
    for name, text in FILES.items():
        project.write(name, text)
    project.write("pipeline.py", PIPELINE)
    project.write(".pivot/stages/demo/upper.lock", lock("text", "raw.txt", "data/raw/raw.txt", "upper", "data/demo/upper.txt"))
    project.write(".pivot/stages/demo/twice.lock", lock("text", "demo/upper", "data/demo/upper.txt", "twice", "data/demo/twice.txt"))
    return project


def test_one_command_says_what_stands_of_its_stages(context):
    project = repository(context)
    for command in ("status", "repro", "explain"):
        text = project.fails(command, code=253)
        assert "repository of the Python package pivot: `pivot init`, then `pivot explain`" in text, text
    project.ok("init", "-q")
    assert "pivot.Pipeline belongs to the Python package pivot" in project.fails("repro")
    done = project.run("explain")
    assert done.returncode == 255 and "pivot.Pipeline belongs to the Python package" in done.stderr, done.stderr
    assert done.stdout == """\
Stage: demo/twice
  Status: WILL RUN
  Reason: Recorded by the Python package pivot, whose fingerprints can't be compared with ours
  Inputs: data/demo/upper.txt is as recorded
  Outputs: data/demo/twice.txt is as recorded

Stage: demo/upper
  Status: WILL RUN
  Reason: Recorded by the Python package pivot, whose fingerprints can't be compared with ours
  Inputs: data/raw/raw.txt is as recorded
  Outputs: data/demo/upper.txt is as recorded

""", done.stdout
    project.write("data/raw/raw.txt", "ho\n")
    (project.root / "data/demo/twice.txt").unlink()
    report = json.loads(project.run("explain", "--json").stdout)
    assert report["demo/upper"]["deps"] == {"data/raw/raw.txt": "changed"} and report["demo/twice"]["outs"] == {"data/demo/twice.txt": "missing"}, report


def test_functions_take_the_results_over_without_a_run(context):
    project = repository(context)
    project.ok("init", "-q")
    project.write("pipeline.py", OURS)
    assert "Reason: It has not run yet" in project.ok("explain").stdout
    project.ok("commit", "-f")
    assert project.ran() == [] and "up to date" in project.ok("status").stdout
    assert "Recorded by the Python package" not in project.ok("explain").stdout


def test_locks_of_earlier_versions_with_our_names(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(deps=['data.txt'], outs=['d'])\ndef make():\n    raise SystemExit('no')\n")
    project.write("d/x", "1\n")
    manifest = f"  manifest:\n  - relpath: x\n    hash: {digest('1' + chr(10))}\n    size: 2\n    isexec: false\n"
    project.write(".pivot/stages/make.lock", f"code_manifest:\n  self:make: 4e2cc89e9b0d90c2\nparams: {{}}\ndeps:\n- path: data.txt\n"
                                             f"  hash: {digest('Hello' + chr(10))}\nouts:\n- path: d\n  hash: 0123456789abcdef\n{manifest}dep_generations: {{}}\n")
    text = project.ok("explain").stdout
    assert "Recorded by the Python package pivot" in text and "data.txt is as recorded" in text and "d is as recorded" in text, text
    project.write("d/more", "2\n")
    assert "d is changed" in project.ok("explain").stdout
    (project.root / "d/more").unlink()
    project.ok("commit", "-f", "make")
    assert project.ran() == []
    assert "unchanged" in project.ok("explain").stdout


def test_hostile_names_lead_nowhere(context):
    project = repository(context)
    project.ok("init", "-q")
    project.write("pipeline.py", OURS)
    project.write(".pivot/stages/evil.lock", "code_manifest: {}\nparams: {}\ndeps:\n- path: ../../../etc/hostname\n  hash: '0'\nouts:\n- path: /etc/passwd\n  hash: '0'\n")
    text = project.ok("explain").stdout
    assert "/etc/passwd is not known" in text and "../../../etc/hostname is not known" in text, text


def test_a_pivot_yaml_of_the_package_is_told_apart(context):
    project = Project(context, pipeline=None)
    project.write("pivot.yaml", "stages:\n  a:\n    python: stages.a\n")
    text = project.fails("status", code=1)
    assert "'pivot.yaml' is written for the Python package pivot (up to version 0.5): its `stages`" in text and "modules: [stages]" in text, text
