"""Source files, cut into pieces that are parsed when they must be, and what is known of a live function or class.

A file is cut at its top-level functions and classes. What fingerprints ask of a piece follows from its text alone, so
it is kept from run to run by that text (_analyses.py): after an edit only the pieces that it touched are parsed again.
A function is found by its first line and name, never by reading the text again; several lambdas on one line are told
apart by compiling their piece with a number of its own for each of them.
"""

from __future__ import annotations
import __future__

import ast
import copy
import linecache
import os
import re
import tokenize
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType

from pivot._analyses import ANALYSES, key_of
from pivot._outline import ClassOutline, FunctionOutline, Nodes, Outline, Statement
from pivot._scope import Reads, reads_of
from pivot._syntax import canonical
from pivot._xxhash import digest_text

_NUMBER_BASE = 1 << 24  # line numbers beyond any file
_START = re.compile(r"^(?:@|(?:def|class|async)\b)", re.MULTILINE)
FUTURE = 0  #: flags of all `from __future__` imports
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag if _name != "nested_scopes" else 0


class Piece:
    """Some top-level statements of a file."""

    __slots__ = ("_known", "_made", "_nodes", "before", "text")

    def __init__(self, text: str, before: int, tree: ast.Module | None = None) -> None:
        self.text = text
        self.before = before  #: lines of the file above it
        self._nodes = Nodes(tree) if tree is not None else None
        self._made: dict[str, tuple[str, Reads]] = {}
        key = key_of(text)
        self._known = ANALYSES.get(key) or ANALYSES.add(key, self.nodes().outline())

    @property
    def outline(self) -> Outline:
        return self._known.outline

    def nodes(self) -> Nodes:
        if self._nodes is None:
            self._nodes = Nodes(ast.parse(self.text))
        return self._nodes

    def function(self, position: int, kept: tuple[bool, ...]) -> tuple[str, Reads]:
        """Hash and reads of one of its functions, with those of its decorators that are kept."""
        key = f"f{position}" + "".join(".+"[keep] for keep in kept)
        return self._made.get(key) or self._fact(key, lambda: self._look_at_function(position, kept))

    def cls(self, position: int) -> tuple[str, Reads]:
        """The canonical text and the reads of one of its classes."""
        return self._made.get(f"c{position}") or self._fact(f"c{position}", lambda: self._look_at_class(position))

    def _fact(self, key: str, look: Callable[[], tuple[str, Reads]]) -> tuple[str, Reads]:
        facts = self._known.facts
        if key not in facts:
            made, reads = look()
            facts[key] = (made, tuple(reads.chains.items()), tuple(reads.imports), tuple(reads.blind))
            ANALYSES.changed(self._known)
        text, chains, imports, blind = facts[key]
        before = self.before
        reads = Reads(
            {chain: line + before for chain, line in chains},
            [(module, level, names, line + before) for module, level, names, line in imports],
            [(line + before, what) for line, what in blind],
        )
        self._made[key] = (text, reads)
        return text, reads

    def _look_at_function(self, position: int, kept: tuple[bool, ...]) -> tuple[str, Reads]:
        node = self.nodes().functions[position]
        name = "<lambda>"
        if not isinstance(node, ast.Lambda):
            name = node.name
            if not all(kept):
                node = copy.copy(node)
                node.decorator_list = [d for d, keep in zip(node.decorator_list, kept, strict=True) if keep]
        owner = self.outline.functions[position].owner
        return digest_text(canonical(node, name)), reads_of(node, owner or None)

    def statement(self, position: int) -> tuple[str, Reads]:
        """The canonical text and the reads of one of its top-level statements."""
        key = f"s{position}"
        return self._made.get(key) or self._fact(key, lambda: self._look_at_statement(position))

    def _look_at_statement(self, position: int) -> tuple[str, Reads]:
        node = self.nodes().tree.body[position]
        return canonical(node), reads_of(node)

    def _look_at_class(self, position: int) -> tuple[str, Reads]:
        node = self.nodes().classes[position]
        return canonical(node), reads_of(node)


class FunctionEntry:
    """A function or lambda of a file."""

    __slots__ = ("outline", "piece", "position")

    def __init__(self, piece: Piece, position: int, outline: FunctionOutline) -> None:
        self.piece = piece
        self.position = position
        self.outline = outline

    @property
    def node(self) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda:
        return self.piece.nodes().functions[self.position]

    def analysis(self, kept: tuple[bool, ...]) -> tuple[str, Reads]:
        return self.piece.function(self.position, kept)


class ClassEntry:
    """A class definition of a file; lines are the file's."""

    __slots__ = ("last_line", "line", "piece", "position")

    def __init__(self, piece: Piece, position: int, outline: ClassOutline) -> None:
        self.piece = piece
        self.position = position
        self.line = outline.line + piece.before
        self.last_line = outline.last_line + piece.before

    def analysis(self) -> tuple[str, Reads]:
        return self.piece.cls(self.position)


