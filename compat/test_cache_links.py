"""How the cache is laid out and shared with the workspace: modes of a shared cache, blocks on a file system that can share them."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env, sides  # noqa: E402


def modes(folder):
    """Path -> mode of all that is below. Names of objects are hashes, so both tools have the same ones."""
    return {str(p.relative_to(folder)): oct(p.lstat().st_mode) for p in sorted(folder.rglob("*"))}


def test_a_shared_cache_and_its_modes(context):
    def script(s):
        s.run("config", "cache.shared", "group")
        s.write("d/a", "a")
        for i in range(80):  # enough to be written as a batch
            s.write(f"many/{i}", str(i))
        s.write("in", "1")
        s.run("add", "-q", "d", "many", "in")
        s.write("dvc.yaml", "stages:\n  s:\n    cmd: cp in out\n    deps: [in]\n    outs: [out]\n")
        s.run("repro", "-q")
        s.snapshots.append(modes(s.root / ".dvc/cache"))
        s.run("remote", "add", "-q", "-d", "r", "../group-remote")
        s.run("remote", "modify", "-q", "r", "shared", "group")
        s.run("push", "-q", "--run-cache")
        s.snapshots.append(modes(s.root.parent / "group-remote"))
        s.remove("../group-remote")
    with sides(context) as both:
        both.compare(script)


@contextlib.contextmanager
def file_system_with_reflinks(context):
    """A small XFS in a file."""
    if os.geteuid() != 0 or not shutil.which("mkfs.xfs"):
        raise context.skip("only root, with mkfs.xfs, can make a file system")
    with tempfile.TemporaryDirectory(prefix="pivot-xfs-") as tmp:
        image, folder = pathlib.Path(tmp) / "image", pathlib.Path(tmp) / "mounted"
        image.touch()
        os.truncate(image, 400 << 20)
        folder.mkdir()
        subprocess.run(["mkfs.xfs", "-q", image], check=True)
        if subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True).returncode != 0:
            raise context.skip("no file system can be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


def used(folder):
    os.sync()
    s = os.statvfs(folder)
    return (s.f_blocks - s.f_bfree) * s.f_frsize


def test_blocks_are_shared_where_the_file_system_can(context):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    with file_system_with_reflinks(context) as mounted:
        env = {**base_env(mounted), "PATH": os.environ["PATH"]}
        grown, records = {}, {}
        for name, tool in (("dvc", context.dvc), ("pivot", context.pivot)):
            root = mounted / name
            root.mkdir()

            def run(*argv, tool=tool, root=root):
                subprocess.run([str(tool), *argv], cwd=root, check=True, env=env, capture_output=True)
            subprocess.run(["git", "init", "-q"], cwd=root, check=True, env=env)
            run("init", "-q")
            (root / "d").mkdir()
            (root / "big").write_bytes(os.urandom(20 << 20) if name == "dvc" else (mounted / "dvc/big").read_bytes())
            for i in range(100):  # 20 MB more, each small enough to be read whole
                (root / f"d/{i}").write_bytes(os.urandom(200 << 10) if name == "dvc" else (mounted / f"dvc/d/{i}").read_bytes())
            before = used(mounted)
            run("add", "-q", "big", "d")
            added = used(mounted)
            shutil.rmtree(root / "d")
            (root / "big").unlink()
            run("checkout", "-q")
            grown[name] = [round((n - before) / (1 << 20)) for n in (added, used(mounted))]
            records[name] = (root / "big.dvc").read_text() + (root / "d.dvc").read_text()
            (root / "big").write_bytes(b"written to")  # the object keeps its own
            run("checkout", "-q", "--force")
            assert len((root / "big").read_bytes()) == 20 << 20
        assert records["dvc"] == records["pivot"]
        assert max(grown["dvc"] + grown["pivot"]) < 8, grown  # MiB, of 40
        clean = subprocess.run([str(context.dvc), "status"], cwd=mounted / "pivot", env=env, capture_output=True, text=True)
        assert clean.stdout == "Data and pipelines are up to date.\n", clean
