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
            statements, starred = file.binders().get(identifier), self._starred(path)
            givers = [source for source in starred if identifier in self._binders_of(source)]
            if statements is None and not givers:
                found |= self.closure(path)  # a submodule, a module's __getattr__, globals()
            for statement in statements or ():
                found |= self._decided_by(path, file, statement, identifier)
            found.update(starred)  # what they give may come to be, or go
            for source in givers:
                found |= self._resolve((source, identifier))
        result = self._resolved[name] = frozenset(found)
        return result

    def _binders_of(self, path: str) -> dict[str, list[Statement]]:
        file = SOURCES.get(path)
        return file.binders() if file is not None else {}

    def _decided_by(self, path: str, file: SourceFile, statement: Statement, identifier: str) -> set[str]:
        if statement.kind == "import":
            return self._imported(path, statement.imports[0], identifier)
        found = self._evaluated(path, file, statement)
        for imported in statement.imports:
            found |= self._imported(path, imported, identifier)
        return found

    def _starred(self, path: str) -> list[str]:
        """The user files whose names a file gets by `from ... import *`, directly or not."""
        found: list[str] = []
        pending = [path]
        while pending:
            current = pending.pop()
            for statement in self._binders_of(current).get("*", ()):
                for imported in statement.imports:
                    if "*" in imported.names:
                        modules = self.lookup.resolve(imported.module, imported.level, (), self._package(current))
                        paths = [module.path for module in modules if module.kind == "user" and module.path]
                        pending += [source for source in paths if source not in found]
                        found += paths
        return list(dict.fromkeys(found))

    def _package(self, path: str) -> str:
        name = self.names.get(path, "")
        return name if path.endswith("__init__.py") else name.rpartition(".")[0]

    def _imported(self, path: str, statement: Import, identifier: str) -> set[str]:
        package = self._package(path)
        found: set[str] = set()
        for imported, asname in statement.aliases:
            if imported == "*" or identifier not in (asname or imported.partition(".")[0], imported):
                continue
            if statement.is_from:
                modules = self.lookup.resolve(statement.module, statement.level, (imported,), package)
            else:
                modules = self.lookup.resolve(imported, 0, (), package)
            user = [module for module in modules if module.kind == "user" and module.path]
            found |= {module.path for module in user if module.path}
            if statement.is_from and user and user[-1].path:
                if not user[-1].name.endswith("." + imported):
                    found |= self._resolve((user[-1].path, imported))
        return found

    def _evaluated(self, path: str, file: SourceFile, statement: Statement) -> set[str]:
        """Expressions that run at import: user code in them may read all that the module imports."""
        binders = file.binders()
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
