"""Makes a process cheap to fork, before it has many children.

A fork copies mappings and an entry for each page, the child's end takes them apart again, and each page that one of
both writes to is copied. Large pages make the entries cheap to copy; what is never counted is never written to.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_LARGE_PAGE = 2 << 20
_PAGE_ENTRY = 8  # bytes in /proc/self/pagemap (Linux: Documentation/admin-guide/mm/pagemap.rst)
_COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(\[heap\])?$", re.MULTILINE)

#: Lower half of the reference count of an object that lives for ever (PEP 683; Include/refcount.h of CPython).
_IMMORTAL = 0xFFFFFFFF


_ARENA = 1 << 20  # what CPython asks the system for, to divide it into small objects
_PIECE = _ARENA >> 3


class Reserve:
    """Memory for small objects in one piece: modules that are imported one after the other get theirs in small pieces
    all over the address space, and no large page fits into these."""

    def __init__(self, mebibytes: int) -> None:
        size = 448  # with its head the largest object that CPython itself keeps room for
        wanted = (mebibytes << 20) // _PIECE
        everything: list[list[bytes]] = []
        places: dict[int, bytes] = {}  # an object in each piece
        row = range(0)
        for _ in range(2 * mebibytes):  # the first ones fill holes
            arena = [bytes(size) for _ in range(_ARENA // 512)]
            everything.append(arena)
            places.update((id(one) // _PIECE, one) for one in arena[::64])
            row = _longest_row(sorted(places))
            if len(row) >= wanted:
                break
        self._kept = [places[place] for place in row]  # keeps the memory, and leaves it free

    def release(self) -> None:
        """What nobody has used goes back."""
        self._kept.clear()


def _longest_row(numbers: list[int]) -> range:
    """The longest row of numbers that follow each other."""
    longest = range(0)
    row = range(0)
    for number in numbers:
        row = range(row.start, number + 1) if row.stop == number and row else range(number, number + 1)
        longest = max(longest, row, key=len)
    return longest


def gather_pages() -> int:
    """Moves this process's own memory into large pages, wherever most of one is in use; returns how many."""
    try:
        import ctypes

        with open("/proc/self/maps") as file:
            maps = file.read()
        advise = ctypes.CDLL(None).madvise
        gathered = 0
        with open("/proc/self/pagemap", "rb", buffering=0) as pages:
            for start, end in _runs(maps, pages.fileno()):
                if advise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _COLLAPSE) == 0:
                    gathered += (end - start) // _LARGE_PAGE
        return gathered
    except (ImportError, OSError, AttributeError):  # no such thing here
        return 0


