"""Remotes over the network: real servers, real DVC on the other side; and what becomes of faults."""
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402
from sides import Side, sides, tree  # noqa: E402


class Kind:
    """One kind of storage: how a remote is configured, and the plugin that DVC needs for it."""

    def __init__(self, url, options, env, plugin):
        self.url, self.options, self.env, self.plugin = url, options, env, plugin


def http(context):
    return Kind(servers.http_storage().url + "/store", {}, {}, "dvc_http")


def ssh(context):
    server = servers.ssh_server()
    if server is None:
        raise context.skip("OpenSSH's server is not installed")
    return Kind(server.url("/remote"), {"keyfile": str(server.key)}, {"PIVOT_SSH_COMMAND": server.command}, "dvc_ssh")


def s3(context):
    server = servers.s3_server()
    if server is None:
        raise context.skip("moto is not installed (PIVOT_SERVERS)")
    return Kind("s3://bucket/store", {"endpointurl": server.url}, dict(server.ENV), "dvc_s3")


def gateway(context):
    server = servers.gateway_server()
    if server is None:
        raise context.skip("versitygw is not installed (./dev builds it)")
    return Kind("s3://bucket/a store", {"endpointurl": server.url}, dict(server.ENV), "dvc_s3")


def new_project(both, tool, kind, name):
    """A repository of the tool's with data and a remote of this kind."""
    root = both.tmp / f"net-{name}"
    root.mkdir()
    side = Side(name, tool, root)
    side.git("init", "-q")
    side.run("init", "-q")
    side.run("remote", "add", "-q", "-d", "r", f"{kind.url}/{name}")
    for option, value in kind.options.items():
        side.run("remote", "modify", "-q", "r", option, value)
    for i in range(40):
        side.write(f"d/s{i % 3}/file {i}+%.txt", f"{i}\n" * (i + 1))
    side.write("d/empty", "")
    side.write("big", os.urandom(3_000_000))
    side.write("ü", "umlaut\n")
    side.run("add", "-q", "d", "big", "ü")
    return side


def forget(side, *data):
    for path in (".dvc/cache", ".dvc/tmp", *data):
        if side.exists(path):
            side.remove(path)


def without_dvc(root):
    return {path: what for path, what in tree(root).items() if not path.startswith(".dvc")}


def check_both_ways(context, make_kind):
    kind = make_kind(context)
    if not servers.has_plugin(context.dvc, kind.plugin):
        raise context.skip(f"{kind.plugin} is not in the environment of real DVC")
    with sides(context) as both:
        for name, first, second in (("ours", both.pivot, both.dvc), ("theirs", both.dvc, both.pivot)):
            side = new_project(both, first, kind, name)
            root = side.root
            before = without_dvc(root)
            assert "43" in (out := side.run("push", env=kind.env)).out or "44" in out.out, out
            assert side.run("push", env=kind.env).out == "Everything is up to date.\n"
            side.tool = second
            assert "in sync" in side.run("status", "-c", env=kind.env).out
            forget(side, "d", "big", "ü")
            assert (pulled := side.run("pull", env=kind.env)).code == 0, pulled
            assert without_dvc(root) == before
            # One file more, from the other side.
            side.write("d/new", "new\n")
            side.run("add", "-q", "d")
            assert "2 files pushed" in (out := side.run("push", env=kind.env)).out, out
            side.tool = first
            forget(side, "d")
            assert side.run("pull", "d/new", env=kind.env).code == 0
            assert side.read("d/new") == "new\n"
            subprocess.run(["rm", "-rf", str(root)], check=True)


def test_http_both_ways(context):
    check_both_ways(context, http)


def test_ssh_both_ways(context):
    check_both_ways(context, ssh)


def test_s3_both_ways(context):
    check_both_ways(context, s3)


def test_signed_s3_both_ways(context):
    """A server that refuses what is not signed to the letter."""
    check_both_ways(context, gateway)


