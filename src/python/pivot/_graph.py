"""The graph of code and data that a stage's function can reach; a manifest is what one walk over it collects.

Every function, class, module and value becomes one node, whose hash speaks of itself alone and whose edges lead to
what it reads;
nodes are made once and shared by all stages of a run.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pivot import _classes
from pivot._bytecode import hash_code, reads_of_code
from pivot._data import MISSING, Serialiser, is_plain, object_key
from pivot._foreign import choice, identity, is_foreign
from pivot._location import kind_of_file, kind_of_module
from pivot._lookup import Found, Lookup, package_of, path_of_module
from pivot._outline import FunctionOutline
from pivot._scope import Chain, Reads
from pivot._source import SOURCES
from pivot._xxhash import digest_text

_BUILTINS = vars(builtins)
_SEARCH_LIMIT = 2000
_LRU_WRAPPER = type(functools.lru_cache(lambda: None))


class Node:
    """One key of a manifest. `label` is dotted and starts with the module's name; an empty kind is never shown."""

    __slots__ = ("blind", "bindings", "edges", "file", "files", "hash", "kind", "label", "libraries", "line")

    def __init__(self, kind: str, label: str, digest: str, file: str | None = None, line: int = 0) -> None:
        self.kind = kind
        self.label = label
        self.hash = digest
        self.file = file
        self.line = line
        self.files: set[str] = {file} if file else set()
        self.edges: list[Node] = []
        self.libraries: set[str] = set()
        self.blind: list[tuple[str, int, str]] = []
        self.bindings: set[tuple[str, str]] = set()  # (file, module-level name) that it reads

    def named(self, kind: str, label: str) -> Node:
        """The same node under another key; it shares what the first one will still find."""
        other = Node(kind, label, self.hash, self.file, self.line)
        other.files, other.edges, other.libraries, other.blind = self.files, self.edges, self.libraries, self.blind
        other.bindings = self.bindings
        return other


def innermost(call: Any) -> Any:
    """The function that a chain of wrappers, partials and bound methods ends in."""
    for _ in range(100):
        if isinstance(call, (functools.partial, functools.partialmethod)):
            call = call.func
        elif isinstance(call, types.MethodType):
            call = call.__func__
        elif isinstance(call, types.FunctionType) and "__wrapped__" not in call.__dict__:
            return call
        else:
            wrapped = getattr(call, "__wrapped__", None)
            if wrapped is None:
                inner = getattr(type(call), "__call__", None)  # noqa: B004: the method itself is wanted
                return inner if isinstance(inner, types.FunctionType) and not isinstance(call, type) else call
            call = wrapped
    return call


