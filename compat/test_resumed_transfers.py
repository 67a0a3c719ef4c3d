"""Transfers that were killed in the middle go on where they stopped; the servers count what they see. Needs no real DVC."""
import base64
import hashlib
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402
from sides import base_env  # noqa: E402

MIB = 1 << 20


class Project:
    def __init__(self, context, env=None):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="pivot-resumed-"))
        self.root = self.tmp / "project"
        self.root.mkdir()
        (self.tmp / "home").mkdir()
        self.env = {**base_env(self.tmp), **(env or {})}
        self.pivot = str(context.pivot)
        subprocess.run(["git", "init", "-q"], cwd=self.root, env=self.env, check=True)
        self.run("init", "-q")

    def run(self, *argv):
        done = subprocess.run([self.pivot, *argv], cwd=self.root, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def kill_when(self, reached, *argv):
        process = subprocess.Popen([self.pivot, *argv], cwd=self.root, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not reached():
            assert process.poll() is None and time.monotonic() < end, (argv, process.poll())
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def at_a_terminal(self, question, answer, *argv):
        """Runs it at a terminal of its own and answers its question. Gives the exit code and all that was to be seen."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.root)
            os.execve(self.pivot, [self.pivot, *argv], self.env)
        seen = b""
        try:
            while question not in seen:
                seen += os.read(terminal, 1000)
            os.write(terminal, answer)
            while part := os.read(terminal, 1000):
                seen += part
        except OSError:  # it has ended
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen

    def __enter__(self):
        return self

    def __exit__(self, *error):
        subprocess.run(["chmod", "-R", "u+w", str(self.tmp)], check=False)
        shutil.rmtree(self.tmp, ignore_errors=True)


def partial_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob(".*.partial"))


def stopped_once(storage, part):
    """The first GET of such a path sends half and then nothing."""
    seen = []

    def rule(method, path):
        if method != "GET" or part not in path or seen:
            return None
        seen.append(path)
        return "stop"
    storage.faults.append(rule)
    storage.knows_ranges = True
    storage.sent = 0
    storage.resumed_at.clear()


def check_download(context, prepare, argv, place):
    storage = servers.http_storage()
    data = os.urandom(24 * MIB)
    try:
        with Project(context) as project:
            watched, argv = prepare(project, storage, data), argv(storage)
            project.kill_when(lambda: partial_bytes(project.root) >= 11 * MIB, *argv)
            assert not (project.root / place).exists()
            before = partial_bytes(project.root)
            storage.sent = 0
            project.run(*argv)
            assert (project.root / place).read_bytes() == data
            assert storage.resumed_at == [before], (storage.resumed_at, before)
            assert storage.sent == len(data) - before, (watched, storage.sent)
            assert partial_bytes(project.root) == 0
    finally:
        storage.faults.clear()
        storage.knows_ranges = False


def test_get_url_goes_on(context):
    def prepare(project, storage, data):
        (storage.root / "resumed").mkdir(exist_ok=True)
        (storage.root / "resumed/big").write_bytes(data)
        stopped_once(storage, "resumed/big")
    check_download(context, prepare, lambda storage: ("get-url", f"{storage.url}/resumed/big", "big"), "big")


def test_pull_goes_on(context):
    def prepare(project, storage, data):
        project.run("remote", "add", "-q", "-d", "r", f"{storage.url}/resumed-objects")
        (project.root / "big").write_bytes(data)
        project.run("add", "-q", "big")
        project.run("push", "-q")
        (project.root / "big").unlink()
        shutil.rmtree(project.root / ".dvc/cache")
        stopped_once(storage, "resumed-objects")
    check_download(context, prepare, lambda storage: ("pull",), "big")


def test_changed_content_is_fetched_anew(context):
    storage = servers.http_storage()
    (storage.root / "resumed").mkdir(exist_ok=True)
    source = storage.root / "resumed/changing"
    source.write_bytes(os.urandom(24 * MIB))
    stopped_once(storage, "resumed/changing")
    argv = ("get-url", f"{storage.url}/resumed/changing", "big")
    try:
        with Project(context) as project:
            project.kill_when(lambda: partial_bytes(project.root) >= 11 * MIB, *argv)
            data = os.urandom(24 * MIB)
            source.write_bytes(data)
            project.run(*argv)
            assert (project.root / "big").read_bytes() == data
            assert storage.resumed_at == []
            assert partial_bytes(project.root) == 0  # what came of the old content is gone too
    finally:
        storage.faults.clear()
        storage.knows_ranges = False


def test_upload_in_parts_goes_on(context):
    server = servers.s3_server()
    if server is None:
        raise context.skip("moto is not installed (PIVOT_SERVERS)")
    proxy = servers.Proxy(server.port)
    with Project(context, server.ENV) as project:
        project.run("remote", "add", "-q", "-d", "r", "s3://bucket/resumed")
        project.run("remote", "modify", "-q", "r", "endpointurl", proxy.url)
        data = os.urandom(70 * MIB)
        (project.root / "big").write_bytes(data)
        project.run("add", "-q", "big")
        proxy.most_parts = 3
        project.kill_when(lambda: len(proxy.parts()) == 3, "push", "-j", "1")
        assert b"<Key>" not in server.request("GET", "/bucket?list-type=2&prefix=resumed/")[1]
        proxy.most_parts = None
        first = {path.split("&")[0] for _, path, _ in proxy.parts()}
        proxy.requests.clear()
        project.run("push", "-j", "1")
        second = proxy.parts()
        assert len(second) == 2 and not first & {path.split("&")[0] for _, path, _ in second}, (first, second)
        assert sum(size for _, _, size in proxy.requests) < (70 - 3 * 16) * MIB + 4096
        (project.root / "big").unlink()
        shutil.rmtree(project.root / ".dvc/cache")
        project.run("pull")
        assert (project.root / "big").read_bytes() == data


RELAY = """import os, sys
left, count = int(sys.argv[1]), 0
while left and (part := os.read(0, min(left, 1 << 20))):
    left -= len(part)
    count += len(part)
    while part:
        part = part[os.write(1, part):]
open(sys.argv[2], "w").write(str(count))
"""


class CutSsh:
    """A program in the place of ssh that breaks the connection after some bytes of one direction ("up", "down"), and counts them."""

    def __init__(self, project, server):
        self.project, self.count = project, project.tmp / "count"
        self.program = project.tmp / "cut-ssh"
        self.ssh = f'{server.command} -i {server.key} "$@"'
        (project.tmp / "relay").write_text(RELAY)
        project.env["PIVOT_SSH_COMMAND"] = str(self.program)

    def cut(self, direction, most=1 << 40):
        limit = f"{sys.executable} {self.project.tmp}/relay {most} {self.count}"
        self.program.write_text("#!/bin/sh\n" + (f"{limit} | {self.ssh}\n" if direction == "up" else f"{self.ssh} | {limit}\n"))
        self.program.chmod(0o755)

    def bytes(self):
        return int(self.count.read_text())


def ssh_project(context, project):
    server = servers.ssh_server()
    if server is None:
        raise context.skip("sshd is not installed")
    storage = server.store / project.tmp.name
    project.run("remote", "add", "-q", "-d", "r", server.url(f"/{project.tmp.name}"))
    data = os.urandom(24 * MIB)
    (project.root / "big").write_bytes(data)
    (project.root / "small").write_bytes(b"small")
    project.run("add", "-q", "big", "small")
    name = hashlib.md5(data).hexdigest()
    return CutSsh(project, server), data, storage / f"files/md5/{name[:2]}/{name[2:]}"


def fails(project, *argv):
    done = subprocess.run([project.pivot, *argv], cwd=project.root, env=project.env, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and "Traceback" not in done.stderr, (argv, done)
    return done.stderr


def test_ssh_goes_on_both_ways(context):
    with Project(context) as project:
        ssh, data, place = ssh_project(context, project)
        ssh.cut("up", 13 * MIB)
        fails(project, "push")
        partial = place.with_name(f".{place.name}.partial")
        before = partial.stat().st_size
        assert not place.exists() and 11 * MIB < before <= 13 * MIB, before
        ssh.cut("up")
        project.run("push")
        assert place.read_bytes() == data and not partial.exists()
        assert ssh.bytes() < len(data) - before + MIB, (ssh.bytes(), before)
        # What lies there under that name but isn't of this object is written over; what is longer too.
        for wrong in (data[: 9 * MIB] + os.urandom(3 * MIB), os.urandom(25 * MIB)):
            place.unlink()
            partial.write_bytes(wrong)
            project.run("push")
            assert place.read_bytes() == data and not partial.exists()
        (project.root / "big").unlink()
        shutil.rmtree(project.root / ".dvc/cache")
        ssh.cut("down", 13 * MIB)
        fails(project, "pull")
        before = partial_bytes(project.root)
        assert 11 * MIB < before <= 13 * MIB and not (project.root / "big").exists(), before
        ssh.cut("down")
        project.run("pull")
        assert (project.root / "big").read_bytes() == data and partial_bytes(project.root) == 0
        assert ssh.bytes() < len(data) - before + MIB, (ssh.bytes(), before)
        # What a dead upload has left goes with gc after a day.
        old = place.with_name(".0123456789abcdef0123456789abcd.partial")
        for leftover in (old, place.with_name(".fresh.partial")):
            leftover.write_bytes(b"left")
        os.utime(old, (1, 1))
        project.run("gc", "-w", "-c", "-f")
        assert not old.exists() and place.with_name(".fresh.partial").exists() and place.exists()


def test_update_reads_its_source_once(context):
    """Storage that has no names for contents (this server without ETags, SSH) is read to see whether it has changed."""
    storage = servers.http_storage()
    (storage.root / "once").mkdir(exist_ok=True)
    try:
        storage.names_content = False
        with Project(context) as project:
            (storage.root / "once/f").write_bytes(b"1" * 50_000)
            project.run("import-url", "-q", f"{storage.url}/once/f")
            (storage.root / "once/f").write_bytes(b"2" * 60_000)
            storage.sent = 0
            project.run("update", "-q", "f.dvc")
            assert (project.root / "f").read_bytes() == b"2" * 60_000
            assert storage.sent == 60_000, storage.sent
            assert not list((project.root / ".dvc/tmp/pivot").glob("incoming*"))
    finally:
        storage.names_content = True


def test_a_key_of_the_users_own_goes_with_every_request(context):
    """sse_customer_key: S3 forgets the key, so each request that stores or reads content must carry it."""
    server = servers.s3_server()
    if server is None:
        raise context.skip("moto is not installed (PIVOT_SERVERS)")
    proxy = servers.Proxy(server.port)
    with Project(context, server.ENV) as project:
        project.run("remote", "add", "-q", "-d", "r", "s3://bucket/customer-key")
        project.run("remote", "modify", "-q", "r", "endpointurl", proxy.url)
        project.run("remote", "modify", "-q", "--local", "r", "sse_customer_key", "bm90IGxvbmcgZW5vdWdo")
        (project.root / "f").write_text("f\n")
        project.run("add", "-q", "f")
        refused = subprocess.run([project.pivot, "push"], cwd=project.root, env=project.env, capture_output=True, text=True)
        assert refused.returncode != 0 and "is not the base64 form of a key of 32 bytes" in refused.stderr, refused
        key = base64.b64encode(bytes(range(32))).decode()
        project.run("remote", "modify", "-q", "--local", "r", "sse_customer_key", key)
        project.run("push")
        (project.root / "f").unlink()
        shutil.rmtree(project.root / ".dvc/cache")
        project.run("pull")
        assert (project.root / "f").read_text() == "f\n"
        content = [headers for method, path, headers in proxy.headers if "customer-key/files" in path.split("?")[0]]
        assert len(content) >= 3, proxy.headers  # HEAD, PUT, GET
        for headers in content:
            assert headers["x-amz-server-side-encryption-customer-key"] == key
            assert headers["x-amz-server-side-encryption-customer-algorithm"] == "AES256"
            assert headers["x-amz-server-side-encryption-customer-key-md5"] == base64.b64encode(hashlib.md5(bytes(range(32))).digest()).decode()


def test_ask_password(context):
    """At the terminal, and only there."""
    storage = servers.http_storage()
    try:
        storage.credentials = ("Authorization", "Basic " + base64.b64encode(b"me:typed").decode())
        with Project(context) as project:
            project.run("remote", "add", "-q", "-d", "r", f"{storage.url}/asked")
            for name, value in (("auth", "basic"), ("user", "me"), ("ask_password", "true")):
                project.run("remote", "modify", "-q", "r", name, value)
            (project.root / "f").write_text("f\n")
            project.run("add", "-q", "f")
            alone = subprocess.run([project.pivot, "push"], cwd=project.root, env=project.env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
            assert alone.returncode != 0 and "`ask_password` needs a terminal" in alone.stderr, alone
            code, seen = project.at_a_terminal(b"Password of me at ", b"typed\n", "push")
            assert code == 0, seen
            assert b"1 file pushed" in seen and b"typed" not in seen, seen
    finally:
        storage.credentials = None


def test_gc_says_sizes_before_it_asks(context):
    with Project(context) as project:
        (project.root / "f").write_bytes(bytes(3 * MIB))
        project.run("add", "-q", "f")
        project.run("remote", "add", "-q", "-d", "r", str(project.tmp / "remote"))
        project.run("push", "-q")
        (project.root / "f").write_text("small\n")
        project.run("add", "-q", "f")
        code, seen = project.at_a_terminal(b"proceed?", b"n\n", "gc", "-w", "-c")
        assert code == 1 and b"1 objects of the cache would be removed, 3.00M" in seen, seen
        assert b"1 objects of remote 'r' would be removed, 3.00M" in seen and len(list((project.tmp / "remote").rglob("??/*"))) == 1, seen
        objects = [path for path in (project.root / ".dvc/cache/files").rglob("*") if path.is_file()]
        assert len(objects) == 2, objects
