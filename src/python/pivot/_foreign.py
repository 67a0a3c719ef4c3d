"""Which function, class or module of a library or of Python itself a name of the user's stands for.

Their code is no part of a fingerprint, but the choice is: `from math import sin as f` is not `from math import cos
as f`. What an import statement says is taken as it is written, followed through the user's modules; else the object's
own name counts, with the top of its module's name only, which neither a version of Python nor one of a library moves.
"""

from __future__ import annotations

import types
from typing import Any

from pivot._location import kind_of_file, kind_of_module
from pivot._lookup import Lookup
from pivot._source import SOURCES

_BUILTIN = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_STEPS = 50  #: from module to module


def is_foreign(value: Any) -> bool:
    """Whether it is a function, class or module that is not the user's, and none of pivot's."""
    if isinstance(value, types.ModuleType):
        return kind_of_module(value) not in ("user", "own")
    if getattr(value, "__module__", None) in ("typing", "typing_extensions"):
        return False  # classes, functions or instances, as the version likes
    if isinstance(value, types.FunctionType):
        return kind_of_file(value.__code__.co_filename) in ("standard", "library")
    if isinstance(value, type):
        return kind_of_module(value.__module__ if isinstance(value.__module__, str) else None) not in ("user", "own")
    return isinstance(value, _BUILTIN)


def identity(value: Any) -> str:
    """What it calls itself."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    owner = getattr(value, "__module__", None) or ""
    top = owner.partition(".")[0].lstrip("_") if isinstance(owner, str) else ""
    return f"{top}.{getattr(value, '__qualname__', '?')}"


def choice(lookup: Lookup, path: str | None, name: str, value: Any) -> str | None:
    """What a module-level name stands for; None when the name itself says it (`import json`)."""
    for _ in range(_STEPS):
        file = SOURCES.get(path) if path else None
        statements = file.binders().get(name, []) if file is not None else []
        if not statements or any(statement.kind != "import" for statement in statements):
            break
        texts: list[str | None] = []
        step: tuple[str, str] | None = None
        for statement in statements:
            written = statement.imports[0]
            for imported, asname in written.aliases:
                if (asname or imported.partition(".")[0]) != name:
                    continue
                if not written.is_from:
                    texts.append(imported if asname else None)
                    continue
                source = lookup.find(written.module) if not written.level else None
                if written.level or (source is not None and source.kind == "user"):
                    step = (_path_of(lookup, path or "", written.module, written.level), imported)
                texts.append(f"{written.module}:{imported}")
        if step is None:
            return None if texts == [None] * len(texts) else " ".join(sorted(text or name for text in texts))
        path, name = step
    written = SOURCES.get(path) if path else None
    return identity(value) + (written.text_binding(name) if written is not None else "")


def _path_of(lookup: Lookup, path: str, module: str, level: int) -> str:
    """The file of the user's module that an import statement in `path` names; "" when it is not known."""
    import sys

    if level:
        namespace = next((vars(m) for m in list(sys.modules.values()) if getattr(m, "__file__", None) == path), {})
        package = str(namespace.get("__package__") or "")
        base = package.rsplit(".", level - 1)[0] if level > 1 else package
        module = f"{base}.{module}" if module else base
    return lookup.find(module).path or ""
