"""Python pipelines through the binary: what runs, what doesn't, and every way in which a stage can go wrong."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import python_with  # noqa: E402

SIMPLE = """\
    from pivot import stage

    FACTOR = 3

    def scale(x):
        return x * FACTOR

    @stage(deps=["data.txt"], outs=["clean.txt"])
    def clean(lower: bool = True):
        text = open("data.txt").read()
        open("clean.txt", "w").write(text.lower() if lower else text)
        print("cleaned")

    @stage(deps=["clean.txt"], outs=["model.txt"])
    def train(lr: float = 0.5):
        open("model.txt", "w").write(str(scale(len(open("clean.txt").read())) * lr))
"""


class Project:
    def __init__(self, context, pipeline=SIMPLE, name="pipeline.py", **files):
        self.pivot = context.pivot
        self.temporary = tempfile.TemporaryDirectory(prefix="pivot-python-")
        self.root = pathlib.Path(self.temporary.name) / "repo"
        self.root.mkdir()
        (self.root.parent / "home").mkdir()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PIVOT_", "DVC_", "VIRTUAL_ENV", "PYTHON", "CONDA"))}
        self.env |= {"HOME": str(self.root.parent / "home"), "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.run("init", "-q")
        self.write("data.txt", "Hello\n")
        if pipeline:
            self.write(name, pipeline)
        for file, text in files.items():
            self.write(file, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        settle()
        return path

    def read(self, name):
        return (self.root / name).read_text()

    def edit(self, old, new, name="pipeline.py"):
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        (self.root / name).write_text(text.replace(old, new))
        settle()

    def run(self, *argv, env=None, cwd=None, timeout=60):
        return subprocess.run([str(self.pivot), *argv], cwd=cwd or self.root, env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=timeout)

    def ok(self, *argv, **options):
        done = self.run(*argv, **options)
        assert done.returncode == 0, f"{argv} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def ran(self, *argv, **options):
        """The stages that one run executed."""
        events = self.root.parent / "events.jsonl"
        events.unlink(missing_ok=True)
        self.ok("repro", *argv, "--json-events", str(events), **options)
        lines = [json.loads(line) for line in events.read_text().splitlines()]
        return [line["stage"] for line in lines if line["event"] == "stage_ran"]

    def fails(self, *argv, code=255, **options):
        done = self.run(*argv, **options)
        assert done.returncode == code, f"{argv} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def settle():
    """Files are believed when they are older than a tick of the file system's clock."""
    time.sleep(0.05)


def without_python(project):
    """PATH on which no interpreter is to be found."""
    folder = project.root.parent / "bin"
    folder.mkdir(exist_ok=True)
    for tool in ("git", "sh"):
        if not (folder / tool).exists():
            (folder / tool).symlink_to(shutil.which(tool))
    return {"PATH": str(folder)}


def test_only_what_changed_runs_again(context):
    project = Project(context)
    assert project.ran() == ["clean", "train"]
    assert project.ran() == []
    project.edit("FACTOR = 3", "FACTOR = 4")
    assert project.ran() == ["train"]
    project.edit("return x * FACTOR", "return x * FACTOR  # a comment")
    assert project.ran() == []
    project.edit("text.lower()", "text.lower().strip()")
    assert project.ran() == ["clean", "train"]
    project.write("data.txt", "Other\n")
    assert project.ran() == ["clean", "train"]
    assert project.read("model.txt") == "10.0"


def test_list_without_a_repository_lists_the_stages(context):
    project = Project(context)
    project.ok("repro")
    stages = project.ok("stage", "list").stdout
    assert "clean" in stages and "train" in stages, stages
    assert project.ok("list").stdout == stages
    assert project.ok("list", "--names-only").stdout.split() == ["clean", "train"]
    assert "train" not in project.ok("list", ".").stdout.split()  # a repository: its files
    for argv in (["list", "--no-such-flag"], ["list", "--size"]):
        done = project.run(*argv)
        assert done.returncode == 254 and "pivot list" in done.stderr + done.stdout, done
    linked = project.root.parent / "dvc"
    linked.symlink_to(context.pivot)
    done = subprocess.run([linked, "list"], cwd=project.root, env=project.env, capture_output=True, text=True)
    assert done.returncode == 254 and "the following arguments are required: url" in done.stderr, done


