"""Remotes that keep plain files with versions (version_aware, worktree) on S3: each tool reads and goes on with what the other wrote."""
import difflib
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402
from sides import Side, sides, tree  # noqa: E402

PIPELINE = """stages:
  s:
    cmd: mkdir -p o && cp file o/x && cp data/a p
    deps:
    - data
    - file
    outs:
    - o
    - p
"""


def server_of(context):
    server = servers.s3_server()
    if server is None:
        raise context.skip("moto is not installed (PIVOT_SERVERS)")
    return server


def new_side(both, name, tool, server, bucket, kind):
    root = both.tmp / name
    root.mkdir()
    side = Side(name, tool, root)
    side.env = dict(server.ENV)
    server.versioned_bucket(bucket)
    side.git("init", "-q")
    side.run("init", "-q")
    side.run("remote", "add", "-q", "-d", "store", f"s3://{bucket}/wt")
    side.run("remote", "modify", "-q", "store", "endpointurl", server.url)
    side.run("remote", "modify", "-q", "store", kind, "true")
    side.write("data/a", "one\n")
    side.write("data/sub/b +%.txt", "two\n")
    side.write("file", "f\n")
    side.write("dvc.yaml", PIPELINE)
    side.run("add", "-q", "data", "file")
    side.run("repro", "-q")
    return side


def go(side, *argv, code=0):
    done = side.run(*argv, env=side.env)
    assert done.code == code, done
    return done


def records(side):
    """The records with names in the place of version ids."""
    seen = {}
    text = "".join(side.read(name) for name in ("data.dvc", "file.dvc", "dvc.lock"))
    return re.sub(r"version_id: (\S+)", lambda m: f"version_id: {seen.setdefault(m[1], len(seen))}", text)


def forget(side):
    for path in (".dvc/cache", ".dvc/tmp", "data", "file", "o", "p"):
        if side.exists(path):
            side.remove(path)


def data_of(side):
    return {path: what for path, what in tree(side.root).items() if path.startswith(("data/", "file", "o/", "p")) and not path.endswith((".dvc", "/"))}


def play_on_both(context, name, kind, script):
    """The script under each tool in a bucket of its own. Gives what it returned."""
    server = server_of(context)
    if not servers.has_plugin(context.dvc, "dvc_s3"):
        raise context.skip("dvc_s3 is not in the environment of real DVC")
    with sides(context) as both:
        found = []
        for who, tool in (("dvc", both.dvc), ("pivot", both.pivot)):
            side = new_side(both, f"{name}-{who}", tool, server, f"{name}-{who}", kind)
            side.other = both.pivot if tool is both.dvc else both.dvc
            found.append(script(side, server, f"{name}-{who}"))
            subprocess.run(["rm", "-rf", str(side.root)], check=True)
        return found


def check_push_and_pull(context, kind):
    def script(side, server, bucket):
        seen = [go(side, "push").out, records(side), go(side, "push").out, records(side)]
        before = data_of(side)
        side.commit("one")
        side.tool = side.other
        assert (again := go(side, "push")).out == "Everything is up to date.\n", again
        assert records(side) == seen[-1]
        forget(side)
        seen.append(go(side, "pull").out.splitlines()[-1])
        assert data_of(side) == before
        assert go(side, "status").out == "Data and pipelines are up to date.\n"
        # A changed file, one more, one less; what is unchanged keeps its version.
        side.write("data/a", "three\n")
        side.write("data/new", "new\n")
        side.remove("data/sub")
        side.run("add", "-q", "data")
        seen.append(records(side))
        side.run("repro", "-q")
        seen.append(records(side))
        # DVC makes a new version of what the stage wrote as it was (known difference versions_of_unchanged_files).
        assert "files pushed" in go(side, "push").out
        seen += [records(side), sorted({key for key, _, _ in server.versions(bucket)})]
        # The versions of the first commit are still there.
        forget(side)
        side.git("stash", "-q")
        seen.append(go(side, "pull").out.splitlines()[-1])
        assert data_of(side) == before
        return seen
    theirs, ours = play_on_both(context, f"both-{kind.replace('_', '-')}", kind, script)
    for a, b in zip(theirs, ours):
        assert a == b, "\n".join(["", *difflib.unified_diff(str(a).splitlines(), str(b).splitlines(), "dvc", "pivot", n=9)])


