"""Compiles the user's modules piece by piece; what was made of a piece is kept from run to run by its text.

Python's own bytecode files are no use here: a .pyc is taken for current when size and second of the source are the
same. A piece (see _source.py: some top-level statements) compiles to the same code whatever stands around it, given the
`from __future__` imports of the first one; code knows its place by one line number, which is moved with the piece.
What can't be compiled so (an error, a warning, odd line ends) goes the usual way, whole.
"""

from __future__ import annotations

import _thread
import functools
import importlib.machinery
import importlib.util
import marshal
import sys
import warnings
from collections.abc import Iterable
from itertools import repeat
from types import CodeType
from typing import Any

from pivot._analyses import ANALYSES, key_of
from pivot._location import kind_of_file
from pivot._source import FUTURE, cut


def compile_user_code_from_source() -> None:
    """Bytecode files of the user's modules are neither read nor written; their code comes from here."""
    loader = importlib.machinery.SourceFileLoader
    path_stats, source_to_code = loader.path_stats, loader.source_to_code
    if getattr(path_stats, "for_pivot", False):
        return

    def no_stats(self: Any, path: str) -> Any:
        if kind_of_file(path) == "user":
            raise OSError("no bytecode for user code")
        return path_stats(self, path)

    def to_code(self: Any, data: Any, path: Any, **options: Any) -> CodeType:
        pieces = None
        if isinstance(data, bytes) and not options and kind_of_file(path) == "user":  # loaders of others give trees
            pieces = code_of_pieces(data, path)
        return _in_turn(pieces) if pieces is not None else source_to_code(self, data, path, **options)

    no_stats.for_pivot = True  # type: ignore[attr-defined]
    loader.path_stats = no_stats  # type: ignore[method-assign]
    loader.source_to_code = to_code  # type: ignore[method-assign, assignment]


def code_of_pieces(data: bytes, path: str) -> list[CodeType] | None:
    """What a file's pieces compile to; None when it has to be compiled whole."""
    if b"\r" in data or sys.version_info >= (3, 14):  # which makes one function of all annotations of a module
        return None
    if _thread._count() > 0:  # other threads would see our filter of warnings
        return None
    try:
        text = importlib.util.decode_source(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # its line would be wrong
            try:
                return _codes_of(cut(text), path)
            except SyntaxError:  # a cut where none should be
                return _codes_of([(text, 0)], path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the usual way says it better
        return None


def _codes_of(pieces: Iterable[tuple[str, int]], path: str) -> list[CodeType]:
    made: list[CodeType] = []
    flags = 0
    for text, before in pieces:
        made.append(_code_of(text, before, path, flags))
        flags = made[0].co_flags & FUTURE
    return made


def _code_of(text: str, before: int, path: str, flags: int) -> CodeType:
    key = key_of(f"{flags}\n{path}\n{text}")
    kept = ANALYSES.code(key)
    if kept is not None:
        earlier, code = marshal.loads(kept)
        moved = _moved(code, before - earlier)
        if moved is not None:
            return moved
    code = _moved(compile(text, path, "exec", flags, dont_inherit=True), before)
    if code is None:
        code = compile("\n" * before + text, path, "exec", flags, dont_inherit=True)
    ANALYSES.add_code(key, marshal.dumps((before, code)))
    return code


def _moved(code: CodeType, lines: int) -> CodeType | None:
    """The same code so many lines below; None when it has its lines as constants too, as classes since 3.13."""
    if lines == 0:
        return code
    if "__firstlineno__" in code.co_names:
        return None
    constants: list[object] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constant = _moved(constant, lines)
            if constant is None:
                return None
        constants.append(constant)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=tuple(constants))


def _in_turn(pieces: list[CodeType]) -> CodeType:
    """Code that executes others, one after the other, in the module that it is executed in.

    It looks like a part of the importer, which takes its own frames out of tracebacks.
    """
    if len(pieces) == 1:
        return pieces[0]
    code = _call_of_names()
    # `exec` returns None: `any` goes on to the end.
    objects = {"any": any, "map": map, "exec": exec, "all": tuple(pieces), "repeat": repeat, "globals": globals}
    constants = tuple(objects.get(constant, constant) for constant in code.co_consts)
    return code.replace(co_name="_call_with_frames_removed", co_consts=constants)


@functools.cache
def _call_of_names() -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names are no functions, before they are replaced
        return compile("'any'('map'('exec', 'all', 'repeat'('globals'())))", "<frozen importlib._bootstrap>", "exec")


__all__ = ["code_of_pieces", "compile_user_code_from_source"]
