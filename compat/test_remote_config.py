"""`remote` and `cache dir`: the configuration of storage, under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def configs(s):
    """The files as they stand, in the log of the side."""
    s.run("config", "-l")
    s.snapshot()


def test_remotes_come_and_go(context):
    def script(s):
        s.run("remote", "list")
        s.run("remote", "default")
        s.run("remote", "add", "averyverylongname", "/some/where")
        s.run("remote", "add", "-d", "S3x", "s3://bucket/path")
        s.run("remote", "add", "S3x", "other")
        s.run("remote", "add", "-f", "s3x", "rel/dir")
        s.run("remote", "list")
        configs(s)
        s.run("remote", "default")
        s.run("remote", "default", "nothing")
        s.run("remote", "default", "averyverylongname", "--local")
        s.run("remote", "rename", "averyverylongname", "z")
        s.run("remote", "rename", "nothing", "x")
        s.run("remote", "rename", "z", "s3x")
        configs(s)
        s.run("remote", "remove", "z", "--local")
        s.run("remote", "remove", "z")
        s.run("remote", "default", "-u")
        s.run("remote", "default")
        configs(s)
        s.run("remote", "add", "u", "../beside", cwd="")
        s.run("remote", "add", "bad", "gopher://x")
        configs(s)
    play(context, script)


def test_options_of_remotes(context):
    def script(s):
        s.run("remote", "add", "r", "s3://b/p")
        s.run("remote", "modify", "r", "jobs", "3")
        s.run("remote", "modify", "r", "jobs", "many")
        s.run("remote", "modify", "r", "nothing", "3")
        s.run("remote", "modify", "other", "jobs", "3")
        s.run("remote", "modify", "--local", "r", "access_key_id", "ABC")
        configs(s)
        s.run("remote", "modify", "-u", "r", "jobs")
        s.run("remote", "modify", "-u", "r", "jobs")
        s.write("sub/x", "")
        s.run("remote", "modify", "r", "url", "../here", cwd="sub")
        s.run("remote", "list", cwd="sub")
        configs(s)
    play(context, script)


def test_cache_dir(context):
    def script(s):
        s.run("cache", "dir")
        s.run("cache", "dir", "--local")
        s.write("sub/x", "")
        s.run("cache", "dir", "../elsewhere", cwd="sub")
        s.run("cache", "dir")
        s.run("cache", "dir", "--project")
        configs(s)
        s.run("cache", "dir", "-u")
        s.run("cache", "dir", "-u")
        s.run("cache", "dir", "/abs", "--local")
        s.run("cache", "dir")
        configs(s)
    play(context, script)


def test_outside_of_a_repository(context):
    def script(s):
        s.run("remote", "list")
        s.run("remote", "add", "r", "x")
        s.run("cache", "dir")
        s.run("cache", "dir", "x")
    play(context, script, init=False)
