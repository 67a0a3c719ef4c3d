"""Every loader in a real pipeline: what a stage returns is what the next one gets, and a missing library is named."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pipelines import python_with  # noqa: E402
from test_python_stages import Project  # noqa: E402

# LOADER, a value, and what of it is compared.
PIPELINE = """\
    from pivot import {names}, Dep, Out, stage

    def value():
        {value}

    @stage(outs={{"made": Out("made", {loader})}})
    def make():
        return value()

    @stage(deps={{"made": Dep(make.out, {loader})}}, outs=["seen.txt"])
    def see(made):
        {check}
        open("seen.txt", "w").write(type(made).__name__)
    """

PLAIN = [
    ("JSON()", "return {'b': [1, 2.5, None], 'a': 'ü'}", "dict"),
    ("Pickle()", "return {'b': (1, 2), 'a': {3}}", "dict"),
    ("Text()", "return 'two\\\\nlines\\\\r\\\\nü'", "str"),
    ("CSV(rows=True)", "return [{'x': '1', 'y': 'a,b'}, {'x': '2', 'y': 'ü'}]", "list"),
]
YAML_VALUE = "return {'b': [1, 2.5, None, True], 'a': {'ü': 'on', 'n': ['1_000', '12:30', '0b1', 'No', '1.', '012', 'null', '2020-01-01', '=', 'x']}, 'text': 'two\\\\nlines'}"
FRAME = "import pandas; return pandas.DataFrame({'x': [1, 2], 'y': [0.5, 1.5], 'z': ['ü', 'b']})"


def round_trip(context, loader, value, kind, check="assert made == value(), made", python=sys.executable, **env):
    names = loader.partition("(")[0]
    project = Project(context, pipeline=PIPELINE.format(names=names, loader=loader, value=value, check=check))
    assert project.ran("--python", python, env=env) == ["make", "see"], loader
    assert project.read("seen.txt") == kind, loader
    assert project.ran("--python", python, env=env) == [], loader
    return project


def with_modules(context, *modules):
    python = python_with(*modules)
    if python is None:
        raise context.skip(f"no interpreter has {' and '.join(modules)} (./dev test makes one)")
    return python


def test_loaders_of_the_standard_library(context):
    for loader, value, kind in PLAIN:
        round_trip(context, loader, value, kind)


def test_yaml_by_either_library(context):
    python, texts = with_modules(context, "yaml", "ruamel.yaml"), []
    with tempfile.TemporaryDirectory() as absent:
        (pathlib.Path(absent) / "yaml.py").write_text("raise ImportError('not here')\n")
        for env in ({}, {"PYTHONPATH": absent}):
            texts.append(round_trip(context, "YAML()", YAML_VALUE, "dict", python=python, **env).read("made"))
    assert texts[0] == texts[1] and "ü: 'on'" in texts[0], texts


def test_frames_as_parquet_and_csv(context):
    python = with_modules(context, "pandas", "pyarrow")
    same = "import pandas; pandas.testing.assert_frame_equal(made, value())"
    for loader in ("Parquet()", "Parquet(compression=None)", "CSV()"):
        round_trip(context, loader, FRAME, "DataFrame", same, python)
    some = "assert list(made.columns) == ['x']"
    round_trip(context, "Parquet(columns=('x',))", FRAME, "DataFrame", some, python)


def test_what_a_loader_cannot_save_is_named(context):
    for loader, value, words in (("Text()", "return 1", "Text saves a str, not int"), ("Parquet()", "return 1", "Parquet saves a DataFrame, not int"),
                                 ("CSV()", "return [1]", "CSV saves a DataFrame (or rows with CSV(rows=True)), not list"),
                                 ("JSON()", "return {1, 2}", "not JSON serializable"), ("Pickle()", "return lambda: 0", "pickle")):
        project = Project(context, pipeline=PIPELINE.format(names=loader.partition("(")[0], loader=loader, value=value, check="pass"))
        text = project.fails("repro")
        assert words in text and "failed to reproduce 'make'" in text and "could not save 'made'" in text, text
        assert "loaders.py" not in text and "_execution.py" not in text, f"frames of ours: {text}"


def test_a_missing_library_is_named(context):
    project = Project(context, pipeline=PIPELINE.format(names="YAML", loader="YAML()", value="return 1", check="pass"))
    for name in ("yaml.py", "ruamel.py", "pandas.py"):
        project.write(f"absent/{name}", "raise ImportError('not here')\n")
    env = {"PYTHONPATH": str(project.root / "absent")}
    assert "the YAML loader needs a YAML library in the stage's interpreter: pip install pyyaml (or ruamel.yaml)" in project.fails("repro", env=env)
    project.write("pipeline.py", PIPELINE.format(names="Parquet", loader="Parquet()", value="return 1", check="pass"))
    project.write("made", "no parquet")
    (project.root / "pipeline.py").write_text((project.root / "pipeline.py").read_text().replace("make.out", "'data.txt'"))
    assert "the Parquet loader needs pandas in the stage's interpreter: pip install pandas" in project.fails("repro", "see", env=env)
