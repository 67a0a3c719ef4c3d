// Commands on stages. Flags, dests and defaults are those of
// DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kRepro[] = {
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
  on("--glob", "Targets may contain shell wildcards."),
  on("--no-commit", "Put no results into the cache."),
  on("--no-run-cache", "Run even when an equal run is remembered."),
  opt("-j --jobs", "How many stages run at the same time (default: 1).").shown("<number>").integer().ours(),
  on("--explain", "Say of each stage why it runs or not.").ours(),
  opt("--json-events",
      "Write what happens as JSON lines to this file (- for standard output).").shown("<file>").ours(),
  on("--keep-failed-outs", "Leave what a failed stage wrote in place.").ours(),
  opt("--timeout", "Stop a stage that runs longer.").shown("<seconds>").ours(),
  each("-S --set-param", "A parameter of a Python stage for this run.").shown("<stage.param=value>").ours(),
  opt("--executor", "How Python stages start: in a forked warm worker, a new process, or a subinterpreter.")
      .choose("warm process interpreter").ours(),
  opt("--python", "The interpreter of Python pipelines.").shown("<path>").ours(),
  opt("--python-host", "The socket of a live Python process that runs the stages (pivot.run()).").integer().hidden().ours(),
  on("--reuse", "A warm worker may run several stages, without isolation between them.").ours(),
  on("--strict", "Python stages may read only what they declare.").ours(),
  word("targets",
      "Stages, .dvc files or dvc.yaml files ('dvc.yaml' by default); sub/dvc.yaml:name for a stage of another "
      "folder.").many("*"),
};

constexpr FlagRow kDag[] = {
  on("--dot", "Print Graphviz DOT."),
  on("--mermaid", "Print a Mermaid flowchart."),
  on("--md", "Print a Mermaid flowchart fenced for Markdown.").to("markdown"),
  on("--collapse-foreach-matrix", "Draw the stages of one foreach or matrix group as one node."),
  on("--full", "Draw the whole graph the target belongs to."),
  on("-o --outs", "Draw outputs instead of stages."),
  word("target", "Stage or output whose ancestors are drawn; the whole graph when missing.").many("?"),
};

constexpr FlagRow kFreeze[] = {
  word("targets", "Stages or .dvc files to freeze.").many("+"),
};

constexpr FlagRow kUnfreeze[] = {
  word("targets", "Stages or .dvc files to unfreeze.").many("+"),
};

constexpr FlagRow kStageAdd[] = {
  opt("-n --name", "Name of the stage.").required(),
  on("-f --force", "Replace a stage of the same name."),
  each("-d --deps", "File or folder that the stage reads.").shown("<path>"),
  each("-p --params",
      "Parameters that the stage reads: name,name or file:name,name.").shown("[<filename>:]<params_list>"),
  each("-o --outs", "File or folder that the stage writes.").shown("<filename>"),
  each("-O --outs-no-cache", "Output that stays out of the cache.").shown("<filename>"),
  each("--outs-persist", "Output that is not removed before a run.").shown("<filename>"),
  each("--outs-persist-no-cache",
      "Output that is not removed before a run and stays out of the cache.").shown("<filename>"),
  each("-m --metrics", "Metrics file that the stage writes.").shown("<path>"),
  each("-M --metrics-no-cache", "Metrics file that stays out of the cache.").shown("<path>"),
  each("--plots", "Plots file that the stage writes.").shown("<path>"),
  each("--plots-no-cache", "Plots file that stays out of the cache.").shown("<path>"),
  opt("-w --wdir", "Folder to run the command in.").shown("<path>"),
  on("--always-changed", "Never take the stage as unchanged."),
  opt("--desc", "Description for readers.").shown("<text>"),
  on("--run", "Run the stage after adding it."),
  word("command", "Command to run.").many("..."),
};

constexpr FlagRow kStageList[] = {
  on("--all", "List the stages of the whole repository."),
  on("--fail", "Fail on a file that cannot be read instead of skipping it."),
  on("-R --recursive", "List the stages of subfolders too."),
  on("--name-only --names-only", "Print names only."),
  word("targets",
      "dvc.yaml files, .dvc files, folders or stage names ('dvc.yaml' by default).").many("*").otherwise("dvc.yaml"),
};

constexpr FlagRow kExport[] = {
  on("--check", "Write nothing; exit with 1 when dvc.yaml is out of date."),
  on("--stdout", "Print it instead of writing it."),
  on("-f --force", "Overwrite stages that were changed by hand."),
  on("--no-lock", "Leave dvc.lock alone."),
  on("--standalone", "Make commands that need no package of ours, only a runner that is written beside dvc.yaml."),
  on("--validate", "Write nothing; run the pipeline with pivot and the export with real DVC, and compare what they make."),
  each("--stages", "Validate these stages only, with their inputs as they are: name,name.").shown("<names>"),
  opt("-j --jobs", "How many stages pivot runs at the same time.").shown("<number>"),
  opt("--dvc", "The DVC to compare with ('dvc' of PATH by default).").shown("<path>"),
  opt("--against", "Compare with a run of DVC, or with what the locks say.").choose("dvc lock").otherwise("dvc"),
  opt("--rtol", "Numbers may differ by this part of the larger one.").shown("<number>"),
  opt("--atol", "Numbers may differ by this much.").shown("<number>"),
  on("--allow-nondeterministic", "Outputs that differ between two runs of pivot too are no failure."),
  on("--keep", "Leave both copies of the workspace for a look."),
  on("--json", "Print the report of a validation as JSON."),
  opt("--format", "Form of the report: text, or annotations and a summary for a pull request.").choose("text github").otherwise("text"),
};

