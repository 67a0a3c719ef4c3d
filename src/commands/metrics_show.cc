// `pivot metrics show`: the values in metric files of the workspace.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "engine/scan.h"
#include "store/store.h"
#include "text/json.h"
#include "text/params_file.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"

namespace pivot::commands {

namespace {

/// Numbers and strings, in maps; null for anything else.
Value numbers_of(const Value& value) {
  if (value.is_bool() || value.is_int() || value.is_real() || value.is_string()) return value;
  if (!value.is_map()) return {};
  Map out;
  for (const auto& [key, item] : value.as_map().items) {
    auto kept = numbers_of(item);
    if (kept.is_null() || (kept.is_map() && kept.as_map().empty())) continue;
    out.items.emplace_back(key, std::move(kept));
  }
  return out;
}

struct MetricFile {
  std::string file;  ///< relative to the root
  model::Hash hash;  ///< what the lock remembers: read from the cache when the workspace has no file
};

void add_file(std::vector<MetricFile>& files, MetricFile file) {
  for (const auto& f : files)
    if (f.file == file.file) return;
  files.push_back(std::move(file));
}

void add_files_below(workspace::Workspace& ws, const std::string& file, std::vector<MetricFile>& out) {
  const auto stat = ws.disk().stat(ws.absolute(file));
  if (!stat || stat->type != FileType::dir) return add_file(out, {file, {}});
  auto entries = ws.disk().list(ws.absolute(file));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& entry : entries) add_files_below(ws, cat(file, "/", entry.name), out);
}

std::vector<MetricFile> metric_files(workspace::Workspace& ws, const std::vector<std::string>& targets) {
  std::vector<MetricFile> files;
  for (const auto& target : targets) add_files_below(ws, path::normalize(path::join(ws.cwd(), target)), files);
  if (!targets.empty()) return files;
  for (const auto& [file, sections] : ws.stages().files) {
    if (!sections.metrics.is_list()) continue;
    for (const auto& item : sections.metrics.as_list())
      if (item.is_string()) add_files_below(ws, path::normalize(path::join(path::dirname(file), item.as_string())), files);
  }
  for (const auto& stage : ws.stages().stages)
    for (const auto& out : stage.outs) {
      if (out.kind != model::OutKind::metric) continue;
      if (const auto stat = ws.disk().stat(ws.absolute(out.file)); stat && stat->type == FileType::dir) {
        add_files_below(ws, out.file, files);
        continue;
      }
      const auto* record = stage.is_data() ? nullptr : ws.lockbook().find(stage);
      const auto* entry = record != nullptr ? engine::find_entry(record->outs, out.path) : nullptr;
      add_file(files, {out.file, entry != nullptr ? entry->hash : model::Hash{}});
    }
  return files;
}

Value failure(const std::string& type, const std::string& message) {
  Map error, out;
  error.set("type", type);
  error.set("msg", message);
  out.set("error", std::move(error));
  return out;
}

Value file_value(workspace::Workspace& ws, const MetricFile& f, const std::string& shown) {
  auto content = ws.disk().read(ws.absolute(f.file));
  if (!content && f.hash.known() && ws.store().has_object(f.hash)) content = ws.disk().read(ws.store().object_path(f.hash));
  if (!content) return failure("FileNotFoundError", cat("[Errno 2] No such file or directory: ", python_str_repr(shown)));
  try {
    auto values = numbers_of(text::parse_params(*content, shown));
    Map out;
    out.set("data", values.is_null() ? Value(Map{}) : std::move(values));
    return out;
  } catch (const Error& e) {
    const auto suffix = path::extension(f.file);
    return failure(suffix == ".json" ? "JSONFileCorruptedError" : "YAMLFileCorruptedError", e.message());
  }
}

std::string metrics_table(const Map& data, int precision, bool markdown) {
  std::vector<std::string> header{"Path"};
  std::vector<std::pair<std::string, Map>> flat;
  for (const auto& [file, entry] : data.items) {
    const auto* values = entry.as_map().find("data");
    flat.emplace_back(file.as_string(), values != nullptr ? flatten(*values) : Map{});
    for (const auto& [key, value] : flat.back().second.items)
      if (std::find(header.begin(), header.end(), key.as_string()) == header.end()) header.push_back(key.as_string());
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [file, values] : flat) {
    std::vector<std::string> row{file};
    for (std::size_t i = 1; i < header.size(); ++i) {
      const auto* value = values.find(header[i]);
      row.push_back(value != nullptr ? cell_text(*value, precision) : "-");
    }
    rows.push_back(std::move(row));
  }
  return table_text(header, rows, markdown);
}

}  // namespace

Outcome run_metrics_show(Session& session, const Args& args) {
  for (const char* dest : {"all_branches", "all_tags", "all_commits"})
    if (args.flag(dest)) throw Error("`metrics show` of other revisions is not available in pivot yet");
  auto& ws = session.workspace();
  Map data;
  bool failed = false;
  for (const auto& f : metric_files(ws, args.values("targets"))) {
    const auto shown = path::relative(f.file, ws.cwd());
    auto value = file_value(ws, f, shown);
    failed = failed || value.as_map().find("error") != nullptr;
    data.items.emplace_back(shown, std::move(value));
  }
  if (failed) session.out().error("DVC failed to load some metrics for following revisions: ''.");
  if (!args.flag("json")) {
    int precision = 5;
    if (const auto text = args.value("precision")) std::from_chars(text->data(), text->data() + text->size(), precision);
    return {0, metrics_table(data, precision, args.flag("markdown"))};
  }
  Map revision, out;
  revision.set("data", std::move(data));
  out.set("", std::move(revision));
  return {0, cat(text::json::dump(out), "\n")};
}

}  // namespace pivot::commands