def test_a_no_op_starts_no_interpreter(context):
    project = Project(context)
    project.ran()
    settle()
    project.ok("repro")
    settle()
    blind = without_python(project)
    assert "up to date" in project.ok("status", env=blind).stdout
    assert "didn't change" in project.ok("repro", env=blind).stdout
    (project.root / "pipeline.py").touch()  # another time, the same content
    assert "up to date" in project.ok("status", env=blind).stdout
    assert project.ok("stage", "list", "--name-only", env=blind).stdout == "clean\ntrain\n"
    project.edit("FACTOR = 3", "FACTOR = 4")
    assert "can't be started" in project.fails("status", env=blind, code=1)


def test_our_package_lies_in_the_users_cache_for_all_repositories(context):
    p = Project(context)
    cache = p.root.parent / "home/.cache/pivot"

    def unpacked(folder):
        return sorted(folder.glob("runtime-*/pivot/__init__.py"))

    def in_project():
        return unpacked(p.root / ".dvc/tmp/pivot")

    p.ok("repro")
    (own,) = unpacked(cache)
    assert in_project() == [] and own.parent.parent.stat().st_mode & 0o777 == 0o700
    assert list(own.parent.glob("__pycache__/_host.*.pyc"))
    (own.parent / "_worker.py").unlink()  # somebody cleaned up
    assert p.ran("-f") == ["clean", "train"] and (own.parent / "_worker.py").exists()
    other = p.root.parent / "elsewhere"  # $XDG_CACHE_HOME comes first
    p.ok("repro", "-f", env={"XDG_CACHE_HOME": str(other)})
    assert len(unpacked(other / "pivot")) == 1 and in_project() == []
    own.parent.parent.chmod(0o777)  # anybody may put code there
    p.ok("repro", "-f")
    assert len(in_project()) == 1
    shutil.rmtree(p.root / ".dvc/tmp/pivot")
    shutil.rmtree(cache)
    cache.write_text("a file\n")
    p.ok("repro", "-f")
    assert len(in_project()) == 1


def test_parameters_come_from_the_signature_the_params_file_and_the_command_line(context):
    project = Project(context)
    project.ran()
    project.write("params.yaml", "train:\n  lr: 2.0\n")
    assert project.ran() == ["train"]
    assert project.read("model.txt") == "36.0"
    assert project.ran("-S", "train.lr=4.0") == ["train"]
    assert project.read("model.txt") == "72.0"
    assert "lr" in project.ok("explain", "train").stdout
    assert project.ran() == ["train"]
    assert project.read("model.txt") == "36.0"


def test_a_parameter_of_the_wrong_type_names_stage_key_and_type(context):
    project = Project(context, **{"params.yaml": "train:\n  lr: fast\n"})
    text = project.fails("repro")
    assert "train" in text and "lr" in text and "float" in text, text


def test_python_and_dvc_stages_are_one_graph(context):
    project = Project(context, **{"dvc.yaml": """\
        stages:
          raw:
            cmd: echo RAW > data.txt
            outs: [data.txt]
          report:
            cmd: cat model.txt > report.txt
            deps: [model.txt]
            outs: [report.txt]
        """})
    (project.root / "data.txt").unlink()
    assert project.ran() == ["raw", "clean", "train", "report"]
    assert project.ran() == []
    assert project.read("report.txt") == project.read("model.txt")
    project.edit("FACTOR = 3", "FACTOR = 5")
    assert project.ran() == ["train", "report"]


def test_pipelines_of_several_folders_and_modules(context):
    project = Project(context, pipeline=None)
    project.write("a/pipeline.py", "from pivot import stage\n\n@stage(outs=['x.txt'])\ndef make():\n    open('x.txt', 'w').write('x')\n")
    project.write("b/pivot.yaml", "modules: [stages.use]\n")
    project.write("b/stages/__init__.py", "")
    project.write("b/stages/use.py", """\
        from pivot import stage

        @stage(deps=['../a/x.txt'], outs=['y.txt'])
        def copy():
            open('y.txt', 'w').write(open('../a/x.txt').read() * 2)
        """)
    assert project.ran("-P") == ["a/pipeline.py:make", "b/pivot.yaml:copy"]
    assert project.read("b/y.txt") == "xx"
    assert project.ran("-P") == []


