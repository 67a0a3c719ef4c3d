"""What goes beyond DVC in running: parallel stages, time limits, retries, mutexes, events, explanations, two tools at once."""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env  # noqa: E402


class Repo:
    def __init__(self, context, text, **files):
        self.context = context
        self.temporary = tempfile.TemporaryDirectory(prefix="pivot-sched-")
        self.root = pathlib.Path(self.temporary.name) / "repo"
        self.root.mkdir()
        (self.root.parent / "home").mkdir()
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.run("init", "-q")
        (self.root / "dvc.yaml").write_text(text)
        for name, content in files.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(content)

    def run(self, *argv, program=None, env=None):
        return subprocess.run([str(program or self.context.pivot), *argv], cwd=self.root, env={**base_env(self.root.parent), **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def events(self, name="events.jsonl"):
        return [json.loads(line) for line in (self.root / name).read_text().splitlines()]


def independent(n, command):
    return "stages:\n" + "".join(f"  s{i}:\n    cmd: {command.format(i=i)}\n    outs: [o{i}]\n" for i in range(n))


def test_independent_stages_overlap_and_their_output_does_not_mix(context):
    repo = Repo(context, independent(3, "echo a{i}; sleep 1; echo b{i}; echo {i} > o{i}"))
    start = time.time()
    done = repo.run("repro", "-j3")
    assert done.returncode == 0, done.stderr
    assert time.time() - start < 2.9, "three stages of a second did not overlap"
    for i in range(3):
        assert f"a{i}\nb{i}\n" in done.stdout, done.stdout
    assert repo.run("status", "--json").stdout == "{}\n"


def test_the_lock_of_a_parallel_run_is_the_lock_of_a_sequential_one_for_dvc(context):
    repo = Repo(context, independent(6, "echo {i} > o{i}"))
    assert repo.run("repro", "-q", "-j4").returncode == 0
    if context.dvc:
        assert repo.run("status", "--json", program=context.dvc).stdout.strip() == "{}"


def test_stages_of_a_mutex_never_overlap(context):
    text = independent(2, "mkdir busy; sleep 0.4; rmdir busy; echo {i} > o{i}").replace("    outs", "    meta: {pivot: {mutex: [gpu]}}\n    outs")
    repo = Repo(context, text)
    assert repo.run("repro", "-q", "-j2").returncode == 0


def test_a_time_limit_ends_the_whole_group(context):
    repo = Repo(context, "stages:\n  a:\n    cmd: echo $$ > pid; sleep 60 & wait\n    outs: [o]\n    meta: {pivot: {timeout: 0.5}}\n")
    start = time.time()
    done = repo.run("repro")
    assert done.returncode == 255 and "time limit" in done.stderr, done
    assert time.time() - start < 20


def test_a_line_of_plain_commands_has_one_time_limit(context):
    repo = Repo(context, "stages:\n  a:\n    cmd: sleep 0.7 && echo 1 > first && sleep 0.7 && echo 2 > o\n    outs: [o]\n    meta: {pivot: {timeout: 1}}\n")
    done = repo.run("repro")
    assert done.returncode == 255 and "time limit of 1.0 s" in done.stderr, done
    assert (repo.root / "first").exists() and not (repo.root / "o").exists()


def test_plain_commands_fail_as_they_do_under_the_shell(context):
    """Exit code, message and what was done before, once without a shell in between and once with it."""
    for command, says in (("echo 1 > made && sh dies && echo 2 > o", "exited with 139"), ("echo 1 > made && no-such-program x", "exited with 127"),
                          ("echo 1 > made && cat no-such-file > o", "exited with 1"), ("echo 1 > made && cat made > no/such/folder", "exited with")):
        seen = set()
        for shell in ("", "[run]\n    always_shell = true\n"):
            for jobs in ("-j1", "-j2"):
                repo = Repo(context, f"stages:\n  a:\n    cmd: {command}\n    outs: [o]\n", dies="kill -SEGV $$\n", **{".pivot/config": shell})
                done = repo.run("repro", jobs, env={"SHELL": "/bin/sh"})
                assert done.returncode == 255 and says in done.stderr, done
                assert (repo.root / "made").read_text() == "1\n"
                seen.add((jobs, done.stdout, done.stderr))
        assert len(seen) == 2, seen


def test_nothing_more_is_started_after_an_interrupt(context):
    """Also when the command that ran when it came ended well."""
    for command in ("sh waits && echo 1 > never", "[sh waits, echo 1 > never]"):
        for shell in ("", "[run]\n    always_shell = true\n"):
            repo = Repo(context, f"stages:\n  a:\n    cmd: {command}\n    outs: [o]\n",
                        waits="trap 'exit 0' INT\necho 1 > o\nfor i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; done\n", **{".pivot/config": shell})
            running = subprocess.Popen([str(context.pivot), "repro"], cwd=repo.root, env=base_env(repo.root.parent), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while not (repo.root / "o").exists():
                assert running.poll() is None, running.communicate()
                time.sleep(0.02)
            time.sleep(0.1)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=60)
            assert running.returncode != 0 and not (repo.root / "never").exists(), (command, shell, errors)


def test_control_c_at_a_terminal_is_the_same_with_and_without_a_shell(context):
    for shell in ("/bin/sh", "/bin/bash"):
        for command in ("sleep 20 > o", "cp src o && sleep 20", "cp src o && sleep 20 > p && echo never > never"):
            seen = set()
            for setting in ("", "[run]\n    always_shell = true\n"):
                repo = Repo(context, f"stages:\n  a:\n    cmd: {command}\n    outs: [o]\n", src="1\n", **{".pivot/config": setting})
                child, terminal = pty.fork()
                if child == 0:
                    os.chdir(repo.root)
                    os.execve(context.pivot, ["pivot", "repro"], {**base_env(repo.root.parent), "SHELL": shell})
                while not (repo.root / "o").exists():
                    time.sleep(0.02)
                time.sleep(0.3)
                os.write(terminal, b"\x03")
                text = b""
                try:
                    while part := os.read(terminal, 4096):
                        text += part
                except OSError:
                    pass  # what Linux says when the other side is closed
                _, status = os.waitpid(child, 0)
                os.close(terminal)
                assert not (repo.root / "never").exists()
                seen.add((os.waitstatus_to_exitcode(status), text.decode()))
            assert len(seen) == 1, (shell, command, seen)


def test_a_command_leads_its_group_unless_the_project_wants_a_shell(context):
    for shell, is_leader in (("", True), ("[run]\n    always_shell = true\n", False)):
        repo = Repo(context, "stages:\n  a:\n    cmd: cp /proc/self/stat o && cp o p\n    outs: [o, p]\n", **{".pivot/config": shell})
        assert repo.run("repro", env={"SHELL": "/bin/sh"}).returncode == 0
        process, _, _, _, group = (repo.root / "o").read_text().split()[:5]
        assert (process == group) == is_leader


def test_retries(context):
    repo = Repo(context, "stages:\n  a:\n    cmd: echo x >> tries; test $(wc -l < tries) -ge 3 && echo 1 > o\n    outs: [o]\n    meta: {pivot: {retries: 2}}\n")
    done = repo.run("repro")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("trying again") == 2, done.stderr
    repo = Repo(context, "stages:\n  a:\n    cmd: echo x >> tries && cat tries > o && false-start\n    outs: [o]\n    meta: {pivot: {retries: 2}}\n")
    assert repo.run("repro").returncode == 255
    assert (repo.root / "tries").read_text() == "x\nx\nx\n"


def test_events_and_reasons(context):
    repo = Repo(context, "stages:\n  a:\n    cmd: cp src o\n    deps: [src]\n    outs: [o]\n  b:\n    cmd: cp o p\n    deps: [o]\n    params: [lr]\n    outs: [p]\n",
                src="1\n", **{"params.yaml": "lr: 1\n"})
    repo.run("repro", "-q", "--json-events", "events.jsonl")
    assert [(e["event"], e["stage"]) for e in repo.events() if e["event"] == "stage_ran"] == [("stage_ran", "a"), ("stage_ran", "b")]
    (repo.root / "params.yaml").write_text("lr: 2\n")
    explained = json.loads(repo.run("explain", "--json").stdout)
    assert explained["a"]["status"] == "unchanged" and explained["b"]["reasons"] == [
        {"kind": "param", "change": "modified", "path": "params.yaml", "key": "lr", "before": 1, "after": 2}], explained
    assert "parameter 'lr' of 'params.yaml' was modified (1 -> 2)" in repo.run("explain", "b").stdout
    assert "parameter 'lr' of 'params.yaml' was modified (1 -> 2)" in repo.run("repro", "--explain", "--dry").stdout
    repo.run("repro", "-q", env={"PIVOT_EVENTS": "more.jsonl"})
    assert [e["event"] for e in repo.events("more.jsonl") if e["stage"] == "a"] == ["stage_skipped"]
    (repo.root / "params.yaml").write_text("lr: 1\n")
    repo.run("repro", "-q", "--json-events", "third.jsonl")
    assert ("stage_restored", "b") in [(e["event"], e["stage"]) for e in repo.events("third.jsonl")]


def test_jobs_from_the_project_settings_and_the_environment(context):
    repo = Repo(context, independent(2, "sleep 0.2; echo {i} > o{i}"))
    assert repo.run("config", "run.jobs", "2").returncode == 0
    assert (repo.root / ".pivot/config").exists() and "jobs" not in (repo.root / ".dvc/config").read_text()
    assert repo.run("repro", "-q").returncode == 0
    assert repo.run("repro", env={"PIVOT_JOBS": "many"}).returncode == 251


def test_real_dvc_and_pivot_at_the_same_time_lose_nothing(context):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    repo = Repo(context, independent(6, "sleep 0.3; echo {i} > o{i}"))
    env = base_env(repo.root.parent)
    mine = subprocess.Popen([str(context.pivot), "repro", "-q", "s0", "s1", "s2"], cwd=repo.root, env=env, stdin=subprocess.DEVNULL)
    theirs = subprocess.Popen([str(context.dvc), "repro", "-q", "-s", "s3", "s4", "s5"], cwd=repo.root, env=env, stdin=subprocess.DEVNULL)
    codes = mine.wait(60), theirs.wait(60)
    assert codes[0] == 0, codes
    repo.run("repro", "-q")
    lock = (repo.root / "dvc.lock").read_text()
    assert all(f"\n  s{i}:\n" in lock for i in range(6)), lock
    assert repo.run("status", "--json", program=context.dvc).stdout.strip() == "{}"


def test_a_read_only_repository_can_be_looked_at(context):
    repo = Repo(context, independent(1, "echo {i} > o{i}"))
    repo.run("repro", "-q")
    subprocess.run(["rm", "-rf", ".dvc/tmp"], cwd=repo.root, check=True)
    assert repo.run("status", "--json").stdout == "{}\n"


def test_a_full_disk_loses_nothing(context):
    """A small file system in memory; needs the right to mount."""
    tmp = tempfile.mkdtemp(prefix="pivot-full-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", tmp], capture_output=True).returncode != 0:
        raise context.skip("mounting a tmpfs is not allowed here")
    try:
        root = pathlib.Path(tmp) / "repo"
        root.mkdir()
        env = base_env(pathlib.Path(tmp))
        subprocess.run(["git", "init", "-q", "--template="], cwd=root, check=True, env=env)

        def run(*argv):
            return subprocess.run([str(context.pivot), *argv], cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        run("init", "-q")
        (root / "dvc.yaml").write_text("stages:\n  a:\n    cmd: head -c 100000 /dev/zero > a\n    outs: [a]\n  b:\n    cmd: head -c 1400000 /dev/zero > b\n    deps: [a]\n    outs: [b]\n")
        done = run("repro")
        assert done.returncode == 255 and "No space left" in done.stderr, done
        lock = (root / "dvc.lock").read_text()
        assert lock.startswith("schema: '2.0'\nstages:\n  a:\n") and "\n  b:\n" not in lock, lock
        (root / "b").unlink(missing_ok=True)
        (root / "dvc.yaml").write_text((root / "dvc.yaml").read_text().replace("1400000", "1000"))
        assert run("repro", "-q").returncode == 0
        assert run("status", "--json").stdout == "{}\n"
    finally:
        subprocess.run(["umount", tmp], check=False)
