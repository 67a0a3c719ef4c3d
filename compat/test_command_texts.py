"""What commands say when little is right: the same words, codes and files under both tools."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sides import play  # noqa: E402


def test_stage_add_runs_and_refuses(context):
    def script(s):
        s.write("a", "a\n")
        s.write("e/in", "e\n")
        s.run("stage", "add", "-n", "s", "-d", "a", "-o", "b", "--run", "cp a b")
        s.run("stage", "add", "-n", "s", "-d", "a", "-o", "b", "--run", "-f", "cp a b")  # from the run cache
        s.run("stage", "add", "-n", "fails", "-d", "a", "-O", "c", "--run", "exit 3")
        s.snapshot()
        s.run("stage", "add", "-n", "later", "-d", "a", "-o", "new/x", "mkdir new && cp a new/x")  # no folder for its .gitignore yet
        s.run("stage", "add", "-n", "twice", "-d", "a", "-d", "a", "-o", "q", "cp a q")
        s.run("stage", "add", "-n", "twice", "-d", "a", "-o", "q", "-M", "q", "cp a q")
        s.run("stage", "add", "-n", "inside", "-o", "e/k", "-o", "e", "true")
        # What the words alone have wrong is said before what is there already.
        s.run("stage", "add", "-n", "s", "-w", "nodir", "-o", "a", "-d", "a", "cp a q")
        s.run("stage", "add", "-n", "s", "-o", "a", "-d", "a", "cp a q")
        s.run("stage", "add", "-n", "s", "-o", "b", "cp a q")
        s.run("stage", "add", "-n", "taken", "-o", "b", "cp a b")
        s.run("stage", "add", "-n", "outside", "-o", "../zz", "cp a ../zz")
        s.run("repro", "later")
        s.snapshot()
    play(context, script)


def test_small_refusals(context):
    def script(s):
        s.write("a", "a\n")
        s.run("repro")
        s.run("status", "-c")
        s.run("add", "--glob", "no*")
        s.run("move", "nothing", "x")
        s.run("status", "-j2", "--all-branches")
        s.run("stage", "add", "-q", "-n", "s", "-d", "a", "-o", "b", "cp a b")
        s.run("stage", "add", "-n", "t", "-d", "a", "-o", "sub dir/c", "mkdir 'sub dir' && cp a 'sub dir/c'")
        s.run("freeze", "s")
        s.run("freeze", "s")
        s.run("unfreeze", "s")
        s.run("unfreeze", "s")
        s.run("status", "-q", "--json")
        s.run("gc", "-w", "-f", "-c")  # without a remote; outs without records are told
        s.write("b", "not committed\n")
        s.run("gc", "-w", "-f", "--dry")
        s.snapshot()
    play(context, script)


def test_what_is_removed_from_the_project_is_no_link_any_more(context):
    def script(s):
        s.run("config", "cache.type", "hardlink")
        s.write("a", "a\n")
        s.write("d/in", "in\n")
        s.run("stage", "add", "-q", "-n", "s", "-d", "a", "-o", "b", "cp a b")
        s.run("stage", "add", "-q", "-n", "t", "-d", "b", "-o", "c", "cp b c")
        s.run("repro")
        s.run("remove", "t")
        s.snapshot()
        s.run("add", "-q", "a", "d")
        s.run("remove", "dvc.yaml", "a.dvc", "d.dvc")
        s.snapshot()
        for name in ("a", "b", "c", "d/in"):
            assert (s.root / name).stat().st_nlink == 1, name
        s.run("remote", "add", "-q", "-d", "r", "../remote")
        s.run("gc", "-w", "-f", "--dry", compare="lines")
        s.write("z", "z\n")
        s.run("add", "-q", "z")
        s.run("push", "-q")
        s.run("remove", "z.dvc")
        s.run("gc", "-w", "-c", "-f", "--dry", compare="lines")
    play(context, script)


def test_an_out_that_git_tracks_is_named_from_here(context):
    def script(s):
        s.write("a", "a\n")
        s.write("sub/b", "b\n")
        s.git("add", "sub/b")
        s.run("stage", "add", "-q", "-n", "s", "-d", "a", "-O", "sub/c", "cp a sub/b; cp a sub/c")
        s.run("add", "sub/b")
        s.run("add", "b", cwd="sub")
    play(context, script)
