"""Remotes that are spoken to through Python's fsspec: WebDAV, on a real server, with real DVC on the other side."""
import atexit
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env  # noqa: E402


_shared = {}


class Place:
    """A folder for repositories, servers and what they keep; all of it ends with the test."""

    def __init__(self, context):
        if context.dvc is None:
            raise context.skip("DVCENV names no environment with real DVC")
        self.python = context.dvc.parent / "python"
        if subprocess.run([str(self.python), "-c", "import dvc_webdav"], capture_output=True).returncode != 0:
            raise context.skip("DVC's environment has no dvc-webdav")
        places = (pathlib.Path(os.environ.get("PIVOT_SERVERS", "/nonexistent")) / "bin/wsgidav", context.dvc.parent / "wsgidav")
        self.server = next((place for place in places if place.exists()), None)
        if self.server is None:
            raise context.skip("wsgidav is not installed (PIVOT_SERVERS)")
        self.pivot, self.dvc_path = str(context.pivot), str(context.dvc)
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="pivot-webdav-")))
        (self.folder / "home").mkdir()
        self.env = base_env(self.folder)
        self.env.pop("VIRTUAL_ENV", None)
        self.storage = self.folder / "storage"
        (self.storage / "base").mkdir(parents=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def serve(self, users=None):
        """A WebDAV server of this test's own; gives its port and process."""
        port, process = start_server(self.server, self.storage, self.folder, users)
        self.stack.callback(stop, process)
        return port, process

    def shared(self):
        """A place on the server that all tests share (it takes seconds to start): host, port and path."""
        if not _shared:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="pivot-webdav-server-"))
            port, process = start_server(self.server, folder, folder)
            atexit.register(lambda: (stop(process), shutil.rmtree(folder, ignore_errors=True)))
            _shared.update(port=port, folder=folder)
        self.storage = _shared["folder"] / self.folder.name
        (self.storage / "base").mkdir(parents=True)
        return f"127.0.0.1:{_shared['port']}/{self.folder.name}/base"

    def repository(self, url, name="repo", commands=("init -q",)):
        root = self.folder / name
        root.mkdir()
        subprocess.run(["git", "init", "-q"], cwd=root, env=self.env, check=True)
        repo = Repository(self, root)
        for command in (*commands, f"remote add -q -d dav {url}", f"config -q python.interpreter {self.python}"):
            repo.pivot(*command.split())
        return repo


class Repository:
    def __init__(self, place, root):
        self.place, self.root = place, root

    def run(self, *argv):
        return subprocess.run(argv, cwd=self.root, env=self.place.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)

    def pivot(self, *argv, code=0):
        done = self.run(self.place.pivot, *argv)
        assert done.returncode == code, f"pivot {argv} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def dvc(self, *argv):
        done = self.run(self.place.dvc_path, *argv)
        assert done.returncode == 0, f"dvc {argv}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def write(self, count=20, big=3_000_000):
        (self.root / "d/s").mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (self.root / f"d/s/ü {i}").write_text(f"{i}\n")
        (self.root / "big").write_bytes(os.urandom(big))
        self.pivot("add", "-q", "d", "big")
        return self.contents()

    def contents(self):
        return {str(p.relative_to(self.root)): p.read_bytes() for top in ("d", "big") for p in sorted((self.root / top).rglob("*")) or [self.root / top] if p.is_file()}

    def forget(self):
        """As a fresh clone."""
        subprocess.run("rm -rf .dvc/cache .dvc/tmp d big", shell=True, cwd=self.root, check=True)


