"""The house rules that a machine can check: who may include whom, how long files and functions are, names, what belongs where."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"
MAX_FILE, MAX_FUNCTION = 600, 60
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|manager|misc|common)(_|\.|$)")
# Third-party headers and the only places that may include them.
HOMES = {
    "nlohmann/": "text/", "toml++/": "text/", "yaml-cpp/": "text/", "git2.h": "git/", "xxhash.h": "base/",
    "boost/": "base/", "sqlite3.h": "queue/", "curl/": "store/remotes/", "Python.h": "python/", "pybind11/": "python/",
}
# What costs every start of the program time, whatever the command.
SLOW_STARTS = ("<iostream>", "<openssl/")
# Functions over the limit, each with its reason; this list may only shrink.
LONG_FUNCTIONS = {}


def sources():
    return sorted(p for p in SRC.rglob("*") if p.suffix in (".h", ".cc"))


def allowed_includes():
    """The table in docs/architecture.md: | `folder/` | what | may include |"""
    table = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        m = re.match(r"\| `(\w+)/` \|.*\| ([^|]*) \|$", line)
        if m:
            table[m.group(1)] = set(re.findall(r"`(\w+)`", m.group(2)))
    return table


def test_every_include_is_allowed_by_the_architecture_page(_):
    table = allowed_includes()
    assert len(table) >= 10, "docs/architecture.md has no table of folders"
    bad = []
    for path in sources():
        folder = path.relative_to(SRC).parts[0]
        assert folder in table, f"{folder}/ is not in docs/architecture.md"
        for target in re.findall(r'#include "(\w+)/', path.read_text()):
            if target != folder and target not in table[folder]:
                bad.append(f"{path.relative_to(ROOT)} includes {target}/")
    assert not bad, "\n".join(bad)


def test_third_party_headers_stay_in_their_home(_):
    bad = []
    included = {(p.relative_to(SRC).parts[0], t) for p in sources() for t in re.findall(r'#include "([^"]+)"', p.read_text())}

    def is_private(header):  # nobody outside of its folder includes it
        return all(folder == header.split("/")[0] for folder, target in included if target == header)

    for path in sources():
        rel = str(path.relative_to(SRC))
        for header in re.findall(r"#include <([^>]+)>", path.read_text()):
            for prefix, home in HOMES.items():
                if header.startswith(prefix) and not (rel.startswith(home) and (path.suffix == ".cc" or is_private(rel))):
                    bad.append(f"src/{rel} includes <{header}>")
    assert not bad, "\n".join(bad)


def test_nobody_includes_what_makes_every_start_slower(_):
    bad = [f"{p.relative_to(ROOT)} includes {name}" for p in sources() for name in SLOW_STARTS if re.search(rf"^#include {name}", p.read_text(), re.MULTILINE)]
    assert not bad, "\n".join(bad)


def test_files_are_short(_):
    bad = [f"{p.relative_to(ROOT)}: {n} lines" for p in sources() if (n := len(p.read_text().splitlines())) > MAX_FILE]
    assert not bad, "\n".join(bad)


def functions(text):
    """(name, lines) of the top-level functions of a .cc file: a line that ends with ' {' in column 0 up to '}' in column 0."""
    start = None
    lines = text.splitlines()
    for i, line in enumerate(lines):
        opens = line.endswith("{") and not line.startswith((" ", "}", "#", "namespace", "struct", "class", "enum", "extern", "union"))
        if start is None and opens and not re.match(r"(constexpr|const|static const|inline constexpr)\b.*=\s*{$", line):
            start = i
        if start is not None and line.startswith("}"):
            name = re.search(r"([\w:~]+)\(", " ".join(lines[max(0, start - 2):start + 1]))
            yield (name.group(1) if name else lines[start]), i - start + 1
            start = None


def test_functions_are_short(_):
    bad = []
    for path in sources():
        if path.suffix != ".cc":
            continue
        for name, n in functions(path.read_text()):
            key = f"{path.relative_to(SRC)}:{name}"
            if n > MAX_FUNCTION and key not in LONG_FUNCTIONS:
                bad.append(f"{key}: {n} lines")
    assert not bad, "\n".join(bad)


def test_names_say_the_noun(_):
    bad = [str(p.relative_to(ROOT)) for p in sources() if BANNED_NAMES.search(p.name) or not re.fullmatch(r"[a-z0-9_]+\.(h|cc)", p.name)]
    assert not bad, "\n".join(bad)


def test_every_header_is_guarded_and_says_what_it_is(_):
    bad = []
    for path in sources():
        if path.suffix != ".h":
            continue
        text = path.read_text()
        if path.name != "std_pch.h" and "#pragma once" not in text:
            bad.append(f"{path.relative_to(ROOT)}: no #pragma once")
        if not text.startswith("//"):
            bad.append(f"{path.relative_to(ROOT)}: no opening comment")
    assert not bad, "\n".join(bad)


def test_nothing_prints_but_ui_and_cli(_):
    pattern = re.compile(r"\bstd::(cout|cerr)\b|\bprintf\(|\bputs\(|\bfprintf\(")
    bad = []
    for path in sources():
        folder = path.relative_to(SRC).parts[0]
        if folder in ("ui", "cli"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if pattern.search(line):
                bad.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not bad, "\n".join(bad)


def test_a_unit_test_stands_where_its_source_stands(_):
    bad = []
    for path in sorted((ROOT / "tests/unit").rglob("*_test.cc")):
        folder = path.relative_to(ROOT / "tests/unit").parent
        if not (SRC / folder).is_dir():
            bad.append(f"{path.relative_to(ROOT)}: there is no src/{folder}/")
    assert not bad, "\n".join(bad)
