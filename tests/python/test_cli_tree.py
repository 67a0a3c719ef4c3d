"""Our tree of commands against the one that was dumped from DVC 3.67.1.

Every command, alias, flag, dest, kind, nargs, metavar, choice, default, type and exclusive group of DVC is there; what
we have beyond that is marked as ours. And since argparse lets long options be abbreviated, every abbreviation that
works with DVC means the same here.

    PIVOT_BINARY=build/src/pivot python3 tests/python/test_cli_tree.py
"""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(os.environ.get("PIVOT_SOURCE_ROOT", Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("PIVOT_BINARY", str(ROOT / "build" / "src" / "pivot"))
Node = dict[str, Any]

# The dump has these where argparse has no real default: a list that is empty, a count of 0, a switch that is off.
NO_DEFAULT: tuple[Any, ...] = (None, False, True, 0, [])


def load_trees() -> tuple[Node, Node]:
    dvc = json.loads((ROOT / "tests/golden/cli/dvc_cli.json").read_text())["root"]
    out = subprocess.run([BINARY, "commands", "--json"], capture_output=True, text=True, check=True).stdout
    return dvc, json.loads(out)["root"]


def walk(dvc: Node, ours: Node, name: str = "") -> list[tuple[str, Node, Node]]:
    out = [(name, dvc, ours)]
    for word, child in dvc.get("subcommands", {}).items():
        assert word in ours.get("subcommands", {}), f"{name} {word} is missing"
        out += walk(child, ours["subcommands"][word], f"{name} {word}".strip())
    return out


def expected_flag(flag: Node) -> Node:
    keys = ("kind", "flags", "dest", "metavar", "nargs", "choices", "hidden")
    out = {key: flag[key] for key in keys if flag.get(key) not in (None, False)}
    if flag.get("type") == "int":
        out["type"] = "int"
    if flag.get("required") and "flags" in flag:
        out["required"] = True
    if flag.get("const") is not None:
        out["const"] = flag["const"]
    if out["dest"] == "quiet":
        out["kind"] = "count"  # `dvc status` has a switch of its own for -q; counting it comes to the same
    default = flag.get("default")
    if isinstance(default, list) and default:
        default = default[0]
    if default not in NO_DEFAULT or (default == 1 and default is not True):
        out["default"] = str(default)
    if out.get("metavar") == out["dest"]:
        del out["metavar"]
    return out


def our_flag(flag: Node) -> Node:
    return {key: value for key, value in flag.items() if not (key == "metavar" and value == flag["dest"])}


def by_names(flags: list[Node]) -> dict[tuple[str, ...], Node]:
    return {tuple(flag.get("flags", [flag["dest"]])): flag for flag in flags}


class CliTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pairs = walk(*load_trees())

    def test_every_option_of_dvc_is_there_with_all_its_properties(self) -> None:
        for name, dvc, ours in self.pairs:
            known = by_names(ours["options"])
            for names, flag in by_names(dvc.get("options", [])).items():
                with self.subTest(command=name, flag=names):
                    self.assertIn(names, known)
                    self.assertEqual(our_flag(known[names]), expected_flag(flag))

    def test_positionals_are_the_same_in_the_same_order(self) -> None:
        for name, dvc, ours in self.pairs:
            with self.subTest(command=name):
                expected = [expected_flag(flag) for flag in dvc.get("positionals", [])]
                self.assertEqual([our_flag(flag) for flag in ours["positionals"]], expected)

    def test_what_dvc_has_not_is_marked_as_ours(self) -> None:
        for name, dvc, ours in self.pairs:
            theirs = by_names(dvc.get("options", []))
            for names, flag in by_names(ours["options"]).items():
                with self.subTest(command=name, flag=names):
                    self.assertEqual(names not in theirs, flag.get("ours", False))
            for word, child in ours.get("subcommands", {}).items():
                self.assertEqual(word not in dvc["subcommands"], child["ours"], f"{name} {word}")

    def test_aliases_and_hidden_commands(self) -> None:
        for name, dvc, ours in self.pairs:
            if not name:
                continue
            with self.subTest(command=name):
                self.assertEqual(ours["aliases"], dvc.get("aliases", []))
                self.assertEqual(ours["hidden"], dvc.get("hidden", False))

    def test_exclusive_groups(self) -> None:
        for name, dvc, ours in self.pairs:
            names = {flag: frozenset(option["flags"]) for option in ours["options"] for flag in option["flags"]}
            have = {
                required: {frozenset(names[flag] for flag in group) for group in ours[key]}
                for required, key in ((False, "exclusive"), (True, "one_of"))
            }
            for group in dvc.get("mutually_exclusive", []):
                flags = ["--" + flag.lstrip("-") for flag in group["flags"]]
                if len(flags) > 1:
                    with self.subTest(command=name, group=flags):
                        self.assertIn(frozenset(names[flag] for flag in flags), have[group["required"]])

    def test_abbreviations_of_dvc_mean_the_same(self) -> None:
        """A prefix that is unique among DVC's long options stays unique, because ours cannot be abbreviated."""
        for name, dvc, ours in self.pairs:
            theirs = [flag for option in dvc.get("options", []) for flag in option["flags"] if flag.startswith("--")]
            known = [option for option in ours["options"] if not option.get("ours")]
            abbreviable = [flag for option in known for flag in option["flags"] if flag.startswith("--")]
            with self.subTest(command=name):
                self.assertEqual(sorted(theirs), sorted(abbreviable))

    def test_a_flag_of_ours_has_no_short_name_that_dvc_uses(self) -> None:
        for name, dvc, ours in self.pairs:
            theirs = {flag for option in dvc.get("options", []) for flag in option["flags"]}
            own = [flag for option in ours["options"] if option.get("ours") for flag in option["flags"]]
            self.assertFalse(theirs & set(own), name)


if __name__ == "__main__":
    unittest.main()
