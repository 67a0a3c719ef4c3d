#include "workspace/recorded_stages.h"

#include <algorithm>
#include <set>

#include "base/path.h"
#include "base/strings.h"
#include "importers/python/description.h"
#include "workspace/stage_lockbook.h"

namespace pivot::workspace {

namespace {

model::Stage stage_of(Disk& disk, const std::string& root, const std::string& pipeline, const Value& lock, const model::StageRecord& record) {
  model::Stage out;
  const auto* name = lock.as_map().find("stage");
  out.name = name != nullptr && name->is_string() ? name->as_string() : "";
  out.file = pipeline;
  out.wdir = path::dirname(pipeline).empty() ? "." : path::dirname(pipeline);
  out.callable = std::make_shared<model::Callable>(model::Callable{.address = cat(pipeline, ":", out.name)});
  const auto file_of = [&](const std::string& entry) { return path::is_absolute(entry) ? entry : path::normalize(path::join(out.wdir, entry)); };
  for (const auto& entry : record.deps) {
    model::Dep dep;
    dep.path = entry.path;
    dep.file = file_of(entry.path);
    out.deps.push_back(std::move(dep));
  }
  for (const auto& entry : record.outs) {
    model::Out made;
    made.path = entry.path;
    made.file = file_of(entry.path);
    made.cache = !disk.lstat(cat(root, "/", made.file)).has_value();
    out.outs.push_back(std::move(made));
  }
  return out;
}

}  // namespace

std::vector<model::Stage> recorded_stages(Disk& disk, const std::string& root, const std::vector<std::string>& pipeline_files) {
  std::vector<model::Stage> out;
  std::set<std::string> seen;
  for (const auto& pipeline : pipeline_files) {
    model::Stage any;
    any.file = pipeline;
    const auto folder = path::dirname(StageLockbook::file_of(any));
    if (!seen.insert(folder).second || !disk.stat(cat(root, "/", folder))) continue;
    std::vector<std::string> names;
    for (const auto& entry : disk.list(cat(root, "/", folder)))
      if (entry.name.ends_with(".lock")) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
      const auto file = cat(folder, "/", name);
      const auto lock = StageLockbook::load(disk.read(cat(root, "/", file)).value_or(""), file);
      auto stage = stage_of(disk, root, pipeline, lock, importers::python::read_stage_lock(lock, file));
      if (StageLockbook::file_of(stage) == file) out.push_back(std::move(stage));
    }
  }
  return out;
}

}  // namespace pivot::workspace
