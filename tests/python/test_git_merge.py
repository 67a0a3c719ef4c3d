"""Merges through Git itself: the installed drivers bring dvc.lock and tracked folders together."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_python_stages import Project  # noqa: E402

STAGES = "stages:\n" + "".join(f"  {n}:\n    cmd: cp {n}.in {n}.out\n    deps: [{n}.in]\n    outs: [{n}.out]\n" for n in "abc")


def prepared(context):
    project = Project(context, pipeline=None, **{f"{n}.in": "1\n" for n in "abc"})
    folder = project.root.parent / "bin"
    folder.mkdir()
    (folder / "pivot").symlink_to(context.pivot)
    project.env["PATH"] = f"{folder}:{project.env['PATH']}"
    project.pivot = "pivot"  # the hooks call the name that installed them
    (project.root / "dvc.yaml").write_text(STAGES)
    (project.root / ".gitattributes").write_text("*.dvc merge=dvc\ndvc.lock merge=dvc-lock\n")
    assert ".gitattributes" in project.ok("install").stdout
    git(project, "config", "user.email", "a@b")
    git(project, "config", "user.name", "a")
    return project


def git(project, *argv, code=0):
    done = subprocess.run(["git", *argv], cwd=project.root, env=project.env, capture_output=True, text=True)
    assert done.returncode == code, f"git {argv}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def commit(project, message):
    git(project, "add", "-A")
    git(project, "commit", "-qm", message)


def branch(project, name, change):
    git(project, "checkout", "-q", "-B", name, "base")
    change()
    commit(project, name)


def test_two_branches_that_ran_different_stages(context):
    project = prepared(context)
    project.ran()
    commit(project, "base")
    git(project, "branch", "base")

    def run(stage):
        project.write(f"{stage}.in", f"{stage} changed\n")
        project.ran()
    branch(project, "left", lambda: run("a"))
    branch(project, "right", lambda: run("b"))
    git(project, "merge", "-q", "--no-edit", "left")
    assert project.ran() == [], "the merged lock holds for the merged inputs"
    assert "<<<" not in project.read("dvc.lock")


def test_a_stage_that_both_ran_is_told_and_runs_again_when_it_must(context):
    project = prepared(context)
    project.ran()
    commit(project, "base")
    git(project, "branch", "base")

    def run(text):
        (project.root / "dvc.yaml").write_text(STAGES.replace("cp a.in a.out", f"cp a.in a.out && echo {text} >> a.out"))
        project.ran()
    branch(project, "left", lambda: run("left"))
    branch(project, "right", lambda: run("right"))
    output = git(project, "merge", "-q", "--no-edit", "left", code=1)  # dvc.yaml itself has a conflict
    assert "both sides ran stage 'a'" in output, output
    assert git(project, "diff", "--name-only", "--diff-filter=U").split() == ["dvc.yaml"]
    git(project, "checkout", "--theirs", "dvc.yaml")
    assert "changed command" in project.ok("status").stdout, "the entry tells of the run of the other side"
    project.ran()
    assert project.read("a.out") == "1\nleft\n" and "up to date" in project.ok("status").stdout


def test_folders_are_merged_file_by_file_and_hooks_bring_the_data(context):
    project = prepared(context)
    (project.root / "dvc.yaml").unlink()
    for name in "12":
        project.write(f"d/{name}", name)
    project.ok("add", "d")
    commit(project, "base")
    git(project, "branch", "base")

    def change(name, text):
        project.write(f"d/{name}", text)
        project.ok("add", "d")
    branch(project, "left", lambda: change("3", "three"))
    branch(project, "right", lambda: change("1", "one"))
    assert not (project.root / "d/3").exists(), "the hook after the checkout puts the data of the branch there"
    git(project, "merge", "-q", "--no-edit", "left")
    project.ok("checkout")
    assert {p.name: p.read_text() for p in (project.root / "d").iterdir()} == {"1": "one", "2": "2", "3": "three"}
    git(project, "checkout", "-q", "base")
    assert {p.name: p.read_text() for p in (project.root / "d").iterdir()} == {"1": "1", "2": "2"}


def test_a_lock_with_conflict_markers_is_told_by_its_line(context):
    project = prepared(context)
    (project.root / "dvc.lock").write_text("schema: '2.0'\nstages:\n<<<<<<< HEAD\n  a:\n    cmd: x\n=======\n  a:\n    cmd: y\n>>>>>>> b\n")
    text = project.fails("status", code=1)
    assert "line 3 of 'dvc.lock' is a conflict marker" in text and "pivot install" in text, text
    broken = project.read("dvc.lock")
    (project.root / "other").write_text("schema: '2.0'\n")
    assert "conflict marker" in project.fails("merge-lock", "other", "dvc.lock", "other")
    assert project.read("dvc.lock") == broken


def test_hooks_do_nothing_where_no_project_is(context):
    project = prepared(context)
    (project.root / "elsewhere").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=project.root.parent / "home", check=True)
    for argv in (["pre-commit"], ["pre-push"], ["post-checkout", "a", "b", "1"], ["merge-driver", "--ancestor", "a", "--our", "b", "--their", "c"]):
        project.ok("git-hook", *argv, cwd=project.root.parent / "home")


def random_lock(random):
    """As dvc.lock is written: any stages, with what makes locks hard to merge (params, lists, odd names, long commands)."""
    lines = ["schema: '2.0'", "stages:"]
    for name in sorted(random.sample(["a", "b@1", "c-d", "train", "'1'", "no", "ü"], random.randrange(1, 6))):
        lines += [f"  {name}:", f"    cmd: {random.choice(['x', 'echo a b ' * 12, chr(39) + 'a: b' + chr(39)]).strip()}"]
        if random.random() < 0.5:
            lines += ["    deps:", "    - path: in", "      hash: md5", f"      md5: f{random.randrange(3):031x}", f"      size: {random.randrange(9)}"]
        if random.random() < 0.5:
            lines += ["    params:", "      params.yaml:", f"        lr: {random.choice(['1e-05', '0.5', 'null', '[1, 2]'])}"]
        lines += ["    outs:", f"    - path: out-{random.randrange(3)}", "      hash: md5", f"      md5: f{random.randrange(4):031x}.dir", "      nfiles: 1"]
    return "\n".join(lines) + "\n" if len(lines) > 2 else random.choice(["", "schema: '2.0'\n"])


def test_a_merged_lock_always_parses(context):
    """Whatever three locks meet: the result is a lock, holds every stage that one side ran, and merging is the same from both sides but for conflicts."""
    import random as randomness
    project = Project(context, pipeline=None)
    random = randomness.Random(7)
    names = {}
    for _ in range(60):
        for side in ("base", "left", "right"):
            (project.root / side).write_text(random_lock(random))
            names[side] = {line for line in project.read(side).splitlines() if line.startswith("  ") and line[2] != " "}
        texts = {side: project.read(side) for side in names}
        project.ok("merge-lock", "base", "left", "right", "dvc.lock")
        merged = project.read("left")
        there = {line for line in merged.splitlines() if line.startswith("  ") and line[2] != " "}
        assert there <= names["left"] | names["right"] and (names["left"] | names["right"]) - names["base"] <= there, (texts, merged)
        (project.root / "again").write_text(merged)
        project.ok("merge-lock", "again", "again", "again", "dvc.lock")  # reads it as every command does
        assert project.read("again") == merged
