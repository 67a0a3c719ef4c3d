"""Reading and writing of single formats against DVC's own modules: templates and stages, dvc.lock."""
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def compare(context, script, tool, *args):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    done = subprocess.run([str(context.dvc.parent / "python"), str(HERE / script), str(context.build / "tests/tools" / tool), *map(str, args)],
                          capture_output=True, text=True, cwd=HERE, env={**os.environ, "DVC_NO_ANALYTICS": "1"})
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_stages_are_resolved_as_dvc_resolves_them(context):
    compare(context, "resolve_compare.py", "resolve_dump")


def test_every_dvc_yaml_of_the_corpus_is_resolved_as_dvc_resolves_it(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    compare(context, "resolve_compare.py", "resolve_dump", "--corpus", corpus)


def test_every_dvc_yaml_of_the_corpus_survives_a_round_trip_through_the_model(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    tool = context.build / "tests/tools/resolve_dump"
    tried = 0
    for entry in json.loads((corpus / "corpus.json").read_text())["entries"]:
        root = corpus / entry["name"] / entry["root"]
        for path in sorted(root.rglob("dvc.yaml")):
            name = str(path.relative_to(root))
            if '"error"' in subprocess.run([str(tool), str(root), name], capture_output=True, text=True, check=True).stdout[:200]:
                continue  # real DVC refuses it too: test_every_dvc_yaml_of_the_corpus_is_resolved_as_dvc_resolves_it
            done = subprocess.run([str(tool), "--round-trip", str(root), name], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-3000:]
            tried += 1
    assert tried > 50, tried


def test_locks_in_dvcs_form_are_rewritten_byte_for_byte(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    tool = context.build / "tests/tools/lock_rewrite"
    tried = 0
    for path in sorted(corpus.rglob("dvc.lock")):
        text = subprocess.run([str(tool), "keep", str(path)], capture_output=True).stdout
        if text != path.read_bytes():
            continue  # written by another version or by hand
        fresh = subprocess.run([str(tool), "fresh", str(path)], capture_output=True).stdout
        assert fresh == text, path
        tried += 1
    assert tried > 10, tried


def test_locks_of_the_corpus_are_rewritten_as_dvc_rewrites_them(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    small = [p for p in sorted(corpus.rglob("dvc.lock")) if p.stat().st_size < 20_000][:25]
    compare(context, "lock_compare.py", "lock_rewrite", *small)
