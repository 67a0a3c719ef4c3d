#include "exporters/stage_value.h"

#include "base/path.h"
#include "base/strings.h"

namespace pivot::exporters {

namespace {

/// `${...}` in the model is text: its template was resolved when it was read.
Value escaped(const Value& value) {
  if (value.is_string()) return Value(replace_all(value.as_string(), "${", "\\${"));
  if (value.is_list()) {
    List out;
    for (const auto& item : value.as_list()) out.push_back(escaped(item));
    return Value(std::move(out));
  }
  if (!value.is_map()) return value;
  Map out;
  for (const auto& [key, item] : value.as_map().items) out.items.emplace_back(escaped(key), escaped(item));
  return Value(std::move(out));
}

/// A path with its properties, bare where it has none.
Value flagged(const std::string& name, Value properties) {
  if (properties.is_map() && properties.as_map().empty()) return Value(name);
  Map out;
  out.set(name, std::move(properties));
  return Value(std::move(out));
}

Value out_value(const model::Out& out) {
  if (out.plot.is_list()) return flagged(out.path, out.plot);
  Map properties;
  if (!out.cache) properties.set("cache", false);
  if (out.persist) properties.set("persist", true);
  if (!out.push) properties.set("push", false);
  if (!out.remote.empty()) properties.set("remote", out.remote);
  if (!out.desc.empty()) properties.set("desc", out.desc);
  if (!out.type.empty()) properties.set("type", out.type);
  if (out.labels.is_list() && !out.labels.as_list().empty()) properties.set("labels", out.labels);
  if (!out.meta_value.is_null()) properties.set("meta", out.meta_value);
  if (out.plot.is_map())
    for (const auto& [key, value] : out.plot.as_map().items) properties.items.emplace_back(key, value);
  return flagged(out.path, Value(std::move(properties)));
}

List params_of(const model::Stage& stage) {
  List out;
  for (const auto& dep : stage.params) {
    List keys;
    for (const auto& key : dep.keys) keys.emplace_back(key);
    if (dep.path == "params.yaml" && !keys.empty()) {
      out.insert(out.end(), keys.begin(), keys.end());
      continue;
    }
    Map named;
    named.set(dep.path, keys.empty() ? Value() : Value(std::move(keys)));
    out.emplace_back(std::move(named));
  }
  return out;
}

}  // namespace

Value stage_value(const model::Stage& stage, const std::string& folder) {
  Map out;
  out.set("cmd", stage.cmd);
  if (const auto wdir = path::relative(stage.wdir, folder); wdir != ".") out.set("wdir", wdir);
  List deps;
  for (const auto& dep : stage.deps) deps.emplace_back(dep.path);
  if (!deps.empty()) out.set("deps", Value(std::move(deps)));
  if (auto params = params_of(stage); !params.empty()) out.set("params", Value(std::move(params)));
  for (const auto& [kind, name] : {std::pair{model::OutKind::data, "outs"}, {model::OutKind::metric, "metrics"}, {model::OutKind::plot, "plots"}}) {
    List list;
    for (const auto& o : stage.outs)
      if (o.kind == kind) list.push_back(out_value(o));
    if (!list.empty()) out.set(name, Value(std::move(list)));
  }
  if (stage.frozen) out.set("frozen", true);
  if (stage.always_changed) out.set("always_changed", true);
  if (!stage.desc.empty()) out.set("desc", stage.desc);
  if (!stage.meta.is_null()) out.set("meta", stage.meta);
  return escaped(Value(std::move(out)));
}

}  // namespace pivot::exporters