def test_wrong_keys_are_refused_by_the_server(context):
    kind = gateway(context)
    with sides(context) as both:
        side = new_project(both, both.pivot, kind, "keys")
        root = side.root
        for name, wrong, words in (("AWS_SECRET_ACCESS_KEY", "another/secret", "Forbidden (403): the credentials may not read bucket 'bucket', or are wrong"),
                                   ("AWS_ACCESS_KEY_ID", "nobody", "No user exists with the provided access key ID")):
            out = side.run("push", env={**kind.env, name: wrong})
            assert out.code == 1 and words in out.err, out
            assert "another/secret" not in out.out + out.err, out
            assert kind.env["AWS_SECRET_ACCESS_KEY"] not in out.out + out.err, out
        assert side.run("push", env=kind.env).code == 0
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_a_bucket_that_is_not_there_is_said_once(context):
    for make_kind in (s3, gateway):
        kind = make_kind(context)
        with sides(context) as both:
            side = new_project(both, both.pivot, kind, "nobucket")
            root = side.root
            side.run("remote", "modify", "r", "url", "s3://nobucket/here")
            for i in range(30):
                (root / f"f{i}").write_text(f"file {i}\n")
            assert side.run("add", *(f"f{i}" for i in range(30))).code == 0
            out = side.run("push", env=kind.env)
            assert out.code == 1 and out.err.count("the bucket 'nobucket' does not exist") == 1, out
            assert not (root / ".dvc/tmp/pivot/remotes").exists() or not any((root / ".dvc/tmp/pivot/remotes").iterdir()), "nothing is believed to be there"
            (root / ".dvc/cache").rename(root / ".dvc/gone")
            for command in (("status", "-c"), ("fetch",), ("pull",)):
                out = side.run(*command, env=kind.env)
                assert out.code == 1 and out.err.count("the bucket 'nobucket' does not exist") == 1, out
            subprocess.run(["rm", "-rf", str(root)], check=True)


class ExpiredStorage(BaseHTTPRequestHandler):
    """Answers as S3 does to a session token that has run out."""
    BODY = (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>'
            b"<Token-0>the-token</Token-0><RequestId>1</RequestId></Error>")

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(400)
        body = b"" if self.command == "HEAD" else self.BODY
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


def test_credentials_that_have_run_out(context):
    """The reason is said, nothing of the secrets is, and with new ones the same command completes."""
    kind = gateway(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), ExpiredStorage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    expired = {**kind.env, "AWS_SESSION_TOKEN": "the-token"}
    with sides(context) as both:
        side = new_project(both, both.pivot, kind, "expired")
        root = side.root
        for i in range(1200):  # so many that names are listed, not asked for one by one
            side.write(f"many/{i}", f"{i}\n")
        side.run("add", "-q", "many")

        def endpoint(url):
            side.run("remote", "modify", "-q", "r", "endpointurl", url)

        for argv, words in ((["push", "d"], "an expired session token would do that"), (["push"], "token"), (["status", "-c"], "token"), (["fetch"], "token")):
            endpoint(f"http://127.0.0.1:{server.server_port}")
            if argv == ["fetch"]:
                (root / ".dvc/cache").rename(root / "kept")
            out = side.run(*argv, env=expired)
            assert out.code != 0 and words in out.err, (argv, out)
            for secret in ("the-token", kind.env["AWS_SECRET_ACCESS_KEY"]):
                assert secret not in out.out + out.err, (argv, out)
        (root / ".dvc/cache").exists() and subprocess.run(["rm", "-rf", str(root / ".dvc/cache")], check=True)
        (root / "kept").rename(root / ".dvc/cache")
        endpoint(kind.options["endpointurl"])
        assert (out := side.run("push", env=kind.env)).code == 0, out
        assert "in sync" in side.run("status", "-c", env=kind.env).out
        server.shutdown()
        subprocess.run(["rm", "-rf", str(root)], check=True)


def check_two_at_once(context, make_kind):
    """Two machines push the same data and some of their own at the same time: each whole, nothing half, nothing twice."""
    kind = make_kind(context)
    with sides(context) as both:
        machines = []
        for name in ("one", "two"):
            root = both.tmp / f"net-{name}"
            root.mkdir()
            side = Side(name, both.pivot, root)
            side.git("init", "-q")
            side.run("init", "-q")
            side.run("remote", "add", "-q", "-d", "r", f"{kind.url}/at-once")
            for option, value in kind.options.items():
                side.run("remote", "modify", "-q", "r", option, value)
            for i in range(150):
                side.write(f"d/{i}", f"{i}\n" * (i + 1))
            side.write("big", b"0123456789abcdef" * 500_000)
            side.write("own", f"only {name}\n")
            side.run("add", "-q", "d", "big", "own")
            machines.append(side)
        env = {**both.pivot.env, **kind.env}
        children = [subprocess.Popen([both.pivot.path, "push"], cwd=side.root, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT) for side in machines]
        said = [child.communicate(timeout=120)[0].decode() for child in children]
        assert [child.returncode for child in children] == [0, 0], said
        for side in machines:
            assert "in sync" in side.run("status", "-c", env=kind.env).out
            before = without_dvc(side.root)
            forget(side, "d", "big", "own")
            assert (pulled := side.run("pull", env=kind.env)).code == 0, pulled
            assert without_dvc(side.root) == before
            # Nothing that a machine left behind on its way lies on the remote.
            out = side.run("gc", "-w", "-c", "--dry", env=kind.env)
            assert [line for line in out.out.splitlines() if line.startswith("Removing ")] == [
                line for line in out.out.splitlines() if hashlib.md5(f"only {machines[side is machines[0]].name}\n".encode()).hexdigest()[2:] in line], out
            subprocess.run(["rm", "-rf", str(side.root)], check=True)


