"""From registrations to complete stages: names, paths, parameters, matrix."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import itertools
import os
import posixpath
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pivot._data import object_key
from pivot._errors import DefinitionError
from pivot._graph import innermost
from pivot._location import PROJECT
from pivot._options import check_options
from pivot._params import MISSING, Field, Overrides, fields_of, hints_of, is_param_value, settle
from pivot._registry import LIVE, Registration
from pivot._types import is_params_class
from pivot.loaders import Loader, PathOnly
from pivot.outputs import Dep, Metric, Out, OutRef, Plot

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclasses.dataclass(slots=True)
class Argument:
    """A parameter of a stage's function."""

    name: str
    annotation: Any  #: without Annotated
    default: Any
    marker: Dep | Out | None  #: from Annotated


@dataclasses.dataclass(slots=True)
class Signature:
    """What introspection of a function gives; the same for all stages that are made of it."""

    arguments: dict[str, Argument]
    keywords: bool  #: takes **kwargs
    returned: list[tuple[str | None, Out]]  #: name (of a TypedDict's key) and marker
    returned_form: str  #: "", "single", "tuple" or "mapping"


@dataclasses.dataclass(slots=True)
class Input:
    """A dep of a complete stage."""

    path: str
    loader: Loader[Any] | None
    argument: str | None
    stage: str | None = None


@dataclasses.dataclass(slots=True)
class Output:
    """An out of a complete stage: its marker with the path resolved."""

    path: str
    marker: Out
    argument: str | None  #: the function's parameter that takes the path
    name: str | None  #: the key under which the return value holds it

    @property
    def is_returned(self) -> bool:
        loader = self.marker.loader
        return loader is not None and not isinstance(loader, PathOnly) and self.argument is None


@dataclasses.dataclass(slots=True)
class Definition:
    """A complete stage."""

    name: str
    base: str
    registration: Registration
    wdir: str
    inputs: list[Input]
    outputs: list[Output]
    fields: list[Field]
    params_class: type | None
    params_argument: str | None
    params_file: str
    matrix: dict[str, Any]
    signature: Signature
    unknown_keys: list[str]

    @property
    def options(self) -> dict[str, Any]:
        return self.registration.options

    @property
    def function(self) -> Callable[..., Any]:
        return self.registration.function


def signature_of(function: Callable[..., Any], label: str) -> Signature:
    """Reads a function's parameters and annotations."""
    if _takes_nothing(function):  # as most stages do; `inspect` takes long to say so
        return Signature({}, False, [], "")
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"stage {label!r}: its parameters cannot be read: {error}") from error
    hints = hints_of(innermost(function)) if hasattr(innermost(function), "__annotations__") else {}
    arguments: dict[str, Argument] = {}
    keywords = False
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            keywords = True
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            if parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is MISSING:
                raise DefinitionError(f"stage {label!r}: parameter {parameter.name!r} is positional-only")
            annotation, marker = _unpack(hints.get(parameter.name, parameter.annotation))
            arguments[parameter.name] = Argument(parameter.name, annotation, parameter.default, marker)
    returned, form = _returned(hints.get("return"))
    return Signature(arguments, keywords, returned, form)


def _takes_nothing(function: Callable[..., Any]) -> bool:
    """Whether a plain function has neither parameters nor annotations."""
    if not isinstance(function, types.FunctionType) or function.__dict__ or function.__annotations__:
        return False
    code = function.__code__
    return not (
        code.co_argcount or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    )


def _unpack(annotation: Any) -> tuple[Any, Dep | Out | None]:
    if typing.get_origin(annotation) is not typing.Annotated:
        return annotation, None
    inner, *extras = typing.get_args(annotation)
    return inner, next((extra for extra in extras if isinstance(extra, (Dep, Out))), None)


def _returned(annotation: Any) -> tuple[list[tuple[str | None, Out]], str]:
    """Outs in a return annotation: Annotated[T, Out], tuple[Annotated...], a TypedDict of Annotated fields."""
    if annotation is None:
        return [], ""
    _, marker = _unpack(annotation)
    if isinstance(marker, Out):
        return [(marker.name, marker)], "single"
    if typing.get_origin(annotation) is tuple:
        markers = [_unpack(item)[1] for item in typing.get_args(annotation)]
        if markers and all(isinstance(marker, Out) for marker in markers):
            return [(marker.name, marker) for marker in markers if isinstance(marker, Out)], "tuple"
    if isinstance(annotation, type) and issubclass(annotation, dict) and hasattr(annotation, "__total__"):
        found = [(name, _unpack(hint)[1]) for name, hint in hints_of(annotation).items()]
        outs: list[tuple[str | None, Out]] = [(name, marker) for name, marker in found if isinstance(marker, Out)]
        return outs, "mapping" if outs else ""
    return [], ""


