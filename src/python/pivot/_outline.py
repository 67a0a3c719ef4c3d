"""Outlines of source text: what fingerprints ask of its statements, functions and classes, as plain data that can be
kept.

Lines are counted from 1 in the text that was outlined. An outline depends on nothing but that text and the parser.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pivot._scope import Chain
from pivot._syntax import children

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOUND = (ast.If, ast.Try, ast.For, ast.While, ast.With)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class FunctionOutline(NamedTuple):
    """A function or lambda, as its code object finds it."""

    line: int  #: of its first decorator
    name: str
    qualname: str
    owner: str  #: the class around it, or ""
    decorators: tuple[Chain | None, ...]  #: what each of them names; None for other expressions
    defaults: tuple[bool, ...]  #: whether each default value is spelled out as a constant
    keyword_defaults: tuple[tuple[str, bool], ...]


class ClassOutline(NamedTuple):
    qualname: str
    line: int
    last_line: int


class Import(NamedTuple):
    """`import a.b` has no names; `from a import b, c` has. `aliases` holds (name, asname) of the statement."""

    module: str
    level: int
    names: tuple[str, ...]
    aliases: tuple[tuple[str, str | None], ...]
    is_from: bool


class Statement(NamedTuple):
    """A top-level statement."""

    kind: str  #: "definition", "import" or "other"
    line: int
    bound: tuple[str, ...]
    loads: tuple[str, ...]  #: names that it reads as it is executed; of definitions those in decorators
    imports: tuple[Import, ...]  #: anywhere in it
    acts: bool  #: it may change other modules
    targets: tuple[Chain, ...]  #: what it assigns attributes or items of, or seeds, outside of functions


class Outline(NamedTuple):
    functions: tuple[FunctionOutline, ...]
    classes: tuple[ClassOutline, ...]
    imports: tuple[tuple[str, int, tuple[str, ...], int], ...]  #: anywhere in the text, as Reads has them
    statements: tuple[Statement, ...]
    calls: tuple[tuple[int, str], ...]  #: dotted calls outside of functions


class Nodes:
    """The nodes of an outline's functions and classes, in its order."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda] = []
        self.classes: list[ast.ClassDef] = []
        self.function_outlines: list[FunctionOutline] = []
        self.class_outlines: list[ClassOutline] = []
        self.imports: list[tuple[str, int, tuple[str, ...], int]] = []
        self._index(tree, "", "")

    def outline(self) -> Outline:
        return Outline(
            tuple(self.function_outlines),
            tuple(self.class_outlines),
            tuple(self.imports),
            tuple(_statement(statement) for statement in self.tree.body),
            tuple(_top_level_calls(self.tree.body)),
        )

    def _index(self, node: ast.AST, prefix: str, owner: str) -> None:
        for child in children(node):
            kind = type(child)
            if kind is ast.Name or kind is ast.Constant:
                continue
            if isinstance(child, _FUNCTIONS):
                self._function(child, prefix, owner)
                self._index(child, f"{prefix}{child.name}.<locals>.", owner)
            elif isinstance(child, ast.Lambda):
                self._lambda(child, prefix, owner)
                self._index(child, f"{prefix}<lambda>.<locals>.", owner)
            elif isinstance(child, ast.ClassDef):
                self.classes.append(child)
                last = child.end_lineno or child.lineno
                self.class_outlines.append(ClassOutline(prefix + child.name, child.lineno, last))
                self._index(child, f"{prefix}{child.name}.", child.name)
            elif isinstance(child, ast.Import):
                self.imports += [(alias.name, 0, (), child.lineno) for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                names = tuple(alias.name for alias in child.names)
                self.imports.append((child.module or "", child.level, names, child.lineno))
            else:
                self._index(child, prefix, owner)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, owner: str) -> None:
        line = min(node.lineno, *(d.lineno for d in node.decorator_list)) if node.decorator_list else node.lineno
        decorators = tuple(_target_of(decorator) for decorator in node.decorator_list)
        self._add(node, line, node.name, prefix, owner, decorators)

    def _lambda(self, node: ast.Lambda, prefix: str, owner: str) -> None:
        self._add(node, node.lineno, "<lambda>", prefix, owner, ())

    def _add(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        line: int,
        name: str,
        prefix: str,
        owner: str,
        decorators: tuple[Chain | None, ...],
    ) -> None:
        arguments = node.args
        defaults = tuple(isinstance(default, ast.Constant) for default in arguments.defaults)
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        keywords = tuple((argument.arg, isinstance(default, ast.Constant)) for argument, default in pairs)
        self.functions.append(node)
        self.function_outlines.append(FunctionOutline(line, name, prefix + name, owner, decorators, defaults, keywords))


