"""Broken, hostile and unwritable things through the command line. Where real DVC survives the input it is asked too."""
import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env, play  # noqa: E402
from test_pipelines import THREE_STAGES, three_stages  # noqa: E402

ONE = "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n"
MD5_OF_1 = "b026324c6904b2a9cb4b88d6d61c81d1"  # "1\n"
OBJECT = f".dvc/cache/files/md5/{MD5_OF_1[:2]}/{MD5_OF_1[2:]}"


class Alone:
    """A repository that only pivot works in, in an address space of 1 GB and with 20 seconds a command."""

    def __init__(self, context, folder=None):
        self.kept = tempfile.TemporaryDirectory(prefix="pivot-bad-", dir=folder)
        self.root = pathlib.Path(self.kept.name) / "repo"
        self.root.mkdir()
        self.env, self.pivot = base_env(self.root.parent), context.pivot
        subprocess.run(["git", "init", "-q", "--template="], cwd=self.root, check=True, env=self.env)
        assert self("init", "-q").returncode == 0

    def __call__(self, *argv):
        is_checked = "ASAN_OPTIONS" in os.environ

        def limits():
            if is_checked:
                return  # AddressSanitizer reserves terabytes
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        return subprocess.run([str(self.pivot), *argv], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=200 if is_checked else 20, preexec_fn=limits)

    def write(self, name, text):
        p = self.root / name
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(text)


