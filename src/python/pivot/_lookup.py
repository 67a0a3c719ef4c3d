"""Finds modules by name without importing them, and reads whole module files."""

from __future__ import annotations

import dataclasses
import importlib.machinery
import os
import sys
from types import ModuleType

from pivot._location import kind_of_file
from pivot._scope import Reads, reads_of
from pivot._source import SOURCES
from pivot._syntax import canonical
from pivot._xxhash import digest_text


@dataclasses.dataclass(slots=True)
class Found:
    """A module that an import statement names."""

    name: str
    kind: str  #: as kind_of_file; "none" when it was not found
    path: str | None = None
    folders: list[str] | None = None  #: of a package: where its submodules lie


@dataclasses.dataclass(slots=True)
class WholeModule:
    """A module file taken as a whole."""

    name: str
    path: str
    hash: str
    reads: Reads
    imports: list[Found]


class Lookup:
    """Caches answers for one state of sys.path."""

    def __init__(self) -> None:
        self._found: dict[str, Found] = {}
        self._whole: dict[str, WholeModule] = {}
        self._imports: dict[str, list[Found]] = {}
        self._path = tuple(sys.path)

    def _refresh(self) -> None:
        if tuple(sys.path) != self._path:  # another pipeline's folder
            self._found.clear()
            self._imports.clear()
            self._path = tuple(sys.path)

    def find(self, name: str) -> Found:
        """The module of a dotted name; its parents are looked at, never executed."""
        self._refresh()
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._find(name)
        return found

    def _find(self, name: str) -> Found:
        if name in sys.builtin_module_names or name.partition(".")[0] in sys.stdlib_module_names:
            module = sys.modules.get(name)
            if module is None or kind_of_file(getattr(module, "__file__", None) or "") != "user":
                return Found(name, "standard")
        parent, _, _ = name.rpartition(".")
        search: list[str] | None = None
        if parent:
            above = self.find(parent)
            if above.kind != "user" or above.folders is None:
                return Found(name, above.kind if above.kind in ("library", "standard", "own") else "none")
            search = above.folders
        spec = self._spec(name, search)
        if spec is None:
            return Found(name, "none")
        folders = list(spec.submodule_search_locations) if spec.submodule_search_locations is not None else None
        if spec.origin and spec.has_location:
            return Found(name, kind_of_file(spec.origin), spec.origin, folders)
        if folders:
            return Found(name, kind_of_file(os.path.join(folders[0], "__init__.py")), None, folders)
        return Found(name, "standard")

    @staticmethod
    def _spec(name: str, search: list[str] | None) -> importlib.machinery.ModuleSpec | None:
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None)
            try:
                spec = find_spec(name, search, None) if find_spec else None
            except Exception:  # a broken finder of some library must not end a description
                continue
            if spec is not None:
                return spec
        return None

    def resolve(self, module: str, level: int, names: tuple[str, ...], package: str) -> list[Found]:
        """The modules that one import statement needs: parents first, submodules named by `from` too."""
        if level:
            base = package.rsplit(".", level - 1)[0] if level > 1 else package
            module = f"{base}.{module}" if module else base
        parts = module.split(".")
        chain = [self.find(".".join(parts[:count])) for count in range(1, len(parts) + 1)]
        if chain[-1].kind == "user" and chain[-1].folders is not None:
            for name in names:
                sub = self.find(f"{module}.{name}") if name != "*" else None
                if sub is not None and sub.kind == "user":
                    chain.append(sub)
        return chain

    def imports_of(self, name: str, path: str) -> list[Found]:
        """The modules that a module's file imports anywhere."""
        self._refresh()
        known = self._imports.get(path)
        if known is None:
            file = SOURCES.get(path)
            package = name if os.path.basename(path) == "__init__.py" else name.rpartition(".")[0]
            known = self._imports[path] = [
                found
                for module, level, names, _line in (file.imports if file else ())
                for found in self.resolve(module, level, names, package)
            ]
        return known

    def whole(self, name: str, path: str) -> WholeModule | None:
        """The module's file as one piece; None when it has no source."""
        known = self._whole.get(path)
        if known is not None:
            return known
        file = SOURCES.get(path)
        if file is None:
            return None
        result = WholeModule(
            name, path, digest_text(canonical(file.tree)), reads_of(file.tree), self.imports_of(name, path)
        )
        self._whole[path] = result
        return result


def package_of(namespace: dict[str, object]) -> str:
    package = namespace.get("__package__")
    if isinstance(package, str):
        return package
    name = namespace.get("__name__")
    return name.rpartition(".")[0] if isinstance(name, str) else ""


def path_of_module(module: ModuleType) -> str | None:
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) else None
