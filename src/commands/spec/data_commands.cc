// Commands on tracked data: what is in the workspace, the cache and remote storage. Flags, dests and defaults are those
// of DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kAdd[] = {
  on("--no-commit", "Write the .dvc file, but put nothing into the cache."),
  on("--glob", "Targets may contain shell wildcards."),
  opt("-o --out", "Path of the copy that is tracked (with targets from outside).").shown("<path>"),
  on("--to-remote", "Send the data straight to remote storage."),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  opt("--remote-jobs", "How many uploads run at the same time (with --to-remote).").shown("<number>").integer(),
  on("-f --force", "Overwrite local data."),
  off("--no-relink", "Do not recreate links after the change.").to("relink"),
  word("targets", "Files or folders to track.").many("+"),
};

constexpr FlagRow kCheckIgnore[] = {
  on("-d --details", "Print file, line and pattern in front of each path."),
  on("-a --all", "Print every pattern that matches, not only the deciding one.").hidden(),
  on("-n --non-matching", "With --details: list paths without a match too."),
  on("--stdin", "Read the paths from standard input."),
  word("targets", "Paths to test.").many("*"),
};

constexpr FlagRow kCheckout[] = {
  on("--summary", "Print how many files changed instead of which."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Check out everything under the given folders."),
  on("-f --force", "Do not ask before removing unsaved files."),
  on("--relink", "Recreate the links or copies of all outputs."),
  on("--allow-missing", "Go on when data is missing in the cache."),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kCommit[] = {
  on("-f --force", "Commit without asking, also when dependencies changed."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Look for targets in subfolders as well."),
  off("--no-relink", "Do not recreate links after the change.").to("relink"),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kDataStatus[] = {
  on("--json", "Print the result as JSON."),
  on("--granular", "List single files of tracked folders."),
  on("--unchanged", "List unchanged data too."),
  opt("--untracked-files",
      "List files that neither Git nor DVC tracks.").many("?").bare("all").choose("no all").otherwise("no"),
  opt("-r --remote", "Remote to compare with (with --not-in-remote).").shown("<name>"),
  on("--not-in-remote", "List data that the remote lacks."),
  off("--no-remote-refresh", "Trust what is known of the remote; do not ask it.").to("remote_refresh"),
  word("targets", "Only these .dvc files, stages or outputs.").many("*"),
};

constexpr FlagRow kPull[] = {
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  on("-a --all-branches", "Take all Git branches into account."),
  on("-T --all-tags", "Take all Git tags into account."),
  on("-A --all-commits", "Take all Git commits into account."),
  on("-f --force", "Overwrite what is there without asking."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Look for targets in subfolders as well."),
  either("--run-cache --no-run-cache", "Include the history of stage runs (run cache)."),
  on("--glob", "Targets may contain shell wildcards.").hidden(),
  on("--allow-missing", "Accept that data is missing."),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kPush[] = {
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  on("-a --all-branches", "Take all Git branches into account."),
  on("-T --all-tags", "Take all Git tags into account."),
  on("-A --all-commits", "Take all Git commits into account."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Look for targets in subfolders as well."),
  either("--run-cache --no-run-cache", "Include the history of stage runs (run cache)."),
  on("--glob", "Targets may contain shell wildcards."),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kFetch[] = {
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  on("-a --all-branches", "Take all Git branches into account."),
  on("-T --all-tags", "Take all Git tags into account."),
  on("-A --all-commits", "Take all Git commits into account."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Look for targets in subfolders as well."),
  either("--run-cache --no-run-cache", "Include the history of stage runs (run cache)."),
  opt("--max-size", "Only files up to this many bytes.").integer(),
  each("--type", "Only outputs of this type; may be repeated.").to("types").choose("metrics plots"),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kStatus[] = {
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  on("-c --cloud", "Compare the cache with remote storage."),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  on("-a --all-branches", "Take all Git branches into account."),
  on("-T --all-tags", "Take all Git tags into account."),
  on("-A --all-commits", "Take all Git commits into account."),
  on("-d --with-deps", "Also the dependencies of the targets."),
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("--json", "Print the result as JSON."),
  off("--no-updates", "Do not look for newer versions of imports.").to("check_updates"),
  word("targets", "Stages or tracked files; everything when none is named.").many("*"),
};

constexpr FlagRow kDiff[] = {
  opt("--targets", "Only these tracked paths.").many("*").shown("<paths>"),
  on("--json", "Print the result as JSON."),
  on("--show-hash", "Print hashes beside the paths."),
  on("--md", "Print the result as a Markdown table.").to("markdown"),
  on("--hide-missing", "Leave out data that is missing in the cache."),
  word("a_rev", "Older revision of the comparison (default: HEAD).").many("?").otherwise("HEAD"),
  word("b_rev", "Newer revision (default: the workspace).").many("?"),
};

constexpr FlagRow kDu[] = {
  opt("--rev", "Git revision (commit, branch or tag).").many("?").shown("<commit>"),
  on("-s --summarize", "Print the sum only."),
  opt("--config", "Config file (or folder) of the source repository to use."),
  opt("--remote", "Remote storage to use instead of the default one."),
  pairs("--remote-config", "Options of the remote, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Path or URL of a Git or DVC repository."),
  word("path", "Path inside the repository; all of it when missing.").many("?"),
};

constexpr FlagRow kGc[] = {
  on("-w --workspace", "Keep what the workspace uses."),
  opt("--rev", "Keep what this commit uses.").shown("<commit>"),
  opt("-n --num", "Keep what this many commits before --rev use.").shown("<num>").integer(),
  on("-a --all-branches", "Keep what any branch uses."),
  on("-T --all-tags", "Keep what any tag uses."),
  on("-A --all-commits", "Keep what any commit uses."),
  opt("--date", "Keep what commits since this day use.").to("commit_date").shown("<yyyy-mm-dd>"),
  on("--all-experiments", "Keep what any experiment uses."),
  on("--not-in-remote", "Keep what is not in remote storage."),
  on("-c --cloud", "Clean remote storage too."),
  opt("-r --remote", "Remote to clean (with --cloud).").shown("<name>"),
  on("--skip-failed", "Skip revisions that cannot be read."),
  on("-f --force", "Do not ask."),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  opt("-p --projects",
      "Keep what these other repositories use, which share the cache.").to("repos").many("*").shown("<paths>"),
  on("--dry", "Only say what would be removed."),
};

constexpr FlagRow kMove[] = {
  word("src", "Tracked file or folder."),
  word("dst", "New path."),
};

constexpr FlagRow kRemove[] = {
  on("--outs", "Delete the data too."),
  word("targets", "Stages of dvc.yaml or .dvc files.").many("+"),
};

constexpr FlagRow kUnprotect[] = {
  word("targets", "Tracked files or folders.").many("+"),
};

}  // namespace

std::span<const CommandRow> data_commands() {
  static constexpr CommandRow kRows[] = {
    {.name = "add", .summary = "Track files or folders with DVC.", .flags = kAdd, .run = run_add},
    {.name = "check-ignore", .summary = "Test which paths .dvcignore excludes.", .flags = kCheckIgnore,
     .run = run_check_ignore},
    {.name = "checkout", .summary = "Bring the workspace to what dvc.lock and .dvc files say.", .flags = kCheckout,
     .run = run_checkout},
    {.name = "commit", .summary = "Record the present data of stages and .dvc files.", .flags = kCommit,
     .run = run_commit},
    {.name = "data", .summary = "Commands for tracked data.", .group = true},
    {.name = "data status", .summary = "Show what changed between Git, cache and workspace.", .flags = kDataStatus,
     .run = run_data_status},
    {.name = "pull", .summary = "Download tracked data into the workspace.", .flags = kPull,
     .run = run_pull},
    {.name = "push", .summary = "Upload tracked data to remote storage.", .flags = kPush,
     .run = run_push},
    {.name = "fetch", .summary = "Download tracked data into the cache.", .flags = kFetch,
     .run = run_fetch},
    {.name = "status", .summary = "Show changed stages and data.", .flags = kStatus, .run = run_status},
    {.name = "diff", .summary = "Show data that was added, changed or deleted between revisions.", .flags = kDiff,
     .run = run_diff},
    {.name = "du", .summary = "Show how much space data takes.", .flags = kDu, .run = run_du},
    {.name = "gc", .summary = "Remove unused data from the cache or remote storage.", .flags = kGc, .run = run_gc},
    {.name = "move", .summary = "Move or rename tracked data.", .flags = kMove, .run = run_move, .aliases = "mv"},
    {.name = "remove", .summary = "Remove stages from dvc.yaml or stop tracking data.", .flags = kRemove,
     .run = run_remove, .aliases = "rm"},
    {.name = "unprotect", .summary = "Make linked files safe to edit.", .flags = kUnprotect, .run = run_unprotect},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
