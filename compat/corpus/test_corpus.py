"""The corpus of real public pipelines under both tools, where that folder lies beside the project.

PIVOT_CORPUS=all runs every entry (DVC takes many minutes for those with a hundred stages); the default leaves out what has more than
12 stages; PIVOT_CORPUS=none skips all.
"""
import json
import os
import pathlib
import subprocess
import tempfile

MAX_STAGES = 12
# Entries that still differ, with what is known of the reason; this list may only shrink.
KNOWN: dict[str, str] = {}


def test_every_entry_is_identical(context):
    wanted = os.environ.get("PIVOT_CORPUS", "small")
    script = context.shared / "compat/sidebyside.py"
    if wanted == "none" or not script.exists():
        raise context.skip("no corpus beside the project" if wanted != "none" else "PIVOT_CORPUS=none")
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    with tempfile.TemporaryDirectory(prefix="pivot-corpus-") as tmp:
        linked = pathlib.Path(tmp) / "dvc"
        linked.symlink_to(context.pivot)
        out = pathlib.Path(tmp) / "result.json"
        argv = [str(context.dvc.parent / "python"), "-B", str(script), "--b", str(linked), "--work", tmp + "/work", "--out", str(out), "-j", "2"]
        if wanted != "all":
            argv += ["--max-stages", str(MAX_STAGES)]
        done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "DVCENV": str(context.dvc.parent.parent)})
        print(done.stdout.splitlines()[-1] if done.stdout else done.stderr, flush=True)
        result = json.loads(out.read_text())
    bad = [f"{e['name']}: {json.dumps(e.get('diffs', [e.get('error')])[:2])[:600]}" for e in result["entries"]
           if not e["identical"] and e["name"] not in KNOWN]
    assert not bad, "\n".join(bad)
