"""The memory that forks copy.

A fork copies an entry for each page of 4 KiB, and the end of the child takes it away again: milliseconds for the tens
of megabytes of a process with pandas. In pages of 2 MiB it is one entry for 512.
"""

from __future__ import annotations

import re

_LARGE = 2 << 20
_COLLAPSE = 25  # MADV_COLLAPSE, since Linux 6.1: elsewhere the call fails, and all stays as it is
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0\s*(?:\[heap\])?\n")


def use_large_pages() -> int:
    """Puts the process's own memory into large pages where the kernel can; how many it became."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            regions = [(int(first, 16), int(last, 16)) for first, last in _REGION.findall(file.read())]
        import ctypes

        advise = ctypes.CDLL(None).madvise
    except (OSError, ImportError, AttributeError):
        return 0
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    made = 0
    for first, last in regions:
        start = -(-first // _LARGE) * _LARGE
        for place in range(start, last - _LARGE + 1, _LARGE):
            made += advise(place, _LARGE, _COLLAPSE) == 0
    return made
