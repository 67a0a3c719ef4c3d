"""The host process: describe, run, and every way in which a stage can end."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import RUNTIME, HostProcess, Project, python_since  # noqa: E402

PIPELINE = '''
import os, sys, time, random, atexit, threading, subprocess, signal
from pivot import stage

@stage(deps=["in.txt"], outs=["out.txt"])
def good(n: int = 2):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    with open("out.txt", "w") as f:
        f.write(open("in.txt").read() * n)

@stage()
def raises():
    def inner():
        raise ValueError("bad value")
    inner()

@stage()
def segfault():
    os.kill(os.getpid(), signal.SIGSEGV)

@stage()
def leaves():
    print("not flushed by hand")
    os._exit(7)

@stage()
def exits():
    sys.exit(3)

@stage()
def exits_with_text():
    sys.exit("give up")

@stage()
def hangs():
    subprocess.Popen(["sleep", "600"])
    time.sleep(600)

@stage()
def binary():
    sys.stdout.buffer.write(bytes(range(256)) * 4)

@stage()
def much():
    sys.stdout.write("x" * (1 << 20))

@stage()
def threads():
    def late():
        time.sleep(0.2)
        open("late.txt", "w").write("done")
    threading.Thread(target=late).start()

@stage()
def unclosed():
    globals()["kept"] = open("kept.txt", "w")
    kept.write("buffered")
    atexit.register(lambda: print("at exit"))

@stage()
def forks():
    if os.fork() == 0:
        return  # comes back into the runner's code
    os.wait()
    print("parent")

@stage()
def draws():
    print(random.random(), os.getcwd(), os.environ.get("COLOUR"), sys.stdin.read() == "", __import__("__main__").__dict__.get("__file__"))

@stage()
def changes():
    os.chdir("/")
    os.environ["COLOUR"] = "red"
    sys.path.append("/nowhere")

@stage(wdir="sub", environment={"COLOUR": "green"})
def elsewhere():
    print(os.getcwd(), os.environ["COLOUR"])

@stage(deps=["in.txt"])
def reads_more():
    open("query.sql").read()
    open("data/part.csv").read()
    import lazy_unknown
    open("extra.txt", "w").write("1")

@stage(deps=["data"], outs=["outdir"])
def reads_folder():
    open("data/part.csv").read()
    os.makedirs("outdir", exist_ok=True)
    open("outdir/x", "w").write("1")
'''
FILES = {"pipeline.py": PIPELINE, "in.txt": "ab", "query.sql": "select 1", "data/part.csv": "1", "sub/keep": "", "lazy_unknown.py": "X = 1\n"}


class Running(unittest.TestCase):
    """Every stage of one project; each test has a host of its own."""

    def setUp(self):
        self.project = Project(FILES)
        self.addCleanup(self.project.__exit__)
        self.root = self.project.path
        self.log = self.root / "log"
        self.host = HostProcess()
        self.addCleanup(self.host.__exit__)
        self.host.open(self.root)

    def output(self):
        return self.log.read_bytes().decode(errors="replace")

    def run_stage(self, name, **fields):
        return self.host.run(name, log=str(self.log), **fields)

    def test_a_good_stage_writes_its_out_and_its_log(self):
        ended = self.run_stage("good")
        self.assertEqual((ended["code"], ended["signal"], ended["error"]), (0, None, None))
        self.assertEqual((self.root / "out.txt").read_text(), "abab")
        self.assertEqual(sorted(self.output().splitlines()), ["to stderr", "to stdout"])
        self.assertEqual((ended["reads"], ended["writes"], ended["traced"]), ([], [], True))
        self.assertGreater(ended["cpu"], 0)

    def test_streams_may_be_two_files(self):
        ended = self.host.start("good")
        self.assertEqual(ended["event"], "started")
        self.host.receive()
        self.assertIn("to stdout", self.host.end())

    def test_started_names_a_process_that_leads_its_group(self):
        started = self.host.start("hangs", log=str(self.log))
        time.sleep(0.3)
        self.assertEqual(os.getpgid(started["pid"]), started["pid"])
        os.killpg(started["pid"], signal.SIGKILL)
        ended = self.host.receive()
        self.assertEqual((ended["code"], ended["signal"], ended["traced"]), (None, signal.SIGKILL, False))

    def test_an_exception_is_told_with_the_users_frames_only(self):
        ended = self.run_stage("raises")
        error = ended["error"]
        self.assertEqual((ended["code"], error["kind"], error["message"], error["stage"]), (1, "stage", "ValueError: bad value", "raises"))
        lines = PIPELINE.strip().splitlines()
        self.assertEqual((error["file"], error["line"]), ("pipeline.py", lines.index('        raise ValueError("bad value")') + 1))
        self.assertEqual([line for line in error["traceback"].splitlines() if "File" in line],
                         [f'  File "pipeline.py", line {error["line"] + 1}, in raises', f'  File "pipeline.py", line {error["line"]}, in inner'])
        self.assertIn("ValueError: bad value", self.output())

    def test_a_crash_is_told_with_its_signal_and_the_host_goes_on(self):
        ended = self.run_stage("segfault")
        self.assertEqual((ended["code"], ended["signal"]), (None, signal.SIGSEGV))
        self.assertEqual(self.run_stage("good")["code"], 0)

    def test_os_exit_gives_its_code(self):
        ended = self.run_stage("leaves")
        self.assertEqual((ended["code"], ended["signal"], ended["traced"]), (7, None, False))

    def test_sys_exit_gives_its_code(self):
        self.assertEqual(self.run_stage("exits")["code"], 3)
        self.assertEqual(self.run_stage("exits_with_text")["code"], 1)
        self.assertEqual(self.output(), "give up\n")

    def test_binary_output_arrives_as_it_is(self):
        self.run_stage("binary")
        self.assertEqual(self.log.read_bytes(), bytes(range(256)) * 4)

    def test_a_stage_may_fill_its_pipe(self):
        read, write = os.pipe()
        self.host.channel.send({"request": "run", "id": 99, "stage": "much", "fds": 1}, [write])
        os.close(write)
        self.assertEqual(self.host.receive()["event"], "started")
        time.sleep(0.2)  # it blocks now
        total = 0
        while chunk := os.read(read, 1 << 16):
            total += len(chunk)
        self.assertEqual(total, 1 << 20)
        self.assertEqual(self.host.receive()["code"], 0)

    def test_threads_that_are_left_are_waited_for(self):
        self.assertEqual(self.run_stage("threads")["code"], 0)
        self.assertEqual((self.root / "late.txt").read_text(), "done")

    def test_open_files_are_flushed_and_atexit_functions_run(self):
        self.assertEqual(self.run_stage("unclosed")["code"], 0)
        self.assertEqual((self.root / "kept.txt").read_text(), "buffered")
        self.assertEqual(self.output(), "at exit\n")

    def test_a_stage_may_fork(self):
        ended = self.run_stage("forks")
        self.assertEqual((ended["code"], ended["error"]), (0, None))
        self.assertEqual(self.output().count("parent"), 1)

    def test_children_are_isolated_and_draw_different_numbers(self):
        self.run_stage("changes", ahead=2)
        self.run_stage("draws", ahead=2)
        self.run_stage("draws")
        first, second = (line.split() for line in self.output().splitlines())
        self.assertNotEqual(first[0], second[0])
        for line in (first, second):
            self.assertEqual(line[1:], [str(self.root), "None", "True", "None"])

    def test_working_directory_and_environment_of_a_stage(self):
        self.run_stage("elsewhere")
        self.assertEqual(self.output(), f"{self.root}/sub green\n")

    def test_undeclared_reads_and_writes_are_told(self):
        ended = self.run_stage("reads_more")
        self.assertEqual(ended["reads"], [{"path": "data/part.csv", "by": "open"}, {"path": "lazy_unknown.py", "by": "import"},
                                          {"path": "query.sql", "by": "open"}])
        self.assertEqual(ended["writes"], ["extra.txt"])

    def test_what_the_fingerprint_covers_is_no_undeclared_read(self):
        files = next(stage["files"] for stage in self.host.describe()["stages"] if stage["name"] == "reads_more")
        self.assertNotIn({"path": "lazy_unknown.py", "by": "import"}, self.run_stage("reads_more", files=files)["reads"])

    def test_files_in_declared_folders_are_declared(self):
        ended = self.run_stage("reads_folder")
        self.assertEqual((ended["code"], ended["reads"], ended["writes"]), (0, [], []))

    def test_reused_children_serve_several_stages(self):
        pids = set()
        for _ in range(3):
            started = self.host.start("good", log=str(self.log), reuse=True)
            pids.add(started["pid"])
            self.assertEqual(self.host.receive()["code"], 0)
        self.assertEqual(len(pids), 1)
        self.assertNotIn(self.host.start("good", log=str(self.log))["pid"], pids)

    def test_two_stages_run_at_once(self):
        first = self.host.start("threads", log=str(self.log))
        second = self.host.start("good", log=str(self.log))
        self.assertNotEqual(first["pid"], second["pid"])
        self.assertEqual({self.host.receive()["code"], self.host.receive()["code"]}, {0})

    def test_an_unknown_stage_is_refused(self):
        refused = self.host.run("nothing")
        self.assertEqual((refused["event"], refused["error"]["message"]), ("refused", "there is no stage 'nothing'"))

    def test_the_host_ends_when_the_engine_hangs_up(self):
        self.run_stage("good", ahead=2)
        self.assertEqual(self.host.end(), "")
        self.assertEqual(self.host.process.returncode, 0)


class Cold(unittest.TestCase):
    def test_a_process_of_its_own_runs_one_stage(self):
        with Project(FILES) as project, HostProcess() as host:
            host.open(project.path)
            log = str(project.path / "log")
            started = host.start("good", log=log, executor="process")
            self.assertEqual((started["executor"], started["pid"]), ("process", host.process.pid))
            ended = host.receive()
            self.assertEqual((ended["code"], ended["error"], ended["reads"]), (0, None, []))
            self.assertEqual((project.path / "out.txt").read_text(), "abab")
            self.assertEqual(host.process.wait(20), 0)

    def test_threads_after_the_import_make_forks_unsafe(self):
        text = ("import threading, time\nfrom pivot import stage\n"
                "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n@stage()\ndef one():\n    print('ran')\n")
        with Project({"pipeline.py": text}) as project:
            with HostProcess() as host:
                cold = host.open(project.path).run("one")
                self.assertEqual((cold["event"], cold["reason"]), ("cold", "2 threads are alive after the import of the pipeline"))
            with HostProcess() as host:
                self.assertEqual(host.open(project.path).run("one", executor="process")["code"], 0)

    def test_variables_that_libraries_read_as_they_load_make_forks_unsafe(self):
        with Project(FILES) as project, HostProcess() as host:
            cold = host.open(project.path).run("good", environment={"OMP_NUM_THREADS": "3"})
            self.assertEqual(cold["reason"], "the variable OMP_NUM_THREADS differs, and libraries read it as they are loaded")

    def test_an_import_error_shows_the_users_frames_only(self):
        files = {"pipeline.py": "import helpers\n", "helpers.py": "def f():\n    return 1 / 0\nf()\n"}
        with Project(files) as project, HostProcess() as host:
            error = host.open(project.path).describe()["error"]
            self.assertEqual((error["kind"], error["message"], error["file"], error["line"]),
                             ("import", "ZeroDivisionError: division by zero", "helpers.py", 2))
            self.assertEqual([line.strip() for line in error["traceback"].splitlines() if "File" in line],
                             ['File "pipeline.py", line 1, in <module>', 'File "helpers.py", line 3, in <module>', 'File "helpers.py", line 2, in f'])

    def test_a_syntax_error_has_its_line(self):
        with Project({"pipeline.py": "x = 1\ndef f(:\n"}) as project, HostProcess() as host:
            error = host.open(project.path).describe()["error"]
            self.assertEqual((error["kind"], error["file"], error["line"]), ("import", "pipeline.py", 2))

    def test_another_version_of_the_package_is_an_error_that_says_both(self):
        files = {"pipeline.py": "", "site/pivot/__init__.py": '__version__ = "0.0.9"\n'}
        with Project(files) as project, HostProcess(PYTHONPATH=str(project.path / "site")) as host:
            error = host.open(project.path).describe()["error"]
            self.assertEqual(error["kind"], "version")
            self.assertIn("0.0.9", error["message"])

    def test_seeding_at_import_is_kept_in_every_child(self):
        text = "import random\nfrom pivot import stage\nrandom.seed(5)\n@stage()\ndef draw():\n    print(random.random())\n"
        with Project({"pipeline.py": text}) as project, HostProcess() as host:
            host.open(project.path)
            log = project.path / "log"
            for _ in range(2):
                host.run("draw", log=str(log))
            import random

            self.assertEqual(log.read_text().split(), [str(random.Random(5).random())] * 2)


class Subinterpreters(unittest.TestCase):
    TEXT = "import os, time\nfrom pivot import stage\n@stage(outs=['{n}.txt'], matrix={'n': [1, 2]})\ndef pure(n):\n    print('pure', n)\n    open(f'{n}.txt', 'w').write('x')\n"

    def test_older_interpreters_say_what_they_lack(self):
        if sys.version_info >= (3, 13):
            self.skipTest("this one lacks nothing")
        with Project({"pipeline.py": self.TEXT}) as project, HostProcess() as host:
            refused = host.open(project.path).run("pure@1", executor="interpreter")
            self.assertIn("needs Python 3.13", refused["error"]["message"])

    def test_pure_stages_run_side_by_side_in_one_process(self):
        newest = python_since(3, 13)
        if newest is None:
            self.skipTest("subinterpreters with their own GIL need Python 3.13")
        with Project({"pipeline.py": self.TEXT}) as project, HostProcess(python=newest) as host:
            host.open(project.path)
            log = str(project.path / "log")
            messages = [host.start(f"pure@{n}", log=log, executor="interpreter") for n in (1, 2)]
            messages += [host.receive(), host.receive()]
            self.assertEqual(sorted(m["event"] for m in messages), ["ended", "ended", "started", "started"], messages)
            self.assertEqual([m["code"] for m in messages if m["event"] == "ended"], [0, 0], messages)
            self.assertEqual(sorted(pathlib.Path(log).read_text().splitlines()), ["pure 1", "pure 2"])
            self.assertTrue((project.path / "1.txt").exists() and (project.path / "2.txt").exists())


LIVE = """
import sys
sys.path.insert(0, {runtime!r})
import pivot

