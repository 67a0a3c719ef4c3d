"""Which files decide what a module-level name is bound to.

A `def` is decided by its own file, an import by the chain of files that it leads through, a value that is computed from
user code by all that its module imports. Modules whose import does something to others (a call, an assignment to an
attribute) may decide anything, so they count for every stage that can reach them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pivot._location import kind_of_file
from pivot._lookup import Found, Lookup
from pivot._outline import Import, Statement
from pivot._source import SOURCES, SourceFile

Name = tuple[str, str]  #: (file, module-level name)


class Bindings:
    """Answers for one run; `names` gives the module's name of a file."""

    def __init__(self, lookup: Lookup, names: dict[str, str]) -> None:
        self.lookup = lookup
        self.names = names
        self._statements: dict[str, dict[str, list[Statement]]] = {}
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

    def _binders(self, path: str, file: SourceFile) -> dict[str, list[Statement]]:
        """Top-level statements by the names that they bind; of an `if` or `try` the whole statement."""
        known = self._statements.get(path)
        if known is None:
            known = self._statements[path] = {}
            for statement in file.statements():
                for identifier in statement.bound:
                    known.setdefault(identifier, []).append(statement)
        return known

    def _decided_by(self, path: str, file: SourceFile, statement: Statement, identifier: str) -> set[str]:
        if statement.kind == "import":
            return self._imported(path, statement.imports[0], identifier)
        return self._evaluated(path, file, statement)

    def _imported(self, path: str, statement: Import, identifier: str) -> set[str]:
        package = self.names.get(path, "")
        if not path.endswith("__init__.py"):
            package = package.rpartition(".")[0]
        found: set[str] = set()
        for imported, asname in statement.aliases:
            if identifier not in (asname or imported.partition(".")[0], imported) and imported != "*":
                continue
            if statement.is_from:
                modules = self.lookup.resolve(statement.module, statement.level, (imported,), package)
            else:
                modules = self.lookup.resolve(imported, 0, (), package)
            user = [module for module in modules if module.kind == "user" and module.path]
            found |= {module.path for module in user if module.path}
            if statement.is_from and user and user[-1].path:
                name = identifier if imported == "*" else imported
                if not user[-1].name.endswith("." + name):
                    found |= self._resolve((user[-1].path, name))
        return found

    def _evaluated(self, path: str, file: SourceFile, statement: Statement) -> set[str]:
        """Expressions that run at import: user code in them may read all that the module imports."""
        binders = self._binders(path, file)
        found: set[str] = set()
        for name in statement.loads:
            for binder in binders.get(name, ()):
                if binder.kind == "import":
                    if not self._imported(path, binder.imports[0], name):
                        continue  # of a library
                elif binder.kind == "other" and binder is not statement:
                    found |= self._resolve((path, name))
                    continue
                found |= self.closure(path)
        return found

    # ---- effects -----------------------------------------------------------

    def has_effects(self, path: str) -> bool:
        """Whether importing a file may change other modules."""
        known = self._effects.get(path)
        if known is None:
            file = SOURCES.get(path)
            known = self._effects[path] = file is None or any(statement.acts for statement in file.statements())
        return known
