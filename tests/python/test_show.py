"""`pivot show`: the project at one look, as text, as JSON and as a page in a browser."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_pages_in_chromium import GIT, LOOKS, chromium, drawn  # noqa: E402

DVC_YAML = """stages:
  prepare:
    cmd: cp raw.txt clean.txt
    deps: [raw.txt]
    outs: [clean.txt]
  train:
    cmd: sleep 0.1; echo '{"acc":0.5,"n":{"loss":1}}' > m.json; printf 'step,loss\\n0,3\\n1,2\\n' > l.csv
    deps: [clean.txt]
    params: [lr, depth]
    metrics: [m.json: {cache: false}]
    plots: [l.csv: {x: step, y: loss, cache: false}, dot.svg: {cache: false, persist: true}]
"""


def pivot(root, *argv):
    return subprocess.run([os.environ["PIVOT_BINARY"], *argv], cwd=root, check=True, capture_output=True, text=True).stdout


def project():
    """Run and committed; then another parameter and another metric."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-show-"))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    pivot(root, "init", "-q")
    for name, text in (("dvc.yaml", DVC_YAML), ("raw.txt", "<b>hi</b>\n"), ("params.yaml", "lr: 0.1\ndepth: 3\n"),
                       ("dot.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')):
        (root / name).write_text(text)
    pivot(root, "repro", "-q")
    subprocess.run([*GIT, "add", "."], cwd=root, check=True)
    subprocess.run([*GIT, "commit", "-qm", "one"], cwd=root, check=True)
    (root / "params.yaml").write_text("lr: 0.25\ndepth: 3\n")
    (root / "m.json").write_text('{"acc": 0.625, "n": {"loss": 1}}')
    return root


def test_the_project_at_one_look(_):
    root = project()
    try:
        text = pivot(root, "show")
        lines = [line.split() for line in text.splitlines()]
        assert text.startswith("2 stages, 1 changed\n") and "| prepare |" in text, text
        assert ["prepare", "unchanged"] in [line[:2] for line in lines] and "parameter 'lr' of 'params.yaml' was modified (0.1 -> 0.25)" in text, text
        assert ["params.yaml", "lr", "0.25", "0.1", "0.15"] in lines and ["params.yaml", "depth", "3"] in lines, text
        assert ["m.json", "acc", "0.625", "0.5", "0.125"] in lines and "l.csv   (loss over step)" in text, text
        data = json.loads(pivot(root, "show", "--json"))
        stages = {stage["name"]: stage for stage in data["stages"]}
        assert stages["train"]["after"] == ["prepare"] and stages["prepare"]["status"] == "unchanged" and stages["train"]["status"] == "changed"
        assert 0.1 <= stages["train"]["seconds"] < 60 and data["metrics"]["m.json"]["acc"] == {"old": 0.5, "new": 0.625, "diff": 0.125}
        assert data["plots"] == ["l.csv", "dot.svg"] and data["problems"] == []
        (root / "m.json").write_text("{broken")
        (root / ".dvc/tmp/pivot/run_times").write_text("x\n1.5 prepare\n")
        text = pivot(root, "show")
        assert "Could not be read:\n  m.json: " in text and "1.5 s" in text and "params.yaml  lr" in text, text
    finally:
        shutil.rmtree(root)


def test_a_project_without_git_and_without_stages(_):
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-show-"))
    try:
        pivot(root, "init", "--no-scm", "-q")
        assert pivot(root, "show") == "There are no stages in this project yet.\n"
        (root / "params.yaml").write_text("lr: 1\n")
        assert "lr       1" in pivot(root, "show")
        assert json.loads(pivot(root, "show", "--json"))["params"] == {"params.yaml": {"lr": {"old": None, "new": 1}}}
    finally:
        shutil.rmtree(root)


def test_the_page_in_chromium(context):
    root = project()
    try:
        before = sorted(p.name for p in root.iterdir())
        address = pivot(root, "show", "--html").strip()
        page_file = pathlib.Path(address.removeprefix("file://"))
        assert sorted(p.name for p in root.iterdir()) == before and page_file.is_file()
        alone = root.with_suffix(".html")  # one file, wherever it goes
        shutil.move(page_file, alone)
        if 'src="https://cdn' in alone.read_text():
            raise context.skip("the program was built without the Vega libraries")
        try:
            with chromium(context) as page:
                for name, look in LOOKS:
                    page.look(**look)
                    page.open(alone)
                    drawn(page, 1)
                    assert page.complaints() == [], (name, page.complaints())
                    assert page.evaluate("[...document.images].map(i => i.naturalWidth)") == [9]
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: the page is wider than the screen"
                    states = page.evaluate("[...document.querySelectorAll('.graph g')].map(g => g.getAttribute('class') + ' ' + g.querySelector('text').textContent)")
                    assert states == ["unchanged prepare", "changed train"], states
                    assert "0.125" in page.evaluate("document.body.innerText")
        finally:
            alone.unlink()
    finally:
        shutil.rmtree(root)
