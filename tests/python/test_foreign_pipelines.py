"""Other people's repositories with Python pipelines: their data is had without running their code."""
import os
import pathlib
import subprocess
import tempfile

GIT = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@localhost", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@localhost",
       "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def test_reading_another_repository_runs_none_of_its_code(context):
    with tempfile.TemporaryDirectory(prefix="pivot-foreign-") as temporary:
        tmp = pathlib.Path(temporary)
        theirs, mine, ran = tmp / "theirs", tmp / "mine", tmp / "ran"
        for folder in (theirs, mine, tmp / "home"):
            folder.mkdir()
        env = {**{k: v for k, v in os.environ.items() if not k.startswith(("PIVOT_", "DVC_"))}, **GIT, "HOME": str(tmp / "home")}

        def run(folder, *argv, code=0):
            done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True)
            assert done.returncode == code, (argv, done.stdout, done.stderr)
            return done.stdout

        def pivot(folder, *argv, code=0):
            return run(folder, context.pivot, *argv, code=code)

        run(theirs, "git", "init", "-q")
        pivot(theirs, "init", "--python")
        pivot(theirs, "repro", "-q")
        pivot(theirs, "remote", "add", "-q", "-d", "store", str(tmp / "store"))
        pivot(theirs, "push", "-q")
        with open(theirs / "pipeline.py", "a") as file:
            file.write(f"\nopen({str(ran)!r}, 'w').close()\n")
        run(theirs, "git", "add", "-A")
        run(theirs, "git", "commit", "-qm", "all")
        bare = tmp / "bare.git"
        run(tmp, "git", "clone", "-q", "--bare", str(theirs), str(bare))

        run(mine, "git", "init", "-q")
        pivot(mine, "init", "-q")
        for url in (f"file://{bare}", str(bare), str(theirs), f"file://{theirs}"):
            pivot(mine, "import", "-f", url, "model.json")
            assert (mine / "model.json").read_bytes() == (theirs / "model.json").read_bytes()
            pivot(mine, "get", "-f", url, "clean.csv")
            assert (mine / "clean.csv").read_bytes() == (theirs / "clean.csv").read_bytes()
            assert "model.json" in pivot(mine, "list", url).split()
            assert "didn't change" in pivot(mine, "update", "model.json.dvc")
            assert pivot(mine, "status") == "Data and pipelines are up to date.\n"
        assert not ran.exists(), "their pipeline was imported"

        # What changes over there arrives all the same.
        text = (theirs / "params.yaml").read_text()
        (theirs / "params.yaml").write_text(text.replace("steps: 2000", "steps: 200"))
        assert (theirs / "params.yaml").read_text() != text
        pivot(theirs, "repro", "-q")
        ran.unlink()
        pivot(theirs, "push", "-q")
        run(theirs, "git", "commit", "-qam", "fewer steps")
        run(theirs, "git", "push", "-q", str(bare), "HEAD")
        assert "update available" in pivot(mine, "status")
        if ran.exists():
            ran.unlink()  # `push` over there
        pivot(mine, "update", "model.json.dvc")
        assert (mine / "model.json").read_bytes() == (theirs / "model.json").read_bytes()
        assert not ran.exists()
