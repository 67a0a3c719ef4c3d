"""Looks for what nobody thought of: random edits and commands, the same ones under real DVC and pivot, compared after every step.

    python3 compat/random_commands.py --pivot build/src/pivot --dvc VENV/bin/dvc --steps 150 1 2 3

The numbers at the end are seeds: the same seed plays the same steps. Prints each step, and under it all that differs: exit code, texts, files.
After a difference in files the work goes on from what DVC left. Not a part of the tests: a difference found here becomes a test of its own, or a
row of the known differences; rows that show here again and again: failures_keep_outs, stable orders of lists, the hints of pivot."""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

from sides import Binary, Side, WarmDvc, base_env, stable, tree

FILES = ["f1.txt", "f2.txt", "d/x.txt", "d/y.txt", "d/sub/z.txt", "e/q.csv", "ü.txt", "sp ace.txt"]
STAGES = ["s1", "s2", "s3", "s4"]
OUTS = ["o1.txt", "o2.txt", "o3/r.txt", "o4"]
TARGETS = [*FILES, *STAGES, *OUTS, "d", "e", "d.dvc", "f1.txt.dvc", "dvc.yaml", "dvc.yaml:s1", "nothing"]
# Command: (its share, options each taken with a small probability, how often it gets a target).
COMMANDS = {
    ("repro",): (14, ["-f", "-s", "--dry", "-p", "-P", "--no-run-cache", "--no-commit", "-k", "--pull", "--downstream", "-R", "--glob", "--allow-missing"], 0.4),
    ("status",): (8, ["-q", "--json", "-c", "-d", "-R", "-j2"], 0.3),
    ("add",): (8, ["--no-commit", "-f", "--glob"], 1),
    ("remove",): (4, ["--outs"], 1),
    ("freeze",): (2, [], 1),
    ("unfreeze",): (1, [], 1),
    ("commit",): (5, ["-f", "-d", "-R"], 0.5),
    ("checkout",): (5, ["-f", "-d", "-R", "--relink", "--summary", "--allow-missing"], 0.5),
    ("gc", "-w", "-f"): (2, ["-c", "--dry"], 0),
    ("push",): (2, ["-d", "-R", "--run-cache", "-j2"], 0.4),
    ("pull",): (2, ["-f", "-d", "-R", "--run-cache", "--allow-missing"], 0.4),
    ("fetch",): (1, ["-d", "-R", "--run-cache"], 0.4),
    ("dag",): (2, ["--dot", "--mermaid", "--full", "-o", "--md"], 0.4),
    ("stage", "list"): (2, ["--name-only", "--all", "-R"], 0),
    ("unprotect",): (1, [], 1),
    ("diff",): (1, ["--json", "--md", "--show-hash", "--hide-missing"], 0),
    ("data", "status"): (1, ["--granular", "--json", "--unchanged"], 0),
    ("params", "diff"): (1, ["--json", "--all"], 0),
    ("metrics", "show"): (1, ["--json"], 0),
    ("ls", "."): (1, ["-R", "--dvc-only", "--json", "--size"], 0),
}


def params_text(rnd):
    return f"lr: {rnd.choice(['0.1', '1e-3', '5'])}\nmodel:\n  layers: {rnd.randrange(4)}\n  name: {rnd.choice(['a', 'b'])}\n"


def stage_add(rnd):
    name, out, dep = rnd.choice(STAGES), rnd.choice(OUTS), rnd.choice([*FILES, "o1.txt", "o2.txt", "d"])
    argv = ["stage", "add", "-n", name, "-d", dep]
    for chance, words in ((0.4, ["-p", rnd.choice(["lr", "model.layers", "lr,model.name", "model"])]), (0.3, ["-f"]), (0.1, ["--always-changed"]), (0.1, ["--run"]),
                          (0.2, ["--desc", "some text"]), (0.15, ["-w", rnd.choice(["d", "e", "."])]), (0.2, ["-M", f"m_{name}.json"])):
        if rnd.random() < chance:
            argv += words
    command = f'mkdir -p o4 && ls "{dep}" > o4/a && echo b > o4/b' if out == "o4" else f'mkdir -p $(dirname {out}) && (cat "{dep}" 2>/dev/null || ls "{dep}") > {out}'
    if "-M" in argv:
        command += f" && echo '{{\"a\": 1.5}}' > m_{name}.json"
    if rnd.random() < 0.05:
        command += " && exit 3"
    return [*argv, rnd.choice(["-o", "-O", "--outs-persist", "-m"]), out, command]


