#include "exporters/python_stage.h"

#include <algorithm>

#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "exporters/stage_value.h"
#include "exporters/standalone_runner.h"
#include "text/json.h"

namespace pivot::exporters {

namespace {

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
  auto plain = stage;
  plain.callable = nullptr;
  plain.desc.clear();  // the docstring stays with the function
  plain.meta = Value();
  if (standalone) {
    const auto runner = path::relative(folder == "." ? kStandaloneRunner : cat(folder, "/", kStandaloneRunner), stage.wdir);
    plain.cmd = cat("python ", shell_quote(runner), " ", shell_quote(callable.address));
  } else {
    plain.cmd = cat("python -c \"from pivot.exported import run; run('", quoted(callable.address), "')\"");
  }
  std::set<std::string> seen;
  plain.deps.clear();
  auto add_dep = [&](const std::string& written) {
    if (seen.insert(written).second) plain.deps.push_back({.path = written});
  };
  for (const auto& dep : stage.deps) add_dep(dep.path);
  auto sources = callable.files;
  std::sort(sources.begin(), sources.end());
  for (const auto& file : sources)
    if (!path::is_absolute(file)) add_dep(path::relative(file, stage.wdir));
  if (!params.empty()) {
    // Beside the dvc.yaml; DVC looks for it in the stage's folder.
    const auto file = path::relative(folder == "." ? "params.yaml" : cat(folder, "/params.yaml"), stage.wdir);
    plain.params.insert(plain.params.begin(), {.path = file, .keys = {params.begin(), params.end()}});
  }
  auto value = stage_value(plain, folder);
  auto& out = value.as_map();
  Map exported, ours, meta;
  exported.set("of", callable.address);
  exported.set("digest", export_digest(out));
  ours.set("export", Value(std::move(exported)));
  meta.set("pivot", Value(std::move(ours)));
  out.set("meta", Value(std::move(meta)));
  return value;
}

}  // namespace pivot::exporters