class Graph:
    def __init__(self) -> None:
        self.lookup = Lookup()
        self._memo: dict[object, Node] = {}
        self._keep: list[object] = []  # ids stay valid only as long as their objects live
        self._looking_at: set[int] = set()
        self._pending: list[tuple[Callable[[Node, Any], None], Node, Any]] = []

    # ---- nodes ------------------------------------------------------------

    def drain(self) -> None:
        """Expands all nodes that were made but not looked into."""
        while self._pending:
            expand, node, value = self._pending.pop()
            expand(node, value)

    def _remember(self, key: object, value: object, node: Node) -> Node:
        self._memo[key] = node
        self._keep.append(value)
        return node

    def function(self, function: types.FunctionType) -> Node:
        """The node of a function, hashed from its source tree."""
        known = self._memo.get(object_key(function))
        if known is not None:
            return known
        code = function.__code__
        module = str(function.__globals__.get("__name__", "?"))
        kind = kind_of_file(code.co_filename)
        if kind in ("standard", "library", "own"):
            node = self._remember(object_key(function), function, Node("", f"{module}.{function.__qualname__}", ""))
            self._pending.append((self._expand_foreign, node, function))
            return node
        source = SOURCES.of_function(function)
        if source is None:
            node = Node("func", f"{module}.{function.__qualname__}", hash_code(code))
            self._pending.append((self._expand_function, node, (function, reads_of_code(code), None)))
            return self._remember(object_key(function), function, node)
        file, entry = source
        kept = tuple(not self._registers(decorator, function) for decorator in entry.outline.decorators)
        digest, reads = entry.analysis(kept)
        node = Node("func", f"{module}.{entry.outline.qualname}", digest, file.path, code.co_firstlineno)
        self._pending.append((self._expand_function, node, (function, reads, entry.outline)))
        return self._remember(object_key(function), function, node)

    def _registers(self, decorator: Chain | None, function: types.FunctionType) -> bool:
        """Whether a decorator is `@stage` itself: its options are recorded as such and are no code of the stage."""
        from pivot._registry import StageDecorator, stage

        if decorator is None:
            return False
        value = self._root(decorator[0], function)
        for name in decorator[1:]:
            value = vars(value).get(name, MISSING) if isinstance(value, types.ModuleType) else MISSING
        return value is stage or isinstance(value, StageDecorator)

    def cls(self, cls: type) -> Node:
        """The node of a class; only the user's own classes have a hash."""
        known = self._memo.get(object_key(cls))
        if known is not None:
            return known
        label = f"{cls.__module__}.{cls.__qualname__}"
        if not is_user_class(cls):
            node = Node("", label, "")
            self.note_library(node, cls.__module__)
            for argument in getattr(cls, "__args__", ()):
                node.edges += self.values(label, argument)
            return self._remember(object_key(cls), cls, node)
        shape = _classes.shape_of(cls)
        node = Node("class", label, shape.hash, shape.file, shape.line)
        self._pending.append((lambda n, c: _classes.expand(self, n, c, shape), node, cls))
        return self._remember(object_key(cls), cls, node)

    def whole_module(self, name: str, path: str) -> Node | None:
        """The node of a module of which anything may be used: its file, and the user modules that it imports."""
        known = self._memo.get(("whole", path))
        if known is not None:
            return known
        whole = self.lookup.whole(name, path)
        if whole is None:
            return None
        node = self._remember(("whole", path), whole, Node("mod", name, whole.hash, path, 1))
        node.blind += [(path, line, text) for line, text in whole.reads.blind]
        self.imports(node, whole.imports)
        return node

    def imports(self, node: Node, found: Iterable[Found]) -> None:
        for module in found:
            if module.kind == "user" and module.path is not None:
                whole = self.whole_module(module.name, module.path)
                if whole is not None and whole not in node.edges:
                    node.edges.append(whole)
            elif module.kind == "library":
                node.libraries.add(module.name.partition(".")[0])

    def module(self, module: types.ModuleType) -> list[Node]:
        """A module that escapes (is passed on, searched by computed names): its whole file counts."""
        if kind_of_module(module) != "user":
            node = Node("", module.__name__, "")
            self.note_library(node, module.__name__)
            return [node]
        path = path_of_module(module)
        whole = self.whole_module(module.__name__, path) if path else None
        return [whole] if whole else []

    def note_library(self, node: Node, module: str | None) -> None:
        if module and kind_of_module(module.partition(".")[0]) == "library":
            node.libraries.add(module.partition(".")[0])

    # ---- values ------------------------------------------------------------

    def label(self, value: object) -> str:
        """What stands for code inside of data."""
        if isinstance(value, types.FunctionType):
            return "func " + self.function(value).label
        if isinstance(value, types.ModuleType):
            return "module " + value.__name__
        if is_typing_form(value):
            return "typing"
        if isinstance(value, type):
            return f"class {value.__module__}.{value.__qualname__}"
        if isinstance(value, types.MethodType):
            return "method " + getattr(value.__func__, "__qualname__", "?")
        return f"builtin {getattr(value, '__qualname__', getattr(value, '__name__', '?'))}"

    def values(self, label: str, value: Any, line: int = 0, file: str | None = None) -> list[Node]:
        """The nodes of a value that is known as `label` (module and dotted name)."""
        if is_plain(value):
            return [self._data(label, value, file, line)]
        value = unwrap_stage(value)
        if isinstance(value, types.FunctionType):
            return [self.function(value)]
        if isinstance(value, type) and not is_typing_form(value):
            return [self.cls(value)]
        if isinstance(value, types.ModuleType):
            return self.module(value)
        if isinstance(value, types.MethodType):
            if len(self._looking_at) > 1 and not is_user_class(type(value.__self__)):
                return self.values(label, value.__func__)  # a library's object, deep in another one
            return [*self.values(label, value.__func__), *self.values(f"{label}.__self__", value.__self__)]
        if isinstance(value, functools.partial):
            return self._partial(label, value, file, line)
        if isinstance(value, _LRU_WRAPPER):
            return self.values(label, value.__wrapped__)  # type: ignore[attr-defined]
        if isinstance(value, (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
            node = Node("", label, "")
            self.note_library(node, getattr(value, "__module__", None))
            owner = getattr(value, "__self__", None)
            if owner is None or isinstance(owner, (types.ModuleType, type)):
                return [node]
            return [node, *self.values(f"{label}.__self__", owner, line, file)]  # `"".join`
        if is_own(value) or is_typing_form(value):
            return []
        return [self._data(label, value, file, line)]

    def _data(self, label: str, value: object, file: str | None, line: int, kind: str = "const") -> Node:
        known = self._memo.get((kind, label, object_key(value)))
        if known is not None:
            return known
        if object_key(value) in self._looking_at:  # a bound method in it leads back
            return Node("", label, "")
        serialiser = Serialiser(self.label, is_user_class)
        text = serialiser.text(value)
        if serialiser.opaque or serialiser.unread:  # what was written says more than what is there
            source = SOURCES.get(file) if file else None
            text += source.text_binding(label.rpartition(".")[2]) if source is not None else ""
        node = Node(kind, label, digest_text(text), file, line)
        self._remember((kind, label, object_key(value)), value, node)
        node.blind += [(file or "", line, f"{label}: {text}") for text in serialiser.unread]
        self._looking_at.add(object_key(value))
        for position, part in enumerate(serialiser.code):
            node.edges += self.values(f"{label}.{position}", part)
        self._looking_at.discard(object_key(value))
        return node

    def _partial(self, label: str, value: functools.partial[Any], file: str | None, line: int) -> list[Node]:
        nodes = [self._data(f"{label}.args", value.args, file, line, "partial")]
        if value.keywords:
            nodes.append(self._data(f"{label}.kwargs", value.keywords, file, line, "partial"))
        return [*nodes, *self.values(label, value.func)]

    # ---- what code reads ------------------------------------------------------------

    def _root(self, name: str, function: types.FunctionType) -> Any:
        closure = function.__closure__
        if closure and name in function.__code__.co_freevars:
            try:
                return closure[function.__code__.co_freevars.index(name)].cell_contents
            except ValueError:  # not bound yet
                return MISSING
        return function.__globals__.get(name, MISSING)

    def _expand_function(self, node: Node, details: tuple[types.FunctionType, Reads, FunctionOutline | None]) -> None:
        function, reads, outline = details
        file = function.__code__.co_filename
        free = function.__code__.co_freevars
        resolve = functools.partial(self._root, function=function)

        def owner_of(name: str) -> str:  # names from a closure belong to the function, others to its module
            return node.label if name in free else str(function.__globals__.get("__name__", "?"))

        self.follow(node, reads, resolve, owner_of, function.__globals__, file if node.file else None)
        for name, value in live_defaults(function, outline):
            node.edges += self.values(f"{node.label}.{name}", value, node.line, node.file)
        for name, value in function.__dict__.items():
            if name != "__wrapped__":
                node.edges += self.values(f"{node.label}.{name}", value, node.line, node.file)
        wrapped = function.__dict__.get("__wrapped__")
        if wrapped is not None:
            node.edges += self.values(node.label, wrapped)

    def follow(
        self,
        node: Node,
        reads: Reads,
        resolve: Callable[[str], Any],
        owner_of: Callable[[str], str],
        namespace: dict[str, Any],
        file: str | None,
    ) -> None:
        """Adds the edges of everything that a piece of code reads."""
        for chain, line in reads.chains.items():
            value = resolve(chain[0])
            if value is MISSING:
                if chain[0] not in _BUILTINS:
                    self._unbound(node, chain, namespace)
                continue
            if chain[0].startswith("__") and chain[0].endswith("__") and chain[0] in _MODULE_ATTRIBUTES:
                continue
            is_global = chain[0] in namespace and namespace[chain[0]] is value
            self._chain(node, chain, value, f"{owner_of(chain[0])}.{chain[0]}", line, file, is_global)
        package = package_of(namespace)
        for module, level, names, _line in reads.imports:
            self.imports(node, self.lookup.resolve(module, level, names, package))
        node.blind += [(file or "", line, text) for line, text in reads.blind]

    def _unbound(self, node: Node, chain: Chain, namespace: dict[str, Any]) -> None:
        """A global that does not exist yet: a module's __getattr__ may give it, or the name is an error at run time."""
        if "__getattr__" in namespace and isinstance(namespace["__getattr__"], types.FunctionType):
            node.edges.append(self.function(namespace["__getattr__"]))

    def _chain(
        self, node: Node, chain: Chain, value: Any, label: str, line: int, file: str | None, is_global: bool
    ) -> None:
        module: types.ModuleType | None = None
        path = file
        if file is not None and is_global:
            node.bindings.add((file, chain[0]))
        for position, name in enumerate(chain[1:], 1):
            if not isinstance(value, types.ModuleType):
                break  # an attribute of a class, function or instance: those count as a whole
            if kind_of_module(value) != "user":
                self.note_library(node, value.__name__)
                self._foreign(node, value, label, path, line, is_global or module is not None)
                return
            module = value
            path = path_of_module(module)
            if path:
                node.bindings.add((path, name))
            value = vars(module).get(name, MISSING)
            if value is MISSING:
                value = sys.modules.get(f"{module.__name__}.{name}", MISSING)
            if value is MISSING:
                self._absent(node, module, chain[position:])
                return
            label = f"{module.__name__}.{name}"
        if isinstance(value, type) and "__subclasses__" in chain:
            node.edges += [self.cls(cls) for cls in _user_subclasses(value)]
        if is_foreign(value):
            self._foreign(node, value, label, path, line, is_global or module is not None)
        place, where = self._place(module, label, line, file)
        found = self.values(label, value, where, place)
        if module is not None and found and found[0].kind in ("func", "class", "const"):
            found = [found[0].named("mod", label), *found[1:]]
        if isinstance(value, type) and not is_user_class(value) or isinstance(value, types.BuiltinFunctionType):
            self.note_library(node, value.__module__)
        node.edges += found

    def _foreign(self, node: Node, value: Any, label: str, path: str | None, line: int, is_global: bool) -> None:
        """Which object of a library a name stands for; `path`: the file that binds it."""
        known = self._memo.get(("foreign", label))
        if known is None:
            name = label.rpartition(".")[2]
            chosen = choice(self.lookup, path, name, value) if is_global else identity(value)
            kind = "const" if chosen is not None else ""
            known = self._remember(
                ("foreign", label), value, Node(kind, label, digest_text(f"foreign {chosen}"), path, line)
            )
        node.edges.append(known)

    def _place(
        self, module: types.ModuleType | None, label: str, line: int, file: str | None
    ) -> tuple[str | None, int]:
        """Where a global is bound."""
        path = path_of_module(module) if module is not None else file
        source = SOURCES.get(path) if path else None
        bound = source.line_of(label.rpartition(".")[2]) if source else 0
        return (path, bound) if bound else (file, line)

    def _absent(self, node: Node, module: types.ModuleType, rest: Chain) -> None:
        """An attribute that the module lacks now: a submodule not imported yet, or its own __getattr__."""
        found = self.lookup.find(f"{module.__name__}.{rest[0]}")
        self.imports(node, [found])
        if "__getattr__" in vars(module):
            node.edges += self.module(module)

    def _expand_foreign(self, node: Node, function: types.FunctionType) -> None:
        """Library code is not read, but what it was given (wrapped functions, registries) may be the user's."""
        self.note_library(
            node, function.__module__ if kind_of_file(function.__code__.co_filename) == "library" else None
        )
        for value in user_code_in(function):
            node.edges += self.values(node.label, value)


_MODULE_ATTRIBUTES = frozenset(
    {
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__builtins__",
        "__path__",
        "__cached__",
    }
)


def is_user_class(cls: type) -> bool:
    return kind_of_module(cls.__module__ if isinstance(cls.__module__, str) else None) == "user"


def _user_subclasses(cls: type) -> list[type]:
    found = [inner for inner in cls.__subclasses__() if is_user_class(inner)] if cls is not type else []
    return [*found, *(deeper for inner in found for deeper in _user_subclasses(inner))]


def unwrap_stage(value: Any) -> Any:
    """A registered stage that is used as a function counts as that function."""
    from pivot._registry import StageFunction

    return value.__wrapped__ if isinstance(value, StageFunction) else value


def is_typing_form(value: Any) -> bool:
    """Annotated, Any and the like: classes in some Python versions and instances in others."""
    module = getattr(value if isinstance(value, type) else type(value), "__module__", "")
    return module == "typing" and not hasattr(value, "__origin__")


def is_own(value: Any) -> bool:
    module = getattr(type(value), "__module__", "")
    return isinstance(module, str) and (module == "pivot" or module.startswith("pivot."))


def live_defaults(function: types.FunctionType, outline: FunctionOutline | None) -> Iterator[tuple[str, Any]]:
    """Default values that the source does not spell out (a loop's variable, an object)."""
    if function.__defaults__ is None and function.__kwdefaults__ is None:
        return
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    written = outline.defaults if outline is not None else (False,) * len(values)
    if len(written) == len(values):
        for name, value, is_constant in zip(names[len(names) - len(values) :], values, written, strict=True):
            if not is_constant:
                yield name, value
    spelled = dict(outline.keyword_defaults) if outline is not None else {}
    for name, value in (function.__kwdefaults__ or {}).items():
        if not spelled.get(name):
            yield name, value


def user_code_in(start: Any) -> Iterator[Any]:
    """The user's functions and classes that an object of a library holds."""
    pending, seen, count = [start], {object_key(start)}, 0
    while pending and count < _SEARCH_LIMIT:
        value = pending.pop()
        count += 1
        inner: list[Any] = []
        if isinstance(value, types.FunctionType):
            if value is not start and kind_of_file(value.__code__.co_filename) in ("user", "none"):
                yield value
                continue
            for cell in value.__closure__ or ():
                try:
                    inner.append(cell.cell_contents)
                except ValueError:
                    continue
            inner += value.__dict__.values()
        elif isinstance(value, type):
            if is_user_class(value):
                yield value
        elif isinstance(value, functools.partial):
            inner += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, (dict, types.MappingProxyType)):
            inner += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            inner += value
        elif isinstance(value, _LRU_WRAPPER):
            inner.append(value.__wrapped__)  # type: ignore[attr-defined]
        for item in inner:
            if object_key(item) not in seen:
                seen.add(object_key(item))
                pending.append(item)
