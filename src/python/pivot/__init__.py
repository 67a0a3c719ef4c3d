"""Pipelines in Python: decorate functions with `@stage`, run them with the `pivot` command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pivot import fingerprint as fingerprint
    from pivot._live import RunFailed as RunFailed
    from pivot._live import run as run
    from pivot._params import StageParams as StageParams
    from pivot._registry import StageFunction as StageFunction
    from pivot._registry import stage as stage
    from pivot.commands import shell as shell
    from pivot.loaders import CSV as CSV
    from pivot.loaders import JSON as JSON
    from pivot.loaders import YAML as YAML
    from pivot.loaders import Loader as Loader
    from pivot.loaders import Parquet as Parquet
    from pivot.loaders import PathOnly as PathOnly
    from pivot.loaders import Pickle as Pickle
    from pivot.loaders import Text as Text
    from pivot.outputs import Dep as Dep
    from pivot.outputs import Metric as Metric
    from pivot.outputs import Out as Out
    from pivot.outputs import Plot as Plot

# Loaded when first asked for: `import pivot` stays cheap in every stage's process.
_HOMES = {
    "CSV": "loaders", "JSON": "loaders", "YAML": "loaders", "Loader": "loaders", "Parquet": "loaders",
    "PathOnly": "loaders",
    "Pickle": "loaders", "Text": "loaders", "Dep": "outputs", "Metric": "outputs", "Out": "outputs", "Plot": "outputs",
    "StageParams": "_params", "StageFunction": "_registry", "stage": "_registry", "run": "_live", "RunFailed": "_live",
    "shell": "commands",
}  # fmt: skip

# Names by which a pipeline for the Python package of the same name is known.
_OF_THE_PACKAGE = frozenset({"Pipeline", "stage_def", "no_fingerprint", "metric", "plot", "directory", "incremental"})

__all__ = [*_HOMES, "fingerprint", "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    import importlib

    if name == "fingerprint":
        return importlib.import_module("pivot.fingerprint")
    home = _HOMES.get(name)
    if name in _OF_THE_PACKAGE:
        raise ImportError(
            f"pivot.{name} belongs to the Python package pivot (up to version 0.5), whose pipelines "
            "this pivot can't run: write "
            "stages with @stage(deps=..., outs=...). `pivot explain` says what stands of its stages"
        )
    if home is None:
        raise AttributeError(f"module 'pivot' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pivot.{home}"), name)
    globals()[name] = value
    return value
