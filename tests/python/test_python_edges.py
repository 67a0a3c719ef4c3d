"""Python stages at the edges: files that give back their times, odd endings, odd interpreters."""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import Project  # noqa: E402


def test_a_module_that_the_fingerprint_covers_is_declared_for_every_executor(context):
    project = Project(context, pipeline="""\
        from pivot import stage

        @stage(outs=["o"])
        def lazy():
            import late
            open("o", "w").write(late.WORD)
        """, **{"late.py": "WORD = 'a'\n"})
    for executor in ("warm", "process"):
        project.ok("repro", "-f", "--strict", "--executor", executor)
    assert "late.py" not in project.ok("doctor").stdout


def test_an_edit_that_keeps_size_and_time_is_seen(context):
    project = Project(context)
    project.ran()
    about = (project.root / "pipeline.py").stat()
    project.edit("FACTOR = 3", "FACTOR = 4")
    os.utime(project.root / "pipeline.py", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert project.ran() == ["train"]
    assert project.ran() == []


def test_a_stage_that_the_kernel_kills_says_why_that_may_be(context):
    project = Project(context, pipeline="""\
        import os, signal
        from pivot import stage

        @stage(outs=["o"])
        def large():
            os.kill(os.getpid(), signal.SIGKILL)
        """)
    for executor in ("warm", "process"):
        text = project.fails("repro", "--executor", executor)
        assert "killed by SIGKILL (the kernel does so when memory runs out)" in text, text


def test_an_interpreter_that_ends_at_once_is_named(context):
    project = Project(context)
    fake = project.write("fake", "#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    for _ in range(3):  # it may be gone before or after it is spoken to
        text = project.fails("repro", "--python", "./fake")
        assert "fake' ended before it had described the pipeline" in text and "Python 3.10 or newer" in text, text


def test_workers_are_kept_ready_for_stages_that_will_come(context):
    """Each forked child costs milliseconds: stages that are skipped need none."""
    project = Project(context, pipeline="""\
        import os, time
        from pivot import stage

        WORD = "one"

        def forked():
            time.sleep(0.2)
            return len(open(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read().split())

        for number in range(8):
            @stage(outs=[f"{number}.txt"], name=f"s{number}")
            def made(number=number):
                open(f"{number}.txt", "w").write(str(forked()))

        @stage(deps=["7.txt"], outs=["last.txt"])
        def last():
            open("last.txt", "w").write(f"{WORD} {forked()}")
        """)
    project.ok("repro")
    assert max(int(project.read(f"{number}.txt")) for number in range(8)) >= 3
    assert project.read("last.txt") == "one 1"
    project.edit('"one"', '"two"')
    assert project.ran() == ["last"]
    assert project.read("last.txt") == "two 1"


STAGE = "from pivot import stage\n\n@stage(outs=['{0}.txt'])\ndef {0}():\n    open('{0}.txt', 'w').write('{0}')\n"


def test_an_edited_pivot_yaml_is_read_again(context):
    project = Project(context, pipeline=None, **{"one.py": STAGE.format("one"), "two.py": STAGE.format("two"), "pivot.yaml": "files: [one.py]\n"})
    assert project.ran() == ["one"]
    project.write("pivot.yaml", "files: [one.py, two.py]\n")
    assert project.ran() == ["two"]
    assert project.ran() == []
    project.write("pivot.yaml", "files: [two.py]\n")
    assert "one" not in project.ok("stage", "list").stdout
    project.write("pivot.yaml", "modules: [nothere]\n")
    assert "nothere" in project.fails("repro")


def test_a_pipeline_that_is_added_or_goes_away_is_noticed(context):
    project = Project(context)
    project.ran()
    project.write("sub/pipeline.py", STAGE.format("more"))
    assert "more" in project.ok("stage", "list", "--all").stdout
    assert "Running stage 'sub/pipeline.py:more'" in project.ok("repro", "-P").stdout
    (project.root / "sub/pipeline.py").unlink()
    assert "more" not in project.ok("stage", "list", "--all").stdout


def test_options_of_the_wrong_kind_are_named(context):
    project = Project(context, pipeline="")
    for option, wanted in (("timeout='x'", "timeout must be a number of seconds, but it is 'x'"), ("retries=-1", "retries must be a whole number"),
                           ("executor='foo'", "executor must be one of 'warm', 'process', 'interpreter', but it is 'foo'"),
                           ("mutex='gpu'", "mutex must be a list of names, but it is 'gpu'"), ("environment=3", "environment must be a mapping")):
        project.write("pipeline.py", f"from pivot import stage\n\n@stage({option})\ndef s():\n    pass\n")
        text = project.fails("repro")
        assert f"stage 's' (pipeline.py:3): {wanted}" in text, text


def test_an_object_that_fails_as_it_is_looked_at_is_named(context):
    project = Project(context, pipeline="""\
        from pivot import stage

        class Broken:
            @property
            def __dict__(self):
                raise RuntimeError("do not look")

        broken = Broken()

        @stage()
        def s():
            print(broken)
        """)
    text = project.fails("repro")
    assert "do not look" in text and "ended before" not in text, text


def test_an_interrupt_of_the_command_alone_reaches_the_stage(context):
    project = Project(context, pipeline="""\
        import os, time
        from pivot import stage

        @stage(outs=["a"])
        def a():
            open("pid", "w").write(str(os.getpid()))
            os.rename("pid", "running")
            time.sleep(30)

        @stage(deps=[a.out], outs=["b"])
        def b():
            open("b", "w").write("b")
        """)
    process = subprocess.Popen([str(project.pivot), "repro"], cwd=project.root, env=project.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True)
    while not (project.root / "running").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    text = process.communicate(timeout=20)[0]
    assert process.returncode == 255 and "killed by SIGINT" in text, text
    assert not (project.root / "b").exists() and not os.path.exists(f"/proc/{project.read('running')}")


def test_a_cached_out_outside_of_the_repository_is_refused_where_it_is_defined(context):
    project = Project(context, pipeline="")
    for path, wdir in (("../o", "."), ("/tmp/o", "."), ("../../o", "sub"), ("s3://bucket/o", ".")):
        project.write("pipeline.py", f"from pivot import stage\n\n@stage(outs=['o'])\ndef a():\n    open('ran', 'w')\n\n"
                                     f"@stage(metrics=[{path!r}], wdir={wdir!r})\ndef b():\n    open('ran', 'w')\n")
        text = project.fails("repro")
        assert f"stage 'b' (pipeline.py:7): out {path!r} lies outside of the repository" in text, text
        assert f"Metric({path!r}, cache=False)" in text, text
    assert not (project.root / "ran").exists() and not (project.root.parent / ".gitignore").exists()
    project.write("pipeline.py", "from pivot import Out, stage\n\n@stage(outs=[Out('../o', cache=False)])\ndef a():\n"
                                 "    open('../o', 'w').write('1')\n")
    assert project.ran() == ["a"] and project.ran() == []


def test_what_decides_a_value_at_import_counts_for_the_stages_that_read_it(context):
    """Each of these edits is in a file that the code of the stage does not name."""
    project = Project(context, pipeline="""\
        import json, random
        from pivot import stage
        try:
            from fast import f
        except ImportError:
            from slow import f
        CONFIG = json.load(open("config.json"))
        random.seed(1)

        @stage(outs=["a"])
        def a():
            open("a", "w").write(str(CONFIG))

        @stage(outs=["b"])
        def b():
            open("b", "w").write(str(f()))

        @stage(outs=["c"])
        def c():
            open("c", "w").write("c")
        """, **{"config.json": '{"a": 1}', "fast.py": "from one import f\n", "one.py": "def f(): return 1\n", "slow.py": "def f(): return 9\n"})
    assert sorted(project.ran()) == ["a", "b", "c"]
    project.write("config.json", '{"a": 2}')
    assert project.ran() == ["a"] and project.read("a") == "{'a': 2}"
    project.write("fast.py", "raise ImportError\n")
    assert project.ran() == ["b"] and project.read("b") == "9"
    project.edit("seed(1)", "seed(2)")
    assert sorted(project.ran()) == ["a", "b", "c"]
    project.edit("import json, random", "import random  # first\nimport json")
    assert project.ran() == []