def test_a_pipeline_file_that_does_not_import_us_is_left_alone(context):
    project = Project(context, pipeline="raise SystemExit('imported')\n")
    assert "no data or pipelines" in project.ok("status").stdout


def test_missing_outputs_come_back_from_the_cache(context):
    project = Project(context)
    project.ran()
    (project.root / "model.txt").unlink()
    assert project.ran() == []
    assert project.read("model.txt") == "9.0"
    (project.root / "clean.txt").write_text("damaged")
    project.ok("checkout", "-f")
    assert project.read("clean.txt") == "hello\n"


def test_explain_names_the_code_that_changed(context):
    project = Project(context)
    project.ran()
    subprocess.run("git add -A && git -c user.name=t -c user.email=t@localhost commit -qm first", cwd=project.root, shell=True, check=True)
    project.edit("return x * FACTOR", "return x + FACTOR")
    text = project.ok("explain", "train").stdout
    for part in ("Stage: train", "Status: WILL RUN", "Code dependency changed", "func:scale", "Old: ", "New: ", "File: pipeline.py:5",
                 "-    return x * FACTOR", "+    return x + FACTOR"):
        assert part in text, f"{part!r} is missing in\n{text}"
    reasons = json.loads(project.ok("explain", "--json", "train").stdout)["train"]["reasons"]
    assert [(r["kind"], r["key"], r["file"], r["line"]) for r in reasons] == [("code", "func:scale", "pipeline.py", 5)], reasons
    assert json.loads(project.ok("status", "--json").stdout) == {"train": [{"changed code": {"func:scale": "modified"}}]}


def test_output_is_shown_and_kept_in_the_log(context):
    project = Project(context)
    assert "cleaned\n" in project.ok("repro").stdout
    assert project.ok("logs", "clean").stdout == "cleaned\n"


def test_the_log_of_a_stage_that_prints_nothing_is_empty(context):
    body = "import os\nfrom pivot import stage\n@stage(outs=['o'])\ndef quiet():\n    open('o', 'w').write('1')\n@stage(deps=['o'])\ndef ends():\n    os._exit(3)\n"
    project = Project(context, body)
    logs = project.root / ".dvc/tmp/pivot/logs"
    assert "has not run here" in project.run("logs", "quiet").stderr
    assert project.run("repro").returncode != 0
    assert project.ok("logs", "quiet").stdout == project.ok("logs", "ends").stdout == ""
    assert not (logs / "quiet.log").exists()  # a file each is what a run of many small stages would take longest for
    project.edit("open('o', 'w').write('1')", "print('says')\n    open('o', 'w').write('2')")
    project.ok("run", "quiet")
    assert project.ok("logs", "quiet").stdout == "says\n"
    project.edit("print('says')\n", "")
    project.ok("run", "quiet")
    assert project.ok("logs", "quiet").stdout == ""


EXECUTORS = ["warm", "process"] + (["interpreter"] if sys.version_info >= (3, 13) else [])


def test_every_executor_gives_the_same_bytes(context):
    made = set()
    for executor in EXECUTORS:
        project = Project(context)
        project.ok("repro", "--executor", executor)
        made.add((project.read("model.txt"), project.read(".pivot/stages/train.lock")))
    assert len(made) == 1, made


