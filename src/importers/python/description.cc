#include "importers/python/description.h"

#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::importers::python {

namespace {

const Value& field(const Value& map, std::string_view name) {
  static const Value kNull;
  const auto* found = map.is_map() ? map.as_map().find(name) : nullptr;
  return found != nullptr ? *found : kNull;
}

std::string text(const Value& map, std::string_view name) {
  const auto& value = field(map, name);
  return value.is_string() ? value.as_string() : std::string();
}

bool flag(const Value& map, std::string_view name, bool fallback = false) {
  const auto& value = field(map, name);
  return value.is_bool() ? value.as_bool() : fallback;
}

double number(const Value& map, std::string_view name) {
  const auto& value = field(map, name);
  return value.is_real() ? value.as_real() : value.is_int() ? static_cast<double>(value.as_int()) : 0;
}

const List& list(const Value& map, std::string_view name) {
  static const List kNone;
  const auto& value = field(map, name);
  return value.is_list() ? value.as_list() : kNone;
}

const Map& map_of(const Value& map, std::string_view name) {
  static const Map kNone;
  const auto& value = field(map, name);
  return value.is_map() ? value.as_map() : kNone;
}

model::SourcePlace place(const Value& pair) {
  if (!pair.is_list() || pair.as_list().size() < 2 || !pair.as_list()[0].is_string() || !pair.as_list()[1].is_int()) return {};
  return {pair.as_list()[0].as_string(), static_cast<int>(pair.as_list()[1].as_int())};
}

/// A path of a stage as the model has it: relative to the root, absolute outside, a URL as it is.
std::string file_of(const std::string& written, const std::string& wdir) {
  if (path::is_url(written) || path::is_absolute(written)) return written;
  return path::normalize(path::join(wdir, written));
}

model::Out read_out(const Value& from, const std::string& wdir) {
  model::Out out;
  out.path = text(from, "path");
  out.file = file_of(out.path, wdir);
  const auto kind = text(from, "kind");
  out.kind = kind == "metric" ? model::OutKind::metric : kind == "plot" ? model::OutKind::plot : model::OutKind::data;
  out.cache = flag(from, "cache", true);
  out.persist = flag(from, "persist");
  out.push = flag(from, "push", true);
  out.remote = text(from, "remote");
  out.desc = text(from, "desc");
  out.type = text(from, "type");
  if (!list(from, "labels").empty()) out.labels = field(from, "labels");
  out.plot = field(from, "plot");
  return out;
}

model::Callable read_callable(const Value& from) {
  model::Callable c;
  c.address = text(from, "address");
  c.module = text(from, "module");
  c.qualname = text(from, "qualname");
  c.place.file = text(from, "file");
  c.place.line = static_cast<int>(number(from, "line"));
  c.doc = text(from, "doc");
  c.executor = text(from, "executor");
  const auto& where = field(from, "where");
  for (const auto& [key, hash] : map_of(from, "manifest").items)
    c.code.push_back({python_str(key), python_str(hash), place(field(where, python_str(key)))});
  std::sort(c.code.begin(), c.code.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  Map params;
  for (const auto& [key, param] : map_of(from, "params").items) params.items.emplace_back(key, field(param, "value"));
  c.params = Value(std::move(params));
  for (const auto& file : list(from, "files")) c.files.push_back(python_str(file));
  for (const auto& [name, version] : map_of(from, "distributions").items) c.distributions.emplace_back(python_str(name), python_str(version));
  std::sort(c.distributions.begin(), c.distributions.end());
  if (const auto& track = field(from, "track_versions"); track.is_bool()) c.track_versions = track.as_bool();
  for (const auto& spot : list(from, "blind_spots"))
    if (spot.is_list() && spot.as_list().size() == 3) c.blind_spots.push_back({place(spot), python_str(spot.as_list()[2])});
  return c;
}

model::Stage read_stage(const Value& from) {
  model::Stage stage;
  stage.name = text(from, "name");
  stage.file = text(from, "pipeline");
  stage.wdir = text(from, "wdir");
  if (stage.wdir.empty()) stage.wdir = ".";
  if (stage.name.empty() || stage.file.empty()) throw Error("the Python process described a stage without a name");
  for (const auto& dep : list(from, "deps")) {
    model::Dep d;
    d.path = text(dep, "path");
    d.file = file_of(d.path, stage.wdir);
    stage.deps.push_back(std::move(d));
  }
  for (const auto& [file, keys] : map_of(from, "param_keys").items) {
    model::ParamDep dep;
    dep.path = python_str(file);
    dep.file = file_of(dep.path, stage.wdir);
    for (const auto& key : keys.as_list()) dep.keys.push_back(python_str(key));
    stage.params.push_back(std::move(dep));
  }
  for (const auto& out : list(from, "outs")) stage.outs.push_back(read_out(out, stage.wdir));
  // As in dvc.yaml: outs, metrics, plots.
  std::stable_sort(stage.outs.begin(), stage.outs.end(), [](const auto& a, const auto& b) { return a.kind < b.kind; });
  stage.always_changed = flag(from, "always");
  stage.desc = text(from, "doc");
  stage.settings.timeout = number(from, "timeout");
  stage.settings.retries = static_cast<int>(number(from, "retries"));
  for (const auto& name : list(from, "mutex")) stage.settings.mutex.push_back(python_str(name));
  for (const auto& [name, value] : map_of(from, "environment").items) stage.settings.env.emplace_back(python_str(name), python_str(value));
  stage.callable = std::make_shared<const model::Callable>(read_callable(from));
  return stage;
}

}  // namespace

std::vector<model::Stage> read_stages(const Value& reply) {
  std::vector<model::Stage> out;
  for (const auto& stage : list(reply, "stages")) out.push_back(read_stage(stage));
  return out;
}

void throw_described(const Value& error) {
  auto message = text(error, "message");
  const auto stage = text(error, "stage");
  const auto kind = text(error, "kind");
  if (kind == "import") {
    message = cat("the pipeline could not be imported: ", message);
  } else if (!stage.empty() && message.find(stage) == message.npos) {
    message = cat("stage '", stage, "': ", message);
  }
  if (const auto traceback = text(error, "traceback"); !traceback.empty() && kind == "import") message += cat("\n", trim(traceback));
  auto out = Error(message).with_hint(text(error, "hint"));
  if (const auto file = text(error, "file"); !file.empty()) out.with_place({file, static_cast<int>(number(error, "line")), 0});
  throw out;
}

}  // namespace pivot::importers::python