def test_two_pushes_over_ssh_at_once(context):
    check_two_at_once(context, ssh)


def test_two_pushes_to_s3_at_once(context):
    check_two_at_once(context, gateway)


def check_gc(context, make_kind):
    kind = make_kind(context)
    with sides(context) as both:
        side = new_project(both, both.pivot, kind, "gc")
        root = side.root
        side.run("push", env=kind.env)
        side.remove("d/empty")
        side.run("add", "-q", "d")
        # How much would go is said to who is there, and to scripts that ask for words.
        out = side.run("gc", "-w", "-c", "--dry", "-v", env=kind.env)
        assert out.code == 0 and "2 objects of remote 'r' would be removed, " in out.out, out
        assert "0 objects of remote" not in out.out, out
        assert "would be removed, " not in side.run("gc", "-w", "-c", "--dry", env=kind.env).out
        out = side.run("gc", "-w", "-c", "-f", env=kind.env)
        assert out.code == 0 and "Removed 2 objects from remote" in out.out.replace("'r'", "").replace("  ", " "), out
        assert "new:" in side.run("status", "-c", env=kind.env).out
        side.run("push", env=kind.env)
        forget(side, "d", "big", "ü")
        assert side.run("pull", env=kind.env).code == 0
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_ssh_gc(context):
    check_gc(context, ssh)


def test_s3_gc(context):
    check_gc(context, s3)


def test_signed_s3_gc(context):
    check_gc(context, gateway)


class Project:
    """A project of pivot's alone on the faulty HTTP storage."""

    def __init__(self, context, name):
        self.storage = servers.http_storage()
        with sides(context) as both:
            self.both = both
        self.kind = Kind(f"{self.storage.url}/faults", {}, {}, "dvc_http")
        self.side = new_project(both, both.pivot, self.kind, name)
        self.root = self.side.root
        self.store = self.storage.root / "faults" / name

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.storage.faults.clear()
        self.storage.credentials = None
        subprocess.run(["rm", "-rf", str(self.root)], check=True)

    def check_objects(self, folder):
        """Whatever is there is whole."""
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file() and path.parent.parent.name == "md5" and not path.name.startswith("."):
                name = path.parent.name + path.name
                assert hashlib.md5(path.read_bytes()).hexdigest() == name.removesuffix(".dir"), name


def once_each(status):
    """A fault at the first request for every path."""
    seen = set()

    def rule(method, path):
        if (method, path) in seen:
            return None
        seen.add((method, path))
        return status
    return rule


def test_answers_that_pass_are_tried_again(context):
    for fault in (500, 503, 429, "cut"):
        with Project(context, f"again-{fault}") as p:
            p.storage.faults.append(once_each(fault))
            out = p.side.run("push")
            assert out.code == 0 and "pushed" in out.out, (fault, out)
            forget(p.side, "d", "big", "ü")
            p.storage.faults[:] = [once_each(fault)]
            out = p.side.run("pull")
            assert out.code == 0, (fault, out)
            p.check_objects(p.store)


def test_a_broken_download_goes_on_where_it_stopped(context):
    with Project(context, "resume") as p:
        p.side.run("push")
        for knows_ranges in (True, False):
            forget(p.side, "d", "big", "ü")
            p.storage.knows_ranges = knows_ranges
            p.storage.resumed_at.clear()
            p.storage.faults[:] = [lambda method, path, rule=once_each("cut"): rule(method, path) if method == "GET" else None]
            out = p.side.run("pull")
            assert out.code == 0, out
            p.check_objects(p.root / ".dvc/cache")
            assert (max(p.storage.resumed_at, default=0) == 1_500_000) == knows_ranges, p.storage.resumed_at
        # Always cut at the half, and no ranges: given up.
        p.storage.knows_ranges = False
        forget(p.side, "big")
        p.storage.faults[:] = [lambda method, path: "cut" if method == "GET" else None]
        out = p.side.run("pull", "big")
        assert out.code == 1 and not p.side.exists("big"), out


