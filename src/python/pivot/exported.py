"""Runs a stage without the engine: what the commands of an exported dvc.yaml call."""

from __future__ import annotations

import os
import posixpath
import sys
from typing import Any

from pivot._description import Description
from pivot._discovery import Discovery
from pivot._errors import DefinitionError, PipelineError
from pivot._execution import StageFailed, run_stage


def run(address: str) -> None:
    """Runs the stage "PIPELINE:NAME" in this process; exits with 1 and the user's traceback when it fails."""
    root = _find_root()
    pipeline = address.rpartition(":")[0]
    folder = posixpath.dirname(pipeline)
    params_file = posixpath.join(folder, "params.yaml")
    params = _load_yaml(os.path.join(root, params_file))
    discovery = Discovery(root, _requests(root, pipeline), [entry for entry in sys.path if entry])
    description = Description(discovery, {params_file: params} if isinstance(params, dict) else {}, {})
    try:
        definition = description.find(address)
        if definition is None:
            name = address.rpartition(":")[2]
            raise DefinitionError(
                f"{pipeline} defines no stage {name!r} any more: run `pivot export` to bring dvc.yaml up to date"
            )
        description.enter(definition)
        os.environ.update(definition.options["environment"] or {})
        run_stage(definition)
    except StageFailed as failure:
        _fail(failure.error["traceback"].rstrip("\n") or failure.error["message"])
    except PipelineError as error:
        _fail(str(error))


def _fail(text: str) -> None:
    print(text, file=sys.stderr)
    raise SystemExit(1)


def _find_root() -> str:
    folder = os.getcwd()
    while not os.path.isdir(os.path.join(folder, ".dvc")):
        parent = os.path.dirname(folder)
        if parent == folder:
            _fail("pivot: this is no DVC repository (there is no .dvc folder here or above)")
        folder = parent
    return folder


def _requests(root: str, pipeline: str) -> list[dict[str, str]]:
    if posixpath.basename(pipeline) != "pivot.yaml":
        return [{"file": pipeline}]
    folder = posixpath.dirname(pipeline) or "."
    named = _load_yaml(os.path.join(root, pipeline)) or {}
    found = [{"module": str(name), "folder": folder} for name in named.get("modules", ())]
    return found + [{"file": posixpath.normpath(posixpath.join(folder, str(name)))} for name in named.get("files", ())]


def _load_yaml(path: str) -> Any:
    """The file's value by whatever reader of YAML is installed; None when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    try:
        from pivot import _pivot  # type: ignore[attr-defined]

        return _pivot.yaml_load(text)
    except ImportError:
        pass
    try:
        from ruamel.yaml import YAML  # type: ignore[import-not-found]

        return YAML(typ="safe", pure=True).load(text)
    except ImportError:
        pass
    try:
        import yaml  # type: ignore[import-not-found,import-untyped]

        return yaml.safe_load(text)
    except ImportError:
        _fail(f"pivot: reading {path} takes ruamel.yaml or PyYAML: install one of them")
