"""What a forked child inherits and what it starts afresh."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import RUNTIME, HostProcess, Project, interpreters, python_with  # noqa: E402

from pivot._job import ModulesMark  # noqa: E402: pipelines puts it on the path

KEEPS_A_FILE = """
    from pivot import stage

    log = open("log.txt", "w")

    @stage()
    def writes():
        log.write("kept")
"""

CALCULATES = """
    import os
    import numpy
    from pivot import stage

    def threads():
        return len(os.listdir("/proc/self/task"))

    @stage()
    def multiplies():
        before = threads()
        numpy.ones((700, 700)) @ numpy.ones((700, 700))
        print(before, threads())

    numpy.random.normal()  # two are made at a time: the other one is kept

    @stage()
    def draws():
        print(numpy.random.normal())
"""


MANY = """
    import os
    from pivot import stage

    class Settings:
        @property
        def __dict__(self):
            return os._exit(9) if os.path.exists("ends") else {}

    settings = Settings()

    for number in range(40):
        @stage(name=f"s{number}")
        def made(number=number):
            print(number, settings)
"""

COUNTS = """
    import os
    import sys
    from pivot import _isolation, stage

    mine = object()

    def helper():
        pass

    @stage()
    def counts():
        immortal = 1 << 30
        print(*[sys.getrefcount(value) > immortal for value in (_isolation.install, _isolation.install.__code__, _isolation.RandomState, helper, mine)])
        os.path.sameopenfile, os.pathsep = None, "changed"

    @stage()
    def sees():
        print(os.path.sameopenfile(0, 0), os.pathsep)
"""

GATHERS = """
import sys
sys.path.insert(0, sys.argv[1])
from pivot import _sharing

def large():
    return open("/proc/self/smaps_rollup").read().split("AnonHugePages:")[1].split()[0]

reserve = _sharing.Reserve(8)
kept = [str(number) * 40 for number in range(20000)]
reserve.release()
print(large(), _sharing.gather_pages(), large(), kept == [str(number) * 40 for number in range(20000)])
"""

JOINS = """
import sys
sys.path.insert(0, sys.argv[1])
import ctypes, decimal, hashlib, json, math, pyexpat
from pivot import _sharing

def mappings():
    return [line.split() for line in open("/proc/self/maps")]

before = mappings()
joined = _sharing.join_libraries()
after = mappings()
print(joined > 4, len(before) - len(after) >= joined - 3, any("w" in line[1] and "x" in line[1] for line in after), _sharing.join_libraries())
print(decimal.Decimal(1) / 3, hashlib.md5(b"a").hexdigest()[:4], json.loads("[1]"), math.gamma(5))
"""

FORKS = """
import sys
sys.path.insert(0, sys.argv[1])
import logging, os, threading
from pivot import _sharing

logging.basicConfig(format="%(message)s", stream=sys.stdout)
_sharing.forget_threads_cheaply()
_sharing.forget_threads_cheaply()  # does not go round in circles

def child(work):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            sys.stdout.flush()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def says(text):
    thread = threading.Thread(target=logging.warning, args=(text,))
    thread.start()
    thread.join(20)
    print(thread.is_alive(), threading.active_count(), threading.current_thread() is threading.main_thread())

def forks_again():
    says("child")
    thread = threading.Thread(target=over.wait)
    thread.start()
    print(child(lambda: says("grandchild of two threads")))
    over.set()
    thread.join()
    threading._shutdown()

over = threading.Event()
print(child(forks_again))
other = threading.Thread(target=over.wait)
other.start()
print(child(lambda: says("child of two threads")))
over.set()
other.join()
says("parent")
"""

ENDS = """
    import atexit
    import concurrent.futures
    import os
    import sys
    import threading
    import time
    from pivot import stage

    def says(text):
        time.sleep(0.2)
        print(text)

    @stage()
    def leaves_a_thread():
        threading.Thread(target=says, args=("thread",)).start()

    @stage()
    def leaves_a_pool():
        concurrent.futures.ThreadPoolExecutor(1).submit(says, "pool")

    @stage()
    def calls_at_its_end():
        threading._register_atexit(print, "before threads are waited for")
        atexit.register(print, "after that")

    @stage()
    def looks_around():
        links = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
        print(sum(link.startswith("socket:") for link in links), any("pidfd" in link for link in links))
        print(sys.argv, os.getcwd() == os.path.dirname(os.path.abspath(__file__)), sys.modules["__main__"].__doc__, threading.active_count())