def make(text):
    def write():
        open("out.txt", "a").write(text)
    return write

big = {{"value": "closure "}}
stage = pivot.stage(name="one", outs=["out.txt"])(make(big["value"]))
pivot.stage(name="one", outs=["out.txt"])(make("again "))  # a notebook's cell that runs twice
pivot.stage(name="bad")(lambda: 1 / 0)
pivot.run("one", force=True, jobs=2)
try:
    pivot.run(["bad"])
except pivot.RunFailed as error:
    print("failed", error.code)
print("alive", len(big))
"""
# Stands in for the native engine: what `pivot repro --python-host FD STAGE...` does on its end of the socket.
ENGINE = """#!{python}
import socket, sys
sys.path.insert(0, {runtime!r})
from pivot._protocol import Channel
at = sys.argv.index("--python-host")
print("engine", *sys.argv[1:at], *sys.argv[at + 2:], flush=True)
channel = Channel(socket.socket(fileno=int(sys.argv[at + 1])))
assert channel.receive()["live"]
channel.send({{"request": "open", "protocol": 1, "root": {root!r}, "pipelines": []}})
channel.send({{"request": "describe", "id": 0}})
described = channel.receive()
assert [s["address"] for s in described["stages"]] == ["<live>:one", "<live>:bad"], described
assert described["certificate"]["volatile"]
codes = []
for stage in sys.argv[at + 2:]:
    channel.send({{"request": "run", "id": 1, "stage": stage}})
    assert channel.receive()["event"] == "started"
    codes.append(channel.receive()["code"])
