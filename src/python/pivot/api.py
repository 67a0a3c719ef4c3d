"""What `dvc.api` offers to scripts, answered by pivot's engine: the same names, arguments and answers.

`repo` is a folder or the URL of a Git repository (default: the one around the working directory), `rev` any revision.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import io
import json
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

from pivot._live import find_binary

if TYPE_CHECKING:
    from pivot._filesystem import DVCFileSystem as DVCFileSystem

__all__ = [
    "DVCFileSystem", "all_branches", "all_commits", "all_tags", "artifacts_show", "exp_show", "get_url",
    "metrics_show", "open", "params_show", "read",
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


class RemoteNotFoundError(ApiError):
    """The settings name no such remote."""


class MissingDataError(ApiError):
    """The file is tracked, but neither in the workspace nor in the cache or a remote."""


class CloneError(ApiError):
    """There is no Git repository behind the address, or Git can't get it."""


class ConfigError(ApiError):
    """A setting that there isn't, or a value that it can't have."""


class ArtifactNotFoundError(ApiError):
    """No tag and no dvc.yaml names such an artifact."""


_ERRORS: dict[str, type[Exception]] = {
    "FileNotFoundError": FileNotFoundError,
    "IsADirectoryError": IsADirectoryError,
    "NotImplementedError": NotImplementedError,
    **{kind.__name__: kind for kind in ApiError.__subclasses__()},
}


Config = dict[str, Any]
_NAMED_SECTIONS = ("remote", "machine", "db")


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _settings(config: Config | None) -> list[list[str]]:
    """As rows of group, name ("" where sections have none), key and value."""
    rows: list[list[str]] = []
    for group, content in (config or {}).items():
        sections = content if group in _NAMED_SECTIONS else {"": content}
        for name, keys in sections.items():
            rows += [[group, name, key, _setting(value)] for key, value in keys.items() if value is not None]
    return rows


