"""Every --json output has a schema in docs/json, and real output is as the schema says."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from test_plots_page import project as plot_project  # noqa: E402
from test_show import GIT, project  # noqa: E402

ROOT = pathlib.Path(os.environ["PIVOT_SOURCE_ROOT"])
SCHEMAS = ROOT / "docs/json"
CHECK = """
import json, sys
from jsonschema import Draft202012Validator
for line in sys.stdin:
    name, schema, value = json.loads(line)
    Draft202012Validator.check_schema(schema)
    errors = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in Draft202012Validator(schema).iter_errors(value)]
    if errors:
        print(name, *errors[:5], sep="\\n  ")
"""
# What a command needs beside --json to print something that is worth a look; each is run in the project of test_show after more was changed.
CALLS = {
    "status": [[]], "explain": [[]], "show": [[]], "metrics show": [[], ["-A"]], "metrics diff": [[], ["--all"]], "params diff": [[], ["--all"]],
    "plots show": [[], ["--split"]], "plots diff": [["HEAD", "workspace"]], "data status": [["--granular", "--unchanged", "--untracked-files"]],
    "diff": [[], ["--show-hash"]], "list": [["."], [".", "-R"]], "commands": [[]],
}
NO_CALL = {"validate": "called before anything is broken", "export": "needs Python stages and runs both sides: the same schema as validate's", "experiments diff": "not available yet",
           "experiments save": "not available yet", "experiments show": "not available yet"}


def python_with_jsonschema(context):
    for python in (ROOT / ".dev/venv/bin/python", pathlib.Path(sys.executable)):
        if python.exists() and subprocess.run([python, "-c", "import jsonschema"], capture_output=True).returncode == 0:
            return python
    raise context.skip("jsonschema is missing (./dev installs it)")


def pivot(root, *argv):
    done = subprocess.run([os.environ["PIVOT_BINARY"], *argv], cwd=root, capture_output=True, text=True)
    assert done.stdout, (argv, done.returncode, done.stderr)
    return done.stdout


def check(context, outputs):
    """outputs: (what, name of the schema, value)."""
    lines = "".join(json.dumps([what, json.loads((SCHEMAS / f"{name}.schema.json").read_text()), value]) + "\n" for what, name, value in outputs)
    done = subprocess.run([python_with_jsonschema(context), "-c", CHECK], input=lines, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr


def json_commands():
    def walk(node):
        if any("--json" in option.get("flags", []) for option in node["options"]) and node["command"]:
            yield node["command"]
        for child in node.get("subcommands", {}).values():
            yield from walk(child)
    tree = json.loads(subprocess.run([os.environ["PIVOT_BINARY"], "commands", "--json"], check=True, capture_output=True, text=True).stdout)
    return set(walk(tree["root"]))


def test_every_json_output_has_a_schema(_):
    commands = json_commands()
    assert commands == set(CALLS) | set(NO_CALL), commands ^ (set(CALLS) | set(NO_CALL))
    missing = [name for name in [*CALLS, "validate", "export"] if not (SCHEMAS / f"{name.replace(' ', '-')}.schema.json").exists()]
    assert not missing, missing


def test_real_output_is_as_the_schemas_say(context):
    root = project()
    try:
        outputs = []
        subprocess.run([*GIT, "checkout", "-q", "."], cwd=root, check=True)
        outputs.append(("validate", "validate", json.loads(pivot(root, "validate", "--against", "lock", "--json"))))
        (root / "data").mkdir()
        (root / "data/a").write_text("a")
        pivot_quiet = [os.environ["PIVOT_BINARY"], "add", "-q", "data"]
        subprocess.run(pivot_quiet, cwd=root, check=True)
        subprocess.run([*GIT, "add", "."], cwd=root, check=True)
        subprocess.run([*GIT, "commit", "-qm", "two"], cwd=root, check=True)
        (root / "data/a").rename(root / "data/b")
        (root / "raw.txt").write_text("other")
        (root / "params.yaml").write_text("lr: .nan\nnew: [1, {x: null}]\n")
        (root / "m.json").write_text("{broken")
        (root / "untracked").write_text("")
        for command, calls in CALLS.items():
            for argv in calls:
                value = json.loads(pivot(root, *command.split(), *argv, "--json"))
                assert value, (command, argv)
                outputs.append((" ".join([command, *argv]), command.replace(" ", "-"), value))
        (root / "m.json").write_text('{"acc": 1}')
        outputs.append(("params diff outside of Git", "params-diff", json.loads(pivot(root, "params", "diff", "--json", "HEAD~1"))))
        events = root / "events.jsonl"
        pivot(root, "repro", "--explain", "--json-events", str(events))
        outputs += [("events", "events", json.loads(line)) for line in events.read_text().splitlines()]
        assert len([o for o in outputs if o[0] == "events"]) > 4
        check(context, outputs)
    finally:
        shutil.rmtree(root)


def test_plots_of_every_kind_are_as_the_schema_says(context):
    root = plot_project()
    try:
        (root / "broken.json").write_text("{")
        (root / "dvc.yaml").write_text((root / "dvc.yaml").read_text() + "- broken.json\n- nothing.csv\n")
        check(context, [("plots show", "plots-show", json.loads(pivot(root, "plots", "show", "--json", "--split")))])
    finally:
        shutil.rmtree(root)


def test_a_schema_refuses_what_is_wrong(context):
    try:
        check(context, [("wrong", "status", {"stage": [{"changed things": {}}]})])
    except AssertionError as error:
        assert "wrong" in str(error), error
    else:
        raise AssertionError("the schema took it")
