#include "commands/measures.h"

#include <algorithm>
#include <set>

#include "base/path.h"
#include "base/strings.h"
#include "engine/param_path.h"
#include "git/git.h"
#include "text/params_file.h"
#include "workspace/collection.h"
#include "workspace/project_files.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using workspace::Revision;

/// What counts as a metric: numbers and strings, in maps.
Value numbers_of(const Value& value) {
  if (value.is_bool() || value.is_int() || value.is_real() || value.is_string() || value.kind() == Value::Kind::big_integer) return value;
  if (!value.is_map()) return {};
  Map out;
  for (const auto& [key, item] : value.as_map().items) {
    auto kept = numbers_of(item);
    if (kept.is_null() || (kept.is_map() && kept.as_map().empty())) continue;
    out.items.emplace_back(key, std::move(kept));
  }
  return out;
}

/// Python's `value or {}`.
Value or_empty(Value value) {
  const bool empty = value.is_null() || (value.is_bool() && !value.as_bool()) || (value.is_int() && value.as_int() == 0) ||
                     (value.is_real() && value.as_real() == 0) || (value.is_string() && value.as_string().empty());
  return empty ? Value(Map{}) : value;
}

void merge(Map& into, const std::vector<std::string>& parts, std::size_t at, const Value& value) {
  if (at + 1 == parts.size()) {
    into.set(parts[at], value);
    return;
  }
  auto* next = into.find(parts[at]);
  if (next == nullptr || !next->is_map()) next = &into.set(parts[at], Map{});
  merge(next->as_map(), parts, at + 1, value);
}

/// The wanted keys of a params file, nested as in the file.
Value pick(const Value& params, const std::vector<std::string>& keys) {
  if (keys.empty()) return params;
  Map out;
  for (const auto& key : keys)
    if (const auto* value = engine::find_param(params, key)) {
      std::vector<std::string> parts;
      for (auto part : split(key, '.')) parts.emplace_back(part);
      merge(out, parts, 0, value->clone());
    }
  return out;
}

void add_unique(std::vector<std::string>& files, std::set<std::string>& seen, Revision& revision, const std::string& file) {
  for (auto& found : revision.files().below(file))
    if (seen.insert(found).second) files.push_back(std::move(found));
}

/// The lists of a section of every dvc.yaml, as paths relative to the root.
template <typename Visit>
void each_listed(Revision& revision, Value importers::dvc::Sections::*section, const Visit& visit) {
  for (const auto& [file, sections] : revision.stages().files) {
    if (!(sections.*section).is_list()) continue;
    for (const auto& item : (sections.*section).as_list())
      if (item.is_string()) visit(path::normalize(path::join(path::dirname(file), item.as_string())));
  }
}

/// Why a project can't be loaded; messages about its files name the commit.
NamedFailure project_failure(const Error& error, const std::string& commit) {
  auto out = name_failure(error, "");
  if (!commit.empty() && error.kind() == ErrorKind::validation) out.message += cat(" in revision '", commit.substr(0, 7), "'");
  return out;
}

std::vector<std::string> metric_files(Revision& revision, const MeasureChoice& choice) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  for (const auto& target : choice.targets) add_unique(files, seen, revision, target);
  if (!choice.targets.empty()) return files;
  for (const auto& stage : revision.stages().stages)
    for (const auto& out : stage.outs)
      if (out.kind == model::OutKind::metric) add_unique(files, seen, revision, out.file);
  each_listed(revision, &importers::dvc::Sections::metrics, [&](const std::string& file) { add_unique(files, seen, revision, file); });
  return files;
}

/// Params files in the order found, with the keys that are looked at; an empty list is the whole file.
std::vector<std::pair<std::string, std::vector<std::string>>> param_files(Revision& revision, const MeasureChoice& choice) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  std::set<std::string> whole;
  auto add = [&](const std::string& file, const std::vector<std::string>& keys) {
    auto it = std::find_if(out.begin(), out.end(), [&](const auto& entry) { return entry.first == file; });
    if (it == out.end()) it = out.emplace(out.end(), file, std::vector<std::string>{});
    if (keys.empty()) whole.insert(file);
    for (const auto& key : keys)
      if (std::find(it->second.begin(), it->second.end(), key) == it->second.end()) it->second.push_back(key);
  };
  for (const auto& target : choice.targets)
    for (const auto& file : revision.files().below(target)) add(file, {});
  for (const auto& name : choice.stages)
    if (std::none_of(revision.stages().stages.begin(), revision.stages().stages.end(), [&](const auto& stage) { return stage.address() == name; }))
      throw Error(cat("Stage '", name, "' not found inside 'dvc.yaml' file"));
  if (choice.targets.empty()) {
    const auto wanted = [&](const model::Stage& stage) {
      return choice.stages.empty() || std::find(choice.stages.begin(), choice.stages.end(), stage.address()) != choice.stages.end();
    };
    for (const auto& stage : revision.stages().stages)
      if (wanted(stage))
        for (const auto& dep : stage.params) add(dep.file, dep.keys);
    if (!choice.deps_only && choice.stages.empty()) {
      each_listed(revision, &importers::dvc::Sections::params, [&](const std::string& file) {
        for (const auto& found : revision.files().below(file)) add(found, {});
      });
      if (revision.files().type("params.yaml")) add("params.yaml", {});
    }
  }
  for (auto& [file, keys] : out)
    if (whole.count(file) != 0) keys.clear();
  return out;
}

}  // namespace

