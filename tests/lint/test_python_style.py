"""The Python package is clean for ruff (src/python/ruff.toml) and pyright (src/python/pyrightconfig.json), and so are the tests."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src/python"


def ruff(context):
    program = shutil.which("ruff", path=f"{ROOT / '.dev/venv/bin'}") or shutil.which("ruff")
    if program is None:
        raise context.skip("ruff is missing (./dev installs it)")
    return program


def run(*argv):
    return subprocess.run(argv, cwd=PACKAGE, capture_output=True, text=True)


def test_ruff_finds_nothing(context):
    found = run(ruff(context), "check", "--no-cache", ".")
    assert found.returncode == 0, found.stdout + found.stderr


def test_ruff_finds_nothing_in_the_tests(context):
    found = run(ruff(context), "check", "--no-cache", "--isolated", str(ROOT / "tests"), str(ROOT / "compat"))
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_package_is_formatted(context):
    found = run(ruff(context), "format", "--no-cache", "--check", ".")
    assert found.returncode == 0, found.stdout + found.stderr


def test_pyright_finds_nothing(context):
    program = ROOT / ".dev/pyright/index.js"
    node = shutil.which("node")
    if node is None or not program.exists():
        raise context.skip("pyright is missing (./dev fetches it where npm is)")
    found = run(node, program, "-p", PACKAGE)
    assert found.returncode == 0, found.stdout + found.stderr
