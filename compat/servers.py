"""Real servers on the loopback address, started when a test first asks for one and ended with the test run."""
import atexit
import functools
import hashlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, process=None, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not listen")


def ended_with_us(process):
    def end():
        process.terminate()
        process.wait()
    atexit.register(end)


def folder(name):
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"pivot-{name}-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


class HttpStorage:
    """A web server that takes files by POST and PUT. `faults`: functions of (method, path) that give a status to answer with, "cut" to break the
    connection in the middle, "stop" to send no more from there on, "wrong" for other bytes, "slow" to answer late; None for a plain answer."""

    def __init__(self):
        self.root = folder("http")
        self.faults = []
        self.requests = []
        self.knows_ranges = False
        self.sent = 0  # bytes of content
        self.names_content = True  # by ETags
        self.resumed_at = []
        self.credentials = None  # (header, value) that every request must carry
        storage = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def file(self):
                return storage.root / urllib.parse.unquote(self.path.split("?")[0]).lstrip("/")

            def answer(self, status, body=b"", headers=()):
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    storage.sent += len(body)
                    self.wfile.write(body)

            def body(self):
                if self.headers.get("Transfer-Encoding") == "chunked":
                    data = b""
                    while True:
                        size = int(self.rfile.readline(), 16)
                        data += self.rfile.read(size)
                        self.rfile.readline()
                        if size == 0:
                            return data
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def fault(self):
                storage.requests.append((self.command, self.path))
                if storage.credentials and self.headers.get(storage.credentials[0]) != storage.credentials[1]:
                    return 401
                for rule in storage.faults:
                    if (found := rule(self.command, self.path)) is not None:
                        return found
                return None

            def store(self):
                data, fault = self.body(), self.fault()
                if len(data) < int(self.headers.get("Content-Length") or 0):
                    return self.connection.shutdown(socket.SHUT_RDWR)  # whoever sent it has gone
                if isinstance(fault, int):
                    return self.answer(fault)
                if fault == "cut":
                    self.close_connection = True
                    return self.connection.shutdown(socket.SHUT_RDWR)
                self.file().parent.mkdir(parents=True, exist_ok=True)
                arriving = self.file().with_name(f".{threading.get_ident()}.{self.file().name}")
                arriving.write_bytes(data)
                arriving.replace(self.file())
                return self.answer(201)

            do_POST = do_PUT = store

            def give(self):
                fault = self.fault()
                if isinstance(fault, int):
                    return self.answer(fault)
                if not self.file().is_file():
                    return self.answer(404)
                data = self.file().read_bytes()
                headers = [("ETag", f'"{hashlib.md5(data).hexdigest()}"')] if storage.names_content else []
                if fault == "slow":
                    time.sleep(0.3)
                first = self.headers.get("Range", "")
                if fault is None and first.startswith("bytes=") and storage.knows_ranges:
                    start = int(first[6:].split("-")[0])
                    storage.resumed_at.append(start)
                    if start >= len(data):
                        return self.answer(416)
                    return self.answer(206, data[start:], headers + [("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")])
                if fault == "wrong":
                    data = bytes(len(data))
                if fault == "stop" and self.command == "GET":  # half of it, and then nothing more comes
                    self.send_response(200)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    storage.sent += len(data) // 2
                    self.wfile.write(data[:len(data) // 2])
                    self.wfile.flush()
                    time.sleep(60)
                    return self.connection.shutdown(socket.SHUT_RDWR)
                if fault == "cut" and self.command == "GET":
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data[:len(data) // 2])
                    self.wfile.flush()
                    self.close_connection = True
                    return self.connection.shutdown(socket.SHUT_RDWR)
                return self.answer(200, data, headers)

            do_GET = do_HEAD = give

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, address: None  # clients are killed on purpose
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        atexit.register(self.server.shutdown)


@functools.cache
def http_storage():
    return HttpStorage()


class Proxy:
    """In front of an S3 server: counts what is sent to it, and lets parts of uploads wait for ever from the Nth on (`most_parts`)."""

    def __init__(self, port):
        self.requests = []  # (method, path, bytes)
        self.headers = []  # (method, path, {name in lower case: value})
        self.most_parts = None
        self.region = None  # requests that are signed for another one are refused, as S3 does it
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.most_parts is not None and "partNumber" in self.path and len(proxy.parts()) >= proxy.most_parts:
                    time.sleep(60)
                    return
                if proxy.region is not None and f"/{proxy.region}/s3/" not in self.headers.get("Authorization", ""):
                    proxy.requests.append((self.command, self.path, "refused"))
                    self.send_response(400)
                    self.send_header("x-amz-bucket-region", proxy.region)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                proxy.headers.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                connection.close()
                proxy.requests.append((self.command, self.path, len(body)))

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, address: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        atexit.register(self.server.shutdown)

    def parts(self):
        return [request for request in self.requests if "partNumber" in request[1]]


class SshServer:
    """OpenSSH for the current user, with keys of its own."""

    def __init__(self, sshd):
        self.root = folder("ssh")
        self.key = self.root / "user_key"
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.root / name)], check=True)
        shutil.copy(self.root / "user_key.pub", self.root / "authorized_keys")
        self.port = free_port()
        (self.root / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.root}/host_key\nAuthorizedKeysFile {self.root}/authorized_keys\n"
            f"UsePAM no\nStrictModes no\nPidFile none\nSubsystem sftp internal-sftp\n")
        # What our `ssh` must not take from, or leave in, the user's own files.
        (self.root / "ssh_config").write_text(f"Host *\n  UserKnownHostsFile {self.root}/known_hosts\n  IdentityAgent none\n")
        self.command = f"ssh -F {self.root}/ssh_config"
        if os.getuid() == 0:
            pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen([sshd, "-D", "-e", "-f", str(self.root / "sshd_config")], stderr=subprocess.DEVNULL)
        ended_with_us(self.process)
        wait_for_port(self.port, self.process)
        self.store = self.root / "store"
        self.store.mkdir()

    def url(self, path=""):
        import getpass
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.store}{path}"


