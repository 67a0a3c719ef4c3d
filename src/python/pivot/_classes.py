"""Classes: their source, their bases and metaclass, and the live values of their attributes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pivot._data import MISSING, is_plain
from pivot._location import kind_of_file
from pivot._scope import Reads
from pivot._source import SOURCES, ClassEntry, SourceFile
from pivot._xxhash import digest_text

if TYPE_CHECKING:
    from pivot._graph import Graph, Node


# Attributes that Python and well-known libraries put into classes: they follow from the source, and differ by version.
_MACHINERY = frozenset(
    {"model_fields", "model_config", "model_computed_fields", "_abc_impl", "_is_protocol", "_fields_defaults"}
)


@dataclasses.dataclass(slots=True)
class Shape:
    """What the source says of a class."""

    hash: str
    file: str | None
    line: int
    reads: Reads
    entries: list[ClassEntry]


def file_of(cls: type) -> SourceFile | None:
    module = sys.modules.get(cls.__module__)
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):  # __main__ of a notebook: a method knows its cell
        path = next((m.__code__.co_filename for m in vars(cls).values() if isinstance(m, types.FunctionType)), None)
    return SOURCES.get(path) if path else None


def shape_of(cls: type) -> Shape:
    """Branches may define the class several times; the live methods say which one is meant, else all count."""
    file = file_of(cls)
    entries = file.class_entries(cls.__qualname__) if file else []
    if len(entries) > 1:
        lines = [m.__code__.co_firstlineno for m in vars(cls).values() if isinstance(m, types.FunctionType)]
        entries = [e for e in entries if any(e.line <= line <= e.last_line for line in lines)] or entries
    reads = Reads()
    if file is None or not entries:
        fields = getattr(cls, "_fields", None)
        text = f"class {cls.__qualname__} {fields!r}" if isinstance(fields, tuple) else f"class {cls.__qualname__}"
        return Shape(digest_text(text), None, 0, reads, [])
    texts = []
    for entry in entries:
        text, found = entry.analysis()
        texts.append(text)
        reads.merge(found)
    return Shape(digest_text("".join(texts)), file.path, entries[0].line, reads, entries)


def _functions_in(value: Any) -> Iterator[types.FunctionType]:
    if isinstance(value, types.FunctionType):
        yield value
    elif isinstance(value, (staticmethod, classmethod)):
        yield from _functions_in(value.__func__)
    elif isinstance(value, property):
        for part in (value.fget, value.fset, value.fdel):
            yield from _functions_in(part)
    elif isinstance(value, functools.cached_property):
        yield from _functions_in(value.func)
    elif isinstance(value, functools.singledispatchmethod):
        yield from _functions_in(value.func)


def _is_written_here(function: types.FunctionType, shape: Shape) -> bool:
    """Whether a method's own code stands in the class body, so that its tree is part of the class's."""
    code = function.__code__
    if code.co_filename != shape.file:
        return False
    return any(entry.line <= code.co_firstlineno <= entry.last_line for entry in shape.entries)


def expand(graph: Graph, node: Node, cls: type, shape: Shape) -> None:
    from pivot._graph import is_user_class

    module = sys.modules.get(cls.__module__)
    namespace: dict[str, Any] = vars(module) if module is not None else {}
    closures: dict[str, Any] = {}
    for value in vars(cls).values():
        for function in _functions_in(value):
            closures.update(_closure_of(function))
    closures.pop("__class__", None)

    def resolve(name: str) -> Any:
        return closures[name] if name in closures else namespace.get(name, MISSING)

    graph.follow(node, shape.reads, resolve, lambda name: cls.__module__, namespace, shape.file)
    for base in cls.__mro__[1:]:
        if is_user_class(base):
            node.edges.append(graph.cls(base))
        else:
            graph.note_library(node, base.__module__)
    if type(cls) is not type and is_user_class(type(cls)):
        node.edges.append(graph.cls(type(cls)))
    _members(graph, node, cls, shape)
    _pydantic(graph, node, cls)


def _closure_of(function: types.FunctionType) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def _members(graph: Graph, node: Node, cls: type, shape: Shape) -> None:
    """The live attributes: values, and functions that were put there from elsewhere."""
    if issubclass(cls, enum.Enum):
        for name, member in cls.__members__.items():
            node.edges += graph.values(f"{node.label}.{name}", member._value_, node.line, node.file)
    for name, value in vars(cls).items():
        if name in _MACHINERY or (name.startswith("__") and name.endswith("__") and not _functions_of_user(value)):
            continue
        functions = list(_functions_in(value))
        if functions:
            for function in functions:
                _method(graph, node, function, shape)
        elif isinstance(value, (types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType)):
            continue
        elif issubclass(cls, enum.Enum) and (
            name.startswith("_") or isinstance(value, enum.Enum) or name in cls.__members__
        ):
            continue
        elif isinstance(value, type) or is_plain(value) or not _is_descriptor(value):
            node.edges += graph.values(f"{node.label}.{name}", value, node.line, node.file)


def _functions_of_user(value: Any) -> bool:
    return any(kind_of_file(function.__code__.co_filename) == "user" for function in _functions_in(value))


def _is_descriptor(value: Any) -> bool:
    return (
        type(type(value)).__name__ != "EnumType"
        and hasattr(type(value), "__get__")
        and type(value).__module__ not in ("builtins",)
    )


def _method(graph: Graph, node: Node, function: types.FunctionType, shape: Shape) -> None:
    if _is_written_here(function, shape):
        wrapped = function.__dict__.get("__wrapped__")
        if isinstance(wrapped, types.FunctionType):
            _method(graph, node, wrapped, shape)
        return
    if shape.entries and kind_of_file(function.__code__.co_filename) == "none":
        return  # written by dataclasses, attrs or namedtuple from what the class body says
    if (
        kind_of_file(function.__code__.co_filename) == "none"
        and hasattr(function, "__qualname__")
        and not shape.entries
    ):
        return  # the same of a class that was made by a call
    node.edges.append(graph.function(function))


def _pydantic(graph: Graph, node: Node, cls: type) -> None:
    """Defaults of pydantic models: their data, and factories as code."""
    fields = vars(cls).get("__pydantic_fields__") or vars(cls).get("model_fields") or vars(cls).get("__fields__")
    if not isinstance(fields, dict):
        return
    for name, field in fields.items():
        default = getattr(field, "default", None)
        if type(default).__name__ in ("PydanticUndefinedType", "UndefinedType"):
            default = None
        factory = getattr(field, "default_factory", None)
        node.edges.append(graph._data(f"{node.label}.{name}", (default, factory), node.file, node.line, "pydantic"))
