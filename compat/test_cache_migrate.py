"""cache migrate: a project of DVC 2 becomes one of DVC 3, under both tools."""
import hashlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import sides  # noqa: E402


def project_of_dvc_2(s):
    def put(data, suffix=""):
        value = hashlib.md5(data.replace(b"\r\n", b"\n")).hexdigest() + suffix
        s.write(f".dvc/cache/{value[:2]}/{value[2:]}", data, mode=0o444)
        return value
    contents = {"f": b"a\r\nb\n", "d/a": b"x\r\n", "d/b": b"b\n", "o": b"a\r\nb\n"}
    for path, data in contents.items():
        s.write(path, data)
    f = put(contents["f"])
    listing = json.dumps([{"md5": put(contents[f"d/{name}"]), "relpath": name} for name in "ab"]).encode()
    d = put(listing, ".dir")
    s.write("f.dvc", f"outs:\n- md5: {f}\n  size: 5\n  path: f\n")
    s.write("d.dvc", f"outs:\n- md5: {d}\n  size: 5\n  nfiles: 2\n  path: d\n")
    s.write("dvc.yaml", "stages:\n  s:\n    cmd: cp f o\n    deps: [f]\n    outs: [o]\n")
    s.write("dvc.lock", f"schema: '2.0'\nstages:\n  s:\n    cmd: cp f o\n    deps:\n    - path: f\n      md5: {f}\n      size: 5\n"
                        f"    outs:\n    - path: o\n      md5: {f}\n      size: 5\n")


def test_cache_migrate(context):
    def objects(s):
        s.snapshots.append({str(p.relative_to(s.root)): oct(p.stat().st_mode) for p in (s.root / ".dvc/cache").rglob("*")
                            if p.is_file() and "runs" not in p.parts})

    def script(s):
        project_of_dvc_2(s)
        s.run("status")
        s.run("cache", "migrate", "--dry")
        s.run("cache", "migrate")
        s.run("cache", "migrate")
        objects(s)
        s.run("cache", "migrate", "--dvc-files", "--dry", compare="lines")
        s.run("cache", "migrate", "--dvc-files", compare="code")
        for name in ("f.dvc", "d.dvc", "dvc.lock"):
            s.snapshots.append({name: s.read(name)})
        objects(s)
        s.run("status")
        s.run("gc", "-w", "-f")
        for name in ("f", "d", "o"):
            s.remove(name)
        s.run("checkout", compare="lines")
        assert (s.root / "d/a").read_bytes() == b"x\r\n"
    with sides(context) as both:
        both.compare(script)
