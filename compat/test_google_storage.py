"""gs:// remotes, which the user's own Python speaks to (the bridge): an emulator of Google's storage, and real DVC with its plugin on the other side."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from servers import free_port, wait_for_port  # noqa: E402
from sides import base_env  # noqa: E402


class Google:
    """An emulator with an empty bucket, and repositories that know it."""

    def __init__(self, context):
        self.bin = pathlib.Path(os.environ.get("PIVOT_GOOGLE", "/nonexistent")) / "bin"
        if not (self.bin / "gcp-storage-emulator").exists() or not (self.bin / "dvc").exists():
            raise context.skip("there is no environment with DVC's plugin for Google and the emulator (PIVOT_GOOGLE)")
        self.tools = {"pivot": str(context.pivot), "dvc": str(self.bin / "dvc")}
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="pivot-google-")))
        (self.folder / "home").mkdir()
        port = free_port()
        # Else the plugin asks Google itself, a minute long, what kind of bucket it is.
        self.env = {**base_env(self.folder), "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}", "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
        self.env.pop("VIRTUAL_ENV", None)
        plain = {name: value for name, value in self.env.items() if name != "STORAGE_EMULATOR_HOST"}
        # It starts a second process that serves: both end together.
        process = subprocess.Popen([str(self.bin / "gcp-storage-emulator"), "start", "--host=127.0.0.1", f"--port={port}", "--in-memory", "--default-bucket=bucket"],
                                   env=plain, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.stack.callback(process.wait)
        self.stack.callback(os.killpg, process.pid, signal.SIGKILL)
        wait_for_port(port, process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def repository(self, name):
        root = self.folder / name
        root.mkdir()
        repo = Repository(self, root)
        subprocess.run(["git", "init", "-q"], cwd=root, env=self.env, check=True)
        for command in ("init -q", f"remote add -q -d r gs://bucket/{name}", "remote modify -q r allow_anonymous_login true",
                        f"config -q python.interpreter {self.bin / 'python'}"):
            repo.run("pivot", *command.split())
        return repo


class Repository:
    def __init__(self, google, root):
        self.google, self.root = google, root

    def run(self, tool, *argv, code=0):
        done = subprocess.run([self.google.tools[tool], *argv], cwd=self.root, env=self.google.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == code, f"{tool} {argv} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def write(self, text):
        (self.root / "d/s").mkdir(parents=True, exist_ok=True)
        for i in range(12):
            (self.root / f"d/s/ü {i}").write_text(f"{text} {i}\n")
        (self.root / "big").write_bytes(text.encode() * 700_000)
        self.run("pivot", "add", "-q", "d", "big")
        return self.contents()

    def contents(self):
        return {str(p.relative_to(self.root)): p.read_bytes() for p in [self.root / "big", *sorted((self.root / "d").rglob("*"))] if p.is_file()}

    def forget(self):
        subprocess.run("rm -rf .dvc/cache .dvc/tmp d big", shell=True, cwd=self.root, check=True)


def test_what_one_tool_pushes_to_google_the_other_pulls(context):
    with Google(context) as google:
        for here, there in (("pivot", "dvc"), ("dvc", "pivot")):
            repo = google.repository(here)
            expected = repo.write(f"from {here}")
            assert "14 files pushed" in repo.run(here, "push"), "12 files, their listing, and the large one"
            for tool in (here, there):
                assert "in sync" in repo.run(tool, "status", "-c"), tool
            repo.forget()
            repo.run(there, "pull")
            assert repo.contents() == expected, (here, there)
            assert "up to date" in repo.run(here, "push").lower()


def test_collecting_garbage_and_looking_at_google(context):
    with Google(context) as google:
        repo = google.repository("gc")
        repo.write("old")
        repo.run("pivot", "push")
        expected = repo.write("new")
        repo.run("pivot", "push")
        assert "Removed 14 objects from remote." in repo.run("pivot", "gc", "-w", "-c", "-f")
        repo.forget()
        repo.run("dvc", "pull")
        assert repo.contents() == expected
        assert repo.run("pivot", "ls-url", "gs://bucket/gc/files").split() == repo.run("dvc", "ls-url", "gs://bucket/gc/files").split()
        name = sorted(p.relative_to(repo.root / ".dvc/cache/files/md5") for p in (repo.root / ".dvc/cache/files/md5").rglob("*") if p.is_file())[0]
        repo.run("pivot", "import-url", f"gs://bucket/gc/files/md5/{name}", "copy")
        assert (repo.root / "copy").read_bytes() == (repo.root / ".dvc/cache/files/md5" / name).read_bytes()
        assert "up to date" in repo.run("dvc", "status").lower()
