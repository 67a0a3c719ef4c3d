"""xxHash64 (seed 0) of canonical serialisations, as 16 hex digits.

`digest` is what every fingerprint is made of: data of up to 64 bytes goes through xxHash64 as it is; longer data is
first
reduced to the 32 bytes of its BLAKE2b-256. The result is therefore the same with and without the `xxhash` package, and
the pure
Python loop below never sees more than two stripes.
"""

from __future__ import annotations

import hashlib
import struct

_MASK = 0xFFFFFFFFFFFFFFFF
_P1 = 0x9E3779B185EBCA87
_P2 = 0xC2B2AE3D27D4EB4F
_P3 = 0x165667B19E3779F9
_P4 = 0x85EBCA77C2B2AE63
_P5 = 0x27D4EB2F165667C5
_STRIPE = struct.Struct("<4Q")
DIRECT_LIMIT = 64


def _rotl(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK


def _round(acc: int, lane: int) -> int:
    return _rotl((acc + lane * _P2) & _MASK, 31) * _P1 & _MASK


def _merge(acc: int, value: int) -> int:
    return ((acc ^ _round(0, value)) * _P1 + _P4) & _MASK


def xxh64_python(data: bytes, seed: int = 0) -> int:
    """XXH64 as in the reference specification."""
    size, at = len(data), 0
    if size >= 32:
        lanes = [(seed + _P1 + _P2) & _MASK, (seed + _P2) & _MASK, seed & _MASK, (seed - _P1) & _MASK]
        while at + 32 <= size:
            lanes = [_round(acc, lane) for acc, lane in zip(lanes, _STRIPE.unpack_from(data, at), strict=True)]
            at += 32
        a, b, c, d = lanes
        acc = (_rotl(a, 1) + _rotl(b, 7) + _rotl(c, 12) + _rotl(d, 18)) & _MASK
        for value in lanes:
            acc = _merge(acc, value)
    else:
        acc = (seed + _P5) & _MASK
    acc = (acc + size) & _MASK
    while at + 8 <= size:
        acc = (_rotl(acc ^ _round(0, int.from_bytes(data[at : at + 8], "little")), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= size:
        acc = (_rotl(acc ^ (int.from_bytes(data[at : at + 4], "little") * _P1 & _MASK), 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in data[at:]:
        acc = _rotl(acc ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    acc = (acc ^ (acc >> 33)) * _P2 & _MASK
    acc = (acc ^ (acc >> 29)) * _P3 & _MASK
    return acc ^ (acc >> 32)


def digest(data: bytes) -> str:
    """16 hex digits of the data's fingerprint."""
    if len(data) > DIRECT_LIMIT:
        data = hashlib.blake2b(data, digest_size=32).digest()
    return f"{xxh64_python(data):016x}"


def digest_text(text: str) -> str:
    return digest(text.encode("utf-8", "surrogatepass"))
