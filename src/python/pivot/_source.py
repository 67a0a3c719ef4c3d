"""Source files, parsed once, and the tree node of a live function or class.

A node is found by its first line and name, never by reading the text again; several lambdas on one line are told apart
by
compiling the file's tree with a number of its own for each of them.
"""

from __future__ import annotations

import ast
import copy
import linecache
import os
import tokenize
from types import CodeType, FunctionType

from pivot._syntax import children

FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.If, ast.Try, ast.With)
_NUMBER_BASE = 1 << 24  # line numbers beyond any file


class SourceFile:
    """A parsed file with its functions, lambdas and classes by place and qualified name."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.tree = ast.parse(text)
        self.functions: dict[tuple[int, str], list[ast.AST]] = {}
        self.classes: dict[str, list[ast.ClassDef]] = {}
        self.qualnames: dict[int, str] = {}  # id(node) -> qualified name
        self.owners: dict[int, str] = {}  # id(node of a method) -> name of the class around it
        self.imports: list[tuple[str, int, tuple[str, ...], int]] = []  # of the whole file, as Reads has them
        self._bound: dict[str, int] | None = None
        self._index(self.tree, "", "")

    def _index(self, node: ast.AST, prefix: str, owner: str) -> None:
        for child in children(node):
            kind = type(child)
            if kind is ast.Name or kind is ast.Constant:
                continue
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                assert isinstance(child, FUNCTION_NODES)
                lines = [child.lineno, *(decorator.lineno for decorator in child.decorator_list)]
                self._add(child, min(lines), child.name, prefix, owner)
                self._index(child, f"{prefix}{child.name}.<locals>.", owner)
            elif isinstance(child, ast.Lambda):
                self._add(child, child.lineno, "<lambda>", prefix, owner)
                self._index(child, f"{prefix}<lambda>.<locals>.", owner)
            elif isinstance(child, ast.ClassDef):
                self.classes.setdefault(prefix + child.name, []).append(child)
                self.qualnames[id(child)] = prefix + child.name
                self._index(child, f"{prefix}{child.name}.", child.name)
            elif isinstance(child, ast.Import):
                self.imports += [(alias.name, 0, (), child.lineno) for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                names = tuple(alias.name for alias in child.names)
                self.imports.append((child.module or "", child.level, names, child.lineno))
            else:
                self._index(child, prefix, owner)

    def _add(self, node: ast.AST, line: int, name: str, prefix: str, owner: str) -> None:
        self.functions.setdefault((line, name), []).append(node)
        self.qualnames[id(node)] = prefix + name
        self.owners[id(node)] = owner

    def function(self, code: CodeType) -> ast.AST | None:
        """The node of a code object; None when the file does not hold it (any more)."""
        found = self.functions.get((code.co_firstlineno, code.co_name), [])
        if len(found) < 2:
            return found[0] if found else None
        return self._by_number(code, found)

    def _by_number(self, code: CodeType, candidates: list[ast.AST]) -> ast.AST:
        places = {id(node): position for position, node in enumerate(candidates)}
        clones: dict[int, object] = {}
        tree = copy.deepcopy(self.tree, clones)  # type: ignore[arg-type]
        for node in candidates:
            clones[id(node)].lineno = _NUMBER_BASE + places[id(node)]  # type: ignore[attr-defined]
            clones[id(node)].end_lineno = 2 * _NUMBER_BASE  # type: ignore[attr-defined]
        pending = [compile(tree, self.path, "exec", dont_inherit=True)]
        while pending:
            current = pending.pop()
            for constant in current.co_consts:
                if isinstance(constant, CodeType):
                    if constant.co_firstlineno >= _NUMBER_BASE and _same_code(constant, code):
                        return candidates[constant.co_firstlineno - _NUMBER_BASE]
                    pending.append(constant)
        return candidates[0]

    def line_of(self, name: str) -> int:
        """The line that binds a module-level name last; 0 when none does."""
        if self._bound is None:
            self._bound = {}
            for statement in self.tree.body:
                for node in ast.walk(statement) if isinstance(statement, _ASSIGNMENTS) else (statement,):
                    bound = getattr(node, "name", None) or getattr(node, "id", None)
                    if isinstance(bound, str) and not isinstance(getattr(node, "ctx", None), ast.Load):
                        self._bound[bound] = statement.lineno
        return self._bound.get(name, 0)

    def class_nodes(self, qualname: str) -> list[ast.ClassDef]:
        """Definitions of that qualified name; several when branches define it differently."""
        return self.classes.get(qualname, [])


def _same_code(left: CodeType, right: CodeType) -> bool:
    """Equal but for positions."""
    for name in ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_argcount", "co_flags"):
        if getattr(left, name) != getattr(right, name):
            return False
    if len(left.co_consts) != len(right.co_consts):
        return False
    for mine, other in zip(left.co_consts, right.co_consts, strict=True):
        if isinstance(mine, CodeType) and isinstance(other, CodeType):
            if not _same_code(mine, other):
                return False
        elif type(mine) is not type(other) or mine != other:
            return False
    return True


class Sources:
    """All parsed files of this run, by absolute path. A notebook's cells come through linecache."""

    def __init__(self) -> None:
        self._files: dict[str, SourceFile | None] = {}

    def get(self, path: str) -> SourceFile | None:
        if path not in self._files:
            self._files[path] = self._load(path)
        return self._files[path]

    def forget(self) -> None:
        self._files.clear()

    @staticmethod
    def _load(path: str) -> SourceFile | None:
        try:
            if path.endswith(".py") or os.path.isfile(path):
                with tokenize.open(path) as file:
                    text = file.read()
            else:
                text = "".join(linecache.getlines(path))
                if not text:
                    return None
            return SourceFile(path, text)
        except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
            return None

    def of_function(self, function: FunctionType) -> tuple[SourceFile, ast.AST] | None:
        file = self.get(function.__code__.co_filename)
        node = file.function(function.__code__) if file else None
        return (file, node) if file is not None and node is not None else None


SOURCES = Sources()
