"""Checks the options of a stage that say how it runs, where the pipeline is read: the engine takes them as they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pivot._errors import DefinitionError

EXECUTORS = ("warm", "process", "interpreter")


def check_options(options: Mapping[str, Any], stage: str, place_of: Callable[[], tuple[str, int]]) -> None:
    """Raises a DefinitionError that names the stage, the option, what it wants and what it got."""
    wrong = _wrong(options)
    if wrong is not None:
        name, wanted = wrong
        place = place_of()
        message = f"stage {stage!r} ({place[0]}:{place[1]}): {name} must be {wanted}, but it is {options[name]!r}"
        raise DefinitionError(message, stage=stage, file=place[0], line=place[1])


def _wrong(options: Mapping[str, Any]) -> tuple[str, str] | None:
    timeout, retries, mutex = options["timeout"], options["retries"], options["mutex"]
    if timeout is not None and not (_is_number(timeout, float) and timeout >= 0):
        return "timeout", "a number of seconds"
    if retries is not None and not (_is_number(retries, int) and retries >= 0):
        return "retries", "a whole number"
    if options["executor"] not in (None, *EXECUTORS):
        return "executor", "one of " + ", ".join(map(repr, EXECUTORS))
    if isinstance(mutex, str) or not _all_text(mutex):
        return "mutex", "a list of names"
    environment = options["environment"]
    if environment is not None and not isinstance(environment, Mapping):
        return "environment", "a mapping"
    return None


def _is_number(value: Any, kind: type) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else int):
        return False
    return math.isfinite(value)


def _all_text(values: Any) -> bool:
    try:
        return all(isinstance(value, str) for value in values)
    except TypeError:
        return False
