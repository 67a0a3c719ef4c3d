"""Pages in a real browser: no complaint on the console, nothing asked of the network, every plot drawn, on a desk, on a phone and in the dark."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import browser  # noqa: E402
from test_plots_page import project  # noqa: E402

GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
LOOKS = [("desk", {}), ("phone", {"width": 375, "height": 700}), ("dark", {"dark": True})]
# How many pixels of each canvas differ from its corner; 0 for one that is blank.
INK = """[...document.querySelectorAll('canvas')].map(canvas => {
  const {width, height} = canvas, data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer);
  return data.reduce((ink, pixel) => ink + (pixel !== data[0]), 0);
})"""


def chromium(context):
    binary = browser.find()
    if binary is None:
        raise context.skip("Chromium is missing (Debian: chromium)")
    return browser.Browser(binary)


def two_revisions():
    """The project with every kind of plot, committed, and changed since; its picture has a colour."""
    root = project()
    shutil.rmtree(root / ".dvc")
    (root / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#f00"/></svg>')
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run([os.environ["PIVOT_BINARY"], "init", "-q"], cwd=root, check=True)
    subprocess.run([*GIT, "add", "."], cwd=root, check=True)
    subprocess.run([*GIT, "commit", "-qm", "one"], cwd=root, check=True)
    (root / "a.csv").write_text("epoch,loss,acc\n" + "".join(f"{i},{8 - i},{i * i + 1}\n" for i in range(10)))
    (root / "classes.csv").write_text("actual,predicted\ncat,dog\ndog,cat\ndog,dog\n")
    return root


def drawn(page, plots):
    """Waits until so many plots are there, and tells which have nothing on them."""
    page.wait_for(f"document.querySelectorAll('canvas').length >= {plots} || document.querySelectorAll('.failed').length > 0")
    assert page.evaluate("[...document.querySelectorAll('.failed')].map(e => e.textContent)") == []
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    ink = page.evaluate(INK)
    assert len(ink) == plots and min(ink) > 200, ink


def test_plots_of_two_revisions_in_chromium(context):
    root = two_revisions()
    try:
        subprocess.run([os.environ["PIVOT_BINARY"], "plots", "diff", "-q"], cwd=root, check=True)
        index = root / "dvc_plots/index.html"
        if 'src="https://cdn' in index.read_text():
            raise context.skip("the program was built without the Vega libraries")
        backgrounds = {}
        with chromium(context) as page:
            for name, look in LOOKS:
                page.look(**look)
                page.open(index)
                drawn(page, 6)
                assert page.evaluate("[...document.images].map(i => i.naturalWidth)") == [40, 40]
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: the page is wider than the screen"
                assert page.complaints() == [], (name, page.complaints())
                assert len(page.screenshot()) > 10000
                backgrounds[name] = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert backgrounds["desk"] == backgrounds["phone"] == "rgb(246, 248, 250)" and backgrounds["dark"] == "rgb(13, 17, 23)", backgrounds
            page.evaluate("document.getElementById('apart').click()")
            drawn(page, 12)
            titles = page.evaluate("[...document.querySelectorAll('#plot-0 > div')].length")
            assert titles == 2 and page.complaints() == [], page.complaints()
            page.evaluate("document.getElementById('apart').click()")
            drawn(page, 6)
    finally:
        shutil.rmtree(root)