def test_libraries_see_the_variables_of_a_stage_when_they_are_loaded(context):
    """Stages get as many BLAS threads as in a plain Python, and as many as their environment says, whatever runs them."""
    python = python_with("numpy")
    if python is None:
        raise context.skip("no interpreter has numpy (./dev test makes one)")
    count = """
        import ctypes, os
        import numpy
        from pivot import stage

        def threads():
            path = next(line.split(None, 5)[5].strip() for line in open("/proc/self/maps") if "openblas" in line)
            library = ctypes.CDLL(path)
            names = [f"{p}openblas_get_num_threads{s}" for p in ("scipy_", "") for s in ("64_", "")]
            return getattr(library, next(name for name in names if hasattr(library, name)))()

        @stage(outs=["plain.txt"])
        def plain():
            open("plain.txt", "w").write(f"{threads()} {os.environ.get('OPENBLAS_NUM_THREADS')}")

        @stage(outs=["own.txt"], environment={"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "7"})
        def own():
            open("own.txt", "w").write(f"{threads()} {os.environ['OPENBLAS_NUM_THREADS']} {hash('x')}")
    """
    p = Project(context, count)
    seeded = subprocess.run([python, "-c", "print(hash('x'))"], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True).stdout.strip()
    for executor in ("warm", "process"):
        p.ok("repro", "-f", "--executor", executor, "--python", python)
        assert p.read("plain.txt") == f"{len(os.sched_getaffinity(0))} None", (executor, p.read("plain.txt"))
        assert p.read("own.txt") == f"1 1 {seeded}", (executor, p.read("own.txt"))


def test_stages_run_in_parallel(context):
    # Each stage waits until the others have begun.
    wait = "\n".join(["def wait(me):", "    open(f'begun{me}', 'w').close()", "    end = time.time() + 60",
                      "    while not all(os.path.exists(f'begun{i}') for i in range(3)):", "        assert time.time() < end, 'no overlap'",
                      "        time.sleep(0.01)", ""])
    body = "\n".join(f"@stage(outs=['o{i}'])\ndef s{i}():\n    wait({i})\n    open('o{i}', 'w').write('{i}')\n    print('done {i}')\n"
                     for i in range(3))
    project = Project(context, pipeline="import os, time\nfrom pivot import stage\n" + wait + body)
    done = project.ok("repro", "-j3")
    assert all(f"done {i}" in done.stdout for i in range(3))


WRONG = {
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "an exit": ("import os; os._exit(7)", "7"),
    "sys.exit": ("import sys; sys.exit(3)", "3"),
    "an exception": ("raise ValueError('bad thing')", "bad thing"),
    "being killed for its memory": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "an out that is not written": ("pass", "o.txt"),
}


def test_a_stage_that_goes_wrong_is_named_and_leaves_the_old_output(context):
    for what, (body, word) in WRONG.items():
        project = Project(context, pipeline="from pivot import stage\n\n@stage(outs=['o.txt'])\ndef bad():\n    open('o.txt', 'w').write('first')\n")
        project.ok("repro")
        project.write("pipeline.py", f"from pivot import stage\n\n@stage(outs=['o.txt'])\ndef bad():\n    {body}\n")
        text = project.fails("repro")
        assert "bad" in text and word in text, f"{what}: {text}"
        assert project.read("o.txt") == "first", what
        assert project.run("status", "-q").returncode == 1, what


def test_a_traceback_shows_the_users_frames_only(context):
    project = Project(context, pipeline="""\
        from pivot import stage

        def inner():
            raise KeyError("lost")

        @stage(outs=["o"])
        def outer():
            inner()
        """)
    text = project.fails("repro")
    assert "pipeline.py" in text and "in inner" in text and "KeyError" in text, text
    assert "_host.py" not in text and "_job.py" not in text, text


def test_an_import_error_shows_the_users_frames_only(context):
    project = Project(context, pipeline="from pivot import stage\nimport no_such_module_at_all\n")
    text = project.fails("repro")
    assert "no_such_module_at_all" in text and "pipeline.py" in text and "importlib" not in text, text


def test_a_missing_interpreter_is_named(context):
    project = Project(context)
    assert "no/such/python" in project.fails("repro", "--python", "/no/such/python")


def test_a_stage_that_hangs_is_ended_by_its_time_limit(context):
    project = Project(context, pipeline="import time\nfrom pivot import stage\n\n@stage(outs=['o'], timeout=0.5)\ndef slow():\n    time.sleep(60)\n")
    start = time.time()
    text = project.fails("repro")
    assert time.time() - start < 20 and "time limit" in text, text


