"""Plots under both tools: specifications and data as JSON, images, errors, properties in dvc.yaml."""
import pathlib
import re
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def png(colour):
    """A picture of 4 x 4 pixels."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + bytes(colour) * 4 for _ in range(4))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def curve(offset):
    return "epoch,loss,acc\n" + "".join(f"{i},{1 / (i + 1) + offset:.4f},{i / 10}\n" for i in range(5))


DVC_YAML = """stages:
  train:
    cmd: echo train > model
    outs: [model]
    plots:
    - logs.csv: {x: epoch, y: loss, title: Loss of it, x_label: Epochs, cache: false}
    - deep/roc.json: {template: simple, x: fpr, y: tpr, cache: false}
    - img.png: {cache: false}
plots:
- logs.csv: {x: epoch, y: [loss, acc]}
- both:
    x: epoch
    y:
      logs.csv: loss
      other.tsv: [loss, acc]
- across:
    template: scatter
    x: {logs.csv: loss}
    y: {other.tsv: acc}
    x_label: first
- many-x:
    x: {logs.csv: epoch, other.tsv: loss}
    y: {logs.csv: loss, other.tsv: acc}
- classes.csv: {template: confusion, x: actual, y: predicted}
- images
- bars.yaml: {template: bar_horizontal, x: weight, y: name}
"""


def plot_project(s, offset=0):
    s.write("dvc.yaml", DVC_YAML)
    s.write("logs.csv", curve(offset))
    s.write("other.tsv", curve(offset + 1).replace(",", "\t"))
    s.write("deep/roc.json", '{"roc": {"points": [{"fpr": 0, "tpr": %d, "t": "é\\u2028"}, {"fpr": 0.5, "tpr": 1e-7}], "extra": 1}}' % offset)
    s.write("classes.csv", "actual,predicted\ncat,cat\ncat,dog\n\"dog, big\",\"a \"\"b\"\"\"\n")
    s.write("img.png", png((offset, 0, 0)))
    s.write("images/1.png", png((offset, 1, 0)))
    s.write("images/10.png", png((offset, 2, 0)))
    s.write("bars.yaml", "- {name: a, weight: 1}\n- {name: b, weight: 2.5}\n")
    s.write("model", "x")
    s.write(".gitignore", "/out\n/model\n")


def show(s, *argv, compare="json", **how):
    return s.run("plots", *argv, compare=compare, **how)


def test_plots_of_the_workspace(context):
    def script(s):
        plot_project(s)
        for argv in (["show"], ["show", "--split"], ["show", "logs.csv"], ["show", "-x", "epoch", "-y", "acc", "--title", "T", "--x-label", "X", "--y-label", "Y", "logs.csv"],
                     ["show", "-t", "smooth", "both", "across"], ["show", "deep"], ["show", "dvc.yaml::log"], ["show", "nothing.csv"], ["show", "bars.yaml"]):
            show(s, *argv, "--json", "-o", "out")
        s.run("plots", "show", "--json", "../logs.csv", cwd="deep", compare="json")
        for name in ("linear", "simple", "scatter", "scatter_jitter", "smooth", "confusion", "confusion_normalized", "bar_horizontal", "bar_horizontal_sorted"):
            s.run("plots", "templates", name, compare="json")
            s.run("plots", "show", "both", "--show-vega", "-t", name, compare="json")
            s.run("plots", "show", "bars.yaml", "--show-vega", "-t", name, compare="json")
        for argv in (["templates"], ["templates", "nope"], ["show", "--show-vega"], ["show", "--show-vega", "a", "b"], ["show", "--show-vega", "--json", "a"],
                     ["show", "logs.csv", "--show-vega"], ["show", "logs.csv", "--show-vega", "-t", "nope"], ["show", "logs.csv", "--json", "-x", "nope"]):
            s.run("plots", *argv)
        s.snapshot()
    play(context, script)


def test_plots_of_revisions(context):
    def script(s):
        s.git("checkout", "-q", "-b", "main")
        plot_project(s)
        s.commit("one")
        s.git("checkout", "-q", "-b", "side")
        plot_project(s, 1)
        s.write("dvc.yaml", DVC_YAML.replace("Epochs", "Other epochs").replace("template: scatter", "template: simple"))
        s.commit("two")
        s.git("checkout", "-q", "main")
        plot_project(s, 2)
        for argv in ([], ["HEAD"], ["main", "side"], ["side", "workspace", "main"], ["side", "--targets", "logs.csv", "images"]):
            show(s, "diff", *argv, "--json", "--split", "-o", ".dvc/tmp/plots")
        show(s, "diff", "main", "side", "--json")
        s.remove("other.tsv")
        show(s, "diff", "side", "--json", "--split", "-o", ".dvc/tmp/plots")
        s.run("plots", "diff", "nope", "--json")
        s.write("dvc.yaml", "stages: {a: 1}\n")
        show(s, "diff", "side", "--json", "-o", "out")
        show(s, "show", "--json", "-o", "out")
        s.snapshot()
    play(context, script)


BROKEN = {"empty.csv": "", "header.csv": "a,b\n", "broken.json": '{"a": [', "scalar.yaml": "5", "nolist.json": '{"a": 1}', "mixed.json": '[{"a": 1}, {"b": 2}]',
          "emptylist.json": '{"a": []}', "latin.csv": b"a,b\n\xe9,1\n", "text.txt": "a", "ragged.csv": "a,b\n1\n1,2,3\n\n4,5\n", "nan.json": '[{"a": NaN, "b": Infinity}]',
          "twice.csv": "a,a\n1,2\n", "dots.json": '[{"x.y": 1, "a[0]": 2}]'}


def test_odd_data(context):
    def script(s):
        for name, text in BROKEN.items():
            s.write(name, text)
            show(s, "show", name, "--json")
        s.write("short.csv", "a\n1\n")
        s.write("dvc.yaml", "plots:\n- lengths: {x: {short.csv: a}, y: {ragged.csv: a}}\n- numbers: {x: {short.csv: a, ragged.csv: a}, y: {nan.json: a}}\n"
                "- field: {x: nope, y: {ragged.csv: a}}\n- missing.csv:\n- dots.json: {x: x.y, y: 'a[0]'}\n")
        show(s, "show", "--json")
        show(s, "show", "--json", "--no-header", "header.csv")
        s.run("plots", "show")
        s.remove("dvc_plots")
        s.run("plots", "diff", "--json")  # no commit yet
    play(context, script)


def test_no_plots(context):
    def script(s):
        s.run("plots", "show")
        s.run("plots", "show", "--json")
        s.commit("one")
        s.run("plots", "diff")
        s.run("plots", "diff", "--json")
        s.snapshot()
    play(context, script)


def test_custom_templates(context):
    def script(s):
        s.write("logs.csv", curve(0))
        s.write(".dvc/plots/mine.json", '{"data": {"values": "<DVC_METRIC_DATA>"}, "title": "of <DVC_METRIC_TITLE>!", "x": ["<DVC_METRIC_X>", {"f": "<DVC_METRIC_X_LABEL>"}]}')
        s.write("own.json", '{"data": "<DVC_METRIC_DATA>", "width": "<DVC_METRIC_PLOT_WIDTH>", "row": "<DVC_METRIC_ROW>"}')
        s.write("bad.json", '{"title": "<DVC_METRIC_TITLE>"}')
        for name in ("mine", "mine.json", "own.json", "bad.json"):
            s.run("plots", "show", "logs.csv", "--show-vega", "-t", name, compare="json")
            s.run("plots", "show", "logs.csv", "--json", "--split", "-t", name, compare="json")
    play(context, script)


def test_plots_modify(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp in.csv p.csv && cp in.csv o.csv\n    deps:\n    - in.csv\n    outs:\n    - o.csv\n    plots:\n    - p.csv\n")
        s.write("in.csv", "a,b\n1,2\n")
        s.run("repro", "-q")
        for argv in (["p.csv", "-x", "a", "-y", "b"], ["p.csv", "--no-header", "--title", "T"], ["o.csv", "-t", "simple"], ["p.csv", "--unset", "x", "title"],
                     ["p.csv", "--unset", "nope"], ["nothing.csv", "-x", "a"], ["p.csv", "-t", "nope"], ["o.csv", "--unset", "template"]):
            s.run("plots", "modify", *argv)
            s.snapshot()
    play(context, script)


def test_page_templates_of_users(context):
    def script(s):
        s.write("logs.csv", curve(0))
        s.write("page.html", "<html>{refresh_tag}{plot_divs}{other}</html>")
        s.run("plots", "show", "logs.csv", "--html-template", "page.html", "-o", "out", compare="none")
        page = s.read("out/index.html")
        s.write("page-without-specification", re.sub(r"var spec = .*", "", page))
        s.remove("out")
        s.write("page.html", "<html></html>")
        s.run("plots", "show", "logs.csv", "--html-template", "page.html", compare="code")
        s.snapshot()
    play(context, script)