constexpr FlagRow kValidate[] = {
  each("--stages", "Validate these stages only, with their inputs as they are: name,name.").shown("<names>"),
  opt("-j --jobs", "How many stages pivot runs at the same time.").shown("<number>"),
  opt("--dvc", "The DVC to compare with ('dvc' of PATH by default).").shown("<path>"),
  opt("--against", "Compare with a run of DVC, or with what the locks say.").choose("dvc lock").otherwise("dvc"),
  opt("--rtol", "Numbers may differ by this part of the larger one.").shown("<number>"),
  opt("--atol", "Numbers may differ by this much.").shown("<number>"),
  on("--allow-nondeterministic", "Outputs that differ between two runs of pivot too are no failure."),
  on("--keep", "Leave both copies of the workspace for a look."),
  on("--json", "Print the report as JSON."),
  opt("--format", "Form of the report: text, or annotations and a summary for a pull request.").choose("text github").otherwise("text"),
};

constexpr FlagRow kLogs[] = {word("targets", "Python stages.").many("+")};

constexpr FlagRow kVerify[] = {
  on("--allow-missing", "Data that is missing in the workspace is no difference."),
  word("targets", "Stages to verify; all when none is named.").many("*"),
};

constexpr FlagRow kExplain[] = {
  on("--json", "Print the reasons as JSON."),
  word("targets", "Stages to explain; all when none is named.").many("*"),
};

constexpr FlagRow kShow[] = {
  on("--html", "Write a page instead: one file, no network needed."),
  opt("-o --out", "The page; a file below .dvc/tmp by default.").shown("<path>"),
  on("--open", "Open the page in a browser."),
  on("--json", "Print what is known as JSON."),
};

constexpr FlagRow kImportDvc[] = {
  on("--dry", "Print what would be written, and write nothing."),
  on("--functions", "Call main() of a plain `python x.py` script that has one, instead of starting the script."),
  on("-f --force", "Also when dvc.yaml has changes that are not committed."),
};

}  // namespace

std::span<const CommandRow> pipeline_commands() {
  static constexpr CommandRow kRows[] = {
      {.name = "repro",
       .summary = "Run the stages whose dependencies have changed.",
       .flags = kRepro,
       .run = run_repro},
      {.name = "run",
       .summary = "The same as repro.",
       .flags = kRepro,
       .run = run_repro,
       .ours = true},
      {.name = "dag", .summary = "Draw the graph of stages.", .flags = kDag, .run = run_dag},
      {.name = "freeze",
       .summary = "Freeze stages: their dependencies are not looked at.",
       .flags = kFreeze,
       .run = run_freeze},
      {.name = "unfreeze", .summary = "Unfreeze stages.", .flags = kUnfreeze, .run = run_unfreeze},
      {.name = "stage", .summary = "Commands for stages.", .group = true},
      {.name = "stage add",
       .summary = "Add a stage to dvc.yaml, or replace one.",
       .flags = kStageAdd,
       .run = run_stage_add},
      {.name = "stage list", .summary = "List stages.", .flags = kStageList, .run = run_stage_list},
      {.name = "explain",
       .summary = "Say why stages would run or not.",
       .flags = kExplain,
       .run = run_explain,
       .ours = true},
      {.name = "show",
       .summary = "The project at one look: stages and why they would run, params, metrics, plots.",
       .flags = kShow,
       .run = run_show,
       .ours = true},
      {.name = "api", .summary = "Answer the Python package pivot.api: JSON lines.", .flags = {}, .run = run_api, .hidden = true, .ours = true},
      {.name = "export",
       .summary = "Write a dvc.yaml that plain DVC runs, from the Python pipelines.",
       .flags = kExport,
       .run = run_export,
       .ours = true},
      {.name = "verify",
       .summary = "Check that every stage, output and cache object is as the locks say.",
       .flags = kVerify,
       .run = run_verify,
       .ours = true},
      {.name = "validate",
       .summary = "Run the pipeline with pivot and with real DVC in clean copies and compare what they make.",
       .flags = kValidate,
       .run = run_validate,
       .ours = true},
      {.name = "import-dvc",
       .summary = "Turn the stages of dvc.yaml into a Python pipeline; nothing runs again.",
       .flags = kImportDvc,
       .run = run_import_dvc,
       .ours = true},
      {.name = "logs", .summary = "What Python stages printed in their last run.", .flags = kLogs, .run = run_logs, .ours = true},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
