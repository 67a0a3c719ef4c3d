#include "exporters/stage_lock.h"

#include <algorithm>

#include "exporters/dvc_lock.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

void add_list(Map& out, const char* name, const std::vector<model::LockEntry>& entries) {
  if (entries.empty()) return;
  model::StageRecord only;
  only.deps = entries;
  out.set(name, *lock_value(only).as_map().find("deps"));
}

Map sorted(Map map) {
  std::sort(map.items.begin(), map.items.end(), [](const auto& a, const auto& b) { return python_str(a.first) < python_str(b.first); });
  return map;
}

}  // namespace

std::string write_stage_lock(const std::string& name, const model::StageRecord& record) {
  Map out;
  out.set("schema", 1);
  out.set("stage", name);
  Map code, packages;
  for (const auto& entry : record.code) code.items.emplace_back(Value(entry.key), Value(entry.hash));
  out.set("code", Value(sorted(std::move(code))));
  if (record.values.is_map() && !record.values.as_map().empty()) out.set("params", Value(sorted(record.values.as_map())));
  if (!record.params.empty()) {
    Map files;
    for (const auto& [file, values] : record.params) files.set(file, values.is_map() ? Value(sorted(values.as_map())) : values);
    out.set("param_files", Value(sorted(std::move(files))));
  }
  add_list(out, "deps", record.deps);
  add_list(out, "outs", record.outs);
  add_list(out, "reads", record.reads);
  for (const auto& [package, version] : record.distributions) packages.items.emplace_back(Value(package), Value(version));
  if (!packages.empty()) out.set("packages", Value(sorted(std::move(packages))));
  return text::yaml::dump(Value(std::move(out)));
}

std::string generation_lines(const Generations& generations) {
  Map out, deps;
  out.set("generation", generations.own);
  for (const auto& [dep, generation] : generations.deps) deps.set(dep, generation);
  if (!deps.empty()) out.set("dep_generations", Value(sorted(std::move(deps))));
  return text::yaml::dump(Value(std::move(out)));
}

std::string_view without_generations(std::string_view lock) { return lock.substr(0, std::min(lock.find("\ngeneration: "), lock.size() - 1) + 1); }

}  // namespace pivot::exporters