def test_wrong_bytes_are_never_kept(context):
    with Project(context, "wrong") as p:
        p.side.run("push")
        forget(p.side, "d", "big", "ü")
        # Once: asked for again. Always: named, and not in the cache.
        p.storage.faults.append(lambda method, path, rule=once_each("wrong"): rule(method, path) if method == "GET" else None)
        out = p.side.run("pull")
        assert out.code == 0, out
        big = hashlib.md5((p.root / "big").read_bytes()).hexdigest()
        forget(p.side, "big")
        p.storage.faults[:] = [lambda method, path: "wrong" if method == "GET" and path.endswith(big[2:]) else None]
        out = p.side.run("pull", "big")
        assert out.code == 1 and big in out.err and "has the hash" in out.err, out
        assert not p.side.exists(f".dvc/cache/files/md5/{big[:2]}/{big[2:]}") and not p.side.exists("big")
        p.check_objects(p.root / ".dvc/cache")
        p.storage.faults.clear()
        assert p.side.run("pull", "big").code == 0


def test_refusals_are_told_without_secrets(context):
    with Project(context, "secret") as p:
        p.side.run("remote", "modify", "r", "auth", "custom")
        p.side.run("remote", "modify", "r", "custom_auth_header", "X-Key")
        p.side.run("remote", "modify", "--local", "r", "password", "hunter2hunter2")
        p.storage.credentials = ("X-Key", "another one")
        out = p.side.run("push", "-v")
        assert out.code == 1 and "401" in out.err and "hunter2" not in out.out + out.err, out
        p.storage.credentials = ("X-Key", "hunter2hunter2")
        assert p.side.run("push").code == 0
        log = p.root / "events"
        forget(p.side, "d", "big", "ü")
        assert p.side.run("pull", env={"PIVOT_EVENTS": str(log)}).code == 0
        assert not log.exists() or "hunter2" not in log.read_text()


def test_a_bucket_in_another_region(context):
    """The region that the remote names isn't the bucket's: S3 says which one is, and the command goes on there."""
    kind = s3(context)
    proxy = servers.Proxy(servers.s3_server().port)
    proxy.region = "eu-central-1"
    kind.options["endpointurl"] = proxy.url
    with sides(context) as both:
        side = new_project(both, both.pivot, kind, "region")
        root = side.root
        assert side.run("push", env=kind.env).code == 0
        forget(side, "d", "big", "ü")
        assert side.run("pull", env=kind.env).code == 0
        assert side.read("ü") == "umlaut\n"
        assert any(size == "refused" for _, _, size in proxy.requests)
        # Without such a word the message names what it may be.
        proxy.region = ""
        forget(side)
        out = side.run("push", env=kind.env)
        assert out.code == 1 and "(400) for bucket 'bucket'" in out.err and "session token" in out.err, out
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_http_urls_that_need_encoding(context):
    storage = servers.http_storage()
    with sides(context) as both:
        root = both.tmp / "net-odd"
        root.mkdir()
        side = Side("odd", both.pivot, root)
        side.git("init", "-q")
        side.run("init", "-q")
        side.write("f", "f\n")
        side.run("add", "-q", "f")
        side.run("remote", "add", "-q", "-d", "r", f"{storage.url}/ö dd/a+b%20c")
        assert side.run("push").out == "1 file pushed\n"
        assert [path.name for path in (storage.root / "ö dd/a+b c/files/md5").rglob("*") if path.is_file()] == [side.read("f.dvc").split("md5: ")[1][2:32]]
        side.tool = both.dvc
        forget(side, "f")
        assert side.run("pull").code == 0 and side.read("f") == "f\n"
        side.tool = both.pivot
        side.run("remote", "modify", "r", "url", "http://")
        assert "'http://' names no host" in (out := side.run("push")).err and out.code == 1, out
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_a_server_that_goes_away(context):
    with Project(context, "away") as p:
        done = []

        def after_a_few(method, path):
            if method != "POST":
                return None
            done.append(path)
            return "cut" if len(done) > 10 else None
        p.storage.faults.append(after_a_few)
        out = p.side.run("push")
        assert out.code == 1 and "failed to" in out.err, out
        assert len(done) < 10 + 16 * 5 + 34, "those that were on their way are tried five times, the others not when these were in vain"
        p.check_objects(p.store)
        assert not any(path.endswith(".dir") for path in map(str, p.store.rglob("*"))), "a listing came before its files"
        stored = {path for path in p.store.rglob("*") if path.is_file()}
        assert stored
        p.storage.faults.clear()
        p.storage.requests.clear()
        assert p.side.run("push").code == 0
        sent = [path for method, path in p.storage.requests if method == "POST"]
        assert len(sent) == 44 - len(stored), "what had arrived was not sent again"


