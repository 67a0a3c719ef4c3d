"""A repository as a read-only fsspec file system: files of Git or the disk together with tracked data."""

from __future__ import annotations

import os
from typing import IO, Any

from fsspec import AbstractFileSystem

from pivot.api import Engine


class DVCFileSystem(AbstractFileSystem):
    """`DVCFileSystem("../repo", rev="v1.0")`: paths count from the root of the repository."""

    protocol = "dvc"
    root_marker = "/"
    cachable = False

    def __init__(
        self, repo: str | os.PathLike[str] | None = None, rev: str | None = None, remote: str | None = None,
        config: dict[str, Any] | None = None, remote_config: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        url = kwargs.pop("url", None)
        kwargs.pop("subrepos", None)  # projects inside of a repository are seen as DVC sees them without it
        for name in ("repo_factory", "fo", "target_options", "target_protocol"):
            if kwargs.pop(name, None):
                raise NotImplementedError(f"pivot's DVCFileSystem has no option '{name}'")
        super().__init__(**kwargs)
        self.rev = rev
        self._engine = Engine(repo if repo is not None else url, remote, config, remote_config)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        text = os.fspath(path)
        text = text.removeprefix("dvc://")
        return text.rstrip("/") or ("/" if text.startswith("/") else "")

    def _entry(self, entry: dict[str, Any], asked: str, shown: str | None = None) -> dict[str, Any]:
        if shown is None:
            base = "" if asked in ("", ".") else asked.rstrip("/") + "/"
            shown = base + os.path.relpath(entry["path"], asked.strip("/") or ".")
        out = {
            "name": shown,
            "type": entry["type"],
            "size": entry["size"],
            "isexec": entry["isexec"],
            "isdvc": entry["isdvc"],
        }
        if entry["md5"] is not None:
            out["md5"] = entry["md5"]
        return out

    def ls(self, path: str, detail: bool = True, dvc_only: bool = False, **kwargs: Any) -> list[Any]:
        """What a folder holds; of a file itself."""
        path = self._strip_protocol(path)
        found = self._engine.ask(
            "list", path=path.strip("/"), rev=self.rev, dvc_only=dvc_only, dvcfiles=bool(kwargs.get("dvcfiles"))
        )
        alone = len(found) == 1 and found[0]["path"] == path.strip("/") and found[0]["type"] == "file"
        entries = [self._entry(entry, path, path if alone else None) for entry in found]
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Name, type ("file" or "directory"), size, whether it is tracked, MD5."""
        path = self._strip_protocol(path)
        return self._entry(self._engine.ask("info", path=path.strip("/"), rev=self.rev), path, path)

    def isdvc(self, path: str) -> bool:
        """Is it tracked, or inside of what is?"""
        try:
            return bool(self.info(path)["isdvc"])
        except FileNotFoundError:
            return False

    def find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **kwargs: Any
    ) -> Any:
        """All files below a folder, asked for at once."""
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        path = self._strip_protocol(path)
        found = self._engine.ask(
            "list", path=path.strip("/"), rev=self.rev, recursive=True, dvc_only=bool(kwargs.get("dvc_only"))
        )
        alone = len(found) == 1 and found[0]["path"] == path.strip("/")
        entries = [
            self._entry(entry, path, path if alone else None) for entry in found if withdirs or entry["type"] == "file"
        ]
        names = {entry["name"]: entry for entry in sorted(entries, key=lambda entry: entry["name"])}
        return names if detail else list(names)

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> IO[bytes]:
        if mode != "rb":
            raise OSError(30, "a repository is read only", path)
        shown = self._strip_protocol(path)
        try:
            raw = self._engine.content(shown.strip("/"), self.rev)
        except Exception as error:
            if type(error).__name__ == "PathMissingError":
                raise FileNotFoundError(2, "No such file or directory", shown) from error
            raise
        return raw

    def close(self) -> None:
        """Ends the engine's process."""
        self._engine.close()