class Completion:
    """Makes Definitions of all registrations; knows the outs of every stage for `deps=[other.out]`."""

    def __init__(self, registrations: Sequence[Registration], overrides: Overrides) -> None:
        self.registrations = _latest(registrations)
        self.overrides = overrides
        self.warnings: list[str] = []
        self._signatures: dict[int, Signature] = {}
        self._made: dict[Registration, list[Definition]] = {}

    def all(self) -> list[Definition]:
        """Every stage in the order of registration, matrix combinations in order of their values."""
        definitions: list[Definition] = []
        for registration in self.registrations:
            check_options(registration.options, str(registration.base_name), functools.partial(place_of, registration))
            made = [self._start(registration, values) for values in _combinations(registration)]
            self._made[registration] = made
            definitions += made
        for definition in definitions:
            self._inputs(definition)
        self._check_names(definitions)
        for key in self.overrides.overrides:
            if key not in self.overrides.used:
                self.warnings.append(f"override {key!r} names no parameter of a Python stage")
        return definitions

    def _start(self, registration: Registration, values: dict[str, Any]) -> Definition:
        options = registration.options
        base = str(registration.base_name)
        name = name_of(base, values, options["matrix"] or {})
        base = base.format_map(values) if "{" in base and values else base
        key = object_key(registration.function)
        signature = self._signatures.get(key) or signature_of(registration.function, name)
        self._signatures[key] = signature
        folder = folder_of(registration.pipeline)
        wdir = posixpath.normpath(posixpath.join(folder, os.fspath(options["wdir"] or ".")))
        definition = Definition(
            name, base, registration, wdir, [], [], [], None, None,
            posixpath.normpath(posixpath.join(folder, "params.yaml")),
            values, signature, [],
        )  # fmt: skip
        self._outputs(definition)
        self._params(definition)
        return definition

    # ---- outs ------------------------------------------------------------

    def _outputs(self, definition: Definition) -> None:
        options, signature = definition.options, definition.signature
        for key, kind in (("outs", Out), ("metrics", Metric), ("plots", Plot)):
            for name, spec in _pairs(options[key], key, definition):
                marker = spec if isinstance(spec, Out) else kind(spec)
                argument = name if name in signature.arguments else None
                self._output(definition, marker, argument, name or marker.name)
        for argument in signature.arguments.values():
            if isinstance(argument.marker, Out):
                self._output(definition, argument.marker, argument.name, argument.name)
        for name, marker in signature.returned:
            self._output(definition, marker, None, name or marker.name)

    def _output(self, definition: Definition, marker: Out, argument: str | None, name: str | None) -> None:
        path = path_text(marker.path, definition)
        if any(output.path == path for output in definition.outputs):
            raise DefinitionError(f"stage {definition.name!r}: out {path!r} is declared twice", stage=definition.name)
        if marker.cache and not is_inside(path, definition.wdir):
            file, line = place_of(definition.registration)
            raise DefinitionError(
                f"stage {definition.name!r} ({file}:{line}): out {path!r} lies outside of the repository, "
                "and the cache keeps nothing from there",
                stage=definition.name, file=file, line=line, hint=f"{type(marker).__name__}({path!r}, cache=False)",
            )  # fmt: skip
        definition.outputs.append(Output(path, marker, argument, name))

    # ---- deps ------------------------------------------------------------

    def _inputs(self, definition: Definition) -> None:
        signature = definition.signature
        for name, spec in _pairs(definition.options["deps"], "deps", definition):
            dep = spec if isinstance(spec, Dep) else Dep(spec)
            argument = name or dep.name
            if argument is not None and argument not in signature.arguments and not signature.keywords:
                if dep.loader is not None or dep.name is not None:
                    raise DefinitionError(
                        f"stage {definition.name!r}: dep {argument!r} has no parameter of that name",
                        stage=definition.name,
                    )
                argument = None
            self._input(definition, dep, argument)
        for argument in signature.arguments.values():
            if isinstance(argument.marker, Dep):
                self._input(definition, argument.marker, argument.name)

    def _input(self, definition: Definition, dep: Dep, argument: str | None) -> None:
        for path, stage in self._paths(definition, dep.path):
            definition.inputs.append(Input(path, dep.loader, argument, stage))

    def _paths(self, definition: Definition, path: Any) -> Iterator[tuple[str, str | None]]:
        if not isinstance(path, OutRef):
            yield path_text(path, definition), None
            return
        made = self._made.get(path.registration)
        if not made:
            raise DefinitionError(f"stage {definition.name!r}: {path!r} belongs to no stage of this pipeline")
        for other in made:
            output = select_output(other, path.selector, definition.name)
            absolute = posixpath.normpath(posixpath.join(other.wdir, output.path))
            yield absolute if absolute.startswith("/") else posixpath.relpath(absolute, definition.wdir), other.name

    # ---- params ------------------------------------------------------------

    def _params(self, definition: Definition) -> None:
        signature, options = definition.signature, definition.options
        taken = {name for name, _ in _pairs(options["deps"], "deps", definition) if name}
        taken |= {
            spec.name for _, spec in _pairs(options["deps"], "deps", definition) if isinstance(spec, Dep) and spec.name
        }
        taken |= {output.argument for output in definition.outputs if output.argument}
        params_class, params_argument = self._params_class(definition)
        definition.params_class, definition.params_argument = params_class, params_argument
        fields = fields_of(params_class) if params_class else []
        for argument in signature.arguments.values():
            if argument.name in taken or argument.marker is not None or argument.name == params_argument:
                continue
            if argument.name not in definition.matrix and argument.default is not MISSING:
                if not is_param_value(argument.default):
                    continue  # an object: it counts as code
            annotation = argument.annotation
            if annotation is MISSING and isinstance(argument.default, (bool, int, float, str)):
                annotation = type(argument.default)
            if any(field.name == argument.name for field in fields):
                raise DefinitionError(
                    f"stage {definition.name!r}: parameter {argument.name!r} is in its signature "
                    f"and in {getattr(params_class, '__name__', 'its params class')}",
                    stage=definition.name,
                )
            fields.append(Field(argument.name, annotation, argument.default))
        self._matrix(definition, fields)
        given = self.overrides.of_stage(definition.base, definition.name, definition.params_file)
        definition.unknown_keys = settle(fields, given, definition.name, definition.params_file)
        if definition.options["param_keys"]:
            definition.unknown_keys = []  # the stage reads its params file by itself
        for key in definition.unknown_keys:
            self.warnings.append(
                f"{definition.params_file}: {definition.base}.{key} is no parameter of stage {definition.name!r}"
            )
        definition.fields = [field for field in fields if is_param_value(field.value)]

    def _params_class(self, definition: Definition) -> tuple[type | None, str | None]:
        declared = definition.options["params"]
        arguments = definition.signature.arguments
        matching = [a for a in arguments.values() if a.marker is None and is_params_class(a.annotation)]
        if declared is None:
            if len(matching) > 1:
                raise DefinitionError(f"stage {definition.name!r} has more than one parameter with a params class")
            return (matching[0].annotation, matching[0].name) if matching else (None, None)
        if not isinstance(declared, type):
            raise DefinitionError(f"stage {definition.name!r}: params must be a class, not {type(declared).__name__}")
        for argument in arguments.values():
            if argument.annotation is declared or argument.name == "params":
                return declared, argument.name
        raise DefinitionError(
            f"stage {definition.name!r} takes no {declared.__name__}", stage=definition.name,
            hint=f"give the function a parameter `params: {declared.__name__}`",
        )  # fmt: skip

    def _matrix(self, definition: Definition, fields: list[Field]) -> None:
        known = {field.name: field for field in fields}
        for key, value in definition.matrix.items():
            if key in known:
                known[key].value, known[key].source = value, "matrix"
            elif is_param_value(value):
                fields.append(Field(key, MISSING, value, value, "matrix"))

    def _check_names(self, definitions: list[Definition]) -> None:
        seen: dict[str, Definition] = {}
        for definition in definitions:
            if (
                not definition.name
                or definition.name.strip() != definition.name
                or "/" in definition.name
                or ":" in definition.name
            ):
                raise DefinitionError(f"{definition.name!r} is no name for a stage", stage=definition.name)
            other = seen.setdefault(definition.name, definition)
            if other is not definition and folder_of(other.registration.pipeline) == folder_of(
                definition.registration.pipeline
            ):
                file, line = place_of(definition.registration)
                first_file, first_line = place_of(other.registration)
                raise DefinitionError(
                    f"stage {definition.name!r} is defined twice: in {first_file}:{first_line} and {file}:{line}",
                    stage=definition.name, file=file, line=line,
                )  # fmt: skip


