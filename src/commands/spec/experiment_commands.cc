// Commands on experiments and their queue. Flags, dests and defaults are those of
// DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kExperimentsApply[] = {
  off("--no-force", "Fail when the workspace has changes.").to("force"),
  word("experiment", "Name of an experiment."),
};

constexpr FlagRow kExperimentsBranch[] = {
  word("experiment", "Name of an experiment."),
  word("branch", "Name of the new branch (default: <experiment>-branch).").many("?"),
};

constexpr FlagRow kExperimentsDiff[] = {
  on("--all", "Show unchanged entries too."),
  on("--param-deps", "Only params that stages depend on."),
  on("--json", "Print the result as JSON."),
  on("--md", "Print the result as a Markdown table.").to("markdown"),
  on("--no-path", "Leave the column of file paths out."),
  opt("--precision", "Digits behind the decimal point in tables (default: 5).").shown("<n>").integer(),
  word("a_rev", "Older experiment or revision (default: HEAD).").many("?"),
  word("b_rev", "Newer revision (default: the workspace).").many("?"),
};

constexpr FlagRow kExperimentsExecRun[] = {
  opt("--infofile", "File with the description of the run."),
  each("-C --copy-paths", "Untracked or ignored paths to copy into the temporary folder."),
  opt("-m --message", "Message of the commit that holds the experiment."),
};

constexpr FlagRow kExperimentsList[] = {
    on("-A --all-commits", "List the experiments of all commits."),
    each("--rev", "Commit whose experiments are listed.").shown("<commit>"),
    opt("-n --num", "Number of commits to go back, counted from the revision (negative: all).")
        .shown("<num>")
        .otherwise("1")
        .integer(),
    on("--name-only --names-only", "Print names only."),
    on("--sha-only --shas-only", "Print hashes only."),
    word("git_remote", "Name or URL of a Git remote.").many("?").shown("<git_remote>"),
};

constexpr FlagRow kExperimentsPull[] = {
    on("-A --all-commits", "Download the experiments of all commits."),
    each("--rev", "Commit whose experiments are meant.").shown("<commit>"),
    opt("-n --num", "Number of commits to go back, counted from the revision (negative: all).")
        .shown("<num>")
        .otherwise("1")
        .integer(),
    on("-f --force", "Replace experiments that exist."),
    off("--no-cache", "Leave the cached data alone.").to("pull_cache"),
    opt("-r --remote", "Remote for the data.").to("dvc_remote").shown("<name>"),
    opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
    either("--run-cache --no-run-cache", "Include the history of stage runs (run cache)."),
    word("git_remote", "Name or URL of a Git remote.").shown("<git_remote>"),
    word("experiment", "Experiments to pull.").many("*").shown("<experiment>"),
};

constexpr FlagRow kExperimentsPush[] = {
    on("-A --all-commits", "Upload the experiments of all commits."),
    each("--rev", "Commit whose experiments are meant.").shown("<commit>"),
    opt("-n --num", "Number of commits to go back, counted from the revision (negative: all).")
        .shown("<num>")
        .otherwise("1")
        .integer(),
    on("-f --force", "Replace experiments that exist."),
    off("--no-cache", "Leave the cached data alone.").to("push_cache"),
    opt("-r --remote", "Remote for the data.").to("dvc_remote").shown("<name>"),
    opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
    either("--run-cache --no-run-cache", "Include the history of stage runs (run cache)."),
    word("git_remote", "Name or URL of a Git remote.").shown("<git_remote>"),
    word("experiment", "Experiments to push.").many("*").shown("<experiment>"),
};

constexpr FlagRow kExperimentsQueueWorker[] = {
  on("--clean", "Tidy up and stop."),
  word("name", "Name of the worker."),
};

constexpr FlagRow kExperimentsRemove[] = {
    on("-A --all-commits", "Remove the experiments of all commits."),
    each("--rev", "Commit whose experiments are removed.").shown("<commit>"),
    opt("-n --num", "Number of commits to go back, counted from the revision (negative: all).")
        .shown("<num>")
        .otherwise("1")
        .integer(),
    on("--keep", "Remove all but the selected ones."),
    on("--queue", "Remove all queued experiments."),
    opt("-g --git-remote", "Remove from this Git remote.").shown("<git_remote>"),
    word("experiment", "Experiments to remove.").many("*").shown("<experiment>"),
};

