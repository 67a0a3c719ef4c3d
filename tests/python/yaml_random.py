"""Compares our YAML reader, emitter and round trip with the ruamel.yaml of a real DVC on random input.

    /opt/dvcenv/bin/python tests/python/yaml_random.py [--seed N] [--count N] [--tool PATH]

Run it from the root of the checkout with the interpreter of a real DVC. Without --tool it compiles yaml_tool.cc (a minute).
Differences that are known and wanted: floats keep their text on a round trip; aliases in cycles are refused; what makes
ruamel itself crash is skipped.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings
from typing import Any

import ruamel.yaml.constructor as constructors
import ruamel.yaml.representer as representers
from dvc.utils.serialize import dumps_yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

PIECES = (
    ["a", "b", "1", "- ", "-", "\n", "\n  ", "\n    ", "\n ", ": ", ":", " ", "  ", "#", " #", "{", "}", "[", "]", ",", ", "]
    + ["&x", "*x", "!", "!!str ", "|", ">", "'", '"', "%", "@", "`", "?", "? ", "~", "null", "true", "0x1", "1e5", "2020-01-01"]
    + ["<<: ", "=", "\\", "\t", "é", "日", "\u2028", "\x85", "---", "...", "\n---\n", "|2", ">-", "|+", ".5", "1_0", "0o7"]
    + ["12:30", "!!int ", "\r", "\r\n", '"x y"', "'p q'", ".inf", "a: 1\n", "- b\n", "key: [1, 2]\n", "k: {a: b}\n", "# c\n"]
)
WORDS = (
    ["python", "train.py", "--lr", "0.001", "a: b", "#", " ", "  ", "'", '"', "\n", "\t", "\\", "é", "日本", "\x01", "\u2028"]
    + ["x" * 30, "y" * 90, "${a}", "|", "tee", ">", "out.txt", "-", "?", ":", "{", "[", "&&", "1", "true", "null", "~", "1e5"]
)


class Tool:
    def __init__(self, path: str) -> None:
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, command: str, text: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        data = text.encode("utf-8", "surrogatepass")
        self.process.stdin.write(f"{command} {len(data)}\n".encode() + data)
        self.process.stdin.flush()
        length = int(self.process.stdout.readline())
        return self.process.stdout.read(length).decode("utf-8", "surrogatepass")


def build(folder: pathlib.Path) -> str:
    sources = [*pathlib.Path("src/text/yaml").glob("*.cc"), pathlib.Path("src/text/yaml.cc"), pathlib.Path("src/text/json.cc")]
    sources += [pathlib.Path("src/base/value.cc"), pathlib.Path("src/base/strings.cc")]
    sources.append(pathlib.Path("tests/python/yaml_tool.cc"))
    tool = folder / "yaml_tool"
    subprocess.run(["g++", "-std=c++20", "-O1", "-Isrc", *map(str, sources), "-o", str(tool)], check=True)
    return str(tool)


def show(value: Any) -> str:
    """The same text as golden::show in C++."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"real({value!r})"
    if isinstance(value, bytes):
        return f"bytes({value.hex()})"
    if isinstance(value, datetime.datetime):
        return f"date({value.isoformat(' ')})"
    if isinstance(value, datetime.date):
        return f"date({value.isoformat()})"
    if isinstance(value, dict):
        return "{" + "".join(f"{show(key)}: {show(item)}, " for key, item in value.items()) + "}"
    if isinstance(value, (set, frozenset)):
        return "set"
    return "[" + "".join(show(item) + ", " for item in value) + "]"


def place(mark: Any) -> str:
    return "-" if mark is None else f"{mark.line}:{mark.column}"


def failure(error: Exception) -> str:
    if isinstance(error, MarkedYAMLError):
        parts = [type(error).__name__, error.context or "", place(error.context_mark), error.problem or ""]
        return "!" + "\n".join([*parts, place(error.problem_mark)])
    return "!" + type(error).__name__


def expected_load(text: str) -> str:
    try:
        return "=" + show(YAML(typ="safe").load(text))
    except Exception as error:  # noqa: BLE001
        return failure(error)


def keep_floats() -> None:
    """Teaches ruamel our known difference."""
    load = constructors.RoundTripConstructor.construct_yaml_float

    def construct(self: Any, node: Any) -> Any:
        value = load(self, node)
        if type(value) is not float:
            value.source = node.value
        return value

    def represent(self: Any, data: Any) -> Any:
        text = ".nan" if data != data else ".inf" if data == float("inf") else "-.inf" if data == -float("inf") else data.source
        return self.represent_scalar("tag:yaml.org,2002:float", text, anchor=data.yaml_anchor(any=True))

    constructors.RoundTripConstructor.add_constructor("tag:yaml.org,2002:float", construct)
    representers.RoundTripRepresenter.add_representer(representers.ScalarFloat, represent)


