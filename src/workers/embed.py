"""Writes the files of our Python package as a C++ source: embed.py OUTPUT FILE..."""
import pathlib
import sys

PIECE = 12_000  # compilers limit the length of one literal


def literal(text: str) -> str:
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)] or [""]
    assert ")PY" not in text
    return "\n".join(f'R"PY({piece})PY"' for piece in pieces)


def main() -> None:
    output, *names = sys.argv[1:]
    lines = ['#include "workers/runtime_files.h"', "", "namespace pivot::workers {", "",
             "const std::vector<RuntimeFile>& runtime_files() {", "  static const std::vector<RuntimeFile> kFiles = {"]  # fmt: skip
    for name in sorted(names):
        path = pathlib.Path(name)
        text = path.read_text(encoding="utf-8")
        lines.append(f'      {{"{path.name}", std::string_view({literal(text)}, {len(text.encode("utf-8"))})}},')
    lines += ["  };", "  return kFiles;", "}", "", "}  // namespace pivot::workers", ""]
    pathlib.Path(output).write_text("\n".join(lines), encoding="utf-8")


main()