constexpr FlagRow kExperimentsRename[] = {
  opt("-g --git-remote", "Rename in this Git remote.").shown("<git_remote>"),
  on("-f --force", "Replace an experiment of the new name."),
  word("experiment", "Name of an experiment.").many("?").shown("<experiment>"),
  word("name", "New name.").shown("<name>"),
};

constexpr FlagRow kExperimentsRun[] = {
  on("-f --force", "Run the stages even when nothing they depend on has changed."),
  on("-i --interactive", "Ask before each stage."),
  on("-s --single-item", "Only the named stages, without what they depend on."),
  on("-p --pipeline", "The whole pipeline that the targets belong to."),
  on("-P --all-pipelines", "Every pipeline of the repository."),
  on("-R --recursive", "Every stage in the given folders."),
  on("--downstream", "The targets and everything that depends on them."),
  on("--force-downstream", "Also run what comes behind a stage that ran, changed or not."),
  on("--pull", "Fetch missing data from remote storage."),
  on("--allow-missing", "Skip stages whose data is missing when nothing else has changed."),
  on("--dry", "Only print what would be run."),
  fixed("-k --keep-going",
      "Go on with what does not depend on a failed stage.").to("on_error").bare("keep-going").otherwise("fail"),
  fixed("--ignore-errors", "Go on with everything after a failure.").to("on_error").bare("ignore").otherwise("fail"),
  opt("-n --name", "Name of the experiment; made up when missing.").shown("<name>"),
  each("-S --set-param",
      "Value of a parameter for this run; a list or range queues "
      "several.").shown("[<filename>:]<param_name>=<param_value>"),
  on("--queue", "Put the experiment into the queue."),
  on("--run-all", "Run the queue."),
  opt("-j --jobs", "Queued experiments to run at the same time.").shown("<number>").otherwise("1").integer(),
  on("--temp", "Run in a temporary folder, not in the workspace.").to("tmp_dir"),
  each("-C --copy-paths", "Untracked or ignored paths to copy into the temporary folder."),
  opt("-m --message", "Message of the commit that holds the experiment."),
  on("--no-hydra", "Do not compose the Hydra configuration."),
  opt("-M", "Message of the commit that holds the experiment.").to("message").hidden(),
  word("targets", "Stages, .dvc files or dvc.yaml files ('dvc.yaml' by default).").many("*"),
};

constexpr FlagRow kExperimentsSave[] = {
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("-f --force", "Replace an experiment of the same name."),
  on("--json", "Print the result as JSON."),
  opt("-n --name", "Name of the experiment; made up when missing.").shown("<name>"),
  each("-I --include-untracked", "Untracked path to keep with the experiment.").shown("<path>"),
  opt("-m --message", "Message of the commit that holds the experiment."),
  opt("-M", "Message of the commit that holds the experiment.").to("message").hidden(),
  word("targets", "Only these stages or files.").many("*"),
};

constexpr FlagRow kExperimentsShow[] = {
    on("-A --all-commits", "Show the experiments of all commits."),
    each("--rev", "Commit whose experiments are shown.").shown("<commit>"),
    opt("-n --num", "Number of commits to go back, counted from the revision (negative: all).")
        .shown("<num>")
        .otherwise("1")
        .integer(),
    on("-a --all-branches", "Show the experiments of all branches."),
    on("-T --all-tags", "Show the experiments of all tags."),
    on("--no-pager", "Do not page the table."),
    on("--only-changed", "Only columns that differ."),
    each("--drop", "Leave out columns that match this pattern.").shown("<regex_pattern>"),
    each("--keep", "Keep columns that match this pattern.").shown("<regex_pattern>"),
    on("--param-deps", "Only params that stages depend on."),
    opt("--sort-by", "Metric or parameter to sort by.").shown("<metric/param>"),
    opt("--sort-order", "Direction of the sort.").choose("asc desc").otherwise("asc"),
    on("--sha", "Print hashes instead of branch and tag names."),
    on("--hide-failed", "Leave out failed experiments."),
    on("--hide-queued", "Leave out queued experiments."),
    on("--hide-workspace", "Leave out the workspace."),
    on("--json", "Print the result as JSON."),
    on("--csv", "Print CSV."),
    on("--md", "Print the result as a Markdown table.").to("markdown"),
    opt("--precision", "Digits behind the decimal point in tables (default: 5).").shown("<n>").integer(),
    off("--no-fetch", "Do not ask running experiments.").to("fetch_running").hidden(),
    on("-f --force", "Ignore what was cached for earlier tables."),
};

