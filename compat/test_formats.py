"""Reading and writing of single formats against DVC's own modules: templates and stages, dvc.lock."""
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def compare(context, script, tool, *args):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    done = subprocess.run([str(context.dvc.parent / "python"), str(HERE / script), str(context.build / "tests" / tool), *map(str, args)],
                          capture_output=True, text=True, cwd=HERE, env={**os.environ, "DVC_NO_ANALYTICS": "1"})
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_stages_are_resolved_as_dvc_resolves_them(context):
    compare(context, "resolve_compare.py", "resolve_dump")


def test_every_dvc_yaml_of_the_corpus_is_resolved_as_dvc_resolves_it(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    compare(context, "resolve_compare.py", "resolve_dump", "--corpus", corpus)


def test_locks_of_the_corpus_are_rewritten_as_dvc_rewrites_them(context):
    corpus = context.shared / "corpus"
    if not corpus.exists():
        raise context.skip("no corpus beside the project")
    small = [p for p in sorted(corpus.rglob("dvc.lock")) if p.stat().st_size < 20_000][:25]
    compare(context, "lock_compare.py", "lock_rewrite", *small)