Value NamedFailure::json() const {
  Map error;
  error.set("type", type);
  error.set("msg", message);
  return error;
}

NamedFailure name_failure(const Error& error, const std::string& file) {
  if (error.kind() == ErrorKind::validation || file.empty()) {
    // The first line names the file and what is wrong; the rest shows it.
    const auto first = error.message().substr(0, error.message().find('\n'));
    const bool is_invalid = first.find("validation failed") != first.npos;
    if (!is_invalid && first.find("invalid") == first.npos) return {"DvcException", first};
    return {is_invalid ? "YAMLValidationError" : "YAMLSyntaxError", first.ends_with('.') ? first.substr(0, first.size() - 1) : first};
  }
  if (error.kind() == ErrorKind::unexpected) return {"ValueError", error.message()};
  if (error.message().find("not valid utf-8") != std::string::npos) return {"EncodingError", error.message()};
  const auto suffix = lower(path::extension(file));
  const char* type = suffix == ".json" ? "JSONFileCorruptedError" : suffix == ".toml" ? "TOMLFileCorruptedError" : suffix == ".py" ? "PythonFileCorruptedError" : "YAMLFileCorruptedError";
  return {type, error.message()};
}

bool Measures::failed() const {
  return failure.has_value() || std::any_of(files.begin(), files.end(), [](const auto& f) { return f.failure.has_value(); });
}

Value Measures::json(const std::string& cwd) const {
  Map out;
  if (failure) {
    out.set("error", failure->json());
    return out;
  }
  Map data;
  for (const auto& f : files) {
    Map entry;
    if (f.failure) {
      entry.set("error", f.failure->json());
    } else {
      entry.set("data", f.data);
    }
    data.items.emplace_back(path::relative(f.file, cwd), std::move(entry));
  }
  out.set("data", std::move(data));
  return out;
}

MeasuredFile MeasureReader::measure(Revision& revision, const std::string& file, const Reduce& reduce, bool is_metric) {
  const auto id = is_metric ? revision.content_id(file) : std::string();
  const auto key = id.empty() ? id : cat(id, file);
  if (!key.empty())
    if (const auto it = known_.find(key); it != known_.end()) return it->second;
  MeasuredFile out{file, {}, std::nullopt};
  const auto shown = path::relative(file, revision.live().cwd());
  try {
    const auto known = revision.files().tracked(file);
    const auto content = known && known->is_dir ? std::nullopt : revision.files().read(file);
    if (!content) {
      out.failure = NamedFailure{"FileNotFoundError", cat(known ? "[Errno 2] No storage files available: " : "[Errno 2] No such file or directory: ", python_str_repr(file))};
      return out;
    }
    if (invalid_utf8(*content) != std::string::npos) throw Error(cat("unable to read: '", shown, "', is not valid utf-8"));
    out.data = reduce(text::parse_params(*content, shown));
  } catch (const DiskError& e) {
    out.failure = NamedFailure{"OSError", e.message()};
  } catch (const Error& e) {
    out.failure = name_failure(e, file);
  }
  if (!key.empty()) known_.emplace(key, out);
  return out;
}

Measures MeasureReader::metrics(const std::string& commit, const MeasureChoice& choice) {
  Measures out;
  try {
    auto& revision = revisions_.at(commit);
    for (const auto& file : metric_files(revision, choice))
      out.files.push_back(measure(revision, file, [](const Value& v) { return or_empty(numbers_of(v)); }, true));
  } catch (const Error& e) {
    out.failure = project_failure(e, commit);
    out.files.clear();
  }
  return out;
}

Measures MeasureReader::params(const std::string& commit, const MeasureChoice& choice) {
  Measures out;
  try {
    auto& revision = revisions_.at(commit);
    for (const auto& [file, keys] : param_files(revision, choice))
      out.files.push_back(measure(revision, file, [&keys = keys](const Value& v) { return pick(v, keys); }, false));
  } catch (const Error& e) {
    out.failure = project_failure(e, commit);
    out.files.clear();
  }
  return out;
}

std::vector<std::string> measure_targets(const workspace::Workspace& ws, const std::vector<std::string>& typed) {
  std::vector<std::string> out;
  for (const auto& target : typed) out.push_back(workspace::to_root(ws, target));
  return out;
}

MeasuresByRevision read_measures(workspace::Workspace& ws, Reporter& out, const workspace::RevisionChoice& revisions, bool are_params,
                                 const MeasureChoice& choice, bool hide_workspace) {
  workspace::Revisions opened(ws);
  MeasureReader reader(opened);
  MeasuresByRevision result;
  for (const auto& rev : opened.choose(revisions)) {
    auto measures = are_params ? reader.params(rev.commit, choice) : reader.metrics(rev.commit, choice);
    if (measures.failure)
      out.warning(cat("failed to load ", are_params ? "params" : "metrics", " in revision ", python_str_repr(rev.name), ", ", measures.failure->message));
    result.emplace_back(rev.name, std::move(measures));
  }
  if (hide_workspace && result.size() > 1 && result[0].first == "workspace" && ws.git().exists()) {
    const auto branch = ws.git().active_branch();
    for (std::size_t i = 1; i < result.size(); ++i)
      if (!branch.empty() && result[i].first == branch && !result[0].second.failed() &&
          python_equal(result[0].second.json("."), result[i].second.json("."))) {
        result.erase(result.begin());
        break;
      }
  }
  return result;
}

}  // namespace pivot::commands