def _latest(registrations: Sequence[Registration]) -> list[Registration]:
    """A live process may register a stage again (a notebook's cell that runs twice): the last one counts."""
    live = {registration.base_name: registration for registration in registrations if registration.pipeline == LIVE}
    return [r for r in registrations if r.pipeline != LIVE or live[r.base_name] is r]


def _pairs(specs: Any, option: str, definition: Definition) -> list[tuple[str | None, Any]]:
    if type(specs) in (list, tuple):  # as nearly always; abstract classes take long to say what they are
        return [(None, spec) for spec in specs]
    if isinstance(specs, (str, os.PathLike, Dep, Out, OutRef)):
        raise DefinitionError(
            f"stage {definition.name!r}: {option} must be a list or a mapping, not one {type(specs).__name__}",
            hint=f"{option}=[{specs!r}]",
        )
    if isinstance(specs, Mapping):
        return [(str(name), spec) for name, spec in specs.items()]
    return [(None, spec) for spec in specs or ()]


def _combinations(registration: Registration) -> Iterator[dict[str, Any]]:
    matrix = registration.options["matrix"]
    if matrix is None:
        yield {}
        return
    if not isinstance(matrix, Mapping) or not matrix:
        raise DefinitionError(
            f"stage {registration.base_name!r}: matrix must be a mapping from parameters to lists of values"
        )
    for values in itertools.product(*(list(choices) for choices in matrix.values())):
        yield dict(zip(map(str, matrix), values, strict=True))


