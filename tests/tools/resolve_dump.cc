// Prints what the importer makes of a dvc.yaml, as one line of JSON: {"stages": {name: keys}, "order": [...], "sections": {...}} or
// {"error": text}. Used by compat/resolve_compare.py against real DVC.
//
//   resolve_dump ROOT FILE      FILE relative to ROOT
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/path.h"
#include "importers/dvc/dvc_importer.h"
#include "text/json.h"

namespace {

using pivot::List;
using pivot::Map;
using pivot::Value;

std::optional<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  if (in.bad() || (out.str().empty() && in.fail() && !in.eof())) return std::nullopt;
  return out.str();
}

Value texts(const std::vector<std::string>& list) {
  List out;
  for (const auto& s : list) out.emplace_back(s);
  return Value(std::move(out));
}

Value out_value(const pivot::model::Out& out) {
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

Value stage_value(const pivot::model::Stage& stage) {
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

Value imported(const std::string& root, const std::string& file) {
  using namespace pivot::importers::dvc;
  const FileReader reader{[&](const std::string& p) { return read_file(pivot::path::join(root, p)); }};
  ParsingOptions options;
  options.root = root;
  Map out;
  try {
    const auto yaml = load_dvc_yaml(file, read_file(pivot::path::join(root, file)).value_or(""), reader, options);
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
  } catch (const pivot::Error& error) {
    out.set("error", Value(error.message()));
    out.set("unexpected", Value(error.kind() == pivot::ErrorKind::unexpected));
  }
  return Value(std::move(out));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || (argc - 1) % 2 != 0) return 2;
  for (int i = 1; i + 1 < argc; i += 2) std::puts(pivot::text::json::dump(imported(argv[i], argv[i + 1])).c_str());
  return 0;
}