def from_data(data: Any) -> Outline:
    """An outline from its nested tuples, as they were kept."""
    functions, classes, imports, statements, calls = data
    return Outline(
        tuple(FunctionOutline(*entry) for entry in functions),
        tuple(ClassOutline(*entry) for entry in classes),
        imports,
        tuple(
            Statement(kind, line, bound, loads, tuple(Import(*entry) for entry in found), acts, targets)
            for kind, line, bound, loads, found, acts, targets in statements
        ),
        calls,
    )


def to_data(outline: Outline) -> tuple[Any, ...]:
    """Plain nested tuples: what marshal can write."""
    statements = tuple((*s[:4], tuple(tuple(entry) for entry in s.imports), *s[5:]) for s in outline.statements)
    functions = tuple(tuple(entry) for entry in outline.functions)
    return functions, tuple(tuple(entry) for entry in outline.classes), outline.imports, statements, outline.calls


def _target_of(decorator: ast.expr) -> Chain | None:
    """The dotted name that a decorator applies or calls."""
    names: list[str] = []
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else None


# ---- statements ------------------------------------------------------------


def _statement(node: ast.stmt) -> Statement:
    bound = tuple(dict.fromkeys(_bound(node)))
    if isinstance(node, _DEFINITIONS):
        return Statement("definition", node.lineno, bound, _loads(node.decorator_list), (), _acts(node), ())
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return Statement("import", node.lineno, bound, (), (_import(node),), False, ())
    imports = tuple(_import(inner) for inner in ast.walk(node) if isinstance(inner, (ast.Import, ast.ImportFrom)))
    return Statement("other", node.lineno, bound, _loads([node]), imports, _acts(node), tuple(_targets(node)))


def _import(node: ast.Import | ast.ImportFrom) -> Import:
    aliases = tuple((alias.name, alias.asname) for alias in node.names)
    if isinstance(node, ast.Import):
        return Import("", 0, (), aliases, False)
    return Import(node.module or "", node.level, tuple(alias.name for alias in node.names), aliases, True)


def _loads(nodes: Iterable[ast.AST]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    pending = list(nodes)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                names[node.id] = None  # type: ignore[attr-defined]
        elif kind is not ast.Constant:
            pending += children(node)
    return tuple(names)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _DEFINITIONS):
        yield statement.name
        return
    for node in ast.walk(statement) if not isinstance(statement, (ast.Import, ast.ImportFrom)) else (statement,):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, _DEFINITIONS):
            yield node.name


def _acts(statement: ast.stmt) -> bool:
    """Calls that stand alone, assignments into objects, and compound statements that hold such."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return any(isinstance(node, (ast.Attribute, ast.Subscript)) for target in targets for node in ast.walk(target))
    if isinstance(statement, _DEFINITIONS):
        return any(not _is_harmless(decorator) for decorator in statement.decorator_list)
    if isinstance(statement, ast.If) and _is_main_guard(statement.test):
        return False
    if isinstance(statement, _COMPOUND):
        inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
        inner += [stmt for handler in getattr(statement, "handlers", ()) for stmt in handler.body]
        return any(_acts(child) for child in inner)
    return not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Raise))


def _targets(statement: ast.stmt) -> Iterator[Chain]:
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (*_DEFINITIONS, ast.Lambda)):
            continue
        changed: list[ast.expr] = []
        if isinstance(node, (ast.Assign, ast.Delete)):
            changed = [target for target in node.targets if not isinstance(target, ast.Name)]
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and not isinstance(node.target, ast.Name):
            changed = [node.target]
        elif isinstance(node, ast.Call):
            name = _dotted(node.func)
            if name == "setattr" and node.args:
                changed = [node.args[0]]
            elif "seed" in name.rpartition(".")[2]:
                changed = [node.func]
        for target in changed:
            inner = target
            while isinstance(inner, ast.Subscript):
                inner = inner.value
            if text := _dotted(inner):
                yield tuple(text.split("."))
        pending += ast.iter_child_nodes(node)


_HARMLESS = (
    "stage",
    "pivot",
    "dataclass",
    "dataclasses",
    "functools",
    "lru_cache",
    "cache",
    "wraps",
    "contextmanager",
    "contextlib",
)


def _is_harmless(decorator: ast.expr) -> bool:
    """Decorators that are known to keep to themselves; any other may register the function somewhere."""
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in _HARMLESS


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _top_level_calls(body: Iterable[ast.AST]) -> list[tuple[int, str]]:
    """Dotted calls that run at import: those outside of functions."""
    found: list[tuple[int, str]] = []
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.Constant or kind is ast.Name or kind is ast.Lambda:
            continue
        if isinstance(node, _FUNCTIONS):
            pending += node.decorator_list
            continue
        if kind is ast.Call and (text := _dotted(node.func)):  # type: ignore[attr-defined]
            found.append((node.lineno, text))  # type: ignore[attr-defined]
        pending += children(node)
    return sorted(found)


def _dotted(node: ast.expr) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""
