"""Runs one stage in this process: loads its deps, calls the function, saves what it returns."""

from __future__ import annotations

import inspect
import os
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

from pivot._definition import Definition, Output
from pivot._errors import DefinitionError, ReturnMismatch, describe_exception
from pivot._location import PROJECT
from pivot._params import build_object
from pivot._types import Mismatch


class StageFailed(Exception):
    """Carries the protocol's Error; the exception that caused it is its cause."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


def _failed(error: BaseException, kind: str, definition: Definition, what: str = "") -> StageFailed:
    described = describe_exception(error, kind, definition.name)
    if what:
        described["message"] = f"{what}: {described['message']}"
    return StageFailed(described)


def run_stage(definition: Definition) -> None:
    """Runs the stage in its working directory; raises StageFailed, or SystemExit and KeyboardInterrupt as they are."""
    os.chdir(os.path.join(PROJECT.root, definition.wdir))
    arguments = _arguments(definition)
    try:
        result = definition.function(**arguments)
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise _failed(error, "stage", definition) from error
    os.chdir(
        os.path.join(PROJECT.root, definition.wdir)
    )  # the stage may have gone elsewhere; paths are relative to here
    _save(definition, result)


def _arguments(definition: Definition) -> dict[str, Any]:
    """What the function is called with. Parameters whose default is an object keep it."""
    arguments: dict[str, Any] = {}
    try:
        for part in definition.inputs:
            if part.argument is None:
                continue
            value = _load(definition, part.path, part.loader)
            if part.argument in arguments:  # one parameter for all outs of a matrix
                earlier = arguments[part.argument]
                value = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
            arguments[part.argument] = value
        for output in definition.outputs:
            if output.argument is not None:
                arguments[output.argument] = pathlib.Path(output.path)
        values = {field.name: field.value for field in definition.fields}
        if definition.params_class is not None and definition.params_argument is not None:
            own = {name: value for name, value in values.items() if name not in definition.signature.arguments}
            arguments[definition.params_argument] = build_object(definition.params_class, own, definition.name)
        for name, value in values.items():
            if name in definition.signature.arguments or definition.signature.keywords and name in definition.matrix:
                arguments.setdefault(name, value)
        for name, value in definition.matrix.items():
            if name in definition.signature.arguments:
                arguments.setdefault(name, value)
    except Mismatch as error:
        message = f"parameter {error.path.lstrip('.')!r} must be {error.wanted}, but it is {error.value!r}"
        raise _failed(DefinitionError(message), "params", definition) from error
    return arguments


def _load(definition: Definition, path: str, loader: Any) -> Any:
    if loader is None:
        return pathlib.Path(path)
    try:
        return loader.load(pathlib.Path(path))
    except BaseException as error:
        raise _failed(error, "load", definition, f"{type(loader).__name__} could not load {path!r}") from error


def _save(definition: Definition, result: Any) -> None:
    outputs = [output for output in definition.outputs if output.is_returned]
    if not outputs:
        return
    for output, value in _assigned(definition, outputs, result):
        parent = pathlib.Path(output.path).parent
        try:
            parent.mkdir(parents=True, exist_ok=True)
            assert output.marker.loader is not None
            output.marker.loader.save(value, pathlib.Path(output.path))
        except BaseException as error:
            name = type(output.marker.loader).__name__
            raise _failed(error, "save", definition, f"{name} could not save {output.path!r}") from error


def _assigned(definition: Definition, outputs: list[Output], result: Any) -> list[tuple[Output, Any]]:
    """Which part of the return value goes to which out."""
    form = definition.signature.returned_form
    if len(outputs) == 1 and form in ("", "single"):
        if result is None:
            raise _mismatch(definition, f"it returned None, but its out {outputs[0].path!r} wants a value")
        return [(outputs[0], result)]
    if isinstance(result, Mapping):
        return [(output, _value_for(definition, output, result)) for output in outputs]
    if isinstance(result, tuple) and form != "mapping":
        if len(result) != len(outputs):
            wanted = ", ".join(repr(output.path) for output in outputs)
            raise _mismatch(definition, f"it returned {len(result)} values for {len(outputs)} outs: {wanted}")
        return list(zip(outputs, result, strict=True))
    names = ", ".join(repr(output.name or output.path) for output in outputs)
    raise _mismatch(
        definition, f"it returned a {type(result).__name__}, but its outs want a mapping or tuple of {names}"
    )


def _value_for(definition: Definition, output: Output, result: Mapping[str, Any]) -> Any:
    for key in (output.name, output.path):
        if key is not None and key in result:
            return result[key]
    given = ", ".join(repr(key) for key in result) or "nothing"
    raise _mismatch(definition, f"its return value has nothing for out {output.name or output.path!r}; it has {given}")


def _mismatch(definition: Definition, text: str) -> StageFailed:
    error = ReturnMismatch(f"stage {definition.name!r}: {text}")
    return StageFailed(describe_exception(error, "return", definition.name))


def exit_code_of(error: SystemExit) -> int:
    """As the interpreter itself does it."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)
    return 1
