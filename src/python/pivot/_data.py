"""Canonical serialisation of live values: constants, collections, instances, arrays.

Text form: atoms as in the canonical syntax tree; `[...]` lists, `(...)` tuples, `{k:v}` dicts and sets with their
items sorted by
text (neither order nor hash seed enters); `#n` a back reference to the n-th container on the way down (cycles); `<kind
label>`
for code, whose own fingerprint is another key of the manifest; arrays as type, shape and BLAKE2b of their bytes. A
path below the
project root is written relative to it, so a moved project has the same fingerprints.
"""

from __future__ import annotations

import array
import collections
import datetime
import enum
import functools
import hashlib
import io
import logging
import pathlib
import random
import re
import struct
import sys
import types
import typing
from collections.abc import Callable

from pivot._location import PROJECT
from pivot._syntax import constant_text

ATOM_LIMIT = 1_000_000
DEPTH_LIMIT = 50  #: of containers in each other; some libraries' objects make new ones for ever
#: Tells objects apart as `id` does, which audit hooks hear of: ours took a tenth of the time of fingerprints.
object_key: Callable[[object], int] = object.__hash__
MISSING: typing.Any = object()  #: no value at all, where None is one
_ATOMS = frozenset({bool, int, float, complex, bytes, type(None), type(Ellipsis)})
_CODE = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    type,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    type(functools.lru_cache(lambda: None)),
)
# State that differs in every process or says nothing about results.
_OPAQUE = (random.Random, io.IOBase, types.GeneratorType, types.CoroutineType, types.FrameType, types.CodeType)
_OPAQUE_NAMES = frozenset(
    {"lock", "RLock", "Lock", "Condition", "Event", "local", "_Environ", "socket", "weakref", "ReferenceType"}
)
#: tells the label under which a callable, class or module counts; it is walked by the caller
Labeller = Callable[[object], str]


def _exact_numbers() -> list[type]:
    """The classes of decimals and fractions, where somebody has loaded them: that takes long."""
    return [
        getattr(sys.modules[module], name)
        for module, name in (("decimal", "Decimal"), ("fractions", "Fraction"))
        if module in sys.modules
    ]


def text_of_string(value: str) -> str:
    root = PROJECT.root
    if value.startswith(root) and (len(value) == len(root) or value[len(root)] == "/"):
        return "r" + ascii(value[len(root) + 1 :])
    return "s" + ascii(value)


