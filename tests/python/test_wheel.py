"""`pip install .` in a virtual environment: the native command, the package, its extension module. Takes minutes: CI, or PIVOT_WHEEL=1."""
import os
import pathlib
import subprocess
import sys
import tempfile

CHECK = """
import pivot, pivot._pivot as native
assert native.yaml_load("a: 1_000") == {"a": 1000}
assert native.yaml_dump({"a": [1, 2.5, None, "x: y", True]}) == "a:\\n- 1\\n- 2.5\\n- \\n- 'x: y'\\n- true\\n"
assert native.md5(b"x") == "9dd4e461268c8034f5c8564e155c67a6"
assert native.ignores("*.tmp\\n!keep.tmp", "a/b.tmp") and not native.ignores("*.tmp\\n!keep.tmp", "keep.tmp")
try:
    native.yaml_load("a: [")
except native.Error:
    pass
else:
    raise AssertionError("broken YAML was read")
print(pivot.__file__)
"""


def test_the_wheel_installs_the_command_and_the_package(context):
    if not (os.environ.get("CI") or os.environ.get("PIVOT_WHEEL")):
        raise context.skip("builds a release: set PIVOT_WHEEL=1")
    with tempfile.TemporaryDirectory(prefix="pivot-wheel-") as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv/bin/python"
        done = subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", context.root], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        command = folder / "venv/bin/pivot"
        assert command.read_bytes()[:4] == b"\x7fELF", "the command is not the native binary"
        found = subprocess.run([python, "-c", CHECK], cwd=folder, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
        assert str(folder / "venv") in found.stdout
        project = folder / "project"
        project.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))} | {"VIRTUAL_ENV": str(folder / "venv")}
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
        for argv in (["init", "--python"], ["repro"], ["verify"]):
            done = subprocess.run([command, *argv], cwd=project, env=env, capture_output=True, text=True)
            assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