def _runs(maps: str, pagemap: int) -> Iterator[tuple[int, int]]:
    """Ranges of whole large pages of which three quarters are in use."""
    size = os.sysconf("SC_PAGE_SIZE")
    count = _LARGE_PAGE // size
    for match in _WRITABLE.finditer(maps):
        start, end = int(match[1], 16), int(match[2], 16)
        run = 0
        at = -(-start // _LARGE_PAGE) * _LARGE_PAGE
        while at + _LARGE_PAGE <= end:
            entries = os.pread(pagemap, count * _PAGE_ENTRY, at // size * _PAGE_ENTRY)
            present = sum(flags >> 7 for flags in entries[_PAGE_ENTRY - 1 :: _PAGE_ENTRY])
            if present * 4 >= count * 3:
                run += _LARGE_PAGE
            elif run:
                yield at - run, at
                run = 0
            at += _LARGE_PAGE
        if run:
            yield at - run, at


_PART = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+ \d+)")
_LIBRARY = ("r--p", "r-xp", "r--p")
_READ_AND_RUN = 5  # PROT_READ | PROT_EXEC


def join_libraries() -> int:
    """Makes one mapping of each library's code and of the constants beside it, which then count as code too.

    A fork copies mappings one by one; numpy and pandas have hundreds. Returns how many have become part of another.
    """
    try:
        import ctypes

        with open("/proc/self/maps") as file:
            parts = _PART.findall(file.read())
        protect = ctypes.CDLL(None).mprotect
        joined = 0
        for start, end, count in _libraries(parts):
            if protect(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _READ_AND_RUN) == 0:
                joined += count - 1
        return joined
    except (ImportError, OSError, AttributeError):  # no such thing here
        return 0


def _libraries(parts: Iterable[tuple[str, str, str, str, str]]) -> Iterator[tuple[int, int, int]]:
    """(start, end, how many) of mappings that stand in memory as in their file: constants, code, constants.

    What comes behind them was written to when the library was loaded.
    """
    begin = stop = offset = count = 0
    inode = ""
    for first, last, rights, place, whose in (*parts, ("0", "0", "", "0", "")):
        start, end, at = int(first, 16), int(last, 16), int(place, 16)
        if not (0 < count < len(_LIBRARY) and (whose, start, at, rights) == (inode, stop, offset, _LIBRARY[count])):
            if count > 1:
                yield begin, stop, count
            begin, inode, count = start, whose, 0
            if rights != _LIBRARY[0] or at != 0 or whose.endswith(" 0"):
                continue
        count += 1
        stop, offset = end, at + end - start


def forget_threads_cheaply() -> None:
    """A child of a process with one thread has no others to forget, and no locks that others hold.

    The ways in which `threading` and `logging` make sure of that cost the child 150 pages. Where there are other
    threads, they go these ways as before.
    """
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        return

    def after_fork(everything: Any, threading: Any, otherwise: Any) -> None:
        active = threading._active
        if len(active) != 1 or threading._limbo or active.get(threading.get_ident()) is not threading._main_thread:
            everything()
        else:
            otherwise()

    _replace(threading, "_after_fork", after_fork, int)  # there is nothing to do
    logging = sys.modules.get("logging")
    unlock = getattr(getattr(logging, "_lock", None), "_at_fork_reinit", None)  # it is taken before a fork
    if unlock is not None:
        _replace(logging, "_after_at_fork_child_reinit_locks", after_fork, unlock)


def _replace(module: types.ModuleType | None, name: str, shorter: Callable[..., None], otherwise: Any) -> None:
    """Gives a function of a module, which the interpreter has noted to call after a fork, another code."""
    known = getattr(module, name, None)
    if not isinstance(known, types.FunctionType) or known.__closure__ or known.__defaults__:
        return
    everything = types.FunctionType(known.__code__, known.__globals__, known.__name__)
    known.__defaults__ = (everything, threading, otherwise)
    known.__code__ = shorter.__code__


def stop_counting(modules: Iterable[str]) -> None:
    """Functions, classes and methods of these modules live for ever: who calls them no longer counts references.

    Nothing happens where objects are laid out otherwise than in CPython 3.12 to 3.14.
    """
    if not (3, 12) <= sys.version_info[:2] <= (3, 14) or sys.abiflags or sys.byteorder != "little":
        return
    if sys.maxsize < 1 << 32 or sys.implementation.name != "cpython":
        return
    try:
        import ctypes
    except ImportError:
        return
    count_at = ctypes.c_uint32.from_address
    probe = object()
    before = count_at(id(probe)).value
    held = [probe] * 7
    if count_at(id(probe)).value != before + len(held):
        return
    for value in _permanent(frozenset(modules)):
        count = count_at(id(value))
        if count.value >> 31 == 0:
            count.value = _IMMORTAL


def _permanent(names: frozenset[str]) -> Iterable[Any]:
    """What is defined in the modules of these names."""
    found: dict[int, Any] = {}
    todo: list[Any] = [sys.modules[name] for name in names if name in sys.modules]
    while todo:
        value = todo.pop()
        if id(value) not in found:
            parts = _parts(value, names)
            if parts is not None:
                found[id(value)] = value
                todo.extend(parts)
    return found.values()


_SIMPLE = (
    str,
    bytes,
    int,
    float,
    tuple,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)


def _parts(value: Any, names: frozenset[str]) -> Iterable[Any] | None:
    """What a value is made of; None when it isn't code, or another module's."""
    kind = type(value)
    if kind is types.FunctionType:
        if value.__module__ not in names:
            return None
        return (value.__code__, *(value.__closure__ or ()), *vars(value).values())
    if kind is types.CodeType:
        return value.co_consts
    if kind is types.ModuleType:
        return (vars(value), *vars(value).values()) if value.__name__ in names else None
    if isinstance(value, type):
        return (*vars(value).values(), value.__mro__, *value.__mro__) if value.__module__ in names else None
    if kind is types.CellType:
        try:
            return (value.cell_contents,)
        except ValueError:  # empty
            return ()
    if kind is property:
        return (value.fget, value.fset, value.fdel)
    if kind is staticmethod or kind is classmethod:
        return (value.__func__,)
    if kind is dict:
        return value.values()
    return () if kind in _SIMPLE else None