class Serialiser:
    """Writes one value; `code` collects the functions, classes and modules in it, `unread` the types it could not look
    into."""

    def __init__(self, label: Labeller, is_user_type: Callable[[type], bool]) -> None:
        self.label = label
        self.is_user_type = is_user_type
        self.out: list[str] = []
        self.code: list[object] = []
        self.unread: list[str] = []
        self.opaque = False  #: met something whose state says nothing: where it was made may
        self.atoms = 0
        self._open: dict[int, int] = {}
        self._keep: list[object] = []

    def text(self, value: object) -> str:
        self.write(value)
        return "".join(self.out)

    def _apart(self, value: object) -> str:
        saved, self.out = self.out, []
        self.write(value)
        result, self.out = "".join(self.out), saved
        return result

    def write(self, value: object) -> None:
        kind = type(value)
        if kind.__name__ == "StageFunction" and kind.__module__ == "pivot._registry":
            value = value.__wrapped__  # type: ignore[attr-defined]
            kind = type(value)
        self.atoms += 1
        if self.atoms > ATOM_LIMIT:
            if self.atoms == ATOM_LIMIT + 1:
                self.unread.append(f"more than {ATOM_LIMIT} values: only the first of them count")
            return
        if kind is str:
            self.out.append(text_of_string(value))  # type: ignore[arg-type]
        elif kind in _ATOMS:
            self.out.append(constant_text(value))
        elif isinstance(value, _CODE):
            self.code.append(value)
            self.out.append(f"<{self.label(value)}>")
        elif object_key(value) in self._open:
            self.out.append(f"#{self._open[object_key(value)]}")
        elif len(self._open) >= DEPTH_LIMIT:
            self.out.append("<deep>")
            self.unread.append(f"a {kind.__module__}.{kind.__qualname__} inside of {DEPTH_LIMIT} others")
        else:
            self._open[object_key(value)] = len(self._open)
            self._keep.append(value)
            try:
                self._container(value, kind)
            finally:
                del self._open[object_key(value)]

    def _sequence(self, opening: str, items: typing.Iterable[object], closing: str) -> None:
        self.out.append(opening)
        for item in items:
            self.write(item)
            self.out.append(",")
        self.out.append(closing)

    def _unordered(self, items: typing.Iterable[object]) -> None:
        self.out.append("{" + ",".join(sorted(self._apart(item) for item in items)) + "}")

    def _mapping(self, items: typing.Iterable[tuple[object, object]]) -> None:
        pairs = sorted((self._apart(key), self._apart(value)) for key, value in items)
        self.out.append("{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}")

    def _container(self, value: object, kind: type) -> None:
        if kind is list:
            self._sequence("[", value, "]")  # type: ignore[arg-type]
        elif kind is tuple:
            self._sequence("(", value, ")")  # type: ignore[arg-type]
        elif kind is dict or kind is types.MappingProxyType:
            self._mapping(value.items())  # type: ignore[attr-defined]
        elif kind in (set, frozenset):
            self._unordered(value)  # type: ignore[arg-type]
        elif not self._well_known(value, kind):
            self._instance(value, kind)

    def _well_known(self, value: typing.Any, kind: type) -> bool:
        """Types whose pickled form depends on the Python version, or that are bytes underneath."""
        if isinstance(value, enum.Enum):
            self.code.append(kind)
            self._sequence(f"<{self.label(kind)} {value.name} ", [value._value_], ">")
        elif isinstance(value, pathlib.PurePath):
            self._sequence("<path ", [str(value)], ">")
        elif isinstance(value, re.Pattern):
            self._sequence("<pattern ", [value.pattern, value.flags], ">")
        elif isinstance(value, (datetime.date, datetime.time, datetime.timedelta, *_exact_numbers())):
            self.out.append(f"<{kind.__name__} {value!r}>")
        elif isinstance(value, (bytearray, memoryview, array.array)):
            self._bytes(f"{kind.__name__} {getattr(value, 'typecode', '')}", bytes(value))
        elif isinstance(value, range):
            self._sequence("<range ", [value.start, value.stop, value.step], ">")
        elif isinstance(value, struct.Struct):
            self._sequence("<struct ", [value.format], ">")
        elif isinstance(value, logging.Logger):
            self.out.append(f"<logger {value.name}>")
        elif isinstance(value, _OPAQUE) or kind.__name__ in _OPAQUE_NAMES:
            self.opaque = True
            self.out.append(f"<{kind.__module__}.{kind.__qualname__}>")
        elif isinstance(value, (types.GenericAlias, types.UnionType)) or is_generic(value):
            arguments = [*getattr(value, "__args__", ()), *getattr(value, "__metadata__", ())]
            self._sequence("<generic ", [getattr(value, "__origin__", "union"), *arguments], ">")
        elif kind.__module__ == "typing" and isinstance(getattr(value, "_name", None), str):
            self.out.append("<typing>")
        elif isinstance(value, typing.TypeVar):
            self._sequence(f"<typevar {value.__name__} ", [value.__bound__, *value.__constraints__], ">")
        elif isinstance(value, (staticmethod, classmethod)):
            self._sequence(f"<{kind.__name__} ", [value.__func__], ">")
        elif isinstance(value, property):
            self._sequence("<property ", [value.fget, value.fset, value.fdel], ">")
        else:
            return self._array(value, kind)
        return True

    def _bytes(self, head: str, content: bytes | memoryview) -> None:
        self.out.append(f"<{head} {len(content)} {hashlib.blake2b(content, digest_size=16).hexdigest()}>")

    def _array(self, value: typing.Any, kind: type) -> bool:
        library = kind.__module__.partition(".")[0]
        if library in ("numpy", "pandas"):
            self.code.append(kind)  # the package is one that the stage touches
        if library == "numpy" and hasattr(value, "dtype") and hasattr(value, "tobytes"):
            if value.dtype.hasobject:
                self._sequence(f"<array {value.dtype.str} {value.shape} ", value.ravel().tolist(), ">")
            else:
                self._bytes(f"array {value.dtype.str} {value.shape}", value.tobytes())
            return True
        if library == "numpy" and kind.__name__ in ("Generator", "RandomState", "SeedSequence"):
            self.opaque = True
            self.out.append(f"<numpy.{kind.__name__}>")
            return True
        if library == "pandas" and kind.__name__ in ("DataFrame", "Series", "Index", "RangeIndex"):
            self._pandas(value, kind.__name__)
            return True
        return False

    def _pandas(self, value: typing.Any, name: str) -> None:
        if name == "DataFrame":
            columns = [value.iloc[:, position].to_numpy() for position in range(value.shape[1])]
            self._sequence("<frame ", [list(value.columns), value.index.to_numpy(), columns], ">")
        elif name == "Series":
            self._sequence("<series ", [value.name, value.index.to_numpy(), value.to_numpy()], ">")
        else:
            self._sequence("<index ", [value.name, value.to_numpy()], ">")

    def _instance(self, value: object, kind: type) -> None:
        self.code.append(kind)
        self.out.append(f"<{self.label(kind)} ")
        if isinstance(value, (list, tuple)):
            self._sequence("[", tuple(value), "]")
        elif isinstance(value, collections.OrderedDict):
            self._sequence("[", value.items(), "]")  # its order is part of it
        elif isinstance(value, dict):
            self._mapping(value.items())
        elif isinstance(value, (set, frozenset)):
            self._unordered(value)
        elif isinstance(value, (str, int, float, bytes)):
            base: typing.Any = next(base for base in (str, int, float, bytes) if isinstance(value, base))
            self.write(base(value))
        if self.is_user_type(kind):
            self._user_state(value, kind)
        else:
            self._foreign_state(value, kind)
        self.out.append(">")

    def _user_state(self, value: object, kind: type) -> None:
        custom = next((vars(base)["__getstate__"] for base in kind.__mro__[:-1] if "__getstate__" in vars(base)), None)
        if custom is not None:
            try:
                self.write(custom(value))
                return
            except Exception:  # the class does not want to be pickled: look at its attributes
                pass
        state = dict(getattr(value, "__dict__", {}))
        for base in kind.__mro__:
            slots = vars(base).get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else tuple(slots):
                if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                    state[slot] = getattr(value, slot)
        self._mapping(state.items())
        try:
            content = memoryview(value)  # type: ignore[arg-type]
        except (TypeError, BufferError):
            return
        if not isinstance(value, bytes):
            self._bytes(f"{content.format} {content.shape}", content.tobytes())  # an array, a ctypes structure

    def _foreign_state(self, value: object, kind: type) -> None:
        try:
            reduced = value.__reduce_ex__(4)
        except Exception:
            self.unread.append(f"the state of a {kind.__module__}.{kind.__qualname__}")
            return
        if isinstance(reduced, str):
            self.out.append("s" + ascii(reduced))
            return
        constructor, arguments, *rest = reduced
        state = rest[0] if rest else None
        listed = list(rest[1]) if len(rest) > 1 and rest[1] is not None else []
        mapped = dict(rest[2]) if len(rest) > 2 and rest[2] is not None else {}
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            listed, mapped = [], {}
        self._sequence("", [constructor, list(arguments), state, listed, mapped], "")


def is_generic(value: object) -> bool:
    """A subscripted form of typing. Others are not asked for attributes: a class of the user's may give any."""
    return type(value).__module__ in ("typing", "typing_extensions") and hasattr(value, "__origin__")


def is_plain(value: object) -> bool:
    """A constant that needs no walking."""
    return type(value) is str or type(value) in _ATOMS


def interpreter_tag() -> str:
    """What code without source counts under: bytecode is another one in every Python version."""
    return f"{sys.implementation.name}{sys.version_info[0]}.{sys.version_info[1]}"