def test_version_aware_both_ways(context):
    check_push_and_pull(context, "version_aware")


def test_worktree_both_ways(context):
    check_push_and_pull(context, "worktree")


def test_what_such_remotes_refuse(context):
    def script(side, server, bucket):
        go(side, "push")
        seen = []
        for argv in (("status", "-c"), ("gc", "-w", "-c", "-f"), ("push", "-a"), ("update", "data.dvc")):
            done = side.run(*argv, env=side.env)
            seen.append((argv, done.code, done.err.splitlines()[-1]))
        return seen
    theirs, ours = play_on_both(context, "refused", "version_aware", script)
    assert theirs == ours, (theirs, ours)


def test_update_from_a_worktree(context):
    def script(side, server, bucket):
        go(side, "push")
        for key, text in (("data/a", "others wrote this\n"), ("data/new", "n\n"), ("file", "f2\n")):
            server.put(f"/{bucket}/wt/{key}", text)
        server.request("DELETE", f"/{bucket}/wt/data/sub/b%20%2B%25.txt")
        seen = [go(side, "update", "data.dvc", "file.dvc").out, records(side), data_of(side)]
        return seen
    theirs, ours = play_on_both(context, "updated", "worktree", script)
    for a, b in zip(theirs, ours):
        assert a == b, f"\nDVC:   {a}\npivot: {b}"


def test_imports_with_versions(context):
    def script(side, server, bucket):
        server.put(f"/{bucket}/in/a", "a1\n")
        server.put(f"/{bucket}/in/s/b", "b1\n")
        server.put(f"/{bucket}/one", "one\n")
        side.run("remote", "add", "-q", "up", f"s3://{bucket}")
        side.run("remote", "modify", "-q", "up", "endpointurl", server.url)
        go(side, "import-url", "-q", "--version-aware", "remote://up/one")
        go(side, "import-url", "-q", "--version-aware", "remote://up/in")
        names = ("one.dvc", "in.dvc")
        no_ids = lambda: re.sub(r"(version_id|\nmd5|^md5): \S+", r"\1", "".join(side.read(name) for name in names))  # noqa: E731
        seen = [no_ids()]
        server.put(f"/{bucket}/in/a", "a2\n")
        server.put(f"/{bucket}/one", "two\n")
        seen.append(go(side, "status", "one.dvc", "in.dvc").out)
        if side.name.endswith("pivot"):
            # The recorded versions, not what is there now (DVC finds no file of its own here).
            for path in (".dvc/cache", "one", "in"):
                side.remove(path)
            go(side, "pull", "one.dvc", "in.dvc")
            assert (side.read("one"), side.read("in/a"), side.read("in/s/b")) == ("one\n", "a1\n", "b1\n")
        go(side, "update", "-q", "one.dvc", "in.dvc")
        assert (side.read("one"), side.read("in/a")) == ("two\n", "a2\n")
        return [*seen, no_ids()]
    theirs, ours = play_on_both(context, "imported", "version_aware", script)
    for a, b in zip(theirs, ours):
        assert a == b, f"\nDVC:   {a}\npivot: {b}"


def test_a_repository_whose_remote_keeps_versions(context):
    """get from it; and partial imports are filled by pull."""
    server = server_of(context)
    with sides(context) as both:
        side = new_side(both, "versioned-source", both.pivot, server, "versioned-source", "version_aware")
        go(side, "push")
        side.commit("data")
        forget(side)
        for path, text in (("data/a", "one\n"), ("o/x", "f\n")):
            go(side, "get", ".", path, "-o", f"../got-{path.replace('/', '-')}")
            assert (both.tmp / f"got-{path.replace('/', '-')}").read_text() == text
        go(side, "import", "-q", "--no-download", str(side.root), "data", "-o", "imported")
        go(side, "pull", "imported.dvc")
        assert side.read("imported/a") == "one\n"
        subprocess.run(["rm", "-rf", str(side.root)], check=True)
