"""Runs one script under real DVC and under pivot, in the same folder one after the other, and compares all that can be seen."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def base_env(tmp):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DVC", "GIT_", "PIVOT"))}
    env.update(SHELL="/bin/sh", DVC_NO_ANALYTICS="1", DVC_TEST="true", LC_ALL="C.UTF-8", TZ="UTC", HOME=str(tmp / "home"),
               GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@localhost",
               GIT_COMMITTER_NAME="t", GIT_COMMITTER_EMAIL="t@localhost", GIT_AUTHOR_DATE="2026-01-01T00:00:00Z",
               GIT_COMMITTER_DATE="2026-01-01T00:00:00Z", COLUMNS="80", DVC_SITE_CACHE_DIR=str(tmp / "site"))
    return env


class Result:
    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __repr__(self):
        return f"$ {' '.join(self.argv)}\n  exit code {self.code}\n  stdout: {self.out!r}\n  stderr: {self.err!r}"


class Binary:
    """pivot (or any other program) as a tool."""

    def __init__(self, path, env):
        self.path, self.env = str(path), env

    def __call__(self, argv, cwd, env):
        done = subprocess.run([self.path, *argv], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, env={**self.env, **env}, timeout=300)
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


class WarmDvc:
    """Real DVC behind warm_dvc.py."""

    def __init__(self, dvc, env, tmp):
        self.tmp = tmp
        python = pathlib.Path(dvc).parent / "python"
        self.process = subprocess.Popen([str(python), str(HERE / "warm_dvc.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def __call__(self, argv, cwd, env):
        out, err = self.tmp / "out", self.tmp / "err"
        self.process.stdin.write(json.dumps({"argv": argv, "cwd": str(cwd), "out": str(out), "err": str(err), "env": env}) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return code, out.read_text(errors="replace"), err.read_text(errors="replace")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Side:
    """What a script sees: a repository and the tool under which it runs."""

    def __init__(self, name, tool, root):
        self.name, self.tool, self.root, self.cwd, self.log, self.snapshots, self.commits = name, tool, root, root, [], [], 0

    def run(self, *argv, cwd=".", env=None, compare="all"):
        """Runs the tool. compare: all | code | out (exit code and stdout) | none | json (stdout as a value) | lines (stdout in any order)."""
        code, out, err = self.tool(list(argv), self.root / cwd, env or {})
        result = Result(argv, code, out, err)
        self.log.append((compare, result))
        return result

    def git(self, *argv, env=None):
        subprocess.run(["git", *argv], cwd=self.root, check=True, capture_output=True, env={**base_env(self.root.parent), **(env or {})})

    def commit(self, message):
        """Everything, a minute later than the commit before: the order of commits is theirs by time."""
        self.commits += 1
        date = f"2026-01-01T00:{self.commits:02}:00Z"
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, env={"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date})

    def write(self, path, text, mode=None):
        p = self.root / path
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_bytes(text if isinstance(text, bytes) else text.encode())
        if mode:
            p.chmod(mode)

    def read(self, path):
        return (self.root / path).read_text()

    def exists(self, path):
        return os.path.lexists(self.root / path)

    def remove(self, path):
        p = self.root / path
        shutil.rmtree(p) if p.is_dir() and not p.is_symlink() else p.unlink()

    def snapshot(self):
        """Everything in the workspace and the cache: path -> what."""
        self.snapshots.append(tree(self.root))


def tree(root):
    found = {}
    for folder, dirs, files in os.walk(root):
        rel = pathlib.Path(folder).relative_to(root)
        if rel == pathlib.Path("."):
            dirs[:] = [d for d in dirs if d != ".git"]
        if rel == pathlib.Path(".dvc"):
            dirs[:] = [d for d in dirs if d != "tmp"]
        for name in [*files, *(d for d in dirs if os.path.islink(os.path.join(folder, d)))]:
            p = os.path.join(folder, name)
            key = str(rel / name)
            if os.path.islink(p):
                found[key] = "link to " + os.readlink(p)
            else:
                mode = os.stat(p).st_mode & 0o777
                with open(p, "rb") as f:
                    found[key] = f"{mode:o} {hashlib.md5(f.read()).hexdigest()}"
        if not files and not dirs:
            found[str(rel) + "/"] = "empty folder"
    return found


def stable(text):
    """Without the orders that DVC itself leaves to chance (the files in the `git add` hint), and the lines that only pivot has (known
    difference failures_name_files)."""
    text = re.sub(r"(DVC failed to load some [^\n]*\n)(?:  \S[^\n]*\n)+", r"\1", text)
    return re.sub(r"^\tgit add (.*)$", lambda m: "\tgit add " + " ".join(sorted(m[1].split())), text, flags=re.M)


def parsed(text):
    """NaN is equal to itself here."""
    return json.dumps(json.loads(text), sort_keys=True) if text.strip() else text


def differences(a, b):
    lines = []
    read = {"json": parsed, "lines": lambda text: sorted(text.splitlines())}
    for (how, x), (_, y) in zip(a.log, b.log):
        parts = {"all": ("code", "out", "err"), "out": ("code", "out"), "code": ("code",), "none": ()}.get(how, ("code", "out", "err"))
        for part in parts:
            u, v = getattr(x, part), getattr(y, part)
            if how in read and part == "out" and x.code == y.code == 0:
                u, v = read[how](u), read[how](v)
            if stable(str(u)) != stable(str(v)):
                lines.append(f"{' '.join(x.argv)}: {part}\n  DVC:   {u!r}\n  pivot: {v!r}")
    for number, (u, v) in enumerate(zip(a.snapshots, b.snapshots), 1):
        for key in sorted(set(u) | set(v)):
            if u.get(key) != v.get(key):
                lines.append(f"snapshot {number}: {key}\n  DVC:   {u.get(key)}\n  pivot: {v.get(key)}")
    return lines


class Sides:
    """The two tools, kept warm for many scripts."""

    def __init__(self, context):
        if context.dvc is None:
            raise context.skip("DVCENV names no environment with real DVC")
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="pivot-compat-"))
        (self.tmp / "home").mkdir()
        self.env = base_env(self.tmp)
        linked = self.tmp / "bin/dvc"
        linked.parent.mkdir()
        linked.symlink_to(context.pivot)
        self.dvc = WarmDvc(context.dvc, self.env, self.tmp)
        self.pivot = Binary(linked, self.env)

    def close(self):
        self.dvc.close()
        subprocess.run(["chmod", "-R", "u+w", str(self.tmp)], check=False)
        shutil.rmtree(self.tmp, ignore_errors=True)

    def play(self, script, name, tool, init=True):
        root = self.tmp / "repo"
        root.mkdir()
        side = Side(name, tool, root)
        if init:
            side.git("init", "-q")
            side.run("init", "-q")
        try:
            script(side)
        finally:
            kept = self.tmp / f"{name}-repo"
            shutil.rmtree(kept, ignore_errors=True)
            root.rename(kept)
        return side

    def compare(self, script, init=True):
        """Raises AssertionError with every difference."""
        a = self.play(script, "dvc", self.dvc, init)
        b = self.play(script, "pivot", self.pivot, init)
        lines = differences(a, b)
        assert not lines, f"{len(lines)} differences\n" + "\n".join(lines[:12])
        return a, b


_sides = None


@contextlib.contextmanager
def sides(context):
    """One pair of tools for the whole test run."""
    global _sides
    if _sides is None:
        _sides = Sides(context)
        import atexit
        atexit.register(_sides.close)
    yield _sides


def play(context, script, init=True):
    """Runs the script under both tools; AssertionError with every difference, else both sides."""
    with sides(context) as both:
        return both.compare(script, init)