sys.exit(max(codes))
"""


class Live(unittest.TestCase):
    def test_closures_of_a_live_process_run_in_its_forks(self):
        with Project({}) as project:
            names = {"runtime": RUNTIME, "root": str(project.path), "python": sys.executable}
            engine = project.path / "engine"
            engine.write_text(ENGINE.format(**names))
            engine.chmod(0o755)
            done = subprocess.run([sys.executable, "-c", LIVE.format(**names)], capture_output=True, text=True, cwd=project.path,
                                  env={**os.environ, "PIVOT_BINARY": str(engine)})
            self.assertEqual(done.stdout.splitlines(), ["engine repro --force --jobs 2 one", "engine repro bad", "failed 1", "alive 1"],
                             done.stderr)
            self.assertEqual((project.path / "out.txt").read_text(), "again ")


class Scripts(unittest.TestCase):
    def test_a_script_runs_as_python_runs_it(self):
        script = "import sys, os\nprint(__name__, __file__, sys.argv, sys.path[0], os.getcwd())\nsys.exit(int(sys.argv[1]))\n"
        with Project({"src/job.py": script, "src/bad.py": "def f():\n    raise KeyError('x')\nf()\n"}) as project, HostProcess() as host:
            host.open(project.path, [])
            log = project.path / "log"
            ended = host.run(argv=["src/job.py", "4", "b c"], cwd=".", log=str(log))
            self.assertEqual((ended["code"], ended["signal"]), (4, None))
            self.assertEqual(log.read_text(), f"__main__ src/job.py ['src/job.py', '4', 'b c'] {project.path}/src {project.path}\n")
            log.write_text("")
            self.assertEqual(host.run(argv=["src/bad.py"], cwd=".", log=str(log))["code"], 1)
            self.assertEqual(log.read_text(), 'Traceback (most recent call last):\n  File "src/bad.py", line 3, in <module>\n    f()\n'
                                              '  File "src/bad.py", line 2, in f\n    raise KeyError(\'x\')\nKeyError: \'x\'\n'
                             if sys.version_info < (3, 11) else log.read_text())
            self.assertNotIn("pivot/_", log.read_text())
            self.assertEqual(host.run(argv=["none.py"], cwd=".", log=str(log))["code"], 2)

    def test_a_folder_that_shadows_a_loaded_module_makes_a_script_cold(self):
        with Project({"job.py": "", "json.py": ""}) as project, HostProcess() as host:
            cold = host.open(project.path, []).run(argv=["job.py"], cwd=".")
            self.assertEqual(cold["reason"], "json.py beside the script has the name of a module that is loaded")


if __name__ == "__main__":
    unittest.main()
