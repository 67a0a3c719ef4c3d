#include "exporters/python_stage.h"

#include <algorithm>

#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "exporters/standalone_runner.h"
#include "text/json.h"

namespace pivot::exporters {

namespace {

/// A path with its properties, bare where it has none.
Value flagged(const std::string& name, Map properties) {
  if (properties.empty()) return Value(name);
  Map out;
  out.set(name, Value(std::move(properties)));
  return Value(std::move(out));
}

Value out_value(const model::Out& out) {
  Map properties;
  if (!out.cache) properties.set("cache", false);
  if (out.persist) properties.set("persist", true);
  if (!out.push) properties.set("push", false);
  if (!out.remote.empty()) properties.set("remote", out.remote);
  if (!out.desc.empty()) properties.set("desc", out.desc);
  if (!out.type.empty()) properties.set("type", out.type);
  if (out.labels.is_list() && !out.labels.as_list().empty()) properties.set("labels", out.labels);
  if (out.plot.is_map())
    for (const auto& [key, value] : out.plot.as_map().items) properties.items.emplace_back(key, value);
  return flagged(out.path, std::move(properties));
}

std::string quoted(const std::string& address) { return replace_all(replace_all(address, "\\", "\\\\"), "'", "\\'"); }

const Map* map_at(const Map& map, std::string_view key) {
  const auto* value = map.find(key);
  return value != nullptr && value->is_map() ? &value->as_map() : nullptr;
}

}  // namespace

std::string exported_name(const model::Stage& stage) { return replace_all(stage.name, "@", "-"); }

std::string export_digest(const Map& stage) {
  Map rest = stage;
  rest.erase("meta");
  const auto digest = xxh3_64(text::json::dump(Value(std::move(rest))));
  return to_hex({reinterpret_cast<const char*>(&digest), sizeof digest});
}

std::string exported_address(const Value& stage) {
  if (!stage.is_map()) return "";
  const auto* meta = map_at(stage.as_map(), "meta");
  const auto* ours = meta != nullptr ? map_at(*meta, "pivot") : nullptr;
  const auto* exported = ours != nullptr ? map_at(*ours, "export") : nullptr;
  const auto* of = exported != nullptr ? exported->find("of") : nullptr;
  return of != nullptr && of->is_string() ? of->as_string() : "";
}

Value exported_stage(const model::Stage& stage, const std::string& folder, const std::set<std::string>& params, bool standalone) {
  const auto& callable = *stage.callable;
  Map out;
  if (standalone) {
    const auto runner = path::relative(folder == "." ? kStandaloneRunner : cat(folder, "/", kStandaloneRunner), stage.wdir);
    out.set("cmd", cat("python ", shell_quote(runner), " ", shell_quote(callable.address)));
  } else {
    out.set("cmd", cat("python -c \"from pivot.exported import run; run('", quoted(callable.address), "')\""));
  }
  if (const auto wdir = path::relative(stage.wdir, folder); wdir != ".") out.set("wdir", wdir);
  List deps;
  std::set<std::string> seen;
  auto add_dep = [&](const std::string& written) {
    if (seen.insert(written).second) deps.emplace_back(written);
  };
  for (const auto& dep : stage.deps) add_dep(dep.path);
  auto sources = callable.files;
  std::sort(sources.begin(), sources.end());
  for (const auto& file : sources)
    if (!path::is_absolute(file)) add_dep(path::relative(file, stage.wdir));
  if (!deps.empty()) out.set("deps", Value(std::move(deps)));
  List own_params;
  for (const auto& dep : stage.params) {
    List keys;
    for (const auto& key : dep.keys) keys.emplace_back(key);
    Map named;
    named.set(dep.path, keys.empty() ? Value() : Value(std::move(keys)));
    own_params.emplace_back(std::move(named));
  }
  if (!params.empty()) {
    // Beside the dvc.yaml; DVC looks for it in the stage's folder.
    const auto file = path::relative(folder == "." ? "params.yaml" : cat(folder, "/params.yaml"), stage.wdir);
    List keys;
    for (const auto& key : params) keys.emplace_back(key);
    if (file != "params.yaml") {
      Map named;
      named.set(file, Value(std::move(keys)));
      keys = List{Value(std::move(named))};
    }
    own_params.insert(own_params.begin(), keys.begin(), keys.end());
  }
  if (!own_params.empty()) out.set("params", Value(std::move(own_params)));
  for (const auto& [kind, name] : {std::pair{model::OutKind::data, "outs"}, {model::OutKind::metric, "metrics"}, {model::OutKind::plot, "plots"}}) {
    List list;
    for (const auto& o : stage.outs)
      if (o.kind == kind) list.push_back(out_value(o));
    if (!list.empty()) out.set(name, Value(std::move(list)));
  }
  if (stage.always_changed) out.set("always_changed", true);
  Map exported, ours, meta;
  exported.set("of", callable.address);
  exported.set("digest", export_digest(out));
  ours.set("export", Value(std::move(exported)));
  meta.set("pivot", Value(std::move(ours)));
  out.set("meta", Value(std::move(meta)));
  return Value(std::move(out));
}

}  // namespace pivot::exporters
