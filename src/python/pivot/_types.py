"""Holds a parameter's value against its annotation."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import pathlib
import types
import typing
from typing import Any

NoneType = type(None)


class Mismatch(Exception):
    """A value does not fit; `path` leads to it inside of the parameter."""

    def __init__(self, wanted: str, value: Any, path: str = "") -> None:
        super().__init__(wanted)
        self.wanted, self.value, self.path = wanted, value, path


def type_text(annotation: Any) -> str:
    """The annotation as a user would write it."""
    if annotation is NoneType:
        return "None"
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_text(arguments[0])
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return " | ".join(type_text(argument) for argument in arguments)
    if origin is typing.Literal:
        return "one of " + ", ".join(repr(argument) for argument in arguments)
    return str(annotation).replace("typing.", "")


def is_pydantic(cls: Any) -> bool:
    return isinstance(cls, type) and (hasattr(cls, "__pydantic_fields__") or hasattr(cls, "__fields__"))


def is_params_class(annotation: Any) -> bool:
    """Whether a parameter with this annotation takes an object made of parameters."""
    from pivot._params import StageParams

    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, StageParams) or is_pydantic(annotation) or dataclasses.is_dataclass(annotation)


def fit(value: Any, annotation: Any) -> Any:
    """The value as the annotation wants it (an int where a float is wanted becomes one); raises Mismatch."""
    if annotation is Any or annotation is inspect.Parameter.empty or isinstance(annotation, (str, typing.TypeVar)):
        return value
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return fit(value, typing.get_args(annotation)[0])
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return _fit_union(value, annotation)
    if origin is typing.Literal:
        if any(value == choice and type(value) is type(choice) for choice in typing.get_args(annotation)):
            return value
        raise Mismatch(type_text(annotation), value)
    if origin is not None:
        return _fit_generic(value, annotation, origin, typing.get_args(annotation))
    if annotation is None or annotation is NoneType:
        if value is None:
            return value
        raise Mismatch("None", value)
    return _fit_class(value, annotation) if isinstance(annotation, type) else value


def _fit_union(value: Any, annotation: Any) -> Any:
    choices = typing.get_args(annotation)
    for choice in choices:  # an exact type wins: 1 stays an int in `float | int`
        if isinstance(choice, type) and type(value) is choice:
            return value
    for choice in choices:
        try:
            return fit(value, choice)
        except Mismatch:
            continue
    raise Mismatch(type_text(annotation), value)


def _fit_generic(value: Any, annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if not isinstance(origin, type):
        return value
    if (
        issubclass(origin, (list, set, frozenset))
        or origin.__module__ == "collections.abc"
        and origin.__name__ != "Mapping"
    ):
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise Mismatch(type_text(annotation), value)
        kind = origin if origin in (list, set, frozenset) else list
        return kind(_fit_at(item, arguments[0], f"[{position}]") for position, item in enumerate(value))
    if issubclass(origin, tuple):
        return _fit_tuple(value, annotation, arguments)
    if issubclass(origin, dict) or origin.__name__ == "Mapping":
        if not isinstance(value, dict):
            raise Mismatch(type_text(annotation), value)
        return {fit(key, arguments[0]): _fit_at(item, arguments[1], f".{key}") for key, item in value.items()}
    return value


def _fit_tuple(value: Any, annotation: Any, arguments: tuple[Any, ...]) -> Any:
    if not isinstance(value, (list, tuple)):
        raise Mismatch(type_text(annotation), value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_fit_at(item, arguments[0], f"[{position}]") for position, item in enumerate(value))
    if len(arguments) != len(value):
        raise Mismatch(type_text(annotation), value)
    return tuple(
        _fit_at(item, kind, f"[{position}]") for position, (item, kind) in enumerate(zip(value, arguments, strict=True))
    )


def _fit_at(value: Any, annotation: Any, place: str) -> Any:
    try:
        return fit(value, annotation)
    except Mismatch as error:
        raise Mismatch(error.wanted, error.value, place + error.path) from None


def _fit_class(value: Any, cls: type) -> Any:
    if isinstance(value, bool) and cls in (int, float, complex):
        raise Mismatch(cls.__name__, value)
    if isinstance(value, cls):
        return value
    if cls in (float, complex) and isinstance(value, (int, float)):
        return cls(value)
    if cls is tuple and isinstance(value, list):
        return tuple(value)
    if cls in (set, frozenset) and isinstance(value, list):
        return cls(value)
    if issubclass(cls, pathlib.PurePath) and isinstance(value, str):
        return cls(value)
    if issubclass(cls, enum.Enum):
        for member in cls:
            if value in (member.value, member.name):
                return member
        raise Mismatch("one of " + ", ".join(repr(member.value) for member in cls), value)
    if isinstance(value, dict) and is_params_class(cls):
        from pivot._params import build_object

        return build_object(cls, value, "")
    if getattr(cls, "__total__", None) is not None and isinstance(value, dict):  # a TypedDict
        return value
    raise Mismatch(type_text(cls), value)
