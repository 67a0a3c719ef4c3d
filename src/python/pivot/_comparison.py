"""Compares two files of a form that takes a library of the user's: tables of Parquet, images, arrays.

`python -c "... from pivot._comparison import main; main()" FORM LEFT RIGHT RTOL ATOL` prints one JSON object:
{"likeness": "equal" | "within" | "different" | "incomparable", "details": [str], "differences": int}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MOST_DETAILS = 10


class Differences:
    def __init__(self) -> None:
        self.details: list[str] = []
        self.count = 0
        self.within = 0

    def add(self, text: str, count: int = 1) -> None:
        self.count += count
        if len(self.details) < MOST_DETAILS:
            self.details.append(text)

    def result(self) -> dict[str, Any]:
        if self.count:
            return {"likeness": "different", "details": self.details, "differences": self.count}
        if self.within:
            numbers = f"{self.within} numbers differ within the tolerance"
            return {"likeness": "within", "details": [numbers], "differences": self.within}
        return {"likeness": "equal", "details": [], "differences": 0}


def compare_arrays(left: Any, right: Any, name: str, rtol: float, atol: float, found: Differences) -> None:
    import numpy

    if left.shape != right.shape:
        return found.add(f"{name}: shape {left.shape} and {right.shape}")
    if left.dtype != right.dtype:
        found.add(f"{name}: type {left.dtype} and {right.dtype}")
    if left.dtype.kind in "fiuc" and right.dtype.kind in "fiuc":
        unequal = ~((left == right) | ((left != left) & (right != right)))
        larger = numpy.maximum(numpy.abs(left.astype("complex128")), numpy.abs(right.astype("complex128")))
        with numpy.errstate(invalid="ignore"):
            apart = numpy.abs(left.astype("complex128") - right.astype("complex128"))
        beyond = unequal & ~(apart <= atol + rtol * larger)
    else:
        unequal = beyond = numpy.asarray(left != right)
    found.within += int(unequal.sum()) - int(beyond.sum())
    if total := int(beyond.sum()):
        place = tuple(int(i) for i in numpy.argwhere(beyond)[0])
        found.add(f"{name}: {total} values differ, first at {place}: {left[place]} and {right[place]}", total)


def compare_numpy(left: str, right: str, rtol: float, atol: float, found: Differences) -> None:
    import numpy

    one, two = numpy.load(left, allow_pickle=False), numpy.load(right, allow_pickle=False)
    if not hasattr(one, "files"):
        return compare_arrays(one, two, "the array", rtol, atol, found)
    for name in sorted(set(one.files) ^ set(two.files)):
        found.add(f"array {name!r}: only on the {'left' if name in one.files else 'right'}")
    for name in sorted(set(one.files) & set(two.files)):
        compare_arrays(one[name], two[name], f"array {name!r}", rtol, atol, found)


def read_columns(path: str) -> dict[str, list[Any]]:
    feather = path.endswith(".feather")
    try:
        if feather:
            from pyarrow.feather import read_table  # type: ignore[import-not-found]
        else:
            from pyarrow.parquet import read_table  # type: ignore[import-not-found]
        return read_table(path).to_pydict()
    except ImportError:
        import pandas  # type: ignore[import-not-found]

        frame = (pandas.read_feather if feather else pandas.read_parquet)(path)
        return {str(name): list(frame[name]) for name in frame.columns}


def compare_parquet(left: str, right: str, rtol: float, atol: float, found: Differences) -> None:
    one, two = read_columns(left), read_columns(right)
    for name in [*one, *two]:
        if (name in one) != (name in two):
            found.add(f"column {name!r}: only on the {'left' if name in one else 'right'}")
    for name in one:
        if name not in two:
            continue
        if len(one[name]) != len(two[name]):
            return found.add(f"{len(one[name])} rows and {len(two[name])}")
        for row, (a, b) in enumerate(zip(one[name], two[name], strict=True), 1):
            if a == b or (a != a and b != b):
                continue
            numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (a, b))
            if numbers and abs(a - b) <= atol + rtol * max(abs(a), abs(b)):
                found.within += 1
            else:
                found.add(f"row {row}, column {name!r}: {a} and {b}")


def compare_image(left: str, right: str, rtol: float, atol: float, found: Differences) -> None:
    from PIL import Image, ImageChops  # type: ignore[import-not-found]

    with Image.open(left) as one, Image.open(right) as two:
        if one.size != two.size or one.mode != two.mode:
            return found.add(f"{one.size[0]}x{one.size[1]} {one.mode} and {two.size[0]}x{two.size[1]} {two.mode}")
        wide = one.mode in ("1", "P", "I;16")
        apart = ImageChops.difference(one.convert("RGBA") if wide else one, two.convert("RGBA") if wide else two)
        extremes = apart.getextrema()
        most = max(high for _, high in extremes) if isinstance(extremes[0], tuple) else extremes[1]
        if most == 0:
            return
        if most <= atol:
            found.within += 1
        else:
            found.add(f"pixels differ by up to {most}, in the box {apart.convert('RGB').getbbox() or apart.getbbox()}")


COMPARE = {"numpy": compare_numpy, "parquet": compare_parquet, "image": compare_image}
NEEDS = {"numpy": "numpy", "parquet": "pyarrow or pandas", "image": "PIL (the package pillow)"}


def main() -> None:
    form, left, right, rtol, atol = sys.argv[1:6]
    found = Differences()
    try:
        COMPARE[form](left, right, float(rtol), float(atol), found)
        result = found.result()
    except ImportError:
        what = f"comparing them takes {NEEDS[form]}, which {sys.executable} has not"
        result = {"likeness": "incomparable", "details": [what], "differences": 1}
    except Exception as error:  # a file that the library refuses
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        result = {"likeness": "incomparable", "details": [f"not readable: {text}"], "differences": 1}
    print(json.dumps(result))
