"""What `dvc.api` offers to scripts, answered by pivot's engine: the same names, arguments and answers.

Repositories are folders (`repo="../data"`, default: the one around the working directory), at any Git revision.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import io
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

from pivot._live import find_binary

if TYPE_CHECKING:
    from pivot._filesystem import DVCFileSystem as DVCFileSystem

__all__ = [
    "DVCFileSystem", "all_branches", "all_commits", "all_tags", "exp_show", "get_url", "metrics_show", "open",
    "params_show", "read",
]  # fmt: skip


class ApiError(Exception):
    """What the engine could not do, in its words."""


class NotDvcRepoError(ApiError):
    """There is no repository around the folder."""


class RevError(ApiError):
    """Git knows no such revision."""


class PathMissingError(ApiError):
    """The revision has no such file, neither in Git nor tracked."""


class OutputNotFoundError(ApiError):
    """No stage and no *.dvc file has this output."""


class NoRemoteError(ApiError):
    """There is no default remote, and none was named."""


class MissingDataError(ApiError):
    """The file is tracked, but neither in the workspace nor in the cache."""


_ERRORS: dict[str, type[Exception]] = {
    "FileNotFoundError": FileNotFoundError,
    "IsADirectoryError": IsADirectoryError,
    "NotImplementedError": NotImplementedError,
    **{kind.__name__: kind for kind in ApiError.__subclasses__()},
}


class Engine:
    """A process of the engine that answers questions about one repository. It ends when this is closed."""

    def __init__(self, repo: str | os.PathLike[str] | None = None) -> None:
        folder = os.fspath(repo) if repo is not None else os.getcwd()
        if "://" in folder or not os.path.isdir(folder):
            raise ApiError(f"'{folder}' is not a folder: clone the repository and give its path")
        self.folder = os.path.abspath(folder)
        self._process = subprocess.Popen(
            [find_binary(), "api"], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, call: str, **arguments: Any) -> Any:
        """The engine's answer. Raises the exception that it names."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": call, **arguments}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ApiError("the engine ended without an answer")
        answer = json.loads(line)
        error = answer.get("error")
        if error is not None:
            raise _ERRORS.get(error["type"], ApiError)(error["message"])
        return answer["result"]

    def content(self, path: str, rev: str | None, remote: str | None = None) -> IO[bytes]:
        """A file opened for reading; data that only a remote has is fetched first."""
        try:
            place = self.ask("read", path=path, rev=rev)
        except MissingDataError:
            if rev is not None:
                raise
            fetch = [find_binary(), "fetch", "-q", path, *(["-r", remote] if remote else [])]
            if subprocess.run(fetch, cwd=self.folder, stderr=subprocess.DEVNULL, check=False).returncode != 0:
                raise
            place = self.ask("read", path=path, rev=rev)
        if "file" in place:
            return io.open(place["file"], "rb")  # noqa: UP020: `open` is another one here
        return io.BytesIO(base64.b64decode(place["base64"]))

    def close(self) -> None:
        """Ends the process."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse_config(config: object) -> None:
    if config:
        raise NotImplementedError("pivot.api takes no settings of its own: write them with `pivot config`")


def _names(value: str | Iterable[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def params_show(
    *targets: str, repo: str | None = None, stages: str | Iterable[str] | None = None, rev: str | None = None,
    deps: bool = False, config: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Parameters of all params files in one dictionary. A key that several files have is `file:key`."""
    _refuse_config(config)
    with Engine(repo) as engine:
        return engine.ask("params", targets=list(targets), stages=_names(stages), rev=rev, deps=deps)


def metrics_show(
    *targets: str, repo: str | None = None, rev: str | None = None, config: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Metrics of all metrics files in one dictionary. A key that several files have is `file:key`."""
    _refuse_config(config)
    with Engine(repo) as engine:
        return engine.ask("metrics", targets=list(targets), rev=rev)


@contextlib.contextmanager
def open(  # noqa: A001: the name is DVC's
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None, mode: str = "r",
    encoding: str | None = None, config: dict[str, Any] | None = None, remote_config: dict[str, Any] | None = None,
) -> Iterator[IO[Any]]:  # fmt: skip
    """A tracked file, or one of Git, as a context manager. Modes: "r", "rt", "rb"."""
    _refuse_config(config or remote_config)
    if mode not in ("r", "rt", "rb"):
        raise ValueError(f"Only reading `mode` is supported, not {mode!r}.")
    with Engine(repo) as engine, engine.content(path, rev, remote) as raw:
        if mode == "rb":
            yield raw
        else:
            with io.TextIOWrapper(raw, encoding=encoding) as text:
                yield text


def read(
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None, mode: str = "r",
    encoding: str | None = None, config: dict[str, Any] | None = None, remote_config: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The content of a tracked file, or of one of Git: text, or bytes with mode "rb"."""
    with open(path, repo, rev, remote, mode, encoding, config, remote_config) as file:
        return file.read()


def get_url(
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None,
    config: dict[str, Any] | None = None, remote_config: dict[str, Any] | None = None,
) -> str:  # fmt: skip
    """Where the remote has the data of a tracked file or folder (whether it is there isn't asked)."""
    _refuse_config(config or remote_config)
    with Engine(repo) as engine:
        return engine.ask("url", path=path, rev=rev, remote=remote)


def all_branches(repo: str | None = None) -> list[str]:
    """Names of the branches."""
    with Engine(repo) as engine:
        return engine.ask("names", kind="branches")


def all_tags(repo: str | None = None) -> list[str]:
    """Names of the tags."""
    with Engine(repo) as engine:
        return engine.ask("names", kind="tags")


def all_commits(repo: str | None = None) -> list[str]:
    """SHAs of the commits that a branch, a tag or HEAD reaches."""
    with Engine(repo) as engine:
        return engine.ask("names", kind="commits")


def _created(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    then = datetime.datetime.fromtimestamp(seconds)
    return then.strftime("%I:%M %p" if then.date() == datetime.date.today() else "%b %d, %Y")


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def exp_show(
    repo: str | None = None, revs: str | list[str] | None = None, num: int = 1, param_deps: bool = False,
    force: bool = False, config: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for the workspace and one for each commit. NotImplementedError when there are experiments."""
    del force  # nothing is kept between calls
    _refuse_config(config)
    names = _names(revs) or ["HEAD"]
    wanted = [name if n == 0 else f"{name}~{n}" for name in names for n in range(max(num, 1))]
    with Engine(repo) as engine:
        rows = engine.ask("baselines", revs=wanted, deps=param_deps)
    out: list[dict[str, Any]] = []
    columns = {
        part: list(dict.fromkeys(key for row in rows for key in row[part])) for part in ("metrics", "params", "deps")
    }
    for row in rows:
        entry: dict[str, Any] = {
            "Experiment": None,
            "rev": row["rev"],
            "typ": "baseline",
            "Created": _created(row["time"]),
        }
        entry.update(dict.fromkeys(("parent", "State", "Executor")))
        for part, keys in columns.items():
            for key in keys:
                entry[key] = _cell(row[part].get(key))
        out.append(entry)
    return out


def __getattr__(name: str) -> Any:
    if name == "DVCFileSystem":  # needs fsspec: loaded when asked for
        from pivot._filesystem import DVCFileSystem

        return DVCFileSystem
    raise AttributeError(f"module 'pivot.api' has no attribute {name!r}")
