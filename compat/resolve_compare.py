"""Resolves dvc.yaml files with real DVC and with tests/tools/resolve_dump and compares the stages.

Run with an interpreter that has DVC:

    python compat/resolve_compare.py DUMP_TOOL [--corpus FOLDER] [--only SUBSTRING]
    python compat/resolve_compare.py --write-golden tests/golden/resolve/cases.json

Without --corpus the cases of resolve_cases.py are compared.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def flags_of(out: Any) -> dict[str, Any]:
    plot = dict(out.plot) if isinstance(out.plot, dict) else {}
    return {
        "path": out.def_path,
        "kind": "metric" if out.metric else "plot" if out.plot else "out",
        "cache": out.use_cache,
        "persist": out.persist,
        "push": out.can_push,
        "remote": out.remote or "",
        "desc": out.annot.desc or "",
        "type": out.annot.type or "",
        "labels": out.annot.labels,
        "meta": out.annot.meta,
        "plot": plot,
    }


def file_of(item: Any, root: str) -> str:
    if item.fs.protocol != "local":
        return item.def_path
    rel = os.path.relpath(item.fs_path, root)
    return item.fs_path if rel.startswith("..") else rel


def stage_of(stage: Any, root: str) -> dict[str, Any]:
    from dvc.dependency import ParamsDependency

    params = [d for d in stage.deps if isinstance(d, ParamsDependency)]
    deps = [d for d in stage.deps if not isinstance(d, ParamsDependency)]
    return {
        "cmd": stage.cmd,
        "wdir": os.path.relpath(stage.wdir, root),
        "deps": [[d.def_path, file_of(d, root)] for d in deps],
        "params": [[d.def_path, file_of(d, root), list(dict.fromkeys(d.params))] for d in params],
        "outs": [{**flags_of(o), "file": file_of(o, root)} for o in stage.outs],
        "frozen": stage.frozen,
        "always_changed": stage.always_changed,
        "desc": "" if stage.desc is None else str(stage.desc),
        "meta": stage.meta,
    }


def by_dvc(root: str, file: str) -> dict[str, Any]:
    """What real DVC loads; the error text as its command line would print it."""
    from dvc.dvcfile import load_file
    from dvc.exceptions import DvcException, PrettyDvcException
    from dvc.repo import Repo

    warnings: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warnings.append(record.getMessage())

    handler = Collect(level=logging.WARNING)
    logging.getLogger("dvc").addHandler(handler)
    os.chdir(root)
    try:
        dvcfile = load_file(Repo(root), os.path.join(root, file))
        stages = {s.name: stage_of(s, root) for s in dvcfile.stages.values()}
        return {
            "order": list(stages),
            "stages": stages,
            "metrics": dvcfile.metrics or None,
            "params": dvcfile.params or None,
            "plots": dvcfile.plots or None,
            "artifacts": dvcfile.artifacts or None,
            "warnings": warnings,
        }
    except DvcException as exc:
        text = pretty(exc) if isinstance(exc, PrettyDvcException) else ""
        return {"error": text or with_causes(exc), "unexpected": False}
    except Exception as exc:  # noqa: BLE001 - DVC reports these as "unexpected error"
        return {"error": str(exc), "unexpected": True}
    finally:
        logging.getLogger("dvc").removeHandler(handler)


def with_causes(exc: BaseException) -> str:
    """As behind "ERROR: ", without colours."""
    text, cause = str(exc), exc.__cause__
    while cause is not None:
        text, cause = f"{text}: {cause}", cause.__cause__
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def pretty(exc: Any) -> str:
    """The text of a schema or syntax error, without the code snippets that a terminal library draws."""
    from dvc.ui import ui

    parts: list[str] = []
    original = ui.error_write
    ui.error_write = lambda *objects, **_: parts.extend(getattr(o, "plain", "") for o in objects)
    try:
        exc.__pretty_exc__()
    except ValueError:  # an error without marks: DVC prints it like any other
        return ""
    finally:
        ui.error_write = original
    return "\n".join(p for p in parts if p)


def snippet_free(text: str) -> str:
    lines = [line for line in text.splitlines() if line and not (line.startswith("  ") or line.strip() == "^")]
    return "\n".join(lines)


def normal(result: dict[str, Any]) -> dict[str, Any]:
    result = json.loads(json.dumps(result, default=str))
    if "error" in result:
        if "validation failed" in result["error"] or " is invalid" in result["error"]:
            result["error"] = snippet_free(result["error"])
        return {"error": result["error"], "unexpected": result["unexpected"]}
    for key in ("metrics", "params", "plots", "artifacts"):
        result[key] = result.get(key) or None
    result["warnings"] = result.get("warnings") or []
    result["stages"] = dict(sorted(result["stages"].items()))
    return result


def by_us(tool: str, root: str, file: str) -> dict[str, Any]:
    done = subprocess.run([tool, root, file], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"error": f"exit code {done.returncode}: {done.stderr}", "unexpected": True}
    return json.loads(done.stdout)


def make_repository(root: Path) -> None:
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc" / "config").write_text("[core]\n    no_scm = True\n")


def copy_project(source: Path, target: Path) -> list[str]:
    """Copies a project's small files into a fresh repository; gives its dvc.yaml files."""
    files = []
    for path in source.rglob("*"):
        rel = path.relative_to(source)
        if not path.is_file() or path.stat().st_size > 4_000_000:
            continue
        # What git or an ignore file would hide is of no interest here, nor is what the lock remembers.
        if {".dvc", ".git"} & set(rel.parts) or rel.name in ("dvc.lock", ".dvcignore"):
            continue
        (target / rel).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / rel)
        if rel.name == "dvc.yaml":
            files.append(str(rel))
    make_repository(target)
    return sorted(files)


