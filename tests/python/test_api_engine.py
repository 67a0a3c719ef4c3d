"""The process behind `pivot.api`: threads share it, forks get their own, and its end is told."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pipelines  # noqa: E402, F401: makes `pivot` known
from test_python_stages import Project  # noqa: E402


def opened(context):
    from pivot.api import Engine
    project = Project(context, pipeline=None)
    for name in "abcd":
        project.write(f"{name}.txt", name * 1000)
    subprocess.run(["git", "add", "."], cwd=project.root, check=True)
    return project, Engine(str(project.root))


def contents(engine, names):
    out = []
    for name in names:
        with engine.content(f"{name}.txt", None) as file:
            out.append(file.read())
    return out


def test_threads_share_an_engine(context):
    project, engine = opened(context)
    with engine, concurrent.futures.ThreadPoolExecutor(8) as pool:
        for name, found in [(name, pool.submit(contents, engine, name * 20)) for name in "abcd" * 2]:
            assert found.result() == [name.encode() * 1000] * 20, name
    assert project.root.exists()


def test_forks_get_an_engine_of_their_own(context):
    project, engine = opened(context)
    with engine:
        contents(engine, "a")
        children = []
        for name in "abcd":
            child = os.fork()
            if child == 0:
                right = contents(engine, name * 20) == [name.encode() * 1000] * 20
                engine.close()
                os._exit(0 if right else 1)
            children.append(child)
        assert contents(engine, "dcba" * 10) == [name.encode() * 1000 for name in "dcba" * 10]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert project.root.exists()


def test_an_engine_that_has_ended_says_so(context):
    from pivot.api import ApiError
    project, engine = opened(context)
    engine._process.kill()
    engine._process.wait()
    for _ in range(2):
        try:
            contents(engine, "a")
            raise AssertionError("no error")
        except ApiError as error:
            assert "the engine" in str(error), error
    engine.close()
    assert project.root.exists()
