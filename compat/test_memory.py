"""What pivot remembers between commands (parsed stages, verdicts, stats) never shows: every answer is the one without a memory."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_scheduling import Repo  # noqa: E402

TEXT = """\
vars: [more.yaml]
stages:
  a:
    cmd: cp src a.out
    deps: [src]
    params: [lr]
    outs: [a.out]
  b:
    cmd: cat a.out other > b.out; mkdir -p b.d; cp b.out b.d/x; cp src b.d/y
    deps: [a.out, other]
    outs: [b.out, b.d]
  c:
    cmd: echo ${title} > c.json
    deps: [b.d]
    metrics:
    - c.json: {cache: false}
  each:
    foreach: [1, 2]
    do:
      cmd: echo ${item} > each${item}; cat c.json >> each${item}
      deps: [c.json]
      outs:
      - each${item}
"""


class Forgetful:
    """Asks twice: with what is remembered, and with an empty memory."""

    def __init__(self, repo):
        self.repo, self.memory = repo, repo.root / ".dvc/tmp/pivot"

    def ask(self, *argv):
        kept = self.repo.run(*argv)
        aside = self.memory.with_name("aside-for-a-test")
        if self.memory.exists():
            self.memory.rename(aside)
        fresh = self.repo.run(*argv)
        shutil.rmtree(self.memory, ignore_errors=True)
        if aside.exists():
            aside.rename(self.memory)
        return kept, fresh


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def rewrite_without_a_trace(path):
    """Another content of the same size with the same modification time."""
    stat = path.stat()
    path.chmod(0o644)
    path.write_text("".join(chr(ord(c) ^ 1) if c.isalnum() else c for c in path.read_text()))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def one_object(root, rnd):
    return rnd.choice(sorted(p for p in (root / ".dvc/cache/files/md5").glob("*/*") if p.is_file()))


def edit(path, old, new):
    text = path.read_text()
    path.write_text(text.replace(old, new, 1) if old in text else text.replace(new, old, 1))


CHANGES = {
    "nothing": lambda root, rnd: None,
    "dep": lambda root, rnd: write(root / "src", f"source {rnd.random()}\n"),
    "dep, same size": lambda root, rnd: rewrite_without_a_trace(root / "src"),
    "dep back": lambda root, rnd: write(root / "src", "source\n"),
    "touched dep": lambda root, rnd: (root / "other").touch(),
    "replaced dep": lambda root, rnd: os.replace(shutil.copy(root / "other", root / "other.new"), root / "other"),
    "used param": lambda root, rnd: write(root / "params.yaml", f"lr: {rnd.choice([0.1, 0.2])}\nrest: 1\n"),
    "other param": lambda root, rnd: write(root / "params.yaml", f"lr: 0.1\nrest: {rnd.randrange(9)}\n"),
    "out gone": lambda root, rnd: (root / "a.out").unlink(missing_ok=True),
    "out changed": lambda root, rnd: [(root / "b.out").unlink(missing_ok=True), write(root / "b.out", "by hand\n")],
    "folder changed": lambda root, rnd: write(root / "b.d/z", f"{rnd.random()}"),
    "folder back": lambda root, rnd: (root / "b.d/z").unlink(missing_ok=True),
    "object gone": lambda root, rnd: one_object(root, rnd).unlink(),
    "dvc.yaml": lambda root, rnd: edit(root / "dvc.yaml", "cp src a.out", "cat src > a.out"),
    "dvc.yaml, same size": lambda root, rnd: edit(root / "dvc.yaml", "foreach: [1, 2]", "foreach: [1, 3]"),
    "vars": lambda root, rnd: write(root / "more.yaml", f"title: {rnd.choice('abc')}\n"),
    "another dvc.yaml": lambda root, rnd: write(root / "sub/dvc.yaml", "stages:\n  s:\n    cmd: echo s > s\n    outs: [s]\n"),
    "one dvc.yaml less": lambda root, rnd: shutil.rmtree(root / "sub", ignore_errors=True),
    "ignored": lambda root, rnd: write(root / ".dvcignore", rnd.choice(["sub\n", "\n", "b.d/z\n"])),
    "frozen": lambda root, rnd: edit(root / "dvc.yaml", "  c:\n    cmd", "  c:\n    frozen: true\n    cmd"),
    "lock": lambda root, rnd: edit(root / "dvc.lock", "size: 7", "size: 8") if (root / "dvc.lock").exists() else None,
    "no lock": lambda root, rnd: (root / "dvc.lock").unlink(missing_ok=True),
}
ACTIONS = [["repro", "-q"], ["repro", "-q", "a"], ["commit", "-q", "-f"], ["checkout", "-q", "-f"], ["status", "-q"], ["repro", "-q", "-f", "-s", "a"]]


def play(context, seed, steps):
    rnd = random.Random(seed)
    repo = Repo(context, TEXT, **{"src": "source\n", "other": "other\n", "params.yaml": "lr: 0.1\n", "more.yaml": "title: a\n"})
    forgetful = Forgetful(repo)
    first = repo.run("repro", "-q")
    assert first.returncode == 0, first.stderr
    done = []
    for _ in range(steps):
        change = rnd.choice(sorted(CHANGES))
        try:
            CHANGES[change](repo.root, rnd)
        except IndexError:
            continue  # no object yet
        done.append(change)
        if rnd.random() < 0.5:
            time.sleep(0.03)  # older than a tick of the file system's clock: what is seen now may be remembered
        for argv in (["status", "--json"], ["repro", "--dry"], ["stage", "list"]):
            kept, fresh = forgetful.ask(*argv)
            assert (kept.returncode, kept.stdout, kept.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr), (
                f"seed {seed}, after {done[-6:]}: {argv}\nwith its memory: {kept.stdout}{kept.stderr}\nwithout: {fresh.stdout}{fresh.stderr}")
        if rnd.random() < 0.4:
            action = rnd.choice(ACTIONS)
            done.append(" ".join(action))
            repo.run(*action)


def test_answers_do_not_depend_on_what_is_remembered(context):
    for seed in range(int(os.environ.get("PIVOT_MEMORY_SEEDS", "6"))):
        play(context, seed, 25)


def test_verdicts_outlive_one_edit_after_the_other(context):
    """They rest on dvc.lock: each run that writes it says anew what it found, or the next one looks at all stages again."""
    stages = "".join(f"  s{i}:\n    cmd: cp src{i} out{i}\n    deps: [src{i}]\n    outs: [out{i}]\n" for i in range(4))
    repo = Repo(context, "stages:\n" + stages, **{f"src{i}": f"{i}\n" for i in range(4)})
    for _ in range(2):
        assert repo.run("repro", "-q").returncode == 0
        time.sleep(0.05)
    lock, verdicts = repo.root / "dvc.lock", repo.root / ".dvc/tmp/pivot/verdicts"
    for i in range(4):
        before = lock.stat().st_mtime_ns
        (repo.root / "src3").write_text(f"edit {i}\n")
        time.sleep(0.05)
        assert repo.run("repro", "-q").returncode == 0
        assert before < lock.stat().st_mtime_ns < verdicts.stat().st_mtime_ns, f"edit {i}"
        time.sleep(0.05)


def test_what_changes_in_a_folder_of_many_files_is_seen(context):
    """Files that follow each other in one folder are looked at from there, the folders of cache objects too."""
    stages = "".join(f"  s{i:02}:\n    cmd: mkdir -p out && cp src out/{i:02}\n    deps: [src]\n    outs: [out/{i:02}]\n" for i in range(40))
    repo = Repo(context, "stages:\n" + stages, src="source\n")
    forgetful, out = Forgetful(repo), repo.root / "out"

    def settle():
        for _ in range(2):
            assert repo.run("repro", "-q").returncode == 0
            time.sleep(0.05)
        assert (repo.root / ".dvc/tmp/pivot/verdicts").exists()

    changes = {
        "edited": (lambda: write(out / "33", "edited\n"), {"s33": [{"changed outs": {"out/33": "modified"}}]}),
        "gone": (lambda: (out / "21").unlink(), {"s21": [{"changed outs": {"out/21": "deleted"}}]}),
        "folder": (lambda: shutil.rmtree(out), {f"s{i:02}": [{"changed outs": {f"out/{i:02}": "deleted"}}] for i in range(40)}),
        "object": (lambda: next((repo.root / ".dvc/cache/files/md5").glob("*/*")).unlink(), None),
        "cache": (lambda: shutil.rmtree(repo.root / ".dvc/cache"), {f"s{i:02}": [{"changed outs": {f"out/{i:02}": "not in cache"}}] for i in range(40)}),
    }
    for name, (change, expected) in changes.items():
        settle()
        assert json.loads(repo.run("status", "--json").stdout) == {}, name
        change()
        kept, fresh = forgetful.ask("status", "--json")
        assert kept.stdout == fresh.stdout and json.loads(kept.stdout) != {}, (name, kept.stdout, fresh.stdout)
        if expected is not None:
            assert json.loads(kept.stdout) == expected, (name, kept.stdout)


def test_the_second_no_op_reads_neither_dvc_yaml_nor_dvc_lock(context):
    if shutil.which("strace") is None:
        raise context.skip("strace is not installed")
    repo = Repo(context, TEXT.replace("; mkdir -p b.d; cp b.out b.d/x; cp src b.d/y", "; cp src b.d"), **{"src": "source\n", "other": "other\n", "params.yaml": "lr: 0.1\n", "more.yaml": "title: a\n"})
    assert repo.run("repro", "-q").returncode == 0
    for _ in range(3):
        time.sleep(0.05)
        now = repo.run("status")
        assert now.stdout == "Data and pipelines are up to date.\n", now.stdout + now.stderr
    trace = subprocess.run(["strace", "-f", "-e", "trace=openat", str(context.pivot), "status"], cwd=repo.root, capture_output=True, text=True)
    assert trace.stdout == "Data and pipelines are up to date.\n"
    opened = [line.split('"')[1] for line in trace.stderr.splitlines() if 'openat(' in line and "ENOENT" not in line]
    assert not [name for name in opened if name.endswith(("dvc.yaml", "dvc.lock", "params.yaml", "more.yaml"))], opened