constexpr FlagRow kQueueStart[] = {
  opt("-j --jobs", "Experiments to run at the same time.").shown("<number>").otherwise("1").integer(),
};

constexpr FlagRow kQueueStop[] = {
  on("--kill", "Stop the running experiments too."),
};

constexpr FlagRow kQueueLogs[] = {
  opt("-e --encoding", "Text encoding of the log.").shown("<encoding>"),
  on("-f --follow", "Go on printing until the experiment ends."),
  word("task", "Name or id of a queued experiment.").shown("<task>"),
};

constexpr FlagRow kQueueRemove[] = {
  on("--all", "Every task."),
  on("--queued", "All queued tasks."),
  on("--success", "All tasks that succeeded."),
  on("--failed", "All tasks that failed."),
  word("task", "Tasks to remove.").many("*").shown("<task>"),
};

constexpr FlagRow kQueueKill[] = {
  on("-f --force", "Kill at once instead of interrupting."),
  word("task", "Tasks to kill.").many("*").shown("<task>"),
};

}  // namespace

std::span<const CommandRow> experiment_commands() {
  static constexpr CommandRow kRows[] = {
    {.name = "experiments", .summary = "Commands to run and compare experiments.", .aliases = "exp", .group = true},
    {.name = "experiments apply", .summary = "Bring an experiment into the workspace.", .flags = kExperimentsApply},
    {.name = "experiments branch", .summary = "Make a Git branch of an experiment.", .flags = kExperimentsBranch},
    {.name = "experiments clean", .summary = "Tidy up what the experiment queue left behind."},
    {.name = "experiments diff", .summary = "Compare metrics and params of experiments.", .flags = kExperimentsDiff},
    {.name = "experiments exec-run", .summary = "Run an experiment in an executor.", .flags = kExperimentsExecRun,
     .hidden = true, .plain = true},
    {.name = "experiments list", .summary = "List experiments.", .flags = kExperimentsList,
     .exclusive = "--names-only --shas-only", .aliases = "ls"},
    {.name = "experiments pull", .summary = "Download experiments from a Git remote.", .flags = kExperimentsPull},
    {.name = "experiments push", .summary = "Upload experiments to a Git remote.", .flags = kExperimentsPush},
    {.name = "experiments queue-worker", .summary = "Run queued experiments.", .flags = kExperimentsQueueWorker,
     .hidden = true, .plain = true},
    {.name = "experiments remove", .summary = "Remove experiments.", .flags = kExperimentsRemove,
     .exclusive = "--queue --git-remote", .aliases = "rm"},
    {.name = "experiments rename", .summary = "Rename an experiment.", .flags = kExperimentsRename},
    {.name = "experiments run", .summary = "Run or resume an experiment.", .flags = kExperimentsRun},
    {.name = "experiments save", .summary = "Save the workspace as an experiment.", .flags = kExperimentsSave},
    {.name = "experiments show", .summary = "Show experiments as a table.", .flags = kExperimentsShow},
    {.name = "queue", .summary = "Commands for the experiment queue.", .group = true},
    {.name = "queue start", .summary = "Start working off the queue.", .flags = kQueueStart},
    {.name = "queue stop", .summary = "Stop working off the queue.", .flags = kQueueStop},
    {.name = "queue status", .summary = "Show the queue."},
    {.name = "queue logs", .summary = "Print the log of a queued experiment.", .flags = kQueueLogs},
    {.name = "queue remove", .summary = "Remove experiments from the queue.", .flags = kQueueRemove},
    {.name = "queue kill", .summary = "Stop running experiments of the queue.", .flags = kQueueKill},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
