// Commands on metrics, parameters and plots. Flags, dests and defaults are those of
// DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kMetricsShow[] = {
  on("-a --all-branches", "Take all Git branches into account."),
  on("-T --all-tags", "Take all Git tags into account."),
  on("-A --all-commits", "Take all Git commits into account."),
  on("--json", "Print the result as JSON."),
  on("--md", "Print the result as a Markdown table.").to("markdown"),
  on("-R --recursive", "Look for targets in subfolders as well."),
  opt("--precision", "Digits behind the decimal point in tables (default: 5).").shown("<n>").integer(),
  word("targets", "Metrics files; all of the project when none is named.").many("*"),
};

constexpr FlagRow kMetricsDiff[] = {
  opt("--targets", "Metrics files to compare.").many("*").shown("<paths>"),
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("--all", "Show unchanged entries too."),
  on("--json", "Print the result as JSON."),
  on("--md", "Print the result as a Markdown table.").to("markdown"),
  on("--no-path", "Leave the column of file paths out."),
  opt("--precision", "Digits behind the decimal point in tables (default: 5).").shown("<n>").integer(),
  word("a_rev", "Older revision of the comparison (default: HEAD).").many("?").otherwise("HEAD"),
  word("b_rev", "Newer revision (default: the workspace).").many("?").otherwise("workspace"),
};

constexpr FlagRow kParamsDiff[] = {
  opt("--targets", "Params files to compare.").many("*").shown("<paths>"),
  on("--all", "Show unchanged entries too."),
  on("--deps", "Only params that stages depend on."),
  on("--json", "Print the result as JSON."),
  on("--md", "Print the result as a Markdown table.").to("markdown"),
  on("--no-path", "Leave the column of file paths out."),
  word("a_rev", "Older revision of the comparison (default: HEAD).").many("?").otherwise("HEAD"),
  word("b_rev", "Newer revision (default: the workspace).").many("?").otherwise("workspace"),
};

constexpr FlagRow kPlotsShow[] = {
  opt("-t --template", "Name or path of the plot template.").many("?").shown("<path>"),
  opt("-x", "Field for the X axis.").shown("<field>"),
  opt("-y", "Field for the Y axis.").shown("<field>"),
  off("--no-header", "The CSV or TSV file has no header line.").to("header"),
  opt("--title", "Title of the plot.").shown("<text>"),
  opt("--x-label", "Label of the X axis.").shown("<text>"),
  opt("--y-label", "Label of the Y axis.").shown("<text>"),
  opt("-o --out", "Folder for the result.").shown("<path>"),
  on("--show-vega", "Print the Vega specification instead of writing HTML."),
  on("--json", "Print the result as JSON.").hidden(),
  on("--split", "Keep specification and data apart.").hidden(),
  on("--open", "Open the result in the browser."),
  on("--terminal", "Draw with characters, here and now.").ours(),
  opt("--html-template", "HTML template to embed the plots in.").shown("<path>"),
  word("targets", "Plots files or plot names; all when none is named.").many("*"),
};

constexpr FlagRow kPlotsDiff[] = {
  opt("--targets", "Plots to compare.").many("*").shown("<paths>"),
  on("-e --experiment", "Compare experiments.").hidden(),
  opt("-t --template", "Name or path of the plot template.").many("?").shown("<path>"),
  opt("-x", "Field for the X axis.").shown("<field>"),
  opt("-y", "Field for the Y axis.").shown("<field>"),
  off("--no-header", "The CSV or TSV file has no header line.").to("header"),
  opt("--title", "Title of the plot.").shown("<text>"),
  opt("--x-label", "Label of the X axis.").shown("<text>"),
  opt("--y-label", "Label of the Y axis.").shown("<text>"),
  opt("-o --out", "Folder for the result.").shown("<path>"),
  on("--show-vega", "Print the Vega specification instead of writing HTML."),
  on("--json", "Print the result as JSON.").hidden(),
  on("--split", "Keep specification and data apart.").hidden(),
  on("--open", "Open the result in the browser."),
  on("--terminal", "Draw with characters, here and now.").ours(),
  opt("--html-template", "HTML template to embed the plots in.").shown("<path>"),
  word("revisions", "Revisions to compare.").many("*"),
};

constexpr FlagRow kPlotsModify[] = {
  opt("-t --template", "Name or path of the plot template.").many("?").shown("<path>"),
  opt("-x", "Field for the X axis.").shown("<field>"),
  opt("-y", "Field for the Y axis.").shown("<field>"),
  off("--no-header", "The CSV or TSV file has no header line.").to("header"),
  opt("--title", "Title of the plot.").shown("<text>"),
  opt("--x-label", "Label of the X axis.").shown("<text>"),
  opt("--y-label", "Label of the Y axis.").shown("<text>"),
  opt("--unset", "Properties to remove.").many("*").shown("<property>"),
  word("target", "Plots output to change."),
};

constexpr FlagRow kPlotsTemplates[] = {
  word("template", "Template to print; lists the names when missing.").many("?"),
};

}  // namespace

std::span<const CommandRow> measure_commands() {
  static constexpr CommandRow kRows[] = {
    {.name = "metrics", .summary = "Commands for metrics.", .group = true},
    {.name = "metrics show", .summary = "Show metrics.", .flags = kMetricsShow, .run = run_metrics_show},
    {.name = "metrics diff", .summary = "Compare metrics between revisions.", .flags = kMetricsDiff, .run = run_metrics_diff},
    {.name = "params", .summary = "Commands for parameters.", .group = true},
    {.name = "params diff", .summary = "Compare parameters between revisions.", .flags = kParamsDiff,
     .run = run_params_diff},
    {.name = "plots", .summary = "Commands for plots.", .group = true},
    {.name = "plots show", .summary = "Render plots.", .flags = kPlotsShow, .run = run_plots_show},
    {.name = "plots diff", .summary = "Render plots of several revisions together.", .flags = kPlotsDiff,
     .run = run_plots_diff},
    {.name = "plots modify", .summary = "Change how a plot is drawn.", .flags = kPlotsModify, .run = run_plots_modify},
    {.name = "plots templates", .summary = "List or print plot templates.", .flags = kPlotsTemplates,
     .run = run_plots_templates},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