def test_retries_and_mutexes_hold_for_python_stages(context):
    project = Project(context, pipeline="""\
        import os
        from pivot import stage

        @stage(outs=["o"], retries=2)
        def flaky():
            with open("tries", "a") as f:
                f.write("x")
            if len(open("tries").read()) < 3:
                raise RuntimeError("not yet")
            open("o", "w").write("good")
        """)
    assert project.ran() == ["flaky"]
    assert project.read("tries") == "xxx"


def test_children_threads_and_binary_output_do_no_harm(context):
    project = Project(context, pipeline="""\
        import os, subprocess, sys, threading, time
        from pivot import stage

        @stage(outs=["a"])
        def forks():
            if os.fork() == 0:
                time.sleep(0.2)
                os._exit(0)
            subprocess.run(["true"])
            open("a", "w").write("a")

        @stage(outs=["b"])
        def threads():
            threading.Thread(target=time.sleep, args=(300,), daemon=True).start()
            open("b", "w").write("b")

        @stage(outs=["c"])
        def loud():
            sys.stdout.buffer.write(bytes(range(256)) * 4000)
            sys.stderr.buffer.write(b"\\xff\\xfe" * 1000)
            open("c", "w").write("c")
        """)
    assert sorted(project.ran()) == ["forks", "loud", "threads"]


