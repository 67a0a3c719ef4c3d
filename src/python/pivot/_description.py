"""Describes all stages: what the engine plans, compares and explains by."""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pivot._bindings import Bindings
from pivot._data import object_key
from pivot._definition import Completion, Definition, folder_of, place_of
from pivot._discovery import Discovery
from pivot._distributions import versions_of
from pivot._graph import innermost
from pivot._location import PROJECT, kind_of_file, kind_of_module
from pivot._params import Overrides, described
from pivot._recording import is_tool_file
from pivot._registry import LIVE, REGISTRY
from pivot.fingerprint import Fingerprinter, Manifest, module_names


class Description:
    """The stages of an opened project; definitions and manifests are made when first asked for."""

    def __init__(self, discovery: Discovery, params: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        self.discovery = discovery
        self.overrides = Overrides(params, overrides)
        self._definitions: list[Definition] | None = None
        self._by_address: dict[str, Definition] = {}
        self.warnings: list[str] = []
        self.import_seconds = 0.0

    def definitions(self) -> list[Definition]:
        """All stages; imports the pipelines first if that was not done."""
        if self._definitions is None:
            start = time.perf_counter()
            self.discovery.load()
            self.import_seconds = time.perf_counter() - start
            completion = Completion(REGISTRY.registrations, self.overrides)
            self._definitions = completion.all()
            self.warnings = completion.warnings
            for definition in self._definitions:
                self._by_address[address_of(definition)] = definition
        return self._definitions

    def find(self, stage: str) -> Definition | None:
        """A stage by its address, or by its name when only one has it."""
        definitions = self.definitions()
        known = self._by_address.get(stage)
        if known is not None:
            return known
        named = [definition for definition in definitions if definition.name == stage]
        return named[0] if len(named) == 1 else None

    def enter(self, definition: Definition) -> None:
        """Makes the modules of the stage's pipeline the process's."""
        self.discovery.enter(definition.registration.pipeline)

    def reply(self, known: Collection[str], earlier_effects: list[str], environment: dict[str, str]) -> dict[str, Any]:
        """The `describe` reply, without its id."""
        definitions = self.definitions()
        start = time.perf_counter()
        fingerprints = _Fingerprints(self)
        effects = fingerprints.effects()
        if effects != earlier_effects:
            known = ()  # something that acts on other modules came or went: everything may be different
        stages = [fingerprints.stage(definition, known) for definition in definitions]
        return {
            "reply": "describe",
            "stages": stages,
            "effects": effects,
            "certificate": self.discovery.certificate(environment),
            "preload": preloadable(),
            "warnings": [*self.warnings, *_shadowed()],
            "seconds": {"import": self.import_seconds, "fingerprint": time.perf_counter() - start},
        }


def address_of(definition: Definition) -> str:
    return f"{definition.registration.pipeline}:{definition.name}"


class _Fingerprints:
    """The manifests of one description. Stages made of one function (matrix, loops) share theirs."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.fingerprinter = Fingerprinter()
        self.bindings = Bindings(self.fingerprinter.graph.lookup, module_names())
        self._manifests: dict[tuple[object, ...], dict[str, Any]] = {}
        self._pipeline: str | None = None

    def effects(self) -> list[str]:
        """User modules whose import may change others."""
        return sorted(PROJECT.relative(path) for path in self.bindings.names if self.bindings.has_effects(path))

    def stage(self, definition: Definition, known: Collection[str]) -> dict[str, Any]:
        address = address_of(definition)
        if address in known:
            given = known[address] if isinstance(known, Mapping) else {}
            return {**describe_definition(definition), **given, "reused": True}
        return {**describe_definition(definition), **self._code(definition)}

    def _code(self, definition: Definition) -> dict[str, Any]:
        if definition.registration.pipeline != self._pipeline:
            self.description.enter(definition)
            self._pipeline = definition.registration.pipeline
        loaders = {}
        for part in definition.inputs:
            if part.loader is not None:
                loaders[part.argument or part.path] = part.loader
        for output in definition.outputs:
            if output.marker.loader is not None:
                loaders[output.name or output.path] = output.marker.loader
        key = (
            object_key(definition.function),
            definition.params_class,
            *((name, object_key(loader)) for name, loader in loaders.items()),
        )
        made = self._manifests.get(key)
        if made is None:
            classes = [definition.params_class] if definition.params_class else []
            made = self._as_json(self.fingerprinter.manifest(definition.function, classes, loaders))
            self._manifests[key] = made
        return made

    def _as_json(self, manifest: Manifest) -> dict[str, Any]:
        relative = PROJECT.relative
        files = self.bindings.files(manifest.files, manifest.bindings)
        data = self.description.discovery.recording
        for path in list(files):  # what a value was computed from at import
            files |= {name for name in data.data.get(path, ()) if name in data.read and _is_users(name)}
        return {
            "manifest": manifest.hashes,
            "where": {key: [relative(file), line] for key, (file, line) in sorted(manifest.where.items())},
            "files": sorted(map(relative, files)),
            "distributions": versions_of(manifest.libraries),
            "blind_spots": [[relative(file), line, text] for file, line, text in sorted(manifest.blind_spots)],
            "reused": False,
        }


def _is_users(path: str) -> bool:
    return kind_of_file(path) == "user" and not is_tool_file(PROJECT.relative(path))


def describe_definition(definition: Definition) -> dict[str, Any]:
    """All of a Stage but what fingerprints give."""
    options = definition.options
    function = innermost(definition.function)
    file, line = place_of(definition.registration)
    doc = getattr(function, "__doc__", None)
    return {
        "name": definition.name,
        "address": address_of(definition),
        "base": definition.base,
        "pipeline": definition.registration.pipeline,
        "module": getattr(function, "__module__", "") or "",
        "qualname": getattr(function, "__qualname__", type(function).__qualname__),
        "file": file,
        "line": line,
        "doc": inspect.cleandoc(doc) if isinstance(doc, str) and not isinstance(function, type) else "",
        "wdir": definition.wdir,
        "deps": [
            {
                "path": part.path,
                "loader": type(part.loader).__name__ if part.loader else None,
                "name": part.argument,
                "stage": part.stage,
            }
            for part in definition.inputs
        ],
        "outs": [_out(output) for output in definition.outputs],
        "params": {field.name: described(field) for field in definition.fields},
        "params_file": definition.params_file,
        "param_keys": {str(file): [str(key) for key in keys] for file, keys in (options["param_keys"] or {}).items()},
        "always": bool(options["always"]),
        "executor": options["executor"],
        "timeout": float(options["timeout"] or 0),
        "retries": int(options["retries"] or 0),
        "mutex": list(options["mutex"]),
        "track_versions": options["track_versions"],
        "matrix": definition.matrix and {key: _json(value) for key, value in definition.matrix.items()},
        "environment": {str(key): str(value) for key, value in (options["environment"] or {}).items()},
    }


def _json(value: Any) -> Any:
    from pivot._params import is_param_value, plain

    return plain(value) if is_param_value(value) else repr(value)


def _out(output: Any) -> dict[str, Any]:
    marker = output.marker
    return {
        "path": output.path,
        "kind": marker.kind,
        "loader": type(marker.loader).__name__ if marker.loader else None,
        "name": output.name,
        "cache": marker.cache,
        "persist": marker.persist,
        "push": marker.push,
        "remote": marker.remote,
        "desc": marker.desc,
        "type": marker.type,
        "labels": marker.labels,
        "plot": marker.plot,
    }


def preloadable(modules: Iterable[str] | None = None) -> list[str]:
    """Third-party top-level modules (of these, or of this process) that a forked child may inherit."""
    candidates = list(sys.modules) if modules is None else modules
    names = {
        name
        for name in candidates
        if "." not in name and not name.startswith("_") and kind_of_module(name) == "library"
    }
    return sorted(names - FORK_BREAKERS)


#: Libraries whose state does not survive a fork.
FORK_BREAKERS = frozenset({"torch", "tensorflow", "jax", "cupy", "numba.cuda", "pycuda", "grpc"})


def _shadowed() -> list[str]:
    """Project files that would take a standard module's place in a plain `python script.py`, but not here."""
    found = []
    for entry in dict.fromkeys(
        [PROJECT.root, *(os.path.join(PROJECT.root, folder_of(r.pipeline)) for r in REGISTRY.registrations)]
    ):
        try:
            names = os.listdir(entry)
        except OSError:
            continue
        for name in names:
            stem, extension = os.path.splitext(name)
            if (
                extension == ".py"
                and stem in sys.stdlib_module_names
                and kind_of_module(sys.modules.get(stem)) == "standard"
            ):
                found.append(
                    f"{PROJECT.relative(os.path.join(entry, name))} has a standard module's name and is never imported"
                )
    return found


__all__ = ["LIVE", "Description", "address_of", "describe_definition", "preloadable"]
