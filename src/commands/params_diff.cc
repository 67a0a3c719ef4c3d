// `pivot params diff`, `pivot metrics diff`: how values differ between two revisions, or a revision and the workspace.
#include "base/error.h"
#include "base/strings.h"
#include "commands/measures.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "git/git.h"
#include "text/json.h"

namespace pivot::commands {

namespace {

struct DiffTable {
  std::string title;
  bool changes;             ///< a column with the difference
  std::optional<int> precision;
};

std::string diff_table(const Map& diff, const DiffTable& table, const std::string& a, const std::string& b, const Args& args) {
  const bool with_path = !args.flag("no_path");
  std::vector<std::string> header{table.title, a, b};
  if (with_path) header.insert(header.begin(), "Path");
  if (table.changes) header.emplace_back("Change");
  const auto cell = [&](const Map& entry, const char* key) {
    const auto* value = entry.find(key);
    if (value == nullptr || value->is_null()) return std::string("-");
    return table.precision ? rounded_cell(*value, *table.precision) : python_str(*value);
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& [file, changes] : diff.items)
    for (const auto& [key, entry] : changes.as_map().items) {
      std::vector<std::string> row{key.as_string(), cell(entry.as_map(), "old"), cell(entry.as_map(), "new")};
      if (with_path) row.insert(row.begin(), file.as_string());
      if (table.changes) row.push_back(cell(entry.as_map(), "diff"));
      rows.push_back(std::move(row));
    }
  return table_text(header, rows, args.flag("markdown"));
}

Outcome run_diff_of(Session& session, const Args& args, bool are_params) {
  auto& ws = session.workspace(true);
  const auto a = args.value_or("a_rev", "HEAD"), b = args.value_or("b_rev", "workspace");
  if (!ws.git().exists()) workspace::refuse_without_git();
  Map diff;
  if (ws.git().resolve("HEAD")) {
    const MeasureChoice choice{measure_targets(ws, args.values("targets")), are_params && args.flag("deps")};
    const auto revisions = read_measures(ws, session.out(), {{a, b}, false, false, false}, are_params, choice, false);
    // Both names may stand for one commit: "main,HEAD" then answers for each.
    const auto find = [&](const std::string& name) {
      for (const auto& [names, measures] : revisions)
        if (names == name) return &measures;
      return static_cast<const Measures*>(nullptr);
    };
    static const Measures kNone;
    const auto* before = find(a);
    const auto* after = find(b);
    MeasuresByRevision asked;
    for (const auto* name : {&a, &b})
      if (const auto* found = find(*name); found != nullptr && (name == &a || a != b)) asked.emplace_back(*name, *found);
    report_failed_revisions(session.out(), asked);
    diff = measure_diff(before != nullptr ? *before : kNone, after != nullptr ? *after : kNone, ws.cwd(), args.flag("all"));
  }
  if (args.flag("json")) return {0, cat(text::json::dump(diff), "\n")};
  const DiffTable table{are_params ? "Param" : "Metric", !are_params, are_params ? std::nullopt : std::optional(table_precision(args))};
  return {0, diff_table(diff, table, a, b, args)};
}

}  // namespace

Outcome run_params_diff(Session& session, const Args& args) { return run_diff_of(session, args, true); }
Outcome run_metrics_diff(Session& session, const Args& args) { return run_diff_of(session, args, false); }

}  // namespace pivot::commands