def test_verify_is_content_with_stages_that_always_run(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(outs=['o'], always=True)\ndef now():\n    open('o', 'w').write('o')\n")
    assert "'now' does not stand" in project.fails("verify", code=1)
    project.ran()
    assert "1 stage stands" in project.ok("verify").stdout
    project.write("o", "changed")
    text = project.fails("verify", code=1)
    assert "o" in text and "always" not in text, text


def test_unknown_stages_are_named_with_those_that_there_are(context):
    project = Project(context)
    text = project.fails("repro", "trian")
    assert "there is no stage 'trian' in 'pipeline.py'" in text and "clean, train" in text, text
    project.write("dvc.yaml", "stages:\n  own: {cmd: 'true'}\n")
    text = project.fails("explain", "trian")
    assert "there is no stage 'trian' in 'pipeline.py' or 'dvc.yaml'" in text and "own, clean, train" in text, text
    (project.root / "dvc.yaml").unlink()
    project.write("pipeline.py", "from pivot import stage\n")
    assert "'pipeline.py' defines no stage" in project.fails("repro")


def test_two_stages_with_one_out_cycles_and_duplicate_names_are_refused(context):
    twice = Project(context, pipeline="from pivot import stage\n" + "".join(
        f"\n@stage(outs=['same'])\ndef {name}():\n    pass\n" for name in ("a", "b")))
    assert "same" in twice.fails("repro")
    cycle = Project(context, pipeline="from pivot import stage\n\n@stage(deps=['b'], outs=['a'])\ndef one():\n    pass\n"
                                      "\n@stage(deps=['a'], outs=['b'])\ndef two():\n    pass\n")
    assert "one" in cycle.fails("repro")
    names = Project(context, pipeline="from pivot import stage\n\n@stage(name='x', outs=['a'])\ndef one():\n    pass\n"
                                      "\n@stage(name='x', outs=['b'])\ndef two():\n    pass\n")
    assert "x" in names.fails("repro")


def test_a_broken_or_newer_lock_is_named(context):
    project = Project(context)
    project.ran()
    lock = project.root / ".pivot/stages/train.lock"
    good = lock.read_text()
    for text in ("code: [", "- 1\n", good.replace("schema: 1", "schema: 99")):
        lock.write_text(text)
        assert "train.lock" in project.fails("repro"), text
    lock.unlink()
    assert project.ran() == ["train"]
    assert lock.read_text() == good


def test_a_lock_of_the_original_tool_is_read(context):
    project = Project(context)
    project.ran()
    lock = project.root / ".pivot/stages/train.lock"
    text = lock.read_text().replace("schema: 1\nstage: train\n", "").replace("code:", "code_manifest:")
    lock.write_text(text)
    settle()
    assert project.ran() == []


def test_a_moved_project_does_not_run_again(context):
    project = Project(context)
    project.ran()
    moved = project.root.with_name("elsewhere")
    project.root.rename(moved)
    project.root = moved
    assert project.ran() == []


def test_a_clock_that_was_set_back_does_no_harm(context):
    project = Project(context)
    project.ran()
    future = time.time() + 3600
    for name in ("pipeline.py", "data.txt", "clean.txt"):
        os.utime(project.root / name, (future, future))
    assert project.ran() == []
    project.edit("FACTOR = 3", "FACTOR = 4")
    os.utime(project.root / "pipeline.py", (future, future))
    assert project.ran() == ["train"]


def test_undeclared_reads_are_recorded_compared_and_reported(context):
    project = Project(context, pipeline="""\
        from pivot import stage

        @stage(outs=["o"])
        def reads():
            open("o", "w").write(open("query.sql").read())
        """, **{"query.sql": "select 1\n"})
    assert project.ran() == ["reads"]
    assert project.ran() == []
    assert "query.sql" in project.ok("doctor").stdout
    project.write("query.sql", "select 2\n")
    assert "query.sql" in project.ok("explain").stdout
    assert project.ran() == ["reads"]
    project.write("query.sql", "select 3\n")
    assert "query.sql" in project.fails("repro", "--strict")


def test_blind_spots_are_listed_by_file_and_line(context):
    project = Project(context, pipeline="from pivot import stage\n\n@stage(outs=['o'])\ndef dynamic():\n    eval('1')\n    open('o', 'w').write('o')\n")
    text = project.ok("doctor").stdout
    assert "pipeline.py:5" in text and "eval" in text, text


def test_loaders_take_and_give_values(context):
    project = Project(context, pipeline="""\
        from typing import Annotated
        from pivot import JSON, Out, Dep, Text, stage

        @stage(deps={"text": Dep("data.txt", Text())}, outs=[Out("words.json", JSON())])
        def split(text: str):
            return text.split()
        """)
    assert project.ran() == ["split"]
    assert json.loads(project.read("words.json")) == ["Hello"]


def test_killing_us_ends_the_stage(context):
    project = Project(context, pipeline="import os, time\nfrom pivot import stage\n\n@stage(outs=['o'])\ndef slow():\n"
                                        "    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(60)\n")
    process = subprocess.Popen([str(project.pivot), "repro"], cwd=project.root, env=project.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pid = project.root / "pid"
    end = time.time() + 20
    while not (pid.exists() and pid.read_text()):
        assert time.time() < end, "the stage did not start"
        time.sleep(0.02)
    process.kill()
    process.wait()
    stage = int(pid.read_text())
    while pathlib.Path(f"/proc/{stage}").exists() and "State:\tZ" not in pathlib.Path(f"/proc/{stage}/status").read_text():
        assert time.time() < end, "the stage outlived us"
        time.sleep(0.02)


def test_init_gives_a_project_that_works(context):
    project = Project(context, pipeline=None)
    shutil.rmtree(project.root / ".dvc")
    (project.root / "data.txt").unlink()
    project.ok("init", "--python")
    assert project.ran() == ["clean", "fit"]
    assert "mean_squared_error" in project.read("metrics.json")
    assert project.ran() == []


def test_a_repository_gets_the_example_and_keeps_what_it_has(context):
    project = Project(context, pipeline=None)
    config = project.write(".dvc/config", "[core]\n    remote = here\n").read_text()
    (project.root / "pipeline.py").write_text("mine")
    for flags in ((), ("-f",)):  # nothing is removed before it is known that the example can be written
        assert "'pipeline.py' exists" in project.fails("init", "--python", *flags)
        assert project.read(".dvc/config") == config
    (project.root / "pipeline.py").unlink()
    assert "An example pipeline is in pipeline.py" in project.ok("init", "--python").stdout
    assert project.read(".dvc/config") == config
    assert project.ran() == ["clean", "fit"]


def test_a_live_process_runs_its_own_closures(context):
    project = Project(context, pipeline=None)
    project.write("notebook.py", """\
        import sys
        import pivot
        from pivot import stage

        def make(factor):
            @stage(name=f"times{factor}", deps=["data.txt"], outs=[f"times{factor}.txt"])
            def times():
                open(f"times{factor}.txt", "w").write(open("data.txt").read() * factor)

        for factor in (2, 3):
            make(factor)
        pivot.run()
        """)
    env = project.env | {"PIVOT_BINARY": str(project.pivot), "PYTHONPATH": str(context.root / "src/python")}

    def live():
        done = subprocess.run([sys.executable, "notebook.py"], cwd=project.root, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = live()
    assert "Running stage 'times2'" in first and "Running stage 'times3'" in first, first
    assert project.read("times3.txt") == "Hello\n" * 3
    settle()
    assert live().count("didn't change, skipping") == 2


SCRIPT = """\
    import os, sys, json
    print("args", sys.argv, __name__, os.path.basename(os.getcwd()), os.environ.get("DVC_STAGE"))
    json.dump(sorted(sys.argv), open(sys.argv[1], "w"))
    sys.exit(int(sys.argv[2]))
"""


def test_what_a_live_process_cannot_do_is_named(context):
    project = Project(context, pipeline=None)
    project.write("notebook.py", """\
        import pivot

        def make():
            lock = __import__("threading").Lock()

            @pivot.stage(outs=["o"])
            def closure():  # can't be pickled
                with lock:
                    open("o", "w").write("o")

        make()
        for options in ({"executor": "process"}, {"targets": "nope"}, {}):
            try:
                pivot.run(**options)
            except pivot.RunFailed:
                print("failed", flush=True)
        """)
    env = project.env | {"PYTHONPATH": str(context.root / "src/python"), "PIVOT_BINARY": str(context.pivot)}
    done = subprocess.run([sys.executable, "notebook.py"], cwd=project.root, env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.count("failed") == 2 and done.returncode == 0, done.stdout + done.stderr
    assert "'closure' was defined in a live process: only a fork of that can run it (executor warm), no new process" in done.stderr, done.stderr
    assert "there is no stage 'nope' in this process" in done.stderr, done.stderr
    assert project.read("o") == "o"


def test_scripts_of_dvc_yaml_run_warm_as_they_run_cold(context):
    seen = []
    for warm in (False, True):
        project = Project(context, pipeline=None, **{"script.py": SCRIPT, "sub/other.py": SCRIPT, "dvc.yaml": """\
            stages:
              plain:
                cmd: python script.py a.json 0
                outs: [a.json]
              inner:
                cmd: python other.py b.json 0
                wdir: sub
                outs: [b.json]
              shell:
                cmd: python script.py c.json 0 > shell.txt && cat shell.txt
                outs: [c.json]
            """})
        if warm:
            project.ok("config", "run.warm", "true")
        done = project.ok("repro")
        seen.append((done.stdout, project.read("a.json"), project.read("sub/b.json"), project.read("dvc.lock")))
        project.write("dvc.yaml", "stages:\n  bad:\n    cmd: python script.py d.json 5\n    outs: [d.json]\n")
        seen[-1] += (project.fails("repro"),)
        project.write("dvc.yaml", "stages:\n  gone:\n    cmd: python no_such_script.py\n    outs: [d.json]\n")
        said = project.fails("repro")
        assert "no_such_script.py" in said, said
        project.write("dvc.yaml", "stages:\n  killed:\n    cmd: python -m killer\n    outs: [d.json]\n")
        project.write("killer.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
        said = project.fails("repro")
        assert "exited with -9" in said or "exited with 137" in said, said  # a shell in between makes it 128 + 9
        project.write("parent.py", "import os\nopen('parent', 'w').write(open(f'/proc/{os.getppid()}/cmdline').read())\n")
        project.write("dvc.yaml", "stages:\n  who:\n    cmd: python parent.py\n    outs: [parent]\n")
        project.ok("repro")
        parent = project.read("parent")
        assert ("pivot._host" in parent) == warm, f"{warm=}: the script's parent is {parent!r}"