def write_case(files: dict[str, str], target: Path) -> list[str]:
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text)
    make_repository(target)
    return ["dvc.yaml"]


def difference(theirs: Any, ours: Any, where: str = "") -> str:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in [*theirs, *[k for k in ours if k not in theirs]]:
            if theirs.get(key) != ours.get(key):
                return difference(theirs.get(key), ours.get(key), f"{where}/{key}")
    return f"{where}\n    DVC:  {theirs!r}\n    ours: {ours!r}"


def projects(corpus: str | None) -> Iterator[tuple[str, Callable[[Path], list[str]]]]:
    if corpus is None:
        from resolve_cases import CASES

        for name, files in CASES.items():
            yield name, lambda target, files=files: write_case(files, target)
        return
    for source in sorted(Path(corpus).iterdir()):
        if source.is_dir():
            yield source.name, lambda target, source=source: copy_project(source, target)


def each_file(corpus: str | None, only: str) -> Iterator[tuple[str, str, str]]:
    """Name, root and dvc.yaml of everything to look at; the root is removed afterwards."""
    for name, build in projects(corpus):
        if only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.realpath(folder)
            for file in build(Path(root)):
                yield name, root, file
            os.chdir("/")


def write_golden(target: str) -> None:
    from resolve_cases import CASES

    target = os.path.abspath(target)
    cases = []
    for name, root, file in each_file(None, ""):
        cases.append({"name": name, "files": CASES[name], "expected": normal(by_dvc(root, file))})
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", nargs="?")
    parser.add_argument("--corpus")
    parser.add_argument("--only", default="")
    parser.add_argument("--write-golden")
    args = parser.parse_args()
    if args.write_golden:
        write_golden(args.write_golden)
        return 0
    tool = os.path.abspath(args.tool)
    compared = failed = 0
    for name, root, file in each_file(args.corpus, args.only):
        theirs, ours = normal(by_dvc(root, file)), normal(by_us(tool, root, file))
        compared += 1
        if "to be installed" in theirs.get("error", ""):
            continue  # a cloud file system that this DVC lacks
        if theirs != ours:
            failed += 1
            print(f"{name}/{file}: {difference(theirs, ours)}", flush=True)
    print(f"{compared} files compared, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
