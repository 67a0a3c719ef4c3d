"""Parameters: what a stage declares, what overrides it, and the values that its function gets."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import pathlib
import typing
from collections.abc import Mapping
from typing import Any

from pivot._errors import DefinitionError, ParamsError
from pivot._types import Mismatch, fit, is_pydantic, type_text

MISSING = inspect.Parameter.empty


class StageParams:
    """Base of parameter classes that need no library: annotated class attributes, with or without defaults.

    >>> class TrainParams(StageParams):
    ...     lr: float = 0.01
    ...     epochs: int = 10
    """

    def __init__(self, **values: Any) -> None:
        for field in fields_of(type(self)):
            if field.name in values:
                setattr(self, field.name, values.pop(field.name))
            elif field.default is not MISSING:
                setattr(self, field.name, field.default)
            else:
                raise TypeError(f"{type(self).__name__} needs a value for {field.name!r}")
        if values:
            raise TypeError(f"{type(self).__name__} has no field {next(iter(values))!r}")

    def __repr__(self) -> str:
        inner = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields_of(type(self)))
        return f"{type(self).__name__}({inner})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(slots=True)
class Field:
    """One parameter."""

    name: str
    annotation: Any
    default: Any
    value: Any = MISSING
    source: str = "default"


def fields_of(cls: type) -> list[Field]:
    """The fields of a params class, in the order written, those of its bases first."""
    if is_pydantic(cls):
        return _pydantic_fields(cls)
    if dataclasses.is_dataclass(cls):
        hints = hints_of(cls)
        return [
            Field(
                f.name,
                hints.get(f.name, Any),
                f.default_factory() if callable(f.default_factory) else _dataclass_default(f),
            )
            for f in dataclasses.fields(cls)
            if f.init
        ]
    found: dict[str, Field] = {}
    hints = hints_of(cls)
    for base in reversed(cls.__mro__[:-1]):
        names = [*inspect.get_annotations(base), *(name for name, value in vars(base).items() if not _is_code(value))]
        for name in names:
            annotation = hints.get(name, Any)
            if (
                not name.startswith("_")
                and typing.get_origin(annotation) is not typing.ClassVar
                and annotation is not typing.ClassVar
            ):
                default = getattr(cls, name, MISSING)
                found[name] = Field(
                    name, type(default) if annotation is Any and default is not None else annotation, default
                )
    return list(found.values())


def _dataclass_default(field: dataclasses.Field[Any]) -> Any:
    return MISSING if field.default is dataclasses.MISSING else field.default


def _is_code(value: Any) -> bool:
    return (
        callable(value) or isinstance(value, (property, staticmethod, classmethod)) or hasattr(type(value), "__get__")
    )


def _pydantic_fields(cls: Any) -> list[Field]:
    raw = (
        getattr(cls, "__pydantic_fields__", None)
        or getattr(cls, "model_fields", None)
        or getattr(cls, "__fields__", {})
    )
    fields = []
    for name, info in raw.items():
        required = (
            info.is_required()
            if callable(getattr(info, "is_required", None))
            else bool(getattr(info, "required", False))
        )
        factory = getattr(info, "default_factory", None)
        default = MISSING if required else factory() if factory is not None else info.default
        fields.append(Field(name, getattr(info, "annotation", None) or getattr(info, "outer_type_", Any), default))
    return fields


def hints_of(subject: Any) -> dict[str, Any]:
    """Annotations with strings evaluated where that is possible."""
    try:
        return typing.get_type_hints(subject, include_extras=True)
    except Exception:  # names that only exist for the type checker
        return dict(getattr(subject, "__annotations__", {}))


def build_object(cls: type, values: Mapping[str, Any], stage: str) -> Any:
    """An instance of a params class; values that it does not name keep its own defaults."""
    if is_pydantic(cls):
        return _build_pydantic(cls, values, stage)
    arguments = {}
    for field in fields_of(cls):
        if field.name in values:
            try:
                arguments[field.name] = fit(values[field.name], field.annotation)
            except Mismatch as error:
                raise Mismatch(error.wanted, error.value, f".{field.name}{error.path}") from None
    if dataclasses.is_dataclass(cls) or issubclass(cls, StageParams) or "__init__" in vars(cls):
        try:
            return cls(**arguments)
        except TypeError as error:
            raise ParamsError(f"stage {stage!r}: {cls.__name__} cannot be made: {error}") from error
    instance = cls()
    for name, value in arguments.items():
        setattr(instance, name, value)
    return instance


def _build_pydantic(cls: Any, values: Mapping[str, Any], stage: str) -> Any:
    try:
        return cls(**values)
    except Exception as error:
        details = error.errors() if hasattr(error, "errors") else []  # type: ignore[attr-defined]
        if not details:
            raise ParamsError(f"stage {stage!r}: {cls.__name__} cannot be made: {error}") from error
        first = details[0]
        key = ".".join(str(part) for part in first.get("loc", ()))
        given = values.get(key, first.get("input"))
        raise ParamsError(
            f"stage {stage!r}: parameter {key!r}: {first.get('msg', 'invalid')}, "
            f"but it is {given!r} ({type(given).__name__})"
        ) from error


def plain(value: Any) -> Any:
    """A value as JSON has it; raises TypeError for what has no such form."""
    if value is None or isinstance(value, (bool, int, float, str)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, pathlib.PurePath):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if is_pydantic(type(value)):
        return plain({field.name: getattr(value, field.name) for field in fields_of(type(value))})
    if isinstance(value, StageParams):
        return plain(vars(value))
    if hasattr(value, "item") and type(value).__module__.partition(".")[0] == "numpy":
        return plain(value.tolist())  # type: ignore[attr-defined, union-attr]
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def is_param_value(value: Any) -> bool:
    try:
        plain(value)
    except TypeError:
        return False
    return True


class Overrides:
    """Values from params files and from the command line."""

    def __init__(self, files: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        self.files = files
        self.overrides = dict(overrides)
        self.used: set[str] = set()

    def of_stage(self, base: str, name: str, file: str) -> dict[str, tuple[Any, str]]:
        """key -> (value, where it is from) for one stage; what is more specific comes later and wins."""
        found: dict[str, tuple[Any, str]] = {}
        content = self.files.get(file)
        for key in dict.fromkeys((base, name)):
            section = content.get(key) if content is not None and isinstance(content, Mapping) else None
            if section is None:
                continue
            if not isinstance(section, Mapping):
                raise ParamsError(f"{file}: {key!r} must be a mapping of the stage's parameters, but it is {section!r}")
            found.update({str(inner): (value, file) for inner, value in section.items()})
        for prefix in dict.fromkeys((base, name)):
            for key, value in self.overrides.items():
                if key.startswith(prefix + "."):
                    self.used.add(key)
                    _set_dotted(found, key[len(prefix) + 1 :], value)
        return found


def _set_dotted(found: dict[str, tuple[Any, str]], key: str, value: Any) -> None:
    first, *rest = key.split(".")
    if not rest:
        found[first] = (value, "override")
        return
    current = found.get(first, ({}, ""))[0]
    root = json.loads(json.dumps(current)) if isinstance(current, Mapping) else {}
    node = root
    for part in rest[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise ParamsError(f"override {key!r}: {part!r} is no mapping")
    node[rest[-1]] = value
    found[first] = (root, "override")


def settle(fields: list[Field], given: Mapping[str, tuple[Any, str]], stage: str, file: str) -> list[str]:
    """Gives every field its value and checks it against its type. Returns the keys of the file that no field takes."""
    for field in fields:
        if field.name not in given:
            if field.value is MISSING:
                field.value = field.default
            if field.value is MISSING:
                raise ParamsError(
                    f"stage {stage!r}: parameter {field.name!r} has neither a default nor a value in {file}",
                    hint=f"add it under {stage!r} in {file}, or give the parameter a default",
                )
            continue
        value, source = given[field.name]
        if isinstance(value, Mapping) and isinstance(field.default, Mapping) and source == "override":
            value = {**field.default, **value}
        try:
            field.value = fit(value, field.annotation)
        except Mismatch as error:
            where = "" if source == "override" else f" in {source}"
            raise ParamsError(
                f"stage {stage!r}: parameter {field.name + error.path!r}{where} must be {error.wanted}, "
                f"but it is {error.value!r} ({type(error.value).__name__})"
            ) from None
        field.source = "override" if source == "override" else "params.yaml"
    known = {field.name for field in fields}
    unknown = [key for key in given if key not in known]
    for key in unknown:
        if given[key][1] == "override":
            names = ", ".join(sorted(known)) or "none"
            raise ParamsError(f"stage {stage!r} has no parameter {key!r}; it has: {names}")
    return unknown


def described(field: Field) -> dict[str, Any]:
    """The parameter as the protocol has it."""
    if field.annotation is MISSING or field.annotation is Any:
        text = type_text(type(field.default)) if field.default is not MISSING else "Any"
    else:
        text = type_text(field.annotation)
    default = None if field.default is MISSING else plain(field.default)
    return {"value": plain(field.value), "default": default, "type": text, "from": field.source}


def fields_of_pairs(pairs: list[tuple[str, Any, Any]], stage: str) -> list[Field]:
    """Fields of function parameters; a parameter may be declared once."""
    fields: dict[str, Field] = {}
    for name, annotation, default in pairs:
        if name in fields:
            raise DefinitionError(f"stage {stage!r}: parameter {name!r} is declared twice")
        fields[name] = Field(name, annotation, default)
    return list(fields.values())