def test_cut_off_files(context):
    def script(s):
        three_stages(s)
        s.run("repro", "-q")
        s.write("d", "1\n")
        s.run("add", "-q", "d")
        for name in ("dvc.yaml", "dvc.lock", "d.dvc"):
            whole = s.read(name)
            for part in range(1, 12):
                s.write(name, whole[:len(whole) * part // 12])
                s.run("status", "--json", compare="out")
            s.write(name, whole)
        s.run("status")
    play(context, script)


def test_binary_and_wrongly_encoded_files(context):
    def script(s):
        for bad in (b"\x89PNG\r\n\x1a\n\0\0\0", b"\0", b"a: \xe9\n", "a: b\n".encode("utf-16"), b"\xef\xbb\xbfstages: {}\n"):
            for name in ("dvc.yaml", "dvc.lock", "x.dvc", "params.yaml", ".dvcignore"):
                for other in ("dvc.lock", "x.dvc", "params.yaml", ".dvcignore"):
                    if s.exists(other):
                        s.remove(other)
                s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    params: [a]\n    outs: [o]\n")
                s.write("params.yaml", "a: 1\n")
                s.write(name, bad)
                if name != ".dvcignore":
                    s.run("status", compare="out")
                    s.run("repro", compare="code")
                elif s.name == "pivot":  # DVC ends with a traceback here
                    assert s.tool(["status"], s.root, {})[0] in (0, 1)
    play(context, script)


def test_duplicate_keys(context):
    def script(s):
        s.write("params.yaml", "a: 1\na: 2\n")
        s.write("dvc.yaml", ONE.replace("    outs", "    params: [a]\n    outs"))
        s.run("repro")
        s.run("status")
        s.write("params.yaml", "a: 1\n")
        s.write("dvc.yaml", ONE + "  a:\n    cmd: echo 2\n")
        s.run("status", compare="out")
        s.write("dvc.yaml", ONE)
        s.write("dvc.lock", "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  a:\n    cmd: echo 1 > o\n")
        s.run("status", compare="out")
    play(context, script)


def test_cycles_overlaps_and_missing_dependencies(context):
    def stages(*lines):
        return "stages:\n" + "".join(f"  {line}\n" for line in lines)

    def script(s):
        for text in (stages("a: {cmd: x, deps: [c], outs: [a]}", "b: {cmd: x, deps: [a], outs: [b]}", "c: {cmd: x, deps: [b], outs: [c]}"),
                     stages("a: {cmd: x, deps: [d/f], outs: [d]}"), stages("a: {cmd: x, deps: [d], outs: [d/f]}"),
                     stages("a: {cmd: x, outs: [d]}", "b: {cmd: x, outs: [d/e/f]}"), stages("a: {cmd: x, outs: [d, d]}"),
                     stages("a: {cmd: x, outs: [d, d/e]}"), stages("a: {cmd: x, deps: [o], outs: [o]}")):
            s.write("dvc.yaml", text)
            s.run("status", compare="out")
            s.run("repro", compare="code")
        s.write("dvc.yaml", stages("a: {cmd: x, deps: [nothing, neither], outs: [o]}"))
        s.run("repro")
        s.run("status")
    play(context, script)


def test_what_cannot_be_an_output(context):
    def script(s):
        s.write("f", "1\n")
        s.run("add", "-q", "f")
        s.write(".dvcignore", "*.log\n")
        for out in (".dvc", ".dvc/cache", ".git", "dvc.yaml", "x/dvc.yaml", "f.dvc", "sub/a.log"):
            s.write("dvc.yaml", f"stages:\n  a:\n    cmd: echo 1\n    outs: [{out}]\n")
            s.run("status")
            s.run("repro")
            s.snapshot()
        for out in (".", "..", "../..", "sub/.."):
            s.write("dvc.yaml", f"stages:\n  a:\n    cmd: echo 1\n    outs: [{out}]\n")
            s.run("repro", compare="code")
            s.run("checkout", compare="none")
            s.snapshot()
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > ../external\n    outs: [../external]\n")
        s.run("repro")
        s.remove("dvc.yaml")
        s.run("add", ".dvc", compare="code")
        s.run("add", "f.dvc")
        s.run("add", "x/../f.dvc", compare="code")
        s.snapshot()
    play(context, script)


def test_deep_nesting_and_alias_bombs_are_refused_quickly(context):
    repo = Alone(context)
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    for bad in ("a: " + "[" * 10_000, "a: " + "[" * 10_000 + "]" * 10_000, "".join(" " * i + "a:\n" for i in range(3_000)), bomb):
        for name in ("dvc.yaml", "dvc.lock", "x.dvc", "params.yaml"):
            repo.write("dvc.yaml", ONE.replace("    outs", "    params: [a]\n    outs"))
            repo.write(name, bad)
            assert repo("status").returncode == 1, (name, bad[:40])
            assert repo("repro").returncode == 255, (name, bad[:40])
            if name != "dvc.yaml":
                (repo.root / name).unlink()
    repo.write("params.json", "[" * 10_000)
    repo.write("dvc.yaml", ONE.replace("    outs", "    params: [params.json: [a]]\n    outs"))
    assert repo("repro").returncode == 255
    repo.write(".dvc/cache/files/md5/d7/51713988987e9331980363e24189ce.dir", "[" * 100_000)
    (repo.root / ".dvc/cache/files/md5/d7/51713988987e9331980363e24189ce.dir").chmod(0o444)
    repo.write("dvc.yaml", ONE)
    repo.write("d.dvc", "outs:\n- path: d\n  md5: d751713988987e9331980363e24189ce.dir\n  hash: md5\n")
    assert repo("checkout", "d.dvc").returncode == 255


def test_paths_in_a_lock_that_lead_out_are_not_followed(context):
    repo = Alone(context)
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("mine\n")
    repo.write("dvc.yaml", ONE)
    assert repo("repro", "-q").returncode == 0
    entry = f"\n      hash: md5\n      md5: {MD5_OF_1}\n      size: 2\n"
    repo.write("dvc.lock", f"schema: '2.0'\nstages:\n  a:\n    cmd: echo 1 > o\n    outs:\n    - path: ../outside/kept{entry}    - path: {outside}/new{entry}"
               f"    - path: o{entry}")
    for argv in (["status"], ["checkout", "-f"], ["commit", "-f"], ["repro", "-f"], ["gc", "-w", "-f"]):
        repo(*argv)
    assert (outside / "kept").read_text() == "mine\n" and len(list(outside.iterdir())) == 1
    assert (repo.root / "o").read_text() == "1\n" and (repo.root / OBJECT).exists()


def test_data_files_that_lead_out_are_not_followed(context):
    repo = Alone(context)
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("mine\n")
    repo.write("f", "1\n")
    assert repo("add", "-q", "f").returncode == 0
    for path in ("../outside/kept", "../outside/new", f"{outside}/kept", f"{outside}/new"):
        repo.write("x.dvc", f"outs:\n- path: {path}\n  md5: {MD5_OF_1}\n  size: 2\n  hash: md5\n")
        for argv in (["status", "--json"], ["checkout", "x.dvc"], ["checkout", "-f", "x.dvc"], ["checkout", "-f"], ["repro", "-f"]):
            repo(*argv)
            assert (outside / "kept").read_text() == "mine\n" and len(list(outside.iterdir())) == 1, (path, argv)
    (repo.root / "x.dvc").unlink()
    tree = repo.root / ".dvc/cache/files/md5/d7/51713988987e9331980363e24189ce.dir"
    tree.parent.mkdir(exist_ok=True)
    for path in ("../escape", "/" + str(outside) + "/new", "a/../../escape", ""):
        tree.unlink(missing_ok=True)
        tree.write_text(json.dumps([{"md5": MD5_OF_1, "relpath": path}]))
        tree.chmod(0o444)
        repo.write("d.dvc", "outs:\n- path: d\n  md5: d751713988987e9331980363e24189ce.dir\n  hash: md5\n")
        assert repo("checkout", "-f", "d.dvc").returncode == 255, path
        assert not (repo.root / "escape").exists() and len(list(outside.iterdir())) == 1, path


def test_damaged_objects_are_named_and_not_linked(context):
    """Three kinds: not protected any more, of another size, and empty."""
    repo = Alone(context)
    repo.write("f", "1\n")
    repo.write("d/x", "1\n")
    repo.write("d/y", "22\n")
    assert repo("add", "-q", "f", "d").returncode == 0
    for text, mode in (("0\n", 0o644), ("longer\n", 0o444), ("", 0o444)):
        for target, file in (("f", "f"), ("d", "d/x")):
            repo.write("f", "1\n")
            repo.write("d/x", "1\n")
            assert repo("commit", "-q", "-f").returncode == 0
            (repo.root / OBJECT).chmod(0o644)
            (repo.root / OBJECT).write_text(text)
            (repo.root / OBJECT).chmod(mode)
            subprocess.run(["rm", "-rf", "f", "d"], cwd=repo.root, check=True)
            done = repo("checkout", f"{target}.dvc")
            assert done.returncode == 255 and f"Checkout failed for following targets:\n{target}\n" in done.stderr, (done, text, target)
            assert not (repo.root / file).exists() and not (repo.root / OBJECT).exists(), (text, target)


@contextlib.contextmanager
def small_disk(context):
    """A file system of our own that can be made read-only; needs the right to mount."""
    with tempfile.TemporaryDirectory(prefix="pivot-disk-") as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True).returncode != 0:
            raise context.skip("mounting a tmpfs is not allowed here")
        try:
            yield folder, lambda how: subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)
        finally:
            subprocess.run(["mount", "-o", "remount,rw", folder], check=False)
            subprocess.run(["umount", "-l", folder], check=False)


