"""`@stage`: collects decorated functions. Nothing is looked into here, so that a thousand stages register in
milliseconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

from pivot.outputs import Dep, Out, OutRef, OutRefs, PathText

P = ParamSpec("P")
R = TypeVar("R")
DepSpec = PathText | Dep | OutRef
OutSpec = PathText | Out
Deps = Sequence[DepSpec] | Mapping[str, DepSpec]
Outs = Sequence[OutSpec] | Mapping[str, OutSpec]
Executor = Literal["warm", "process", "interpreter"]
LIVE = "<live>"


class Registration:
    """One decorated function with the options as they were written."""

    __slots__ = ("file", "function", "line", "options", "pipeline")

    def __init__(self, function: Callable[..., Any], options: dict[str, Any], pipeline: str) -> None:
        self.function = function
        self.options = options
        self.pipeline = pipeline
        self.file: str | None = None  # of the call, when the function has no code of its own
        self.line = 0

    @property
    def base_name(self) -> str:
        return self.options["name"] or getattr(self.function, "__name__", type(self.function).__name__)


class Registry:
    """All registrations of this process, in order; `pipeline` is the one that is being imported."""

    def __init__(self) -> None:
        self.registrations: list[Registration] = []
        self.pipeline = LIVE

    def clear(self) -> None:
        self.registrations.clear()


REGISTRY = Registry()


class StageFunction(Generic[P, R]):
    """A registered stage: still callable as the function that it was, and source of `out` for other stages' deps."""

    __wrapped__: Callable[P, R]

    def __init__(self, function: Callable[P, R], registration: Registration) -> None:
        self.__wrapped__ = function
        self._registration = registration

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.__wrapped__(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":  # not initialised: unpickling
            raise AttributeError(name)
        return getattr(self.__wrapped__, name)

    def __repr__(self) -> str:
        return f"<stage {self._registration.base_name}>"

    def __reduce__(self) -> str:
        return getattr(self.__wrapped__, "__qualname__", "")  # pickled by name, as functions are

    @property
    def out(self) -> OutRef:
        """The stage's only out."""
        return OutRef(self._registration, None)

    @property
    def outs(self) -> OutRefs:
        """The stage's outs by name, path or position."""
        return OutRefs(self._registration)


class StageDecorator:
    """What `stage(...)` returns: registers each function that it is applied to."""

    __slots__ = ("options",)

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def __call__(self, function: Callable[P, R]) -> StageFunction[P, R]:
        if isinstance(function, StageFunction):  # registered under another name before
            function = function.__wrapped__
        registration = Registration(function, self.options, REGISTRY.pipeline)
        if not hasattr(function, "__code__"):
            caller = sys._getframe(1)
            registration.file, registration.line = caller.f_code.co_filename, caller.f_lineno
        REGISTRY.registrations.append(registration)
        return StageFunction(function, registration)


@overload
def stage(function: Callable[P, R], /) -> StageFunction[P, R]: ...


@overload
def stage(
    function: None = None,
    /,
    *,
    deps: Deps = (),
    outs: Outs = (),
    metrics: Outs = (),
    plots: Outs = (),
    params: type[Any] | None = None,
    name: str | None = None,
    wdir: PathText | None = None,
    always: bool = False,
    executor: Executor | None = None,
    timeout: float = 0,
    retries: int = 0,
    mutex: Sequence[str] = (),
    matrix: Mapping[str, Sequence[Any]] | None = None,
    param_keys: Mapping[str, Sequence[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    track_versions: bool | None = None,
) -> StageDecorator: ...


def stage(
    function: Callable[..., Any] | None = None,
    /,
    *,
    deps: Deps = (),
    outs: Outs = (),
    metrics: Outs = (),
    plots: Outs = (),
    params: type[Any] | None = None,
    name: str | None = None,
    wdir: PathText | None = None,
    always: bool = False,
    executor: Executor | None = None,
    timeout: float = 0,
    retries: int = 0,
    mutex: Sequence[str] = (),
    matrix: Mapping[str, Sequence[Any]] | None = None,
    param_keys: Mapping[str, Sequence[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    track_versions: bool | None = None,
) -> StageDecorator | StageFunction[..., Any]:
    """Makes a function a stage of the pipeline.

    deps, outs, metrics, plots: paths relative to `wdir` (or `Dep`, `Out`, `Metric`, `Plot` objects, or a mapping from
    parameter
    names to them); a folder is a path like any other. A dep may be another stage's out: `deps=[clean.out]`.
    params: a class whose fields are the stage's parameters (a pydantic model, a dataclass, `StageParams` or a plain
    class).
    Parameters of the function with a default are parameters of the stage too.
    name: defaults to the function's name. wdir: relative to the pipeline file's folder, which is the default.
    always: run every time. timeout: seconds, 0 for none. retries: how often a failed run is repeated.
    mutex: names of resources that only one stage may hold at a time.
    matrix: parameter -> values; one stage for each combination, named `name@a-b`; `{parameter}` in paths is replaced.
    param_keys: dotted keys of params files that the stage (or a command that it starts) reads by itself, as `params:`
    in dvc.yaml: `{"params.yaml": ["train.lr"]}`; no keys: the whole file.
    track_versions: whether another version of a used third-party package is a reason to rerun (default: as configured).
    """
    options = {
        "deps": deps, "outs": outs, "metrics": metrics, "plots": plots, "params": params, "name": name, "wdir": wdir,
        "always": always, "executor": executor, "timeout": timeout, "retries": retries, "mutex": mutex,
        "matrix": matrix, "param_keys": param_keys,
        "environment": environment, "track_versions": track_versions,
    }  # fmt: skip
    decorator = StageDecorator(options)
    return decorator if function is None else decorator(function)
