"""Rewrites dvc.lock files with real DVC's reader and writer and with tests/tools/lock_rewrite and compares the bytes.

    python compat/lock_compare.py LOCK_REWRITE_TOOL FILE_OR_FOLDER...
    python compat/lock_compare.py --write-golden tests/golden/lock/cases.json

"keep" is what happens to the entries of other stages on each write; "fresh" is every entry written as after a run. Known difference:
we keep the text of floats, DVC cuts digits off some (contract 3.5); such lines are compared without their digits.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import dumps_yaml, parse_yaml, parse_yaml_for_update

ENTRY_KEYS = ["path", "hash", "md5", "size", "nfiles", "isexec", "version_id", "etag", "checksum", "cloud"]


def entry(data: dict[str, Any]) -> dict[str, Any]:
    if "files" in data:
        return {k: data[k] for k in ("path", "hash", "files") if k in data}
    has_md5 = "md5" in data
    keys = ENTRY_KEYS if has_md5 else ["path", "hash", "etag", "checksum", "size", "nfiles", "isexec", "version_id", "cloud"]
    out = {k: data[k] for k in keys if data.get(k) not in (None, "") and data.get(k) is not False}
    if "hash" not in data and ("://" in data["path"] or data["path"].startswith("/")):
        out = {"path": out.pop("path"), "hash": "md5", **out}  # only entries inside the repository stay as DVC 2 wrote them
    return out


def fresh(stage: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"cmd": stage["cmd"]}
    if stage.get("deps"):
        out["deps"] = [entry(d) for d in sorted(stage["deps"], key=lambda d: d["path"])]
    if stage.get("params"):
        files = sorted(stage["params"], key=lambda f: (f != "params.yaml", f))
        out["params"] = {f: dict(sorted(stage["params"][f].items())) for f in files}
    if stage.get("outs"):
        out["outs"] = [entry(d) for d in sorted(stage["outs"], key=lambda d: d["path"])]
    return out


def by_dvc(text: str, mode: str) -> str:
    data = parse_yaml_for_update(text, "dvc.lock")
    if mode == "fresh":
        for name, stage in parse_yaml(text, "dvc.lock").get("stages", {}).items():
            data["stages"][name] = fresh(stage)
    return dumps_yaml(data)


def by_us(tool: str, file: Path, mode: str) -> str:
    return subprocess.run([tool, mode, str(file)], capture_output=True, text=True, check=False).stdout


def without_floats(text: str) -> str:
    return re.sub(r"(\d\.\d{8,}e[-+]\d+)", lambda m: m.group(1)[:8] + m.group(1).split("e")[1], text)


def first_difference(a: str, b: str) -> str:
    for number, (left, right) in enumerate(zip(io.StringIO(a), io.StringIO(b)), 1):
        if left != right:
            return f"line {number}\n    DVC:  {left!r}\n    ours: {right!r}"
    return f"length {len(a)} and {len(b)}: {a[-100:]!r} {b[-100:]!r}"


def error_of(text: str) -> str | None:
    """What DVC's command line prints for a bad lock, without code snippets."""
    from dvc.exceptions import DvcException
    from dvc.utils.strictyaml import load
    from resolve_compare import pretty, snippet_free, with_causes

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("dvc.lock").write_text(text)
        try:
            load("dvc.lock", COMPILED_LOCKFILE_SCHEMA)
        except DvcException as exc:
            return snippet_free(pretty(exc) or with_causes(exc))
        finally:
            os.chdir("/")
    return None


def write_golden(target: str) -> int:
    from lock_cases import CASES

    path = Path(target).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, text in CASES.items():
        error = error_of(text)
        case = {"name": name, "text": text, "error": error}
        if error is None:
            case |= {"keep": by_dvc(text, "keep"), "fresh": by_dvc(text, "fresh")}
        lines.append(json.dumps(case))
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    return 0


def main() -> int:
    if sys.argv[1:2] == ["--write-golden"]:
        return write_golden(sys.argv[2])
    tool, *names = sys.argv[1:]
    files = [f for n in names for f in ([Path(n)] if Path(n).is_file() else sorted(Path(n).rglob("dvc.lock")))]
    failed = compared = 0
    for file in files:
        text = file.read_text()
        try:
            COMPILED_LOCKFILE_SCHEMA(parse_yaml(text, str(file)))
        except Exception as exc:  # noqa: BLE001 - whatever DVC refuses, we have to refuse
            ours = by_us(tool, file, "error")
            compared += 1
            if not ours.startswith("error"):
                failed += 1
                print(f"{file}: DVC refuses it ({exc}), we don't: {ours[:200]!r}")
            continue
        for mode in ("keep", "fresh"):
            compared += 1
            theirs, ours = by_dvc(text, mode), by_us(tool, file, mode)
            if theirs != ours and without_floats(theirs) != without_floats(ours):
                failed += 1
                print(f"{file} ({mode}): {first_difference(theirs, ours)}")
    print(f"{compared} compared, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
