"""Which files decide what a module-level name is bound to.

A `def` is decided by its own file, an import by the chain of files that it leads through, a value that is computed from
user code by all that its module imports. Modules whose import does something to others (a call, an assignment to an
attribute) may decide anything, so they count for every stage that can reach them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pivot._location import kind_of_file
from pivot._lookup import Found, Lookup
from pivot._source import SOURCES, SourceFile

_SIMPLE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_COMPOUND = (ast.If, ast.Try, ast.For, ast.While, ast.With)
Name = tuple[str, str]  #: (file, module-level name)


class Bindings:
    """Answers for one run; `names` gives the module's name of a file."""

    def __init__(self, lookup: Lookup, names: dict[str, str]) -> None:
        self.lookup = lookup
        self.names = names
        self._statements: dict[str, dict[str, list[ast.stmt]]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._resolved: dict[Name, frozenset[str]] = {}
        self._effects: dict[str, bool] = {}

    def files(self, touched: Iterable[str], names: Iterable[Name]) -> set[str]:
        """All files that decide code in `touched` and the values of `names`."""
        found = {path for path in touched if kind_of_file(path) == "user"}
        for name in names:
            found |= self._resolve(name)
        reachable: set[str] = set()
        for path in found:
            reachable |= self.closure(path)
        for path in reachable - found:
            if self.has_effects(path):
                found |= self.closure(path)
        return found

    def closure(self, path: str) -> frozenset[str]:
        """A file and all user files that it imports, directly or not."""
        known = self._closures.get(path)
        if known is None:
            closed: set[str] = set()
            pending = [path]
            while pending:
                current = pending.pop()
                if current not in closed:
                    closed.add(current)
                    pending += [found.path for found in self._imports(current) if found.path and found.kind == "user"]
            known = self._closures[path] = frozenset(closed)
        return known

    def _imports(self, path: str) -> list[Found]:
        return self.lookup.imports_of(self.names.get(path, ""), path)

    # ---- names ------------------------------------------------------------

    def _resolve(self, name: Name) -> frozenset[str]:
        known = self._resolved.get(name)
        if known is not None:
            return known
        self._resolved[name] = frozenset()  # a circle of imports adds nothing
        path, identifier = name
        file = SOURCES.get(path)
        found: set[str] = {path}
        if file is not None:
            statements = self._binders(path, file).get(identifier)
            if statements is None:  # a submodule, a module's __getattr__, globals()
                found |= self.closure(path)
            for statement in statements or ():
                found |= self._decided_by(path, file, statement, identifier)
        result = self._resolved[name] = frozenset(found)
        return result

    def _binders(self, path: str, file: SourceFile) -> dict[str, list[ast.stmt]]:
        """Top-level statements by the names that they bind; of an `if` or `try` the whole statement."""
        known = self._statements.get(path)
        if known is None:
            known = self._statements[path] = {}
            for statement in file.tree.body:
                for identifier in set(_bound(statement)):
                    known.setdefault(identifier, []).append(statement)
        return known

    def _decided_by(self, path: str, file: SourceFile, statement: ast.stmt, identifier: str) -> set[str]:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return self._evaluated(path, file, statement.decorator_list)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return self._imported(path, statement, identifier)
        return self._evaluated(path, file, [statement])

    def _imported(self, path: str, statement: ast.Import | ast.ImportFrom, identifier: str) -> set[str]:
        package = self.names.get(path, "")
        if not path.endswith("__init__.py"):
            package = package.rpartition(".")[0]
        found: set[str] = set()
        for alias in statement.names:
            if identifier not in (alias.asname or alias.name.partition(".")[0], alias.name) and alias.name != "*":
                continue
            if isinstance(statement, ast.Import):
                modules = self.lookup.resolve(alias.name, 0, (), package)
            else:
                modules = self.lookup.resolve(statement.module or "", statement.level, (alias.name,), package)
            user = [module for module in modules if module.kind == "user" and module.path]
            found |= {module.path for module in user if module.path}
            if isinstance(statement, ast.ImportFrom) and user and user[-1].path:
                name = identifier if alias.name == "*" else alias.name
                if not user[-1].name.endswith("." + name):
                    found |= self._resolve((user[-1].path, name))
        return found

    def _evaluated(self, path: str, file: SourceFile, nodes: Iterable[ast.AST]) -> set[str]:
        """Expressions that run at import: user code in them may read all that the module imports."""
        binders = self._binders(path, file)
        found: set[str] = set()
        for node in nodes:
            for inner in ast.walk(node):
                if not isinstance(inner, ast.Name) or not isinstance(inner.ctx, ast.Load):
                    continue
                for statement in binders.get(inner.id, ()):
                    if isinstance(statement, (ast.Import, ast.ImportFrom)):
                        if not self._imported(path, statement, inner.id):
                            continue  # of a library
                    elif statement is not node and not isinstance(statement, _SIMPLE):
                        found |= self._resolve((path, inner.id))
                        continue
                    found |= self.closure(path)
        return found

    # ---- effects -----------------------------------------------------------

    def has_effects(self, path: str) -> bool:
        """Whether importing a file may change other modules."""
        known = self._effects.get(path)
        if known is None:
            file = SOURCES.get(path)
            known = self._effects[path] = file is None or any(_acts(statement) for statement in file.tree.body)
        return known


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
        return
    for node in ast.walk(statement) if not isinstance(statement, (ast.Import, ast.ImportFrom)) else (statement,):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _acts(statement: ast.stmt) -> bool:
    """Calls that stand alone, assignments into objects, and compound statements that hold such."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return any(isinstance(node, (ast.Attribute, ast.Subscript)) for target in targets for node in ast.walk(target))
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return any(not _is_harmless(decorator) for decorator in statement.decorator_list)
    if isinstance(statement, ast.If) and _is_main_guard(statement.test):
        return False
    if isinstance(statement, _COMPOUND):
        inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
        inner += [stmt for handler in getattr(statement, "handlers", ()) for stmt in handler.body]
        return any(_acts(child) for child in inner)
    return not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Raise))


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
