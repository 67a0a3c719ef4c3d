"""Keeps what was found out about pieces of source text from run to run.

What is kept of a piece follows from its text, the parser and our own code: the text is its key, the others are the
file's. Its code (_compiled.py) is kept beside it. Nothing live is in it: values of globals, closures, defaults and
decorators are looked at anew in every run.

The file: "PIVANAL1", the BLAKE2b-128 of all that follows, then what marshal makes of (tag, {key: entry}); the tag says
which interpreter and which of our code wrote it, an entry is what marshal makes of (outline, facts) or (lines above
the piece, code). Anything that is not so is no record, and the next run writes a new one.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Set
from typing import Any

from pivot import _outline
from pivot._outline import Outline

_MAGIC = b"PIVANAL1"
_SUM = 16
#: What decides an entry beside the text.
_OWN_CODE = ("_analyses.py", "_compiled.py", "_outline.py", "_scope.py", "_source.py", "_syntax.py", "_xxhash.py")
#: Bytes of all entries; the ones that were not used in this run go first.
LIMIT = 16 << 20


class Known:
    """What is known of one piece.

    Facts: key -> (hash or text, chains, imports, blind spots); lines are those of the piece.
    """

    __slots__ = ("facts", "key", "outline")

    def __init__(self, key: bytes, outline: Outline, facts: dict[str, tuple[Any, ...]]) -> None:
        self.key = key
        self.outline = outline
        self.facts = facts


def key_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SUM).digest()


class Analyses:
    """The pieces of this run and of earlier ones."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._tag = b""
        self._kept: dict[bytes, bytes] = {}
        self._used: dict[bytes, Known] = {}
        self._changed: set[bytes] = set()
        self._codes: dict[bytes, bytes] = {}  # of this run

    def open(self, path: str) -> None:
        """Names the file; a suffix keeps interpreters apart."""
        self._path = f"{path}-{sys.implementation.cache_tag}"
        self._tag = tag()
        try:
            with open(self._path, "rb") as file:
                content = file.read()
            self._kept = _parse(content, self._tag)
        except (OSError, ValueError, EOFError, TypeError):
            self._kept = {}

    def close(self) -> None:
        """Lets go of what is kept: forks of this process need none of it."""
        self._path = None
        for entries in (self._kept, self._used, self._codes, self._changed):
            entries.clear()

    def is_empty(self) -> bool:
        """Nothing is known from earlier runs."""
        return not self._kept

    def get(self, key: bytes) -> Known | None:
        known = self._used.get(key)
        if known is None and key in self._kept:
            outline, facts = marshal.loads(self._kept[key])
            known = self._used[key] = Known(key, _outline.from_data(outline), facts)
        return known

    def add(self, key: bytes, outline: Outline) -> Known:
        known = self._used[key] = Known(key, outline, {})
        self._changed.add(key)
        return known

    def changed(self, known: Known) -> None:
        self._changed.add(known.key)

    def code(self, key: bytes) -> bytes | None:
        """What `add_code` was given under this key, in this or an earlier run."""
        kept = self._kept.get(key)
        if kept is not None:
            self._codes[key] = kept
        return kept

    def add_code(self, key: bytes, code: bytes) -> None:
        if self._path is not None:
            self._codes[key] = code

    def save(self) -> None:
        """Writes the file anew when something was found out; the run goes on without it when that can't be done."""
        new_codes = any(self._kept.get(key) is not code for key, code in self._codes.items())
        if self._path is None or not (self._changed or new_codes):
            return
        for key in self._changed:
            known = self._used[key]
            self._kept[key] = marshal.dumps((_outline.to_data(known.outline), known.facts))
        self._kept |= self._codes
        self._changed.clear()
        self._kept = _bounded(self._kept, self._used.keys() | self._codes.keys())
        body = marshal.dumps((self._tag, self._kept))
        temporary = f"{self._path}.{os.getpid()}"
        try:
            with open(temporary, "wb") as file:
                file.write(_MAGIC + _sum(body) + body)
            os.replace(temporary, self._path)
        except OSError:
            try:
                os.unlink(temporary)
            except OSError:
                pass


def tag() -> bytes:
    """The interpreter, and our code that makes entries."""
    made = hashlib.blake2b(f"{sys.version} {sys.flags.optimize}".encode(), digest_size=_SUM)
    for name in _OWN_CODE:
        made.update(_own_source(name))
    return made.digest()


def _own_source(name: str) -> bytes:
    path = os.path.join(os.path.dirname(__file__), name)
    loader = globals().get("__loader__")
    if loader is not None and hasattr(loader, "get_data"):  # of a zip file too
        return loader.get_data(path)
    with open(path, "rb") as file:
        return file.read()


def _sum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SUM).digest()


def _parse(content: bytes, wanted: bytes) -> dict[bytes, bytes]:
    body = content[len(_MAGIC) + _SUM :]
    if not content.startswith(_MAGIC) or content[len(_MAGIC) : len(_MAGIC) + _SUM] != _sum(body):
        return {}
    found, entries = marshal.loads(body)
    return entries if found == wanted else {}


def _bounded(entries: dict[bytes, bytes], used: Set[bytes]) -> dict[bytes, bytes]:
    """Those that fit, the ones that were used last at the end."""
    order = [key for key in entries if key not in used] + [key for key in entries if key in used]
    room, kept = LIMIT, []
    for key in reversed(order):
        room -= len(entries[key])
        if room < 0:
            break
        kept.append(key)
    return {key: entries[key] for key in reversed(kept)}


ANALYSES = Analyses()
