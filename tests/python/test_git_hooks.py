"""The installed hooks in a project with a remote: data follows branches, and goes out with them."""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_git_merge import commit, git, prepared  # noqa: E402


def objects(folder):
    return sorted(p.name for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def with_remotes(context):
    project = prepared(context)
    store = project.root.parent / "store"
    origin = project.root.parent / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", str(origin)], env=project.env, check=True)
    git(project, "remote", "add", "origin", str(origin))
    project.ok("remote", "add", "-d", "store", str(store))
    return project, store, origin


def test_a_push_takes_the_data_along(context):
    project, store, origin = with_remotes(context)
    project.ran()
    project.ok("add", "data.txt")
    commit(project, "one")
    assert objects(store) == []
    output = git(project, "push", "-q", "origin", "HEAD:main")
    assert "pushed" in output and len(objects(store)) == 2, output  # a.out, b.out and c.out are the same object
    # A colleague's clone gets everything with one pull.
    clone = project.root.parent / "clone"
    git(project, "clone", "-q", "-b", "main", str(origin), str(clone))
    project.ok("pull", cwd=clone)
    assert (clone / "a.out").read_text() == "1\n" and (clone / "data.txt").read_text() == project.read("data.txt")
    assert "up to date" in project.ok("status", cwd=clone).stdout


def test_a_push_that_cannot_take_the_data_along_does_not_happen(context):
    project, store, origin = with_remotes(context)
    project.ok("add", "data.txt")
    commit(project, "one")
    store.write_text("no folder")
    output = git(project, "push", "-q", "origin", "HEAD:main", code=1)
    assert "ERROR" in output, output
    assert subprocess.run(["git", "-C", str(origin), "branch"], capture_output=True, text=True, check=True).stdout == ""


def test_a_checkout_brings_the_data_of_the_branch(context):
    project, store, _ = with_remotes(context)
    project.ran()
    commit(project, "one")
    git(project, "checkout", "-q", "-b", "other")
    project.write("a.in", "other\n")
    project.ran()
    commit(project, "two")
    git(project, "checkout", "-q", "-")
    assert project.read("a.out") == "1\n"
    git(project, "checkout", "-q", "other")
    assert project.read("a.out") == "other\n"
    (project.root / "a.out").write_text("mine")
    git(project, "checkout", "-q", "HEAD", "--", "a.in")
    assert project.read("a.out") == "mine", "a checkout of files touches no data"


def test_a_commit_says_what_has_changed(context):
    project, _, _ = with_remotes(context)
    project.ran()
    commit(project, "one")
    project.write("a.in", "changed\n")
    git(project, "add", "-A")
    output = git(project, "commit", "-qm", "two")
    assert "modified:" in output and "a.in" in output, output


def test_autostage_puts_all_that_a_run_wrote_into_the_index(context):
    project, _, _ = with_remotes(context)
    project.ok("config", "core.autostage", "true")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "one", "--no-verify")
    project.write("pipeline.py", "from pivot import stage\n\n@stage(outs=['p'])\ndef p():\n    open('p', 'w').write('1')\n")
    git(project, "add", "pipeline.py")
    project.ran()
    staged = git(project, "diff", "--cached", "--name-only").split()
    assert staged == [".gitignore", ".pivot/stages/p.lock", "dvc.lock", "pipeline.py"], staged
    project.ok("export")
    assert git(project, "status", "--porcelain").splitlines() == ["A  .gitignore", "A  .pivot/stages/p.lock", "A  dvc.lock", "M  dvc.yaml", "A  pipeline.py"]


def test_a_killed_push_leaves_nothing_half_done(context):
    project, store, _ = with_remotes(context)
    (project.root / "big").mkdir()
    for i in range(400):
        (project.root / f"big/{i}").write_bytes(os.urandom(20000))
    project.ok("add", "big")
    commit(project, "one")
    process = subprocess.Popen(["git", "push", "-q", "origin", "HEAD:main"], cwd=project.root, env=project.env, start_new_session=True)
    deadline = time.monotonic() + 20
    while not store.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    folder = store / "files/md5"

    def objects():
        return [p for p in folder.glob("??/*") if len(p.name) in (30, 34)]
    for path in objects():
        assert path.name.endswith(".dir") or path.stat().st_size == 20000, path
    git(project, "push", "-q", "origin", "HEAD:main")
    assert len(objects()) == 401
    # What the killed push had not yet shown goes with the next one.
    for left in folder.glob(".*.staged.tmp"):
        os.utime(left, (1, 1))
    (project.root / "big/new").write_bytes(b"new")
    project.ok("add", "big")
    commit(project, "two")
    git(project, "push", "-q", "origin", "HEAD:main")
    assert len(objects()) == 403 and not list(folder.glob(".*")), list(folder.glob(".*"))
