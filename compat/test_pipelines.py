"""Pipelines under both tools: the same exit codes, texts, dvc.lock, .gitignore, cache and workspace."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402

THREE_STAGES = """\
stages:
  copy:
    cmd: cp source.txt copied.txt
    deps: [source.txt]
    outs: [copied.txt]
  folder:
    cmd: mkdir folder && cp copied.txt folder/one && cp copied.txt folder/two && chmod +x folder/two
    deps: [copied.txt]
    params: [lr, deep.key, other.json: [x]]
    outs: [folder]
  measure:
    cmd:
    - 'echo "{\\"acc\\": 0.5, \\"sub\\": {\\"n\\": 3}}" > metrics.json'
    - cat folder/one > table.csv
    deps: [folder]
    metrics: [metrics.json: {cache: false}]
    plots: [table.csv]
"""


def three_stages(s):
    s.write("dvc.yaml", THREE_STAGES)
    s.write("source.txt", "hello\n")
    s.write("params.yaml", "lr: 1e-3\ndeep:\n  key: [1, two, 3.0, null]\n")
    s.write("other.json", '{"x": {"b": 1, "a": [true, null]}}')


def test_first_run_no_op_and_status(context):
    def script(s):
        three_stages(s)
        s.run("status")
        s.run("status", "--json")
        s.run("repro")
        s.snapshot()
        s.run("repro")
        s.run("status")
        s.run("status", "--json")
        s.run("status", "-q")
        s.snapshot()
    play(context, script)


def test_changed_dependency_parameter_command_and_output(context):
    def script(s):
        three_stages(s)
        s.run("repro", "-q")
        s.write("source.txt", "changed\n")
        s.run("status")
        s.run("repro")
        s.write("params.yaml", "lr: 0.5\ndeep:\n  key: 7\n")
        s.run("status", "--json")
        s.run("status")
        s.run("repro", "--dry", compare="code")  # known difference: dry-run
        s.run("repro")
        s.write("dvc.yaml", THREE_STAGES.replace("cat folder/one", "cat folder/two"))
        s.run("status", "--json")
        s.run("repro")
        s.write("copied.txt", "spoilt\n")
        s.run("status", "--json")
        s.run("repro")
        s.snapshot()
    play(context, script)


def test_missing_outputs_come_from_the_cache(context):
    def script(s):
        three_stages(s)
        s.run("repro", "-q")
        s.remove("folder")
        s.remove("copied.txt")
        s.run("status", "--json")
        s.run("repro")
        s.snapshot()
        s.write("source.txt", "second\n")
        s.run("repro", "-q")
        s.write("source.txt", "hello\n")
        s.run("repro")
        s.snapshot()
    play(context, script)


def test_single_stage_targets_and_downstream(context):
    def script(s):
        three_stages(s)
        s.run("repro", "copy")
        s.run("repro", "-s", "folder")
        s.run("repro", "nothing")
        s.run("repro", "missing.dvc")
        s.run("repro", "dvc.yaml:measure")
        s.run("repro", "-f", "-s", "copy")
        s.run("repro", "--downstream", "folder")
        s.snapshot()
    play(context, script)


def test_failing_commands(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  good:\n    cmd: echo 1 > good\n    outs: [good]\n  bad:\n    cmd: exit 4\n    deps: [good]\n    outs: [bad]\n"
                            "  after:\n    cmd: cp bad after\n    deps: [bad]\n    outs: [after]\n  free:\n    cmd: echo 2 > free\n    outs: [free]\n")
        s.run("repro")
        s.run("repro", "-k")
        s.run("status", "--json")
    play(context, script)


def test_missing_dependency_and_parameter(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp nope o\n    deps: [nope]\n    outs: [o]\n")
        s.run("repro")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    params: [gone]\n    outs: [o]\n")
        s.write("params.yaml", "here: 1\n")
        s.run("repro")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > p\n    outs: [o]\n")
        s.run("repro")
    play(context, script)


def test_templates_loops_and_matrix(context):
    def script(s):
        s.write("params.yaml", "models:\n  big: {size: 10, flag: true}\n  small: {size: 1, flag: false}\nsizes: [1, 2]\nname: data\n")
        s.write("dvc.yaml", "vars:\n- prefix: out\nstages:\n  each:\n    foreach: ${models}\n    do:\n      cmd: echo ${item.size} ${key} ${item} > ${prefix}-${key}\n"
                            "      outs: ['${prefix}-${key}']\n  grid:\n    matrix:\n      n: ${sizes}\n      kind: [x, y]\n    cmd: echo ${item.n}${item.kind} > ${item.n}${item.kind}\n"
                            "    outs: ['${item.n}${item.kind}']\n  one:\n    cmd: echo ${name} ${sizes[0]} > one\n    params: [models.big.size]\n    outs: [one]\n")
        s.run("repro")
        s.run("stage", "list", "--name-only")
        s.run("repro", "grid")
        s.run("repro", "each@big")
        s.run("status", "--json")
        s.snapshot()
    play(context, script)


def test_kinds_of_outputs(context):
    def script(s):
        s.write("src", "1\n")
        s.write("dvc.yaml", "stages:\n  always:\n    cmd: echo run\n  plain:\n    cmd: cp src plain\n    deps: [src]\n    outs: [plain: {cache: false}]\n"
                            "  keep:\n    cmd: cat src >> keep\n    deps: [src]\n    outs: [keep: {persist: true}]\n"
                            "  frozen:\n    cmd: cp src frozen\n    deps: [src]\n    outs: [frozen]\n    frozen: true\n"
                            "  forced:\n    cmd: cp src forced\n    deps: [src]\n    outs: [forced]\n    always_changed: true\n")
        s.write("frozen", "x\n")
        s.run("status", "--json")
        s.run("repro")
        s.run("repro")
        s.write("src", "2\n")
        s.run("repro")
        s.run("status", "--json")
        s.snapshot()
    play(context, script)


def test_a_frozen_stage_without_outputs_and_record_is_left_alone(context):
    def script(s):
        s.write("src", "1\n")
        s.write("dvc.yaml", "stages:\n  f:\n    cmd: cat src\n    deps: [src]\n    frozen: true\n  g:\n    cmd: cp src o\n    deps: [src]\n    outs: [o]\n")
        s.run("repro")
        s.run("repro")
        s.run("status", "--json")
        s.snapshot()
    play(context, script)


def test_multi_line_commands_run_line_by_line(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: |\n      X=1\n      echo \"$X\" > o\n    outs: [o]\n  b:\n    cmd: |\n      for i in 1 2; do\n      echo $i\n      done\n")
        s.run("repro")
        s.run("repro", "a")
        if s.exists(".gitignore"):  # known difference: gitignore-on-failure
            s.remove(".gitignore")
        s.snapshot()
    play(context, script)


def test_working_directories_and_sub_folders(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  top:\n    wdir: inner\n    cmd: cp ../src top && pwd | sed 's|.*/||'\n    deps: [../src]\n    outs: [top]\n")
        s.write("sub/dvc.yaml", "stages:\n  low:\n    cmd: cp ../inner/top low; echo $DVC_STAGE\n    deps: [../inner/top]\n    params: [p]\n    outs: [low]\n")
        s.write("sub/params.yaml", "p: 1\n")
        s.write("src", "1\n")
        (s.root / "inner").mkdir()
        s.run("repro", "-P")
        s.run("repro", cwd="sub")
        s.run("status", "--json", cwd="sub")
        s.run("repro", "../dvc.yaml:top", cwd="sub")
        s.run("repro", "low", cwd="sub")
        s.snapshot()
    play(context, script)
