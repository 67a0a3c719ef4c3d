"""The page that `plots show` writes: whole, without a network, every plot drawn; and plots in the terminal."""
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DVC_YAML = """plots:
- a.csv: {x: epoch, y: loss, title: "<b>&</script>"}
- smooth: {template: smooth, x: epoch, y: {a.csv: [loss, acc]}}
- classes.csv: {template: confusion, x: actual, y: predicted}
- normal: {template: confusion_normalized, x: {classes.csv: actual}, y: {classes.csv: predicted}}
- dots: {template: scatter, x: epoch, y: {a.csv: acc}}
- bars: {template: bar_horizontal, x: {b.json: weight}, y: {b.json: name}}
- picture.svg
"""


def project():
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-plots-"))
    subprocess.run([os.environ["PIVOT_BINARY"], "init", "--no-scm", "-q"], cwd=root, check=True)
    (root / "dvc.yaml").write_text(DVC_YAML)
    (root / "a.csv").write_text("epoch,loss,acc\n" + "".join(f"{i},{9 - i},{i * i}\n" for i in range(10)))
    (root / "classes.csv").write_text("actual,predicted\ncat,cat\ndog,cat\ndog,dog\n")
    (root / "b.json").write_text('[{"name": "a", "weight": 1}, {"name": "b", "weight": 3}]')
    (root / "picture.svg").write_text("<svg/>")
    return root


def pivot(root, *argv):
    return subprocess.run([os.environ["PIVOT_BINARY"], "plots", "show", *argv], cwd=root, check=True, capture_output=True, text=True).stdout


def test_every_plot_of_the_page_is_drawn_without_a_network(context):
    root = project()
    try:
        assert pivot(root) == f"{(root / 'dvc_plots/index.html').resolve().as_uri()}\n"
        page = (root / "dvc_plots/index.html").read_text()
        assert 'src="static/workspace_picture.svg"' in page and (root / "dvc_plots/static/workspace_picture.svg").exists()
        assert "&</script>\"" not in page and "prefers-color-scheme: dark" in page and 'name="viewport"' in page
        if shutil.which("node") is None or 'src="https://cdn' in page:
            raise context.skip("node or the Vega libraries are missing")
        done = subprocess.run(["node", HERE / "plots_page.js", root / "dvc_plots/index.html"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        lines = done.stdout.splitlines()
        assert len(lines) == 6 and all(line.endswith(" drawn") for line in lines), done.stdout
    finally:
        shutil.rmtree(root)


def test_plots_in_the_terminal(_):
    root = project()
    try:
        text = pivot(root, "--terminal")
        lines = text.splitlines()
        assert lines[0] == "<b>&</script>   (loss over epoch)" and "classes.csv   (predicted over actual)" in lines, text
        assert ["cat", "│", "1", "1"] in [line.split() for line in lines] and "   (acc over epoch)" in text and "workspace b │" + "█" * 40 + " 3" in text, text
        assert "picture.svg (workspace): an image, 6 bytes" in text, text
        top = lines[lines.index("dots   (acc over epoch)") + 1]
        assert top.endswith("•"), text  # the curve ends at the top right
    finally:
        shutil.rmtree(root)


def test_a_table_of_a_million_rows(_):
    root = pathlib.Path(tempfile.mkdtemp(prefix="pivot-plots-"))
    try:
        subprocess.run([os.environ["PIVOT_BINARY"], "init", "--no-scm", "-q"], cwd=root, check=True)
        rows = 1_000_000
        (root / "big.csv").write_text("step,loss\n" + "".join(f"{i},{i % 7}\n" for i in range(rows)))
        text = pivot(root, "big.csv", "--json", "-x", "step", "-y", "loss")
        assert text.count('"rev": "workspace"') == rows and text.endswith("}\n")
        assert "999999" in pivot(root, "big.csv", "--terminal", "-x", "step", "-y", "loss").replace("1e+06", "999999")
    finally:
        shutil.rmtree(root)


def test_the_page_names_what_it_can_not_show(_):
    root = project()
    try:
        (root / "b.json").write_bytes(b"[{")
        pivot(root)
        page = (root / "dvc_plots/index.html").read_text()
        assert "Could not be shown" in page and "b.json (workspace): unable to read: &#x27;" in page.replace("'", "&#x27;"), page[-3000:]
    finally:
        shutil.rmtree(root)


def test_a_confusion_matrix_in_the_terminal(_):
    """Numbers as classes are still classes."""
    root = project()
    try:
        (root / "classes.csv").write_text("actual,predicted\n0,0\n0,0\n0,1\n1,1\n10,1\n")
        text = pivot(root, "classes.csv", "--terminal", "-t", "confusion", "-x", "actual", "-y", "predicted")
        assert [line.split() for line in text.splitlines()[2:5]] == [["│", "0", "1", "10"], ["0", "│", "2", "0", "0"], ["1", "│", "1", "1", "1"]], text
        parts = pivot(root, "classes.csv", "--terminal", "-t", "confusion_normalized", "-x", "actual", "-y", "predicted")
        assert parts.splitlines()[4].split() == ["1", "│", "0.33", "0.33", "0.33"], parts
    finally:
        shutil.rmtree(root)
