// `pivot metrics show`: the values in metric files, of the workspace or of many revisions.
#include <charconv>
#include <set>

#include "base/strings.h"
#include "commands/measures.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "text/json.h"

namespace pivot::commands {

namespace {

std::string metrics_table(const Map& revisions, bool with_revision, int precision, bool markdown) {
  struct Row {
    std::string revision, file;
    std::map<std::string, std::string> cells;
  };
  std::vector<Row> found;
  std::set<std::string> columns;
  for (const auto& [revision, entry] : revisions.items) {
    const auto* files = entry.as_map().find("data");
    if (files == nullptr) continue;
    for (const auto& [file, result] : files->as_map().items) {
      Row row{revision.as_string(), file.as_string(), {}};
      if (const auto* data = result.as_map().find("data")) {
        for (const auto& [key, value] : data->is_map() ? flatten(*data).items : Map{{{Value(""), *data}}}.items) {
          columns.insert(key.as_string());
          row.cells[key.as_string()] = rounded_cell(value, precision);
        }
      }
      found.push_back(std::move(row));
    }
  }
  std::vector<std::string> header{"Path"};
  if (with_revision) header.insert(header.begin(), "Revision");
  header.insert(header.end(), columns.begin(), columns.end());
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : found) {
    std::vector<std::string> cells{row.file};
    if (with_revision) cells.insert(cells.begin(), row.revision);
    for (const auto& column : columns) {
      const auto it = row.cells.find(column);
      cells.push_back(it != row.cells.end() ? it->second : "-");
    }
    rows.push_back(std::move(cells));
  }
  return table_text(header, rows, markdown);
}

}  // namespace

void report_failed_files(Reporter& out, std::vector<std::string> lines) {
  constexpr std::size_t kMost = 20;
  const auto count = lines.size();
  if (count > kMost) lines.resize(kMost);
  for (const auto& line : lines) out.plain_error(cat("  ", line.substr(0, line.find('\n'))));
  if (count > kMost) out.plain_error(cat("  and ", std::to_string(count - kMost), " more"));
}

void report_failed_revisions(Reporter& out, const MeasuresByRevision& revisions) {
  std::vector<std::string> failed, lines;
  for (const auto& [name, measures] : revisions) {
    if (measures.failed()) failed.push_back(name);
    for (const auto& file : measures.files)
      if (file.failure) lines.push_back(cat(file.file, name.empty() || name == "workspace" ? "" : cat(" (", name, ")"), ": ", file.failure->message));
  }
  if (!failed.empty()) out.plain_error(cat("DVC failed to load some metrics for following revisions: '", join(failed, ", "), "'."));
  report_failed_files(out, std::move(lines));
}

int table_precision(const Args& args) {
  int precision = 0;
  if (const auto text = args.value("precision")) std::from_chars(text->data(), text->data() + text->size(), precision);
  return precision != 0 ? precision : 5;
}

Outcome run_metrics_show(Session& session, const Args& args) {
  auto& ws = session.workspace(true);
  workspace::RevisionChoice choice{{}, args.flag("all_branches"), args.flag("all_tags"), args.flag("all_commits")};
  const auto revisions = read_measures(ws, session.out(), choice, false, {measure_targets(ws, args.values("targets")), false}, true);
  Map data;
  for (const auto& [name, measures] : revisions) data.set(name, measures.json(ws.cwd()));
  report_failed_revisions(session.out(), revisions);
  if (args.flag("json")) return {0, cat(text::json::dump(data), "\n")};
  return {0, metrics_table(data, choice.any(), table_precision(args), args.flag("markdown"))};
}

}  // namespace pivot::commands
