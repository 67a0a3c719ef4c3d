"""Imports the user's pipelines and tells what decided the result."""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pivot._compiled import compile_user_code_from_source
from pivot._distributions import distribution_of
from pivot._errors import DefinitionError
from pivot._location import PROJECT, kind_of_file, kind_of_module
from pivot._recording import Recording, import_recording, is_tool_file
from pivot._registry import LIVE, REGISTRY


class Pipeline:
    """One imported pipeline: how names are found in it, and the user modules that belong to it."""

    def __init__(self, file: str, path: list[str]) -> None:
        self.file = file
        self.path = path
        self.modules: dict[str, types.ModuleType] = {}

    def enter(self) -> None:
        """Makes its modules and its search path the process's: several pipelines may each have a `helpers`."""
        sys.path[:] = self.path
        sys.modules.update(self.modules)


class Discovery:
    """The pipelines of one project, imported once."""

    def __init__(self, root: str, pipelines: list[dict[str, str]], base_path: list[str]) -> None:
        PROJECT.open(root)
        self.requested = pipelines
        self.base_path = [entry for entry in base_path if entry]
        self.recording = Recording(listings=True)
        self.pipelines: dict[str, Pipeline] = {}
        self._loaded_before: set[str] = set()
        self.loaded = False
        self._entered: Pipeline | None = None

    def load(self) -> None:
        """Imports everything; the user's exception goes through."""
        if self.loaded:
            return
        self._loaded_before = set(sys.modules)
        sys.dont_write_bytecode = False
        compile_user_code_from_source()
        with import_recording(self.recording), _rare_collections():
            for request in self.requested:
                self._load_one(request)
        self.loaded = True
        REGISTRY.pipeline = LIVE

    def enter(self, file: str) -> None:
        """Makes a pipeline's modules and search path the process's, unless they are."""
        pipeline = self.pipelines.get(file)
        if pipeline is not None and pipeline is not self._entered:
            pipeline.enter()
            self._entered = pipeline

    def enter_only(self) -> None:
        """Enters the pipeline if there is no other."""
        if len(self.pipelines) == 1:
            self.enter(next(iter(self.pipelines)))

    def left(self) -> None:
        """A stage has run in this process, and may have changed what was entered."""
        self._entered = None

    def _load_one(self, request: dict[str, str]) -> None:
        if "file" in request:
            folder = os.path.join(PROJECT.root, os.path.dirname(request["file"]))
            file = request["file"]
        else:
            folder = os.path.join(PROJECT.root, request.get("folder", "."))
            # What pivot.yaml names is run from its folder, wherever the module lies.
            file = os.path.normpath(os.path.join(request.get("folder", "."), "pivot.yaml"))
        folder = os.path.normpath(folder)
        path = list(dict.fromkeys([folder, PROJECT.root, *self.base_path]))
        pipeline = Pipeline(file, path)
        self._hide_namesakes(folder)
        sys.path[:] = path
        for finder in list(
            sys.path_importer_cache.values()
        ):  # importlib.invalidate_caches() would load importlib.metadata
            forget = getattr(finder, "invalidate_caches", None)
            if forget is not None:
                forget()
        REGISTRY.pipeline = file
        if "file" in request:
            import_file(os.path.join(PROJECT.root, file))
        else:
            importlib.import_module(request["module"])
        pipeline.path = list(sys.path)  # with what it has put there itself
        pipeline.modules = {
            name: module
            for name, module in list(sys.modules.items())
            if isinstance(module, types.ModuleType) and name != "__main__" and kind_of_module(module) == "user"
        }
        earlier = self.pipelines.get(file)  # several modules of one pivot.yaml
        if earlier is not None:
            pipeline.modules = {**earlier.modules, **pipeline.modules}
        self.pipelines[file] = pipeline

    def _hide_namesakes(self, folder: str) -> None:
        """Takes away modules of other pipelines that this folder has under the same name."""
        for name, module in list(sys.modules.items()):
            top = name.partition(".")[0]
            if name == "__main__" or not isinstance(module, types.ModuleType) or kind_of_module(module) != "user":
                continue
            path = getattr(sys.modules.get(top), "__file__", None) or ""
            for candidate in (os.path.join(folder, top + ".py"), os.path.join(folder, top, "__init__.py")):
                if os.path.exists(candidate) and os.path.realpath(candidate) != os.path.realpath(path):
                    del sys.modules[name]
                    break

    # ---- certificate ------------------------------------------------------------

    def certificate(self, environment: dict[str, str]) -> dict[str, Any]:
        """What the registry depends on, as the protocol has it."""
        recording = self.recording
        files = {PROJECT.relative(path): [*about] for path, about in recording.read.items() if self._counts(path)}
        for name in set(sys.modules) - self._loaded_before:
            path = getattr(sys.modules[name], "__file__", None)
            if isinstance(path, str) and os.path.isabs(path) and kind_of_file(path) != "own":
                relative = PROJECT.relative(path)
                about = os.stat(path) if relative not in files and os.path.exists(path) else None
                if about is not None:
                    files[relative] = [about.st_size, about.st_mtime_ns]
        names = list(environment) if recording.environment_listed else list(recording.environment)
        return {
            "interpreter": interpreter(),
            "files": files,
            "folders": self._folders(),
            "probes": {
                PROJECT.relative(path): _what(path)
                for path in recording.probes
                if not is_tool_file(PROJECT.relative(path))
            },
            "listings": {
                PROJECT.relative(path): sorted(os.listdir(path)) for path in recording.listed if os.path.isdir(path)
            },
            "environment": {name: environment.get(name) for name in names},
            "environment_listed": recording.environment_listed,
            "distributions": self._distributions(),
            "volatile": [list(entry) for entry in self._volatile()],
            "modules_path": [PROJECT.relative(entry) for entry in sys.path],
        }

    def _counts(self, path: str) -> bool:
        return kind_of_file(path) != "own" and not is_tool_file(PROJECT.relative(path))

    def _folders(self) -> dict[str, dict[str, list[str]]]:
        """Project folders on the search paths, with the names that were looked for there."""
        asked = [name for name in self.recording.imported if "." not in name]
        searched: dict[str, set[str]] = {}
        for pipeline in self.pipelines.values():
            for entry in pipeline.path:
                if (
                    PROJECT.contains(entry)
                    and kind_of_file(os.path.join(entry, "x.py")) == "user"
                    and os.path.isdir(entry)
                ):
                    searched.setdefault(entry, set()).update(asked)
        for name in self.recording.imported:
            parent, _, last = name.rpartition(".")
            package = sys.modules.get(parent)
            if parent and package is not None and kind_of_module(package) == "user":
                for entry in getattr(package, "__path__", ()):
                    searched.setdefault(entry, set()).add(last)
        result = {}
        for folder, names in searched.items():
            if os.path.isdir(folder):
                present = [e for e in os.listdir(folder) if e.partition(".")[0] in names and e != "__pycache__"]
                result[PROJECT.relative(folder)] = {"names": sorted(names), "present": sorted(present)}
        return result

    def _distributions(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in set(sys.modules) - self._loaded_before:
            if "." not in name and kind_of_module(name) == "library":
                distribution = distribution_of(name)
                if distribution is not None:
                    found[distribution.name] = [distribution.version, distribution.path]
        return found

    def _volatile(self) -> list[tuple[str, int, str]]:
        from pivot.fingerprint import top_level_volatility

        found = list(self.recording.volatile)
        for name in set(sys.modules) - self._loaded_before:
            path = getattr(sys.modules[name], "__file__", None)
            if isinstance(path, str) and kind_of_file(path) == "user":
                found += [(PROJECT.relative(path), line, text) for line, text in top_level_volatility(path)]
        if any(registration.pipeline == LIVE for registration in REGISTRY.registrations):
            found.append((LIVE, 0, "stages of a live process"))
        return sorted(set(found))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Imports make many objects and little garbage: collecting as often as usual takes a tenth of the time."""
    usual, rare = gc.get_threshold(), (100_000, 50, 50)
    gc.set_threshold(*rare)
    try:
        yield
    finally:
        if gc.get_threshold() == rare:  # else the user has set others
            gc.set_threshold(*usual)


def import_file(path: str) -> types.ModuleType:
    """Imports a file under its stem. A stem that a loaded library has taken gets a prefix."""
    name = os.path.splitext(os.path.basename(path))[0]
    taken = sys.modules.get(name)
    if taken is not None:
        if os.path.realpath(getattr(taken, "__file__", None) or "") == os.path.realpath(path):
            return taken
        name = f"pivot_pipeline_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DefinitionError(f"{PROJECT.relative(path)} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def interpreter() -> dict[str, Any]:
    """Who runs the pipeline."""
    real = os.path.realpath(sys.executable)
    about = os.stat(real)
    return {
        "executable": sys.executable, "real": real, "version": "{}.{}.{}".format(*sys.version_info[:3]),
        "cache_tag": sys.implementation.cache_tag, "prefix": sys.prefix, "base_prefix": sys.base_prefix,
        "size": about.st_size, "mtime_ns": about.st_mtime_ns,
    }  # fmt: skip


def _what(path: str) -> str:
    return "dir" if os.path.isdir(path) else "file" if os.path.exists(path) else "absent"
