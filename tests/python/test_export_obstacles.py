"""What can't be exported is named with its place; what looks as if it couldn't is exported and runs under DVC."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_export import dvc  # noqa: E402
from test_python_stages import Project  # noqa: E402

NESTED = """\
    from pivot import stage

    def factory(k):
        def inner():
            open(f"c{k}.txt", "w").write("closure" * k)
        return inner

    stage(name="closure", outs=["c3.txt"])(factory(3))
    stage(name="lam", outs=["l.txt"])(lambda: open("l.txt", "w").write("lambda") and None)

    def setup():
        @stage(deps=["c3.txt"], outs=["loc.txt"])
        def local():
            open("loc.txt", "w").write(open("c3.txt").read() + "local")
    setup()
"""

LIVE = """\
    import pivot
    from pivot import stage

    for k in (1, 2):
        @stage(name=f"live{k}", outs=[f"s{k}.txt"])
        def f(k: int = k):
            open(f"s{k}.txt", "w").write(str(k))
    pivot.run()
"""


def test_closures_lambdas_and_local_functions_run_under_dvc(context):
    project = Project(context, pipeline=NESTED)
    assert sorted(project.ran()) == ["closure", "lam", "local"]
    project.ok("export")
    assert dvc(project, context, "status", "--json").strip() == "{}"
    made = {name: project.read(name) for name in ("c3.txt", "l.txt", "loc.txt")}
    dvc(project, context, "repro", "-f", "-q")
    assert made == {name: project.read(name) for name in made}
    project.edit("factory(3)", "factory(3) if True else None")
    assert "pipeline.py" in dvc(project, context, "status"), "the code around them counts for DVC too"


def test_an_out_that_dvc_cannot_keep_is_named_with_its_place(context):
    for path in ("../up.txt", "/var/tmp/never-written.txt"):
        project = Project(context, pipeline=f"from pivot import stage\n\n\n@stage(outs=['{path}'])\ndef far():\n    pass\n")
        text = project.fails("export")
        assert "pipeline.py:4" in text and f"out '{path}' lies outside of the repository" in text and "cache=False" in text, text
        assert not (project.root / "dvc.yaml").exists()
    project = Project(context, pipeline="from pivot import Out, stage\n\n\n@stage(outs=[Out('../up.txt', cache=False)])\ndef far():\n"
                                        "    open('../up.txt', 'w').write('1')\n")
    project.ok("export")
    dvc(project, context, "repro", "-q")


def test_two_stages_of_one_name_are_named_with_their_place(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(name='a-b', outs=['x'])\ndef one():\n    pass\n\n"
                                        "@stage(name='a', outs=['y-{k}'], matrix={'k': ['b']})\ndef two(k):\n    pass\n")
    text = project.fails("export")
    assert "'a-b' in dvc.yaml" in text and "pipeline.py:7" in text and "another name" in text, text


def test_stages_of_a_live_process_are_named(context):
    project = Project(context, pipeline=None)
    project.write("notebook.py", LIVE)
    env = project.env | {"PYTHONPATH": str(context.root / "src/python"), "PATH": f"{context.pivot.parent}:{project.env['PATH']}"}
    subprocess.run([sys.executable, "notebook.py"], cwd=project.root, env=env, check=True, capture_output=True)
    text = project.fails("export")
    assert ".pivot/stages/live1.lock, .pivot/stages/live2.lock" in text and "put its function into pipeline.py" in text, text
    project.write("pipeline.py", "from pivot import stage\n\n@stage(outs=['p'])\ndef p():\n    open('p', 'w').write('1')\n")
    done = project.ok("export")
    assert "live1.lock' belongs to a stage that no pipeline file defines" in done.stderr, done.stderr
    assert "Wrote dvc.yaml: 1 stage" in done.stdout
    # Taken over as the hint says, both stages stand: their locks are those of the file's stages.
    project.write("pipeline.py", LIVE.replace("    pivot.run()\n", ""))
    project.ok("export")
    assert project.ran() == [] and "WARNING" not in project.ok("export").stderr


def test_locks_are_exported_without_running_anything(context):
    """`dvc status` is clean, and neither export nor the look at it has started a stage."""
    project = Project(context, pipeline=NESTED.replace('open("loc.txt", "w")', 'open(os.environ.get("TRACE", "trace"), "a").write("ran\\n"); open("loc.txt", "w")')
                      .replace("from pivot", "import os\n    from pivot", 1))
    trace = project.root.parent / "trace"
    project.env["TRACE"] = str(trace)
    project.ran()
    assert trace.read_text() == "ran\n"
    before = {p: os.stat(p).st_mtime_ns for p in project.root.glob("*.txt")}
    project.ok("export")
    assert "Data and pipelines are up to date." in dvc(project, context, "status")
    assert trace.read_text() == "ran\n" and before == {p: os.stat(p).st_mtime_ns for p in project.root.glob("*.txt")}
    assert "didn't change" in dvc(project, context, "repro", "--dry")
