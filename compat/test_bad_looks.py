"""Looking at results that are broken, incomplete or odd: a message for each file, and the others are still shown. Both tools."""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import base_env, play, sides  # noqa: E402

FILES = {
    "fake.png": b"\x89PNG\r\n\x1a\nnope", "text.jpg": "not an image", "empty.gif": "", "mixed.csv": "a,b\n1,2\nx,y,z\n3\n", "nan.json": '[{"x":1,"y":NaN},{"x":2,"y":-Infinity}]',
    "latin.csv": b"a,b\n\xff,1\n", "good.csv": "x,y\n1,2\n2,3\n", "broken.json": '{"a":1', "quotes.csv": '"x","y"\n"1,5","a ""b"""\n2,"open\n',
}


def test_broken_files_beside_good_ones(context):
    def script(s):
        for name, content in FILES.items():
            s.write(name, content)
        s.write("ok.json", '{"a": 1}')
        s.write("dvc.yaml", "metrics: [broken.json, ok.json]\nplots: [" + ", ".join(FILES) + ", missing.csv]\n")
        s.commit("one")
        s.run("metrics", "show")
        s.run("metrics", "show", "-A", "--json", compare="code")  # how files are named is a known difference
        s.run("metrics", "diff", "HEAD", "--all")
        for argv in (["show"], ["diff", "HEAD", "workspace"]):
            s.run("plots", *argv, "--json", "-o", "images", compare="json")
        s.run("plots", "show", "-o", "page")
        for argv in (["plots", "show", "good.csv", "-t", "nope"], ["plots", "diff", "nope"], ["plots", "show", "good.csv", "--json", "-t", "nope"],
                     ["metrics", "diff", "nope"], ["params", "diff", "nope"], ["diff", "nope"], ["list", ".", "--rev", "nope"]):
            s.run(*argv, compare="code" if "-t" in argv else "all")
        s.snapshot()
    with sides(context) as both:
        def without_page(side):
            script(side)
            side.snapshots[-1] = {k: v for k, v in side.snapshots[-1].items() if not k.startswith("page/index.html")}
        both.compare(without_page)


def test_an_object_that_the_cache_lacks(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo '{\"a\":1}' > m.json; echo '{\"b\":2}' > n.json; printf 'x,y\\n1,2\\n' > p.csv\n"
                "    metrics: [m.json, n.json]\n    plots: [p.csv]\n")
        s.run("repro", "-q")
        s.commit("one")
        for name in ("m.json", "p.csv"):
            s.remove(name)
        for folder in (s.root / ".dvc/cache/files/md5").iterdir():
            for file in folder.iterdir():
                if b'"a"' in file.read_bytes() or b"x,y" in file.read_bytes():
                    file.unlink()
        s.run("metrics", "show", "--json", compare="json")
        s.run("metrics", "show", "-A", "--json", compare="json")
        s.run("plots", "show", "--json", compare="json")
        s.run("plots", "diff", "HEAD", "--json", compare="json")
        s.run("data", "status", "--json", "--granular", compare="json")
    play(context, script)


def test_a_folder_whose_listing_the_cache_lacks(context):
    def script(s):
        s.run("remote", "add", "-q", "-d", "store", str(s.root / "store"))
        s.write("data/a", "a")
        s.write("data/sub/b", "b")
        s.run("add", "-q", "data")
        s.run("push", "-q")
        s.commit("one")
        s.remove(".dvc/cache")
        s.remove("data")
        s.run("list", ".", "-R", "--dvc-only")  # the remote knows
        shutil.rmtree(s.root / ".dvc/cache", ignore_errors=True)
        s.remove("store")
        forgetful = {"DVC_SITE_CACHE_DIR": str(s.root.parent / "empty")}  # DVC keeps listings there
        for argv in ([".", "-R"], [".", "data"], ["."]):
            s.run("list", *argv, env=forgetful)
        s.run("du", ".", env=forgetful, compare="lines")  # DVC: in the order of the file system
    play(context, script)


def test_shallow_clones_and_submodules(context):
    def script(s):
        for number in ("1", "2", "3"):
            s.write("src/m.json", '{"a": %s}' % number)
            s.write("src/dvc.yaml", "metrics: [m.json]\n")
            if number == "1":
                s.git("init", "-q", "-b", "main", "src")
                s.run("init", "-q", cwd="src")
            s.git("-C", "src", "add", ".")
            s.git("-C", "src", "commit", "-qm", number, env={"GIT_AUTHOR_DATE": f"2026-01-0{number}T00:00:00Z", "GIT_COMMITTER_DATE": f"2026-01-0{number}T00:00:00Z"})
        s.git("clone", "-q", "--depth", "2", f"file://{s.root}/src", "shallow")
        s.git("init", "-q", "super")
        s.git("-C", "super", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"{s.root}/src", "sub")
        s.git("-C", "super", "commit", "-qm", "sub")
        for folder in ("src", "shallow", "super/sub", "super"):
            s.run("metrics", "show", "-A", cwd=folder)
            s.run("metrics", "diff", "HEAD~1", cwd=folder)
            s.run("data", "status", cwd=folder)
        s.run("metrics", "diff", "HEAD~2", cwd="shallow")
        s.run("list", "sub", cwd="super")
        s.run("metrics", "show", "sub/m.json", cwd="super")
    play(context, script, init=False)


def test_bare_repositories_are_named(context):
    def script(s):
        subprocess.run(["git", "init", "-q", "--bare", "bare.git"], cwd=s.root, check=True, env=base_env(s.root.parent))
        for argv in (["metrics", "show"], ["metrics", "diff"], ["params", "diff"], ["plots", "diff"], ["root"], ["data", "status"]):
            s.run(*argv, cwd="bare.git", compare="code")
        s.run("metrics", "show", cwd="bare.git/objects", compare="code")
        s.git("init", "-q", "-b", "main", "src")
        s.write("src/a.txt", "a")
        s.git("-C", "src", "add", ".")
        s.git("-C", "src", "commit", "-qm", "one")
        s.git("clone", "-q", "--bare", "src", "of-src.git")
        s.run("list", "of-src.git")
        s.run("list", "of-src.git", "--rev", "main", "--json", compare="json")
        s.run("list", ".", cwd="of-src.git")
    play(context, script, init=False)