def start_server(wsgidav, storage, folder, users=None):
    port = free_port()
    config = {"host": "127.0.0.1", "port": port, "provider_mapping": {"/": str(storage)}, "verbose": 1, "server": "cheroot",
              "http_authenticator": {"domain_controller": None}, "simple_dc": {"user_mapping": {"*": users or True}}}
    path = folder / f"dav-{port}.json"
    path.write_text(json.dumps(config))
    process = subprocess.Popen([str(wsgidav), "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    return port, process


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not come up")


def stop(process):
    process.kill()
    process.wait()


def objects(storage):
    return [p for p in (storage / "base").rglob("*") if p.is_file()]


@contextlib.contextmanager
def faulty_proxy(port, fault, ranges=None):
    """Between client and server: `fault(method, path, number, total)` names what happens to a request, None: nothing. `number` counts its tries,
    `total` the requests of its method. `ranges` takes what each GET asks for."""
    tries, totals = {}, {}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = (self.command, self.path)
            tries[key] = tries.get(key, 0) + 1
            totals[self.command] = totals.get(self.command, 0) + 1
            if ranges is not None and self.command == "GET":
                ranges.append(self.headers.get("Range"))
            what = fault(self.command, self.path, tries[key], totals[self.command])
            if what == "silent":
                time.sleep(30)
            if what == "503":
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if what == "cut":
                self.close_connection = True
                return
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = {name: value.replace(f":{self.server.server_port}", f":{port}") for name, value in self.headers.items()}
            server.request(self.command, self.path, body, headers)
            answer = server.getresponse()
            content = answer.read()
            if what == "half":
                self.close_connection = True
            if what == "wrong":
                content = b"x" * len(content)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if what == "half" else content)
            server.close()

        do_GET = do_PUT = do_HEAD = do_MKCOL = do_MOVE = do_DELETE = do_PROPFIND = do_OPTIONS = forward

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_what_one_tool_pushes_the_other_pulls(context):
    with Place(context) as place:
        repo = place.repository(f"webdav://{place.shared()}/not/there/yet")
        made = repo.write()
        assert "22 files pushed" in repo.pivot("push")
        assert "Everything is up to date." in repo.pivot("push")
        assert "in sync" in repo.pivot("status", "-c")
        repo.forget()
        repo.dvc("pull")
        assert repo.contents() == made
        # And the other way.
        (repo.root / "d/new").write_text("new\n")
        repo.dvc("add", "-q", "d")
        repo.dvc("push")
        made = repo.contents()
        repo.forget()
        repo.pivot("pull", "d/new")
        assert (repo.root / "d/new").read_text() == "new\n" and not (repo.root / "big").exists()
        repo.pivot("pull")
        assert repo.contents() == made
        (repo.root / "d/new").unlink()
        repo.pivot("add", "-q", "d")
        assert "Removed 2 objects from remote." in repo.pivot("gc", "-w", "-c", "-f")
        assert "in sync" in repo.pivot("status", "-c") and len(objects(place.storage)) == 22


def test_the_run_cache_goes_along(context):
    with Place(context) as place:
        repo = place.repository(f"webdav://{place.shared()}")
        (repo.root / "dvc.yaml").write_text("stages:\n  s:\n    cmd: echo $RANDOM > big\n    deps: [in]\n    outs: [big]\n")
        (repo.root / "in").write_text("1\n")
        repo.pivot("repro", "-q")
        made = (repo.root / "big").read_bytes()
        repo.pivot("push", "--run-cache")
        repo.forget()
        repo.pivot("pull", "--run-cache")
        (repo.root / "dvc.lock").unlink()
        (repo.root / "big").unlink()
        text = repo.pivot("repro")
        assert "is cached" in text and (repo.root / "big").read_bytes() == made, text


def test_users_and_passwords(context):
    with Place(context) as place:
        port, _ = place.serve({"me": {"password": "very-secret-word"}})
        repo = place.repository(f"webdav://127.0.0.1:{port}/base")
        repo.write(3, 10)
        repo.pivot("remote", "modify", "--local", "dav", "user", "me")
        repo.pivot("remote", "modify", "--local", "dav", "password", "another-secret")
        text = repo.pivot("push", "-v", code=1)
        assert "401" in text and "another-secret" not in text, text
        repo.pivot("remote", "modify", "--local", "dav", "password", "very-secret-word")
        repo.pivot("push")
        (repo.root / "token").write_text("#!/bin/sh\nexit 3\n")
        (repo.root / "token").chmod(0o755)
        repo.pivot("remote", "modify", "--local", "dav", "bearer_token_command", str(repo.root / "token"))
        text = repo.pivot("status", "-c", code=1)
        assert "bearer_token_command ended with 3" in text, text


def test_a_missing_package_is_named(context):
    with Place(context) as place:
        bare = place.folder / "bare-python"
        bare.write_text(f"#!/bin/sh\nexec {sys.executable} -S \"$@\"\n")  # without site-packages
        bare.chmod(0o755)
        for scheme, package in (("webdav", "webdav4"), ("webdavs", "webdav4"), ("gs", "gcsfs"), ("azure", "adlfs"), ("oss", "ossfs"), ("hdfs", "pyarrow"),
                                ("webhdfs", "requests"), ("gdrive", "pydrive2")):
            repo = place.repository(f"{scheme}://host/base", scheme)
            repo.pivot("config", "-q", "python.interpreter", str(bare))
            (repo.root / "big").write_text("1")
            repo.pivot("add", "-q", "big")
            text = repo.pivot("push", code=1)
            if scheme == "gdrive" or scheme == "azure":
                assert package in text or "needs" in text, text
            else:
                assert f"{scheme}:// takes a Python package that" in text and f"pip install '{package}" in text and "Traceback" not in text, text


def test_faults_on_the_way_cost_nothing(context):
    """Answers 503, cut connections, half answers and wrong bytes: tried again, never kept."""
    def fault(method, path, number, total):
        if method == "GET" and number == 1:
            return {0: "wrong", 1: "half", 2: "503", 3: "cut"}.get(sum(path.encode()) % 5)
        return {"PUT": {0: "503", 5: "cut"}, "MOVE": {0: "503"}}.get(method, {}).get(total % 9)

    with Place(context) as place:
        host, _, path = place.shared().partition("/")
        with faulty_proxy(int(host.partition(":")[2]), fault) as proxy:
            repo = place.repository(f"webdav://127.0.0.1:{proxy}/{path}")
            made = repo.write(30, 300_000)
            repo.pivot("push")
            assert len(objects(place.storage)) == 32, "no object is missing, and nothing half is left"
            repo.forget()
            repo.pivot("pull")
            assert repo.contents() == made
            repo.pivot("status")


def test_bytes_that_stay_wrong_are_never_kept(context):
    with Place(context) as place:
        repo = place.repository(f"webdav://{place.shared()}")
        repo.write(3, 1000)
        repo.pivot("push")
        damaged = max(objects(place.storage), key=lambda p: p.stat().st_size)
        damaged.write_bytes(b"y" * 1000)
        repo.forget()
        text = repo.pivot("pull", code=1)
        assert "has the hash" in text, text
        assert not (repo.root / "big").exists() and not list((repo.root / ".dvc/cache").rglob(damaged.name))


def test_a_push_that_is_killed_goes_on_where_it_stopped(context):
    with Place(context) as place:
        port, server = place.serve()
        repo = place.repository(f"webdav://127.0.0.1:{port}/base")
        made = repo.write(70, 10_000_000)
        for kill in (lambda process: process.send_signal(signal.SIGKILL), lambda process: stop(server)):
            process = subprocess.Popen([place.pivot, "push", "-q"], cwd=repo.root, env=place.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            before = len(objects(place.storage))
            deadline = time.monotonic() + 30
            while len(objects(place.storage)) < before + 10 and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            kill(process)
            process.wait(timeout=60)
            for path in objects(place.storage):
                if not path.name.endswith(".tmp"):
                    assert (repo.root / ".dvc/cache" / path.relative_to(place.storage / "base")).stat().st_size == path.stat().st_size, path
        port, _ = place.serve()
        repo.pivot("remote", "modify", "-q", "dav", "url", f"webdav://127.0.0.1:{port}/base")
        repo.pivot("push")
        repo.forget()
        repo.pivot("pull")
        assert repo.contents() == made


def test_a_download_goes_on_where_it_stopped(context):
    with Place(context) as place:
        where = place.shared()
        repo = place.repository(f"webdav://{where}")
        (repo.root / "big").write_bytes(content := os.urandom(9_000_000))
        repo.pivot("add", "-q", "big")
        repo.pivot("push")
        for got in (("pull",), ("get-url", "-f", "OBJECT", "big")):
            ranges = []
            # Half of it; then the process tries again and is killed while it waits; then another run.
            with faulty_proxy(int(where.split(":")[1].split("/")[0]), lambda method, path, number, total: {1: "half", 2: "silent"}.get(number) if method == "GET" else None,
                              ranges) as port:
                url = f"webdav://127.0.0.1:{port}/{where.split('/', 1)[1]}"
                repo.pivot("remote", "modify", "-q", "dav", "url", url)
                name = next(path for path in objects(place.storage)).relative_to(place.storage / "base")
                argv = [word.replace("OBJECT", f"{url}/{name}") for word in got]
                subprocess.run("rm -rf .dvc/cache big", shell=True, cwd=repo.root, check=True)
                process = subprocess.Popen([place.pivot, *argv], cwd=repo.root, env=place.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                deadline = time.monotonic() + 30
                while len(ranges) < 2 and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                process.kill()
                process.wait()
                time.sleep(0.5)  # its Python ends when it notices; until then the partial file is that one's
                assert not (repo.root / "big").exists()
                repo.pivot(*argv)
            assert (repo.root / "big").read_bytes() == content
            assert ranges[0] is None and ranges[1] == ranges[2] and int(ranges[1][6:-1]) > 2_000_000 and len(ranges) == 3, ranges
            assert not list(repo.root.rglob(".*.partial"))


def test_data_from_a_url(context):
    with Place(context) as place:
        url = f"webdav://{place.shared()}"
        for name, text in (("folder/a", "one\n"), ("folder/s/b.tmp", "two\n"), ("file", "three\n")):
            path = place.storage / "base" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        repo = place.repository(f"{url}/remote")
        repo.pivot("import-url", "-q", f"{url}/folder")
        repo.pivot("import-url", "-q", f"{url}/file", "renamed")
        assert (repo.root / "folder/s/b.tmp").read_text() == "two\n" and (repo.root / "renamed").read_text() == "three\n"
        assert "up to date" in repo.pivot("status")
        repo.pivot("update", "folder.dvc")
        (place.storage / "base/folder/a").write_text("another\n")
        assert "folder" in repo.pivot("status")
        repo.pivot("update", "folder.dvc")
        assert (repo.root / "folder/a").read_text() == "another\n"
        repo.pivot("get-url", "-q", f"{url}/folder/a", "got")
        assert (repo.root / "got").read_text() == "another\n"
        assert repo.pivot("list-url", url).split() == ["file", "folder"]