class Engine:
    """A process of the engine that answers questions about one repository. It ends when this is closed.

    Threads may share it; a fork of this process gets an engine of its own."""

    def __init__(
        self, repo: str | os.PathLike[str] | None = None, remote: str | None = None, config: Config | None = None,
        remote_config: Config | None = None,
    ) -> None:  # fmt: skip
        where = os.fspath(repo) if repo is not None else os.getcwd()
        folder = os.path.abspath(where) if os.path.isdir(where) else os.getcwd()
        self._asked = {
            "repo": None if os.path.isdir(where) else where,
            "remote": remote,
            "settings": _settings(config),
            "remote_settings": [[key, _setting(value)] for key, value in (remote_config or {}).items()],
        }
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._owner, self._lock = os.getpid(), threading.Lock()
        self._process = subprocess.Popen(
            [find_binary(), "api"], cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, call: str, **arguments: Any) -> Any:
        """The engine's answer. Raises the exception that it names."""
        if self._owner != os.getpid():
            self._start()
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._lock:
            try:
                self._process.stdin.write(json.dumps({"call": call, **self._asked, **arguments}).encode() + b"\n")
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError):
                raise ApiError("the engine has ended") from None
            line = self._process.stdout.readline()
        if not line:
            raise ApiError("the engine ended without an answer")
        answer = json.loads(line)
        error = answer.get("error")
        if error is not None:
            raise _ERRORS.get(error["type"], ApiError)(error["message"])
        return answer["result"]

    def content(self, path: str, rev: str | None) -> IO[bytes]:
        """A file opened for reading; data that only a remote has is fetched first."""
        place = self.ask("read", path=path, rev=rev)
        if "file" in place:
            return io.open(place["file"], "rb")  # noqa: UP020: `open` is another one here
        return io.BytesIO(base64.b64decode(place["base64"]))

    def close(self) -> None:
        """Ends the process."""
        if self._owner != os.getpid():
            return  # it is that of the process that we are a fork of
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # it ended before, with a request on its way
                    pipe.close()
        process.wait()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _names(value: str | Iterable[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def params_show(
    *targets: str, repo: str | None = None, stages: str | Iterable[str] | None = None, rev: str | None = None,
    deps: bool = False, config: Config | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Parameters of all params files in one dictionary. A key that several files have is `file:key`."""
    with Engine(repo, config=config) as engine:
        return engine.ask("params", targets=list(targets), stages=_names(stages), rev=rev, deps=deps)


def metrics_show(
    *targets: str, repo: str | None = None, rev: str | None = None, config: Config | None = None
) -> dict[str, Any]:
    """Metrics of all metrics files in one dictionary. A key that several files have is `file:key`."""
    with Engine(repo, config=config) as engine:
        return engine.ask("metrics", targets=list(targets), rev=rev)


@contextlib.contextmanager
def open(  # noqa: A001: the name is DVC's
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None, mode: str = "r",
    encoding: str | None = None, config: Config | None = None, remote_config: Config | None = None,
) -> Iterator[IO[Any]]:  # fmt: skip
    """A tracked file, or one of Git, as a context manager. Modes: "r", "rt", "rb"."""
    if mode not in ("r", "rt", "rb"):
        raise ValueError(f"Only reading `mode` is supported, not {mode!r}.")
    with Engine(repo, remote, config, remote_config) as engine, engine.content(path, rev) as raw:
        if mode == "rb":
            yield raw
        else:
            with io.TextIOWrapper(raw, encoding=encoding) as text:
                yield text


def read(
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None, mode: str = "r",
    encoding: str | None = None, config: Config | None = None, remote_config: Config | None = None,
) -> Any:  # fmt: skip
    """The content of a tracked file, or of one of Git: text, or bytes with mode "rb"."""
    with open(path, repo, rev, remote, mode, encoding, config, remote_config) as file:
        return file.read()


def get_url(
    path: str, repo: str | None = None, rev: str | None = None, remote: str | None = None,
    config: Config | None = None, remote_config: Config | None = None,
) -> str:  # fmt: skip
    """Where the remote has the data of a tracked file or folder (whether it is there isn't asked)."""
    with Engine(repo, remote, config, remote_config) as engine:
        return engine.ask("url", path=path, rev=rev)


def artifacts_show(
    name: str, version: str | None = None, stage: str | None = None, repo: str | None = None
) -> dict[str, str]:
    """Where an artifact is, as {"rev": commit, "path": ...}: the latest version, the given one, or a stage's."""
    if version and stage:
        raise ValueError("Artifact version and stage are mutually exclusive.")
    with Engine(repo) as engine:
        return engine.ask("artifact", name=name, version=version, stage=stage)


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


def _columns(rows: list[dict[str, Any]], part: str) -> dict[str, tuple[str, str]]:
    """Name of each column with its file and key, by file; a key that several files have goes by its file too."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for file, values in row[part].items():
            known = found.setdefault(file, {})
            for key, value in (values or {}).items():
                if part == "params" or isinstance(value, str | int | float):
                    known[key] = None
    keys = [key for known in found.values() for key in known]
    return {
        f"{file}:{key}" if keys.count(key) > 1 else key: (file, key) for file, known in found.items() for key in known
    }


def _cell(files: dict[str, dict[str, Any] | None], file: str, key: str) -> Any:
    """A number, or text; "!" for a file that can't be read."""
    if file not in files:
        return None
    values = files[file]
    if values is None:
        return "!"
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def exp_show(
    repo: str | None = None, revs: str | list[str] | None = None, num: int = 1, param_deps: bool = False,
    force: bool = False, config: Config | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for the workspace, one for each commit, and below it one for each of its experiments.

    `num`: so many commits from each of `revs` (default: HEAD) on, all of them when negative."""
    del force  # nothing is kept between calls
    with Engine(repo, config=config) as engine:
        baselines = engine.ask("baselines", revs=_names(revs) or ["HEAD"], num=num, deps=param_deps)
    rows: list[dict[str, Any]] = []
    for baseline in baselines:
        rows.append({**baseline, "typ": "baseline"})
        experiments = baseline.get("experiments", [])
        for number, experiment in enumerate(experiments, 1):
            rows.append({**experiment, "typ": "branch_base" if number == len(experiments) else "branch_commit"})
    measures = {part: _columns(rows, part) for part in ("metrics", "params")}
    deps = list(dict.fromkeys(path for row in rows for path in row["deps"]))
    out: list[dict[str, Any]] = []
    for row in rows:
        entry: dict[str, Any] = {
            "Experiment": row.get("name"),
            "rev": row["rev"],
            "typ": row["typ"],
            "Created": _created(row.get("time")),
            "parent": None,
            "State": "Queued" if row.get("is_queued") else None,
            "Executor": "Dvc-task" if row.get("is_queued") else None,
        }
        for part, columns in measures.items():
            entry.update({name: _cell(row[part], file, key) for name, (file, key) in columns.items()})
        entry.update({path: row["deps"].get(path) for path in deps})
        out.append(entry)
    return out


def __getattr__(name: str) -> Any:
    if name == "DVCFileSystem":  # needs fsspec: loaded when asked for
        from pivot._filesystem import DVCFileSystem

        return DVCFileSystem
    raise AttributeError(f"module 'pivot.api' has no attribute {name!r}")