def name_of(base: str, values: Mapping[str, Any], matrix: Mapping[str, Sequence[Any]]) -> str:
    """`train@a-1`; a value that is no plain word counts by its key and position, as in dvc.yaml."""
    if not values:
        return base
    if "{" in base:
        return base.format_map(values)
    parts = []
    for key, value in values.items():
        plain = isinstance(value, (str, int, float)) and not _UNSAFE.search(str(value)) and str(value)
        parts.append(str(value) if plain else f"{key}{list(matrix[key]).index(value)}")
    return f"{base}@{'-'.join(parts)}"


def folder_of(pipeline: str) -> str:
    return "." if pipeline == LIVE else posixpath.dirname(pipeline) or "."


def path_text(path: Any, definition: Definition) -> str:
    """A declared path as text: matrix values filled in, paths below the root written relative to wdir."""
    if not isinstance(path, (str, os.PathLike)):
        raise DefinitionError(
            f"stage {definition.name!r}: {path!r} is no path (a {type(path).__name__})", stage=definition.name
        )
    text = os.fspath(path)
    if not isinstance(text, str) or not text:
        raise DefinitionError(f"stage {definition.name!r}: {text!r} is no path", stage=definition.name)
    if definition.matrix and "{" in text:
        text = text.format_map(definition.matrix)
    if os.path.isabs(text) and PROJECT.contains(text):
        text = posixpath.relpath(PROJECT.relative(text), definition.wdir)
    return text


def is_inside(path: str, wdir: str) -> bool:
    """Whether a declared path lies below the project root; what is behind a URL does not."""
    if "://" in path or os.path.isabs(path):
        return False
    if ".." not in path and ".." not in wdir and not wdir.startswith("/"):
        return True
    joined = posixpath.normpath(posixpath.join(wdir, path))
    return not joined.startswith(("../", "/")) and joined != ".."


def select_output(definition: Definition, selector: str | int | None, asking: str) -> Output:
    """The out that `stage.out` or `stage.outs[...]` means."""
    outputs = definition.outputs
    names = ", ".join(repr(output.path) for output in outputs) or "none"
    if selector is None:
        if len(outputs) == 1:
            return outputs[0]
        raise DefinitionError(
            f"stage {asking!r}: stage {definition.name!r} has {len(outputs)} outs ({names}); say which with outs[...]"
        )
    if isinstance(selector, int):
        if -len(outputs) <= selector < len(outputs):
            return outputs[selector]
    else:
        for output in outputs:
            if selector in (output.name, output.argument, output.path, os.fspath(output.marker.path)):
                return output
    raise DefinitionError(f"stage {asking!r}: stage {definition.name!r} has no out {selector!r}; it has: {names}")


def place_of(registration: Registration) -> tuple[str, int]:
    """Where a stage is written."""
    code = getattr(innermost(registration.function), "__code__", None)
    if code is not None:
        return PROJECT.relative(code.co_filename), code.co_firstlineno
    return PROJECT.relative(registration.file or "?"), registration.line or 0
