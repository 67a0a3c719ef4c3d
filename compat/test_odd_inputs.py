"""Odd things seen in real repositories, under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def test_parameter_keys_with_glob_characters(context):
    def script(s):
        s.write("params.yaml", "'a*': 1\nab: 2\n'b[0]': 3\n'c?': 4\n'!d': 5\nlist: [{x: 1}, {x: 2}]\n'x.y': 6\n'{e}': 7\n")
        for keys in ("['a*']", "['b[0]']", "['c?', '!d', '{e}']", "['list.0.x', 'list[1].x']", "['list.*']", "['list.-1.x']", "['x.y']", "['*']", "['.ab', '**.x']"):
            s.write("dvc.yaml", f"stages:\n  a:\n    cmd: echo 1 > o\n    params: {keys}\n    outs: [o]\n")
            s.run("repro")
            s.run("status", "--json", compare="out")
            s.snapshot()
            if s.exists("o"):
                s.remove("o")  # known difference: a stage that fails keeps its outputs
        s.write("params.yaml", "'a*': 1\nab: 3\n")
        s.run("status", "--json", compare="out")
    play(context, script)


def test_a_lock_file_that_git_ignores(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n    metrics: [m]\n")
        s.write(".gitignore", "*.lock\n")
        for argv in (["repro"], ["status"], ["dag"], ["stage", "add", "-n", "b", "true"], ["metrics", "show"], ["ls", "."], ["commit"], ["push"]):
            s.run(*argv)
        s.run("freeze", "a", compare="code")
        s.snapshot()
    play(context, script)


def test_a_frozen_stage_before_its_producers(context):
    def script(s):
        s.write("in", "1\n")
        s.write("dvc.yaml", "stages:\n  late:\n    cmd: cp mid late\n    deps: [mid]\n    outs: [late]\n    frozen: true\n"
                "  last:\n    cmd: cp late last\n    deps: [late]\n    outs: [last]\n"
                "  mid:\n    cmd: cp in mid\n    deps: [in]\n    outs: [mid]\n")
        s.run("repro", compare="out")
        s.write("late", "by hand\n")
        s.run("repro")
        s.run("status")
        s.snapshot()
        s.write("in", "2\n")
        s.run("status")
        s.run("repro")
        s.run("repro", "last")
        s.snapshot()
        s.run("unfreeze", "late", compare="code")
        s.run("repro")
        s.run("status", "--json")
        s.snapshot()
    play(context, script)


def test_a_dvc_file_and_a_stage_with_the_same_output(context):
    def script(s):
        s.write("o", "1\n")
        s.run("add", "-q", "o")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n  b:\n    cmd: echo 2 > p\n    outs: [p]\n")
        # DVC names the two in the order of a Python set.
        s.run("repro", compare="out")
        s.run("status", compare="out")
        s.run("repro", "b", compare="out")
        s.run("repro", "-s", "b")
        s.run("add", "o", compare="out")
        s.run("stage", "add", "-n", "c", "-o", "o", "echo 3", compare="out")
        s.run("dag", compare="out")
        s.run("checkout", compare="code")
        s.snapshot()
    play(context, script)


def test_checkpoints(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs:\n    - o:\n        checkpoint: true\n")
        s.run("repro")
        s.run("status", compare="code")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs:\n    - o:\n        persist: true\n        checkpoint: false\n")
        s.run("repro", compare="code")
        s.snapshot()
        s.write("o.dvc", "outs:\n- path: x\n  checkpoint: true\n")
        s.run("status", compare="code")
    play(context, script)


def test_windows_backslashes(context):
    def script(s):
        s.write("data/in.txt", "1\n")
        s.write("back\\slash", "2\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cat 'back\\slash' > o\n    deps: ['back\\slash']\n    outs: [o, 'w\\x']\n")
        s.run("repro", compare="code")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cat 'back\\slash' > 'w\\x'\n    deps: ['back\\slash']\n    outs: ['w\\x']\n")
        s.run("repro")
        s.run("status")
        s.snapshot()
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cat data/in.txt > o\n    deps: ['data\\in.txt']\n    outs: [p]\n")
        s.run("repro")
        s.run("status")
        s.write("d.dvc", "outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: data\\in.txt\n")
        s.run("status")
        s.run("add", "back\\slash")
        s.run("add", "data\\in.txt")
        s.snapshot()
    play(context, script)


def test_names_in_japanese(context):
    def script(s):
        s.write("データ/入力.csv", "1\n")
        s.write("params.yaml", "学習率: 0.1\n")
        s.write("dvc.yaml", "stages:\n  訓練:\n    cmd: cp データ/入力.csv 出力.txt\n    deps: [データ/入力.csv]\n    params: [学習率]\n    outs: [出力.txt]\n"
                "    desc: 説明\n")
        s.run("repro")
        s.run("repro", "訓練")
        s.run("status")
        s.run("status", "--json")
        s.run("dag")
        s.run("dag", "--dot")
        s.run("stage", "list")
        s.run("add", "データ")
        s.snapshot()
        s.write("params.yaml", "学習率: 0.2\n")
        s.run("status")
        s.run("status", "--json")
        s.run("freeze", "訓練", compare="code")
        s.run("remove", "訓練")
        s.run("move", "データ", "別の")
        s.snapshot()
    play(context, script)


def test_colons_and_plus_signs_in_paths(context):
    def script(s):
        s.write("a:b.txt", "1\n")
        s.write("d+e/f+g", "2\n")
        s.write("C:/x", "3\n")
        s.write("dvc.yaml", "stages:\n  a+b:\n    cmd: cat 'a:b.txt' d+e/f+g > 'o:+'\n    deps: ['a:b.txt', d+e/f+g, 'C:/x']\n    outs: ['o:+']\n")
        s.run("repro", compare="code")
        s.write("dvc.yaml", "stages:\n  ab:\n    cmd: cat 'a:b.txt' d+e/f+g > 'o:+'\n    deps: ['a:b.txt', d+e/f+g, 'C:/x']\n    outs: ['o:+']\n")
        s.run("repro")
        s.run("status")
        s.run("repro", "dvc.yaml:ab")
        s.run("checkout", "o:+")
        s.run("add", "a:b.txt", "d+e")
        s.run("check-ignore", "o:+")
        s.snapshot()
    play(context, script)


def test_old_live_keys_and_first_locks(context):
    def script(s):
        for live in ("logs", "{logs: {summary: true, html: false}}", "{logs: {cache: false}}"):
            s.write("dvc.yaml", f"stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n    live: {live}\n")
            s.run("repro", compare="code")
            s.run("status", compare="code")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\nlive: {a: 1}\n")
        s.run("repro", compare="code")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n")
        first = "a:\n  cmd: echo 1 > o\n  outs:\n  - path: o\n    md5: b026324c6904b2a9cb4b88d6d61c81d1\n"
        for lock in (first, "schema: '1.0'\n" + first, "schema: '1.0'\nstages:\n  " + first.replace("\n", "\n  ").rstrip() + "\n",
                     "schema: '3.0'\nstages: {}\n"):
            s.write("dvc.lock", lock)
            s.run("status", compare="code")
            s.run("repro", compare="code")
            s.snapshot()
    play(context, script)


def test_the_output_of_a_stage_that_never_ran_cannot_be_checked_out(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n  b:\n    cmd: mkdir q\n    outs: [q]\n")
        s.run("checkout", "a")
        s.run("checkout", "o", "--summary")
        s.run("checkout", "o", "--allow-missing")
        s.run("checkout", "-q", compare="out")
        s.write("o", "1\n")
        s.write("q/x", "2\n")
        s.run("checkout", "a")
        s.run("checkout", "q")
        s.run("repro", "-q", "a")
        s.run("checkout", "a")
        s.remove("o")
        s.remove("q")
        s.run("checkout")
        s.snapshot()
    play(context, script)


def stages_of(number):
    return "stages:\n" + "".join(f"  s{i}:\n    cmd: echo {i} > o{i}\n    deps: [in]\n    outs: [o{i}]\n" for i in range(number))


def test_a_lock_of_4000_stages(context):
    """DVC takes half a minute a command to read it, so it is asked once. Lock, cache and workspace are made here, so that nothing has to run."""
    import hashlib
    number = 4000

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    def script(s):
        s.write("in", "1\n")
        s.write("dvc.yaml", stages_of(number))
        lock = "schema: '2.0'\nstages:\n"
        for i in range(number):
            text = f"{i}\n"
            s.write(f"o{i}", text)
            s.write(f".dvc/cache/files/md5/{md5(text)[:2]}/{md5(text)[2:]}", text, mode=0o444)
            lock += (f"  s{i}:\n    cmd: echo {i} > o{i}\n    deps:\n    - path: in\n      hash: md5\n      md5: {md5('1' + chr(10))}\n      size: 2\n"
                     f"    outs:\n    - path: o{i}\n      hash: md5\n      md5: {md5(text)}\n      size: {len(text)}\n")
        s.write("dvc.lock", lock)
        s.write("o17", "changed\n")
        s.run("status", "--json", "s0", "s17", "s3999")
        if s.name == "pivot":
            assert s.tool(["repro", "-s", "s17"], s.root, {})[0] == 0
            s.tool(["status", "--json"], s.root, {})
            assert s.tool(["status", "--json"], s.root, {}) == (0, "{}\n", "")
            code, out, _ = s.tool(["repro"], s.root, {})
            assert code == 0 and out.count("didn't change, skipping") == number, out[:200]
        assert s.read("dvc.lock") == lock
    play(context, script)


def test_a_folder_that_the_record_does_not_know_leaves_a_listing_in_the_old_layout(context):
    def script(s):
        s.write("d/f", "1\n")
        s.write("e/f", "2\n")
        s.write("x", "1\n")
        text = "stages:\n  a:\n    cmd: echo 1 > o\n    deps: [x]\n    outs: [o]\n"
        s.write("dvc.yaml", text)
        s.run("repro")
        s.snapshot()
        s.write("dvc.yaml", text.replace("[x]", "[x, d]"))
        s.run("status")
        s.snapshot()
        s.run("repro")
        s.snapshot()
        s.write("dvc.yaml", text.replace("[x]", "[x, d]") + "  b:\n    cmd: echo 1 > p\n    deps: [e]\n    outs: [p]\n")
        s.run("status")
        s.snapshot()
    play(context, script)
