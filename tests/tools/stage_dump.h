// What the importer makes of a dvc.yaml as one value, for comparing with what real DVC makes of it (compat/resolve_compare.py).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "exporters/stage_value.h"
#include "importers/dvc/dvc_importer.h"
#include "text/json.h"
#include "text/yaml.h"

namespace pivot::stage_dump {

inline Value texts(const std::vector<std::string>& list) {
  List out;
  for (const auto& s : list) out.emplace_back(s);
  return Value(std::move(out));
}

inline Value out_value(const model::Out& out) {
  Map map;
  map.set("path", Value(out.path));
  map.set("file", Value(out.file));
  static constexpr const char* kKinds[] = {"out", "metric", "plot"};
  map.set("kind", Value(kKinds[static_cast<int>(out.kind)]));
  map.set("cache", Value(out.cache));
  map.set("persist", Value(out.persist));
  map.set("push", Value(out.push));
  map.set("remote", Value(out.remote));
  map.set("desc", Value(out.desc));
  map.set("type", Value(out.type));
  map.set("labels", out.labels.is_null() ? Value(List{}) : out.labels);
  map.set("meta", out.meta_value.is_null() ? Value(Map{}) : out.meta_value);
  map.set("plot", out.plot.is_null() ? Value(Map{}) : out.plot);
  return Value(std::move(map));
}

inline Value stage_value(const model::Stage& stage) {
  Map map;
  map.set("cmd", stage.cmd);
  map.set("wdir", Value(stage.wdir));
  List deps, params, outs;
  for (const auto& dep : stage.deps) deps.push_back(Value(List{Value(dep.path), Value(dep.file)}));
  for (const auto& dep : stage.params) params.push_back(Value(List{Value(dep.path), Value(dep.file), texts(dep.keys)}));
  for (const auto& out : stage.outs) outs.push_back(out_value(out));
  map.set("deps", Value(std::move(deps)));
  map.set("params", Value(std::move(params)));
  map.set("outs", Value(std::move(outs)));
  map.set("frozen", Value(stage.frozen));
  map.set("always_changed", Value(stage.always_changed));
  map.set("desc", Value(stage.desc));
  map.set("meta", stage.meta);
  return Value(std::move(map));
}

/// dvc.yaml -> model -> dvc.yaml -> model; "" when both models are the same, else both and the text between them.
inline std::string difference_after_a_round_trip(const std::string& file, std::string_view content, const importers::dvc::FileReader& reader,
                                                 const importers::dvc::ParsingOptions& options) {
  const auto folder = path::dirname(file);
  const auto first = importers::dvc::load_dvc_yaml(file, content, reader, options);
  Map stages, document;
  for (const auto& stage : first.stages)  // `@` is what a foreach makes
    stages.items.emplace_back(Value(replace_all(stage.name, "@", "-of-")), exporters::stage_value(stage, folder.empty() ? "." : folder));
  document.set("stages", Value(std::move(stages)));
  const auto written = text::yaml::dump(Value(std::move(document)));
  const auto second = importers::dvc::load_dvc_yaml(file, written, reader, options);
  if (first.stages.size() != second.stages.size()) return written;
  for (std::size_t i = 0; i < first.stages.size(); ++i) {
    const auto before = text::json::dump(stage_value(first.stages[i])), after = text::json::dump(stage_value(second.stages[i]));
    if (before != after) return cat(before, "\n", after, "\n", written);
  }
  return "";
}

/// {"order", "stages", sections, "warnings"} or {"error", "unexpected"}.
inline Value imported(const std::string& file, std::string_view content, const importers::dvc::FileReader& reader,
                      const importers::dvc::ParsingOptions& options) {
  Map out;
  try {
    const auto yaml = importers::dvc::load_dvc_yaml(file, content, reader, options);
    Map stages;
    List order;
    for (const auto& stage : yaml.stages) {
      order.emplace_back(stage.name);
      stages.items.emplace_back(Value(stage.name), stage_value(stage));
    }
    out.set("order", Value(std::move(order)));
    out.set("stages", Value(std::move(stages)));
    out.set("metrics", yaml.sections.metrics);
    out.set("params", yaml.sections.params);
    out.set("plots", yaml.sections.plots);
    out.set("artifacts", yaml.sections.artifacts);
    out.set("warnings", texts(yaml.warnings));
  } catch (const Error& error) {
    out.set("error", Value(error.message()));
    out.set("unexpected", Value(error.kind() == ErrorKind::unexpected));
  }
  return Value(std::move(out));
}

}  // namespace pivot::stage_dump