def test_a_read_only_repository(context):
    with small_disk(context) as (folder, remount):
        repo = Alone(context, folder)
        repo.write("dvc.yaml", THREE_STAGES)
        repo.write("source.txt", "hello\n")
        repo.write("params.yaml", "lr: 1\ndeep: {key: 2}\n")
        repo.write("other.json", '{"x": 1}')
        assert repo("repro", "-q").returncode == 0
        repo.write("new", "1\n")
        lock = (repo.root / "dvc.lock").read_text()
        remount("ro")
        for argv in (["status", "--json"], ["dag"], ["stage", "list"], ["repro", "--dry"], ["metrics", "show"], ["check-ignore", "new"], ["root"]):
            assert repo(*argv).returncode in (0, 1) and "Read-only" not in repo(*argv).stderr, argv
        assert repo("status", "--json").stdout == "{}\n"
        for argv in (["repro", "-f"], ["add", "new"], ["commit", "-f"], ["checkout", "--relink"], ["gc", "-w", "-f"], ["freeze", "copy"],
                     ["config", "core.autostage", "true"], ["remove", "copy"]):
            done = repo(*argv)
            assert done.returncode in (1, 251, 255) and "Read-only file system: '" in done.stderr, (argv, done)
        remount("rw")
        assert (repo.root / "dvc.lock").read_text() == lock
        assert repo("status", "--json").stdout == "{}\n"


def test_a_full_disk_while_data_is_added(context):
    with small_disk(context) as (folder, _):
        repo = Alone(context, folder)
        repo.write("small", "1\n")
        repo.write("big", "x" * 1_900_000)
        repo.write("dir/a", "y" * 300_000)
        done = repo("add", "small", "big", "dir")
        assert done.returncode in (1, 255) and "No space left on device: '" in done.stderr, done
        cached = [p for p in (repo.root / ".dvc/cache").rglob("*") if p.is_file()]
        assert not [p for p in cached if p.suffix == ".tmp"], cached
        assert (repo.root / "big").read_text() == "x" * 1_900_000
        (repo.root / "big").write_text("x" * 1000)
        assert repo("add", "-q", "small", "big", "dir").returncode == 0
        assert repo("status", "--json").stdout == "{}\n"
