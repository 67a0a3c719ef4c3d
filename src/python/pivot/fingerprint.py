"""Code fingerprints: what a stage's function is made of, as a manifest of keys and hashes.

Keys: `self:NAME` the function itself, `func:` functions, `class:` classes, `mod:MODULE.ATTR` what is reached through a
module,
`mod:MODULE` a module of which anything may be used, `const:` values, `partial:NAME.args|kwargs`,
`pydantic:Model.field`,
`loader:NAME`. Names of the stage's own module stand alone, others with their module. Values are 16 hex digits of
xxHash64 over
the canonical syntax tree or the canonical data (see _syntax.py, _data.py, _xxhash.py): the same on every supported
Python
version, on every machine and in every process.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pivot import _bytecode
from pivot._data import Serialiser, object_key
from pivot._effects import Effects
from pivot._graph import Graph, Node, innermost, is_own, unwrap_stage
from pivot._location import kind_of_file, kind_of_module
from pivot._lookup import path_of_module
from pivot._source import SOURCES
from pivot._xxhash import digest_text
from pivot.loaders import Loader

__all__ = ["get_loader_fingerprint", "get_stage_fingerprint", "hash_function_ast", "is_user_code"]


@dataclasses.dataclass(slots=True)
class Manifest:
    """A stage's fingerprint and what is known of its keys."""

    hashes: dict[str, str] = dataclasses.field(default_factory=dict)
    where: dict[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    files: set[str] = dataclasses.field(default_factory=set)  #: absolute
    bindings: set[tuple[str, str]] = dataclasses.field(default_factory=set)  #: (file, module-level name) read
    libraries: set[str] = dataclasses.field(default_factory=set)  #: top-level modules
    blind_spots: set[tuple[str, int, str]] = dataclasses.field(default_factory=set)


class Fingerprinter:
    """Makes manifests; everything that several stages reach is hashed once."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.effects = Effects(self.graph)

    def manifest(
        self,
        function: Callable[..., Any],
        classes: Iterable[type] = (),
        loaders: Mapping[str, Loader[Any]] | None = None,
    ) -> Manifest:
        """The manifest of a function, of classes that it is given objects of, and of the loaders of its deps and
        outs."""
        function = unwrap_stage(function)
        inner = innermost(function)
        graph = self.graph
        roots: list[Node] = []
        module = "?"
        if isinstance(inner, types.FunctionType):
            node = graph.function(inner)
            module = str(inner.__globals__.get("__name__", "?"))
            hashed = node if node.hash else Node("self", "", hash_function_ast(inner))
            own = hashed.named("self", inner.__name__)
            own.edges = node.edges
            roots.append(own)
            if kind_of_file(inner.__code__.co_filename) == "user":
                roots += self.effects.reached_from(inner.__code__.co_filename)
        else:
            name = getattr(inner, "__name__", type(inner).__name__)
            roots.append(Node("self", name, digest_text(f"builtin {getattr(inner, '__module__', '')}.{name}")))
        if inner is not function:
            roots += graph.values(f"{module}.{roots[0].label}", function)
        for cls in classes:
            roots.append(graph.cls(cls))
        for name, loader in (loaders or {}).items():
            roots += self._loader(name, loader)
        graph.drain()
        skip = graph.function(inner) if isinstance(inner, types.FunctionType) else None
        return self._collect(roots, module, skip)

    def _loader(self, name: str, loader: Loader[Any]) -> list[Node]:
        parts = get_loader_fingerprint(loader)
        node = Node("loader", name, digest_text(repr(sorted(parts.items()))))
        return [node] if is_own(loader) else [node, self.graph.cls(type(loader))]

    def _collect(self, roots: list[Node], module: str, skip: Node | None) -> Manifest:
        manifest = Manifest()
        found: dict[str, set[str]] = {}
        prefix = module + "."
        seen = {object_key(skip)}
        pending = list(roots)
        while pending:
            node = pending.pop()
            if object_key(node) in seen:
                continue
            seen.add(object_key(node))
            pending += node.edges
            manifest.files |= node.files
            manifest.bindings |= node.bindings
            manifest.libraries |= node.libraries
            manifest.blind_spots.update(node.blind)
            if not node.kind:
                continue
            label = node.label
            if node.kind not in ("mod", "self", "loader"):
                label = label.removeprefix(prefix)
            key = f"{node.kind}:{label}"
            found.setdefault(key, set()).add(node.hash)
            if node.file:
                place = (node.file, node.line)
                manifest.where[key] = min(place, manifest.where.get(key, place))
        # One key for several things (functions that one factory made): together they are one fact.
        for key in sorted(found):
            hashes = found[key]
            manifest.hashes[key] = next(iter(hashes)) if len(hashes) == 1 else digest_text(" ".join(sorted(hashes)))
        return manifest


def get_stage_fingerprint(function: Callable[..., Any]) -> dict[str, str]:
    """The manifest of one function: key -> 16 hex digits.

    >>> get_stage_fingerprint(train)
    {'const:RATE': '...', 'func:prepare': '...', 'self:train': '...'}
    """
    return Fingerprinter().manifest(function).hashes


def hash_function_ast(function: Callable[..., Any]) -> str:
    """The hash of a function's own syntax tree: neither its name, docstring and comments nor anything that it calls."""
    inner = innermost(unwrap_stage(function))
    if not isinstance(inner, types.FunctionType):
        return digest_text(
            f"builtin {getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', type(inner).__name__)}"
        )
    if kind_of_file(inner.__code__.co_filename) in ("user", "none"):
        node = Graph().function(inner)
        if node.hash:
            return node.hash
    found = SOURCES.of_function(inner)
    if found is None:
        return _bytecode.hash_code(inner.__code__)
    entry = found[1]
    return entry.analysis((True,) * len(entry.outline.decorators))[0]


def get_loader_fingerprint(loader: Loader[Any]) -> dict[str, str]:
    """The keys of one loader: what loads, what saves, and its fields.

    pivot's own loaders count by their version, others by the source of their class.
    """
    cls = type(loader)
    name = cls.__name__
    serialiser = Serialiser(lambda value: getattr(value, "__qualname__", type(value).__qualname__), lambda _: True)
    fields = (
        {f.name: getattr(loader, f.name) for f in dataclasses.fields(loader)}
        if dataclasses.is_dataclass(loader)
        else vars(loader)
    )
    parts = {f"loader:{name}.config": digest_text(serialiser.text(dict(fields)))}
    for method in ("load", "save"):
        owner = next((base for base in cls.__mro__ if method in vars(base)), None)
        if owner is None:
            continue
        if is_own_class(owner):
            text = f"{owner.__qualname__} {vars(owner).get('version', 0)} {method}"
            parts[f"loader:{name}.{method}"] = digest_text(text)
        else:
            parts[f"loader:{name}.{method}"] = hash_function_ast(vars(owner)[method])
    return parts


def is_own_class(cls: type) -> bool:
    return cls.__module__ == "pivot" or cls.__module__.startswith("pivot.")


def is_user_code(value: object) -> bool:
    """Whether a function, class, module or instance belongs to the user: not built in, of the standard library or
    installed."""
    value = unwrap_stage(value)
    if isinstance(value, types.ModuleType):
        return kind_of_module(value) == "user"
    if isinstance(value, type):
        return kind_of_module(value.__module__) == "user"
    inner = innermost(value) if callable(value) else value
    if isinstance(inner, types.FunctionType):
        kind = kind_of_file(inner.__code__.co_filename)
        return kind == "user" or (kind == "none" and kind_of_module(str(inner.__globals__.get("__name__"))) == "user")
    if isinstance(inner, (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
        return False
    return kind_of_module(type(inner).__module__) == "user"


def module_names() -> dict[str, str]:
    """File -> name of the modules that are loaded."""
    import sys

    names: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        path = path_of_module(module) if isinstance(module, types.ModuleType) else None
        if path and kind_of_file(path) == "user":
            names.setdefault(path, name)
    return names


def top_level_volatility(path: str) -> list[tuple[int, str]]:
    """Calls at a module's top level whose result another process would not repeat."""
    return [(line, f"{text}() at import") for line, text in _top_level_calls(path) if text in _VOLATILE_CALLS]


def calls_at_top_level(path: str, suffix: str) -> bool:
    """Whether a module calls `...suffix` as it is imported."""
    try:
        with open(path, "rb") as file:  # most files need no syntax tree to tell
            if suffix.rpartition(".")[2].encode() not in file.read():
                return False
    except OSError:
        return False
    return any(text == suffix or text.endswith("." + suffix) for _, text in _top_level_calls(path))


def _top_level_calls(path: str) -> list[tuple[int, str]]:
    file = SOURCES.get(path)
    return file.calls() if file is not None else []


_CLOCKS = ("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.datetime.now")
_DATES = ("datetime.utcnow", "datetime.datetime.utcnow", "date.today", "datetime.date.today")
_RANDOM = (
    "random.random",
    "random.randint",
    "random.choice",
    "random.shuffle",
    "random.uniform",
    "uuid.uuid1",
    "uuid.uuid4",
)
_SYSTEM = ("os.urandom", "secrets.token_hex", "secrets.token_bytes", "os.getpid", "np.random.rand", "numpy.random.rand")
_VOLATILE_CALLS = frozenset((*_CLOCKS, *_DATES, *_RANDOM, *_SYSTEM))