def step(rnd):
    """What to do next: ("write", file, text) | ("remove", file) | ("commit",) | ("run", words)."""
    chance = rnd.random()
    if chance < 0.16:
        return "write", rnd.choice(FILES), f"v{rnd.randrange(5)}\n"
    if chance < 0.20:
        return "remove", rnd.choice([*FILES, "d", *OUTS, "f1.txt.dvc", ".gitignore"])
    if chance < 0.23:
        return "write", "params.yaml", params_text(rnd)
    if chance < 0.25:
        return ("commit",)
    if chance < 0.38:
        return "run", stage_add(rnd)
    if chance < 0.41:
        return "run", ["move", rnd.choice([*FILES, "d"]), rnd.choice([*FILES, "mv.txt", "dd"])]
    words, (_, options, with_target) = rnd.choices(list(COMMANDS.items()), weights=[share for share, _, _ in COMMANDS.values()])[0]
    argv = [*words, *(o for o in options if rnd.random() < 0.12)]
    return "run", argv + ([rnd.choice(TARGETS)] if rnd.random() < with_target else [])


def apply(side, what):
    if what[0] == "write" and not (side.root / what[1]).is_dir():
        if side.exists(what[1]):
            side.remove(what[1])
        side.write(what[1], what[2])
    if what[0] == "remove" and side.exists(what[1]):
        side.remove(what[1])
    if what[0] == "commit":
        side.commit("step")


def words_of(result, side):
    text = [re.sub(r"\n*Having any troubles\?[^\n]*\n", "", part.replace(str(side.root), "ROOT")) for part in (result.out, result.err)]
    return result.code, *(stable(part).strip() for part in text)


def play(seed, steps, dvc, pivot, tmp):
    rnd = random.Random(seed)
    env = base_env(tmp)
    there = WarmDvc(dvc, env, tmp)
    sides = [Side("DVC", there, tmp / "a/repo"), Side("pivot", Binary(pivot, env), tmp / "b/repo")]
    settings = [["init", "-q"], ["remote", "add", "-q", "-d", "r", "../remote"]]
    if kind := rnd.choice(["copy", "hardlink", None, None]):
        settings.append(["config", "cache.type", kind])
    for side in sides:
        side.root.mkdir(parents=True)
        side.git("init", "-q")
        for argv in settings:
            side.run(*argv)
    for what in [("write", "params.yaml", params_text(rnd)), *(("write", f, f"content of {f}\n") for f in FILES[:4])]:
        for side in sides:
            apply(side, what)
    found = 0
    for number in range(steps):
        what = step(rnd)
        print(number, *(what[1] if what[0] == "run" else what), flush=True)
        if what[0] != "run":
            for side in sides:
                apply(side, what)
            continue
        said = [words_of(side.run(*what[1]), side) for side in sides]
        files = [tree(side.root) for side in sides]
        differing = [name for name in sorted({*files[0], *files[1]}) if files[0].get(name) != files[1].get(name)]
        for name, a, b in zip(("code", "stdout", "stderr"), *said):
            if a != b:
                print(f"   {name}:\n   --- DVC\n{a}\n   --- pivot\n{b}")
        for name in differing:
            print(f"   {name}: DVC {files[0].get(name)}, pivot {files[1].get(name)}")
        found += said[0] != said[1] or bool(differing)
        if differing:
            for name in ("repo", "remote"):
                shutil.rmtree(tmp / "b" / name, ignore_errors=True)
                subprocess.run(["cp", "-a", tmp / "a" / name, tmp / "b"], check=False, capture_output=True)
    there.close()
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pivot", required=True, type=pathlib.Path)
    ap.add_argument("--dvc", required=True, type=pathlib.Path)
    ap.add_argument("--steps", type=int, default=150)
    ap.add_argument("seeds", nargs="+", type=int)
    opt = ap.parse_args()
    for seed in opt.seeds:
        with tempfile.TemporaryDirectory(prefix="pivot-random-") as tmp:
            print(f"== seed {seed}: {play(seed, opt.steps, opt.dvc.resolve(), opt.pivot.resolve(), pathlib.Path(tmp))} steps differ")


if __name__ == "__main__":
    main()