"""

FINDS_ITS_MODULES = """
    import sys
    from pivot import stage

    sys.path.insert(0, "lib")

    @stage()
    def imports_late():
        import late
        print(late.WORD)
"""


def python_with_numpy():
    python = python_with("numpy")
    if python is None:
        raise unittest.SkipTest("no interpreter has numpy (./dev test makes one)")
    return python


def lines_of(python, pipeline, *stages, **fields):
    """What stages print in one host that keeps libraries from starting threads, as the engine does; the user wants two."""
    with Project({"pipeline.py": pipeline}) as project, HostProcess(python, OPENBLAS_NUM_THREADS="1") as host:
        host.open(project.path, restore_environment={"OPENBLAS_NUM_THREADS": "2"})
        for stage in stages:
            ended = host.run(stage, log=str(project.path / "log"), **fields)
            assert ended["code"] == 0, ended
        return (project.path / "log").read_text().splitlines()


class ModulesMarkTest(unittest.TestCase):
    def setUp(self):
        sys.modules["mark_last"] = sys
        self.addCleanup(lambda: [sys.modules.pop(name, None) for name in ("mark_last", "mark_new")])

    def test_only_later_modules_are_newer(self):
        mark = ModulesMark()
        sys.modules["mark_new"] = sys
        self.assertEqual(mark.newer(), ["mark_new"])

    def test_nothing_is_lost_when_the_last_module_has_gone(self):
        mark = ModulesMark()
        del sys.modules["mark_last"]
        sys.modules["mark_new"] = sys
        self.assertEqual(mark.newer(), ["mark_new"])

    def test_a_module_that_was_loaded_again_is_not_new(self):
        mark = ModulesMark()
        sys.modules["mark_last"] = sys.modules.pop("mark_last")
        self.assertEqual(mark.newer(), [])


class WarmWorkerTest(unittest.TestCase):
    def test_what_a_stage_wrote_into_a_file_that_the_pipeline_opened_is_flushed(self):
        with Project({"pipeline.py": KEEPS_A_FILE}) as project:
            os.chdir(project.path)
            self.addCleanup(os.chdir, "/")
            with HostProcess() as host:
                self.assertEqual(host.open(project.path).run("writes")["code"], 0)
            self.assertEqual((project.path / "log.txt").read_text(), "kept")

    def test_many_stages_are_described_in_a_process_of_its_own(self):
        """A fork of the host copies all that the host has; syntax trees are many."""
        with Project({"pipeline.py": MANY}) as project:
            os.chdir(project.path)
            self.addCleanup(os.chdir, "/")
            with HostProcess() as host:
                reply = host.open(project.path).describe()
                self.assertEqual([stage["name"] for stage in reply["stages"]], [f"s{number}" for number in range(40)])
                self.assertEqual(reply["stages"][3]["files"], ["pipeline.py"])
                (project.path / "ends").write_text("")
                self.assertEqual(host.describe()["error"]["message"], "the process that fingerprints the stages ended with exit code 9")
                self.assertEqual(host.run("s3", log=str(project.path / "log"))["code"], 0)

    def test_what_a_pipeline_puts_on_its_search_path_stays_there(self):
        with Project({"pipeline.py": FINDS_ITS_MODULES, "lib/late.py": "WORD = 'found'\n"}) as project:
            os.chdir(project.path)
            self.addCleanup(os.chdir, "/")
            for executor in ("warm", "process"):
                with HostProcess() as host:
                    log = project.path / executor
                    self.assertEqual(host.open(project.path).run("imports_late", log=str(log), executor=executor)["code"], 0, log.read_text())
                    self.assertEqual(log.read_text(), "found\n")

    def test_a_reused_child_draws_other_numbers_for_every_stage(self):
        drawn = lines_of(python_with_numpy(), CALCULATES, "draws", "draws", "draws", reuse=True)
        self.assertEqual(len(set(drawn)), 3)

    def test_a_reused_child_has_its_streams_again(self):
        text = "from pivot import stage\nimport sys\n@stage()\ndef closes():\n    print('said')\n    sys.stdout.close()\n"
        with Project({"pipeline.py": text}) as project, HostProcess() as host:
            host.open(project.path)
            for _ in range(2):
                self.assertEqual(host.run("closes", log=str(project.path / "log"), reuse=True)["code"], 0)
            self.assertEqual((project.path / "log").read_text(), "said\nsaid\n")

    def test_a_child_starts_calculating_threads_only_when_it_calculates(self):
        self.assertEqual(lines_of(python_with_numpy(), CALCULATES, "multiplies", "multiplies"), ["1 2", "1 2"])

    def test_numpy_draws_other_numbers_in_every_child(self):
        for expected in (3, 500):
            drawn = lines_of(python_with_numpy(), CALCULATES, *["draws"] * 10, ahead=2, expected=expected)
            self.assertEqual(len(set(drawn)), 10)

    def test_many_forks_share_code_that_nobody_counts_and_nothing_else(self):
        for python in interpreters():
            version = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2] >= (3, 12) and not sys.abiflags)"], capture_output=True, text=True)
            ours = version.stdout.strip()
            for expected, shared in ((2, "False"), (500, ours)):
                with self.subTest(python=python, expected=expected):
                    said = lines_of(python, COUNTS, "counts", "sees", "counts", ahead=1, expected=expected)
                    self.assertEqual(said, [f"{shared} {shared} {shared} False False", "True :"] + said[:1])

    def test_a_child_of_a_host_that_rehearsed_begins_and_ends_as_any_other(self):
        said = ["thread", "pool", "before threads are waited for", "after that", "1 False", "['pipeline.py'] True None 1"]
        for python in interpreters():
            for expected in (3, 500):
                with self.subTest(python=python, expected=expected):
                    stages = ("leaves_a_thread", "leaves_a_pool", "calls_at_its_end", "looks_around")
                    self.assertEqual(lines_of(python, ENDS, *stages, ahead=3, expected=expected), said)

    def test_a_rehearsal_is_no_stage_that_ran(self):
        text = "from pivot import stage\nprint('imported')\n@stage()\ndef says():\n    print('said')\n"
        with Project({"pipeline.py": text}) as project, HostProcess() as host:
            host.open(project.path)
            for _ in range(3):
                ended = host.run("says", log=str(project.path / "log"), ahead=2, expected=500)
                self.assertEqual((ended["code"], ended["reads"], ended["writes"], ended["modules"]), (0, [], [], []))
            self.assertEqual((project.path / "log").read_text(), "said\n" * 3)
            self.assertEqual(sorted(path.name for path in project.path.iterdir()), ["log", "pipeline.py"])

    def test_pages_are_gathered_and_keep_what_they_hold(self):
        said = subprocess.run([sys.executable, "-c", GATHERS, RUNTIME], capture_output=True, text=True, check=True).stdout.split()
        if not pathlib.Path("/sys/kernel/mm/transparent_hugepage").is_dir() or tuple(map(int, os.uname().release.split(".")[:2])) < (6, 1):
            self.skipTest("this kernel has no large pages to gather into")
        before, gathered, after, unchanged = said
        self.assertEqual(unchanged, "True")
        self.assertGreaterEqual(int(gathered), 1)  # of 5 MB in use
        self.assertGreaterEqual(int(after), int(gathered) * 2048)
        if "[always]" not in pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text():  # else there are some before, and others
            self.assertEqual((before, int(after)), ("0", int(gathered) * 2048))

    def test_libraries_become_one_mapping_of_code_and_constants_each(self):
        if not sys.platform.startswith("linux"):
            self.skipTest("/proc/self/maps tells of mappings")
        for python in interpreters():
            with self.subTest(python=python):
                said = subprocess.run([python, "-c", JOINS, RUNTIME], capture_output=True, text=True, check=True).stdout.splitlines()
                self.assertEqual(said, ["True True False 0", "0.3333333333333333333333333333 0cc1 [1] 24.0"])

    def test_a_child_has_no_threads_but_its_own_and_no_lock_of_another(self):
        expected = ["child", "False 1 True", "grandchild of two threads", "False 1 True", "0", "0", "child of two threads", "False 1 True", "0", "parent", "False 1 True"]
        for python in interpreters():
            with self.subTest(python=python):
                ended = subprocess.run([python, "-W", "ignore", "-c", FORKS, RUNTIME], capture_output=True, text=True, timeout=60)
                self.assertEqual((ended.stdout.splitlines(), ended.stderr), (expected, ""))


if __name__ == "__main__":
    unittest.main()