def expected_roundtrip(text: str) -> str | None:
    text = io.StringIO(text, newline=None).read()
    try:
        data = YAML().load(text) or {}
    except (MarkedYAMLError, ReaderError) as error:
        return "!" + type(error).__name__
    except Exception:  # noqa: BLE001
        return None  # ruamel's own crash
    yaml = YAML()
    yaml.default_flow_style = False
    out = io.StringIO()
    try:
        yaml.dump(data, out)
    except Exception:  # noqa: BLE001
        return None
    return "=" + out.getvalue()


def is_wanted_difference(ours: str, text: str) -> bool:
    return "unconstructable recursive node" in ours or "%YAML" in text or "!!set" in text or "base64" in ours


def same(ours: str, theirs: str) -> bool:
    return ours == theirs or ("\n" not in theirs and theirs.startswith("!") and ours.split("\n")[0] == theirs)


def corpus() -> list[str]:
    texts: list[str] = []
    for name in ("load", "roundtrip", "emit"):
        for case in json.loads(pathlib.Path(f"tests/golden/yaml/yaml_{name}_cases.json").read_text()):
            texts += [case[key] for key in ("input", "yaml") if isinstance(case.get(key), str)]
    texts.append("# top\n\nstages:\n  # first\n  a:   # eol\n    cmd: |  # lit\n      x\n\n    deps: # deps\n      # d1\n      - a # aa\n\n      - b\n# fin\n")
    return texts


def mutate(text: str, texts: list[str]) -> str:
    for _ in range(random.choice([0, 1, 1, 2, 3, 5])):
        at = random.randint(0, len(text))
        choice = random.random()
        if choice < 0.5:
            text = text[:at] + random.choice(PIECES) + text[at:]
        elif choice < 0.75:
            text = text[:at] + text[at + random.choice([1, 1, 2, 4]) :]
        else:
            other = random.choice(texts)
            start = random.randint(0, len(other))
            text = text[:at] + other[start : random.randint(start, len(other))] + text[at:]
    return text


def random_value(depth: int = 0) -> Any:
    choice = random.random()
    if depth < 4 and choice < 0.2:
        return [random_value(depth + 1) for _ in range(random.randint(0, 4))]
    if depth < 4 and choice < 0.45:
        return {random_text(3): random_value(depth + 1) for _ in range(random.randint(0, 4))}
    if choice < 0.55:
        return random.choice([None, True, False, 0, -1, 10**6, 1.5, 1e-5, 1e16, 0.1, 123456789.0])
    return random_text(14)


def random_text(most: int) -> str:
    return random.choice(["", " "]).join(random.choice(WORDS) for _ in range(random.randint(0, most)))


def tagged(value: Any) -> Any:
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {"$map": [[key, tagged(item)] for key, item in value.items()]}
    return value


def check(tool: Tool, kind: str, texts: list[str]) -> str | None:
    """One random case; a text about the difference when there is one."""
    if kind == "dump":
        value = {"k": random_value()}
        text, theirs = json.dumps(tagged(value)), "=" + dumps_yaml(value)
        ours = tool.ask("dump", text)
    elif kind == "fast":
        text = mutate(random.choice(texts), texts)
        ours, theirs = tool.ask("fast", text), tool.ask("general", text)
        if ours == "?":
            return None
    elif kind == "load":
        text = mutate(random.choice(texts), texts)
        ours, theirs = tool.ask("load", text), expected_load(text)
    else:
        text = mutate(random.choice(texts), texts)
        ours, result = tool.ask("roundtrip", text), expected_roundtrip(text)
        if result is None:
            return None
        theirs = result
    if same(ours, theirs) or is_wanted_difference(ours, text):
        return None
    return f"{kind} {text!r}\n  theirs {theirs!r}\n  ours   {ours!r}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--tool")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    random.seed(args.seed)
    keep_floats()
    with tempfile.TemporaryDirectory() as folder:
        tool = Tool(args.tool or build(pathlib.Path(folder)))
        texts = corpus()
        differences = 0
        for number in range(args.count):
            difference = check(tool, ("dump", "load", "fast", "roundtrip")[number % 4], texts)
            if difference:
                differences += 1
                print(difference)
    print(f"{differences} differences in {args.count} cases")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