def test_killed_in_the_middle(context):
    """kill -9 at several moments of push, pull, fetch, gc: only whole objects anywhere, and the next run completes."""
    with Project(context, "killed") as p:
        p.storage.faults.append(lambda method, path: "slow" if method in ("GET", "POST") else None)

        def kill_after(argv, seconds):
            child = subprocess.Popen([p.both.pivot.path, *argv], cwd=p.root, env=p.both.pivot.env, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            child.send_signal(signal.SIGKILL)
            child.wait()
            p.check_objects(p.store)
            p.check_objects(p.root / ".dvc/cache")

        for seconds in (0.02, 0.1, 0.3):
            kill_after(["push"], seconds)
        assert p.side.run("push").code == 0
        assert "in sync" in p.side.run("status", "-c").out
        forget(p.side, "d", "big", "ü")
        for command, seconds in (("fetch", 0.02), ("fetch", 0.2), ("pull", 0.1), ("pull", 0.4)):
            kill_after([command], seconds)
        assert p.side.run("pull").code == 0
        for seconds in (0.005, 0.02):
            kill_after(["gc", "-w", "-f"], seconds)
        assert p.side.run("gc", "-w", "-f").code == 0
        assert p.side.run("status").out == "Data and pipelines are up to date.\n"
        assert len([n for n in os.listdir(p.root) if n.startswith(".")]) <= 4, os.listdir(p.root)


def test_a_full_disk(context):
    """On a small disk `pull` says that it is full, keeps no half file, and completes when there is room."""
    with Project(context, "full") as p:
        p.side.run("push")
        forget(p.side, "d", "big", "ü")
        cache = p.root / ".dvc/cache"
        cache.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(cache)], capture_output=True).returncode != 0:
            raise context.skip("mounting a tmpfs is not allowed here")
        try:
            out = p.side.run("pull")
            assert out.code == 1 and "No space left on device" in out.err, out
            p.check_objects(cache)
            assert not list(cache.rglob(".*")) and not p.side.exists("big"), list(cache.rglob(".*"))
            subprocess.run(["mount", "-o", "remount,size=20m", str(cache)], check=True)
            assert (again := p.side.run("pull")).code == 0, again
            p.check_objects(cache)
        finally:
            subprocess.run(["umount", "-l", str(cache)], check=True)


def test_two_pushes_and_a_gc_at_once(context):
    with Project(context, "crowd") as p:
        p.storage.faults.append(lambda method, path: "slow" if method == "POST" and path.endswith("0") else None)
        children = [subprocess.Popen([p.both.pivot.path, *argv], cwd=p.root, env=p.both.pivot.env, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    for argv in (["push"], ["push"], ["gc", "-w", "-f"])]
        for child in children:
            text = child.communicate(timeout=120)[0].decode()
            assert child.returncode == 0, text
        assert "in sync" in p.side.run("status", "-c").out
        p.check_objects(p.store)


def test_ssh_says_what_ssh_says(context):
    kind = ssh(context)
    with sides(context) as both:
        side = new_project(both, both.pivot, kind, "bad")
        root = side.root
        side.run("remote", "modify", "r", "keyfile", str(root / "no-such-key"))
        out = side.run("push", env=kind.env)
        assert out.code == 1 and "Permission denied" in out.err, out
        side.run("remote", "modify", "r", "port", str(servers.free_port()))
        out = side.run("push", env=kind.env)
        assert out.code == 1 and "Connection refused" in out.err, out
        out = side.run("push", env={"PIVOT_SSH_COMMAND": "no-such-program"})
        assert out.code == 1 and "no-such-program" in out.err, out
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_update_with_recorded_options(context):
    """What `import-url --fs-config` records serves `update` too. (Real DVC fails on an address with a colon there.)"""
    kind = s3(context)
    server = servers.s3_server()
    with sides(context) as both:
        def script(s):
            assert server.request("PUT", "/bucket/options/x", b"one\n")[0] == 200
            out = s.run("import-url", "--fs-config", f"endpointurl={server.url}", "--", "s3://bucket/options/x", env=kind.env)
            assert out.code == 0 and s.read("x") == "one\n", out
            assert "didn't change" in s.run("update", "x.dvc", env=kind.env).out
            assert (put := server.request("PUT", "/bucket/options/x", b"two\n"))[0] == 200, put
            out = s.run("update", "x.dvc", env=kind.env)
            assert out.code == 0 and s.read("x") == "two\n", out
        both.play(script, "pivot", both.pivot)