@functools.cache
def ssh_server():
    """None where OpenSSH's server is not installed."""
    sshd = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return SshServer(sshd) if sshd and shutil.which("ssh-keygen") else None


class S3Server:
    """moto: the calls of S3, kept in memory; it doesn't look at signatures (those have test vectors of their own)."""
    NAME = "moto"
    ENV = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}

    def __init__(self, moto_server):
        self.port = free_port()
        self.process = subprocess.Popen([str(moto_server), "-H", "127.0.0.1", "-p", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended_with_us(self.process)
        wait_for_port(self.port, self.process)
        self.url = f"http://127.0.0.1:{self.port}"
        assert self.request("PUT", "/bucket")[0] == 200

    def versioned_bucket(self, name):
        """A bucket that keeps old versions."""
        assert self.request("PUT", f"/{name}")[0] == 200
        status = self.request("PUT", f"/{name}?versioning", '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                              "<Status>Enabled</Status></VersioningConfiguration>")
        assert status[0] == 200, status

    def versions(self, bucket):
        """(key, version id, size) of all, in the order of the server."""
        text = self.request("GET", f"/{bucket}?versions")[1].decode()
        return [tuple(re.search(f"<{tag}>([^<]*)<", entry)[1] for tag in ("Key", "VersionId", "Size"))
                for entry in re.findall("<Version>(.*?)</Version>", text, re.S)]

    def clear(self, bucket):
        """Forgets all of its objects."""
        while keys := re.findall("<Key>([^<]*)<", self.request("GET", f"/{bucket}?list-type=2")[1].decode()):
            self.request("POST", f"/{bucket}?delete", "<Delete>" + "".join(f"<Object><Key>{key}</Key></Object>" for key in keys) + "</Delete>")

    def put(self, path, text):
        assert self.request("PUT", path, text)[0] == 200

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        # As the owner of what the tools store: the key counts, not the signature.
        connection.request(method, path, body, {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, "
                                                                 "SignedHeaders=host, Signature=0"})
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found


@functools.cache
def s3_server():
    """None without moto in the environment that PIVOT_SERVERS names."""
    moto_server = pathlib.Path(os.environ.get("PIVOT_SERVERS", "/nonexistent")) / "bin/moto_server"
    return S3Server(moto_server) if moto_server.exists() else None


class GatewayServer:
    """versitygw: S3 over a folder, quick, and as strict with signatures as Amazon's."""
    NAME = "versitygw"
    ENV = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "a/secret+with=signs", "AWS_DEFAULT_REGION": "eu-central-1"}

    def __init__(self, program):
        self.port = free_port()
        self.kept = tempfile.TemporaryDirectory(prefix="pivot-s3-")
        self.root = pathlib.Path(self.kept.name) / "data"
        (self.root / "bucket").mkdir(parents=True)
        (self.root.parent / "about").mkdir()
        env = {**os.environ, "ROOT_ACCESS_KEY": self.ENV["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": self.ENV["AWS_SECRET_ACCESS_KEY"]}
        self.process = subprocess.Popen([str(program), "--port", f"127.0.0.1:{self.port}", "--region", self.ENV["AWS_DEFAULT_REGION"], "--quiet",
                                         "posix", str(self.root), "--sidecar", str(self.root.parent / "about")],
                                        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended_with_us(self.process)
        wait_for_port(self.port, self.process)
        self.url = f"http://127.0.0.1:{self.port}"

    def clear(self, bucket):
        """Forgets all of its objects. (They are moved away: removing thousands of files slows down for minutes whoever makes new ones.)"""
        for folder in (self.root / bucket, self.root.parent / "about"):
            folder.rename(folder.parent.parent / f"old-{time.monotonic_ns()}")
            folder.mkdir()


@functools.cache
def gateway_server():
    """None without versitygw on PATH."""
    program = shutil.which("versitygw")
    return GatewayServer(program) if program else None


@functools.cache
def has_plugin(dvc, module):
    """Real DVC's environment has the plugin for a kind of storage."""
    return subprocess.run([str(pathlib.Path(dvc).parent / "python"), "-c", f"import {module}"], capture_output=True).returncode == 0
