"""The change-detection matrix on real files, each project described in a process of its own."""
import functools
import os
import pathlib
import shutil
import tempfile
import unittest

import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from change_cases import CASES  # noqa: E402
from change_corners import CORNERS  # noqa: E402
from pipelines import comparable, interpreters, manifests, write_project  # noqa: E402


EVERY = CASES + CORNERS


def method_name(name):
    return "test_" + "".join(c if c.isalnum() else "_" for c in name.lower())


def only(result):
    """What is told of `train`, or of the project's single stage."""
    if "train" in result:
        return result["train"]
    (stage,) = result.values()
    return stage


@functools.cache
def described():
    """Before and after of all cases, made once: two entries a case."""
    with tempfile.TemporaryDirectory(prefix="pivot-matrix-") as folder:
        folders = []
        for position, (_, files, edits, _) in enumerate(EVERY):
            changed = dict(files)
            for file, (old, new) in edits.items():
                changed[file] = changed[file].replace(old, new)
            folders.append(write_project(f"{folder}/{position}/before", files))
            folders.append(write_project(f"{folder}/{position}/after", changed))
        return manifests(folders, analyses=f"{folder}/analyses")  # what "before" left is there for "after"


class ChangeMatrix(unittest.TestCase):
    """One test a case."""


def _add(position, name, reruns):
    def test(self):
        before, after = described()[2 * position : 2 * position + 2]
        self.assertNotIn("error", before, before.get("error"))
        self.assertNotIn("error", after, after.get("error"))
        left, right = comparable(only(before)["manifest"]), comparable(only(after)["manifest"])
        if reruns:
            self.assertNotEqual(left, right, "the edit is not seen")
            for file in EVERY[position][2]:  # or a later run would not ask again
                self.assertIn(file, only(before)["files"])
        else:
            self.assertEqual(left, right, "the edit must not rerun the stage")

    test.__doc__ = name
    setattr(ChangeMatrix, method_name(name), test)


for _position, (_name, _files, _edits, _reruns) in enumerate(EVERY):
    _add(_position, _name, _reruns)


class Stability(unittest.TestCase):
    """The same source has the same manifest everywhere."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pivot-matrix-")
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.folders = [write_project(self.root / str(position), files) for position, (_, files, _, _) in enumerate(CASES)]

    def told(self, results):
        for (name, *_), result in zip(CASES, results):
            self.assertNotIn("error", result, f"{name}: {result.get('error')}")
        keys = ("manifest", "where", "files")
        return {name: {key: only(result)[key] for key in keys} for (name, *_), result in zip(CASES, results)}

    def compare(self, left, right):
        for name in left:
            self.assertEqual(left[name], right[name], name)

    def test_manifests_are_the_same_on_every_python(self):
        pythons = interpreters()
        if len(pythons) < 2:
            self.skipTest("only one interpreter found (set PIVOT_TEST_PYTHONS)")
        first = self.told(manifests(self.folders, pythons[0]))
        for python in pythons[1:]:
            self.compare(first, self.told(manifests(self.folders, python)))

    def test_hash_seed_place_and_kept_analyses_do_not_count(self):
        kept = pathlib.Path(tempfile.mkdtemp(prefix="pivot-kept-")) / "analyses"
        self.addCleanup(shutil.rmtree, kept.parent)
        first = self.told(manifests(self.folders, analyses=kept, PYTHONHASHSEED="1"))
        moved = pathlib.Path(tempfile.mkdtemp(prefix="pivot-elsewhere-")) / "deeper"
        self.addCleanup(shutil.rmtree, moved.parent)
        os.rename(self.root, moved)
        os.mkdir(self.root)
        folders = [moved / folder.name for folder in self.folders]
        self.compare(first, self.told(manifests(folders, analyses=kept, PYTHONHASHSEED="2")))

    def test_every_value_has_16_hex_digits_and_one_key_is_the_function_itself(self):
        for name, told in self.told(manifests(self.folders)).items():
            manifest = told["manifest"]
            self.assertEqual(sum(key.startswith("self:") for key in manifest), 1, name)
            for key, value in manifest.items():
                self.assertRegex(value, r"^[0-9a-f]{16}$", f"{name}: {key}")


if __name__ == "__main__":
    unittest.main()
