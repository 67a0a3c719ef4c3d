"""Code that has no source (exec, generated): its hash and the names that its instructions load."""

from __future__ import annotations

import dis
from types import CodeType

from pivot._data import interpreter_tag
from pivot._scope import Reads
from pivot._syntax import constant_text
from pivot._xxhash import digest_text

_ROOTS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD"})


def hash_code(code: CodeType) -> str:
    """Bytecode differs between Python versions, so the version is part of it."""
    return digest_text(interpreter_tag() + _text(code))


def _text(code: CodeType) -> str:
    constants = [_text(c) if isinstance(c, CodeType) else constant_text(c) for c in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_kwonlyargcount)
    return f"<code {code.co_code.hex()} {names!r} {' '.join(constants)}>"


def reads_of_code(code: CodeType) -> Reads:
    """Chains of names, nested code included."""
    reads = Reads()
    chain: list[str] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname in _ATTRIBUTES and chain:
            chain.append(str(instruction.argval))
            continue
        if chain:
            reads.chains.setdefault(tuple(chain), code.co_firstlineno)
            chain = []
        if instruction.opname in _ROOTS:
            chain = [str(instruction.argval)]
        elif instruction.opname == "IMPORT_NAME":
            reads.imports.append((str(instruction.argval), 0, (), code.co_firstlineno))
    if chain:
        reads.chains.setdefault(tuple(chain), code.co_firstlineno)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            reads.merge(reads_of_code(constant))
    return reads