class SourceFile:
    """A file with its functions, lambdas and classes by place and qualified name."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._tree: ast.Module | None = None
        self.pieces = self._cut()
        self.functions: dict[tuple[int, str], list[FunctionEntry]] = {}
        self.classes: dict[str, list[ClassEntry]] = {}
        self.imports: list[tuple[str, int, tuple[str, ...], int]] = []  # of the whole file, as Reads has them
        self._bound: dict[str, int] | None = None
        self._binders: dict[str, list[Statement]] | None = None
        for piece in self.pieces:
            before = piece.before
            for position, function in enumerate(piece.outline.functions):
                entry = FunctionEntry(piece, position, function)
                self.functions.setdefault((function.line + before, function.name), []).append(entry)
            for position, cls in enumerate(piece.outline.classes):
                self.classes.setdefault(cls.qualname, []).append(ClassEntry(piece, position, cls))
            self.imports += [(name, level, names, line + before) for name, level, names, line in piece.outline.imports]

    def _cut(self) -> list[Piece]:
        try:
            return [Piece(text, before) for text, before in cut(self.text)]
        except SyntaxError:
            return [Piece(self.text, 0, self.tree)]

    @property
    def tree(self) -> ast.Module:
        """All of the file; few questions need it."""
        if self._tree is None:
            self._tree = ast.parse(self.text)
        return self._tree

    def statements(self) -> Iterator[Statement]:
        """The top-level statements; their lines are those of their pieces."""
        for piece in self.pieces:
            yield from piece.outline.statements

    def binders(self) -> dict[str, list[Statement]]:
        """Top-level statements by the names that they bind; of an `if` or `try` the whole statement."""
        if self._binders is None:
            self._binders = {}
            for statement in self.statements():
                for name in statement.bound:
                    self._binders.setdefault(name, []).append(statement)
        return self._binders

    def text_binding(self, name: str) -> str:
        """The canonical text of the statements that bind a module-level name, imports and definitions left out."""
        texts = [
            piece.statement(position)[0]
            for piece in self.pieces
            for position, statement in enumerate(piece.outline.statements)
            if statement.kind == "other" and name in statement.bound
        ]
        return "".join(texts)

    def calls(self) -> list[tuple[int, str]]:
        """Dotted calls that run at import."""
        return [(line + piece.before, text) for piece in self.pieces for line, text in piece.outline.calls]

    def function(self, code: CodeType) -> FunctionEntry | None:
        """What a code object was made from; None when the file does not hold it (any more)."""
        found = self.functions.get((code.co_firstlineno, code.co_name), [])
        if len(found) < 2:
            return found[0] if found else None
        return self._by_number(code, found)

    def _by_number(self, code: CodeType, candidates: list[FunctionEntry]) -> FunctionEntry:
        piece = candidates[0].piece  # no line belongs to two pieces
        clones: dict[int, object] = {}
        tree = copy.deepcopy(piece.nodes().tree, clones)  # type: ignore[arg-type]
        for number, entry in enumerate(candidates):
            clones[id(entry.node)].lineno = _NUMBER_BASE + number  # type: ignore[attr-defined]
            clones[id(entry.node)].end_lineno = 2 * _NUMBER_BASE  # type: ignore[attr-defined]
        pending = [compile(tree, self.path, "exec", flags=code.co_flags & FUTURE, dont_inherit=True)]
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
            self._bound = {
                bound: statement.line + piece.before
                for piece in self.pieces
                for statement in piece.outline.statements
                if statement.kind != "import"
                for bound in statement.bound
            }
        return self._bound.get(name, 0)

    def class_entries(self, qualname: str) -> list[ClassEntry]:
        """Definitions of that qualified name; several when branches define it differently."""
        return self.classes.get(qualname, [])


def cut(text: str) -> Iterator[tuple[str, int]]:
    """The pieces of a file, each with the number of lines above it.

    A piece that begins at the start of a statement and parses ends at the end of one, so the next one begins at such a
    start again: a cut inside of a string or a bracket is a syntax error of the piece before it.
    """
    start, before = 0, 0
    for end in [*_cuts(text), len(text)]:
        yield text[start:end], before
        start, before = end, before + text.count("\n", start, end)


def _cuts(text: str) -> Iterator[int]:
    """Where top-level functions and classes begin, with their decorators; none that could be the file's start."""
    if "\r" in text:  # the parser counts other lines than we do
        return
    decorated = False
    for found in _START.finditer(text):
        if not decorated and found.start() > 0:
            yield found.start()
        decorated = text[found.start()] == "@"


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
    """All source files of this run, by absolute path. A notebook's cells come through linecache."""

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

    def of_function(self, function: FunctionType) -> tuple[SourceFile, FunctionEntry] | None:
        file = self.get(function.__code__.co_filename)
        entry = file.function(function.__code__) if file else None
        return (file, entry) if file is not None and entry is not None else None


SOURCES = Sources()
