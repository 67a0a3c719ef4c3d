"""Where code comes from: the user's own files, the standard library, an installed distribution, or this package."""

from __future__ import annotations

import functools
import os
import site
import sys
from types import ModuleType

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_SITE_NAMES = ("site-packages", "dist-packages")


class Project:
    """The project root that paths are made relative to."""

    def __init__(self) -> None:
        self.open(os.getcwd())

    def open(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self.real_root = os.path.realpath(root)
        self._relative: dict[str, str] = {}

    def relative(self, path: str) -> str:
        """The path relative to the root with `/`; absolute when it lies outside."""
        known = self._relative.get(path)
        if known is None:
            known = self._relative[path] = self._made_relative(path)
        return known

    def _made_relative(self, path: str) -> str:
        for root in (self.root, self.real_root):
            if path == root:
                return "."
            if path.startswith(root + os.sep):
                return path[len(root) + 1 :].replace(os.sep, "/")
        return path

    def contains(self, path: str) -> bool:
        return path.startswith((self.root + os.sep, self.real_root + os.sep)) or path in (self.root, self.real_root)


PROJECT = Project()


@functools.lru_cache(maxsize=1)
def _standard_folders() -> tuple[str, ...]:
    folders = {os.path.dirname(os.__file__)}  # sysconfig.get_paths() says no more and takes a hundred times as long
    return tuple({os.path.realpath(folder) + os.sep for folder in folders} | {folder + os.sep for folder in folders})


@functools.lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    folders = set(getattr(site, "getsitepackages", list)())
    user = site.getusersitepackages() if hasattr(site, "getusersitepackages") else None
    if isinstance(user, str):
        folders.add(user)
    return tuple({os.path.realpath(folder) + os.sep for folder in folders} | {folder + os.sep for folder in folders})


@functools.cache
def kind_of_file(path: str) -> str:
    """ "user", "standard", "library", "own" (this package) or "none" (no file: frozen, built in, exec)."""
    if not path or path.startswith("<"):
        return "none"
    path = os.path.abspath(path)
    if path.startswith(_PACKAGE + os.sep):
        return "own"
    if path.startswith(_library_folders()) or any(f"{os.sep}{name}{os.sep}" in path for name in _SITE_NAMES):
        return "library"
    if path.startswith(_standard_folders()):
        return "standard"
    # A virtual environment inside the project holds no user code, wherever its files lie in it.
    if path.startswith(os.path.join(sys.prefix, "lib") + os.sep) and sys.prefix != sys.base_prefix:
        return "library"
    return "user"


def kind_of_module(module: ModuleType | str | None) -> str:
    """As kind_of_file, of a module or a module's name. A namespace package counts by its first folder."""
    if isinstance(module, str):
        name, module = module, sys.modules.get(module)
        if module is None:
            top = name.partition(".")[0]
            return "standard" if top in sys.stdlib_module_names else "none"
    if module is None:
        return "none"
    path = getattr(module, "__file__", None)
    if path is None:
        folders = list(getattr(module, "__path__", ()))
        if folders:
            return kind_of_file(os.path.join(folders[0], "__init__.py"))
        name = getattr(module, "__name__", "")
        if name == "__main__":
            return "user"
        return "standard" if name.partition(".")[0] in sys.stdlib_module_names else "none"
    if module.__name__ == "pivot" or module.__name__.startswith("pivot."):
        return "own"
    return kind_of_file(path)
