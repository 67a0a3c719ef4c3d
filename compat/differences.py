"""Where pivot differs from DVC 3.67.1 on purpose. docs/known-differences.md is made from this list and from the tests: each entry
names a test in compat/test_differences.py that shows what both do.

    python3 compat/differences.py            writes docs/known-differences.md
    python3 compat/differences.py --check    exits 1 when the page is out of date
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/known-differences.md"

# (name, what DVC does, what pivot does, why)
DIFFERENCES = [
    ("float_digits", "When dvc.lock is rewritten, floats with an exponent that belong to *other* stages lose digits "
     "(`5.454930000000001e-10` becomes `5.454930000000000e-10`); `status` then reports them as modified.",
     "The text of other stages' floats stays as it is.", "A recorded value must not change because another stage ran."),
    ("run_cache_params", "The run cache ignores parameters called `size` and `nfiles`, so a changed `train: {size: 2}` restores the outputs that were made "
     "with `size: 1`.", "An entry is restored only if its parameters equal the present ones; the keys are the same.", "It is a wrong result."),
    ("gitignore_on_failure", "A failing run removes the .gitignore lines of all stages that it ran, also of those that succeeded.",
     "Lines of stages that succeeded stay.", "Otherwise their outputs show up in `git status`, and no later run puts the lines back."),
    ("outputs_on_failure", "Old outputs are deleted before the command runs; when it fails they are gone.",
     "Old outputs come back when the stage fails (`--keep-failed-outs` leaves what the command wrote).", "Nobody wants to lose a model to a typo."),
    ("dates_in_params", "A date in a parameter file ends every command with `unexpected error`.", "It is a value like any other.", "It is valid YAML."),
    ("edits_keep_formatting", "`stage add`, `freeze` and `remove` write the whole dvc.yaml anew: quotes, indentation and flow style change.",
     "Only the lines that are meant change; the result means the same.", "Diffs stay small."),
    ("sigterm_ends_the_stage", "SIGTERM ends DVC at once; the stage's command goes on, and its entries stay in `.dvc/tmp/rwlock`.",
     "The command's process group is ended too, and no entry is left.", "A cancelled CI job must not go on writing."),
    ("interrupts_reach_the_stage", "SIGINT that goes to DVC alone (not from a terminal, which interrupts the command too) is ignored while a command runs: "
     "this stage and all others run to their end, and the exit code is 0.",
     "It is passed to the command's process group, and no further stage starts: exit code 255 when the command died of it, 252 when it ended well. "
     "From a terminal both end alike, with 255, when the command dies of it.", "Whoever interrupts wants it to stop."),
    ("busy_locks_are_waited_for", "A lock that another process holds is an error after 3 seconds.", "It is waited for, 60 seconds by default (`--lock-timeout`).",
     "Two commands at once are normal."),
    ("stable_order", "Independent stages of explicit targets run in the order of a Python set.", "They run in the order of dvc.yaml.", "Runs can be compared."),
    ("merges_of_deletions", "The merge driver for tracked folders gives up on a file that both sides deleted.", "The file is gone, as both sides want it.",
     "It is no conflict."),
    ("modes_are_kept", "`add` of an executable file leaves it with mode 0744, whatever it was.", "The mode stays as it was.",
     "Group and others keep their right to run it."),
    ("damaged_objects", "An object of the cache is trusted when its mode is 0444, whatever is in it; one that is not protected is looked at only by some "
     "commands. `checkout` puts the damaged content into the workspace and says nothing.",
     "When sizes don't add up to what was recorded, or an object was written to after it came into the cache, it is read; damaged ones are named, deleted and "
     "not linked.",
     "A damaged file is worse than a missing one."),
    ("paths_that_lead_out", "`checkout` follows `..` in a directory listing of the cache, and symlinked folders out of the repository.",
     "Both are refused.", "Listings and locks come from strangers."),
    ("unrecorded_outputs", "`checkout` deletes an output that no lock knows, if its content is in the cache (with `--force`: in any case), and then says that it can't "
     "be created.", "The same messages and exit code, but the file stays.", "Nobody wants to lose it."),
    ("colons_in_targets", "A file name with a colon (`a:b.dvc`) can't be a target: it is read as stage `b.dvc` of file `a`.", "A file of that name is the target.",
     "DVC made the file itself."),
    ("dry_run", "`repro --dry` asks the run cache with the *recorded* dependencies and says `is cached` for a stage that would run.",
     "It asks with the present ones.", "The answer should be what `repro` does."),
    ("stages_that_never_ran", "`repro --allow-missing` skips a stage that never ran when a file that it reads is not there, and says that it didn't change.",
     "It fails and names the missing file.", "In a check of a pull request the stage would pass as up to date."),
    ("failing_first_runs", "`stage add --run` keeps the stage when its command fails, but takes its line out of .gitignore again.", "The line stays with the stage.",
     "The next run writes that file."),
    ("missing_links", "`unprotect` of a file that is not there ends with an unexpected error (255).", "A failure of this target (1); the others are unprotected.",
     "Nothing unexpected about it."),
    ("failures_name_files", "`metrics` and `plots` say of which revisions something could not be read, but not what (only `--json` does).",
     "A line for each file follows on stderr, with the reason; pages of plots have them too.", "It is what has to be mended."),
    ("paths_in_messages", "Messages about a broken metrics or params file name it by the way from the working directory to a file of that name in `/` "
     "(`unable to read: '../../../m.json'`).", "They name it as seen from the working directory (`unable to read: 'm.json'`).", "That is where it lies."),
    ("partial_push", "After `push d/a` the remote has the listing of `d` and one file of it; `push` then says that everything is up to date.",
     "The rest is uploaded: a listing is proof only when the whole directory was seen to arrive.", "A colleague's `pull` must not fail."),
    ("import_paths", "`import-url ../x sub/y` looks for the path as seen from `sub`.", "It looks from where it is called, and records the way from `sub`.",
     "That is what was typed."),
    ("imports_from_their_source", "`pull` of a `*.dvc` file from `import-url` fails when no remote has its content.",
     "Its source is asked as well; the content counts only when its hash is the recorded one.", "The data is there to be had."),
    ("updates_to_remote", "`update --to-remote` leaves the old checksum in the `*.dvc` file; `status` then says `changed checksum`.", "The checksum is written too.",
     "Nothing has changed."),
    ("parts_of_versioned_folders", "`push d/a` to a `version_aware` remote writes a record of `d` that has only the file `a`; `pull` then brings no other.",
     "The record keeps all files; those that were not pushed have no version yet.", "Data must not get lost."),
    ("versions_of_unchanged_files", "What a stage wrote anew with the same content is uploaded again to a `version_aware` remote, as another version.",
     "The version that is there is recorded.", "It is the same content."),
    ("modes_of_versioned_files", "`push` to a `version_aware` remote takes `isexec: true` out of the record.", "It stays.", "A colleague's copy must run too."),
    ("versions_stay_while_a_new_one_is_made", "A changed file is deleted on a `version_aware` remote before its new version goes up.",
     "The new version goes up, and nothing else.", "If the upload fails, readers would find nothing."),
    ("url_outs_of_failing_stages", "An output behind a URL (`remote://far/out`) is deleted before the command runs; when it fails it is gone.",
     "It is left alone: the command writes over it.", "There may be no other copy."),
    ("settings_of_show_url", "`get --show-url` ignores `--config`.", "It shows where `get` with the same options would read.", "That is what was asked."),
]


def page():
    lines = ["# Known differences from DVC 3.67.1", "",
             "Made by `python3 compat/differences.py` from the list in that file; each row has a test of its name in `compat/test_differences.py`,",
             "which shows what real DVC does and what pivot does. Everything else that differs is a bug.", "",
             "| name | DVC | pivot | why |", "| --- | --- | --- | --- |"]
    lines += [f"| `{name}` | {dvc} | {pivot} | {why} |" for name, dvc, pivot, why in DIFFERENCES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text() != page())
    PAGE.write_text(page())
