"""Which distribution, in which version, a top-level module belongs to: read from dist-info folders, not
importlib.metadata (350 ms)."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import sys


@dataclasses.dataclass(frozen=True)
class Distribution:
    name: str
    version: str
    path: str  #: of the dist-info folder


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def _installed(folder: str) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    try:
        entries = os.listdir(folder)
    except OSError:
        return found
    for entry in entries:
        if entry.endswith(".dist-info"):
            name, _, version = entry.removesuffix(".dist-info").rpartition("-")
            found[_normal(name)] = Distribution(name.replace("_", "-"), version, os.path.join(folder, entry))
    return found


def _provides(distribution: Distribution, module: str) -> bool:
    try:
        with open(os.path.join(distribution.path, "top_level.txt"), encoding="utf-8") as file:
            if module in file.read().split():
                return True
    except OSError:
        pass
    try:
        with open(os.path.join(distribution.path, "RECORD"), encoding="utf-8") as file:
            record = "\n" + file.read()  # thousands of lines: not one by one
            return f"\n{module}/__init__.py," in record or f"\n{module}." in record
    except OSError:
        return False


@functools.cache
def distribution_of(module: str) -> Distribution | None:
    """The distribution that installed a top-level module; None when none says so."""
    path = getattr(sys.modules.get(module), "__file__", None)
    folders = [os.path.dirname(os.path.dirname(path))] if isinstance(path, str) else []
    for folder in dict.fromkeys([*folders, *sys.path]):
        installed = _installed(folder)
        direct = installed.get(_normal(module))
        if direct is not None:
            return direct
        for distribution in installed.values():
            if _provides(distribution, module):
                return distribution
    return None


def versions_of(modules: set[str]) -> dict[str, str]:
    found = {distribution.name: distribution.version for name in modules if (distribution := distribution_of(name))}
    return dict(sorted(found.items()))
