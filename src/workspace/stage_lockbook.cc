#include "workspace/stage_lockbook.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/stage_log.h"
#include "exporters/stage_lock.h"
#include "importers/python/description.h"
#include "text/yaml.h"

namespace pivot::workspace {

Value StageLockbook::load(const std::string& content, const std::string& file) {
  try {
    return text::yaml::load(content);
  } catch (const text::yaml::SyntaxError& e) {
    const auto mark = e.problem_mark();
    throw Error(cat("'", file, "' is invalid: ", e.problem()), ErrorKind::validation)
        .with_place({file, mark ? mark->line + 1 : 0, mark ? mark->column + 1 : 0})
        .with_hint("restore it from Git, or delete it: the stage then runs once more");
  }
}

std::string StageLockbook::file_of(const model::Stage& stage) {
  const auto folder = path::dirname(stage.file);
  return cat(".pivot/stages/", folder.empty() ? "" : cat(engine::file_name_of(folder), "/"), engine::file_name_of(stage.name), ".lock");
}

StageLockbook::Known& StageLockbook::known(const model::Stage& stage) {
  const auto file = file_of(stage);
  const auto [it, fresh] = records_.try_emplace(file);
  if (!fresh) return it->second;
  if (const auto content = disk_.read(cat(root_, "/", file))) {
    const auto lock = load(*content, file);
    it->second.record = std::make_unique<model::StageRecord>(importers::python::read_stage_lock(lock, file));
    const auto* generation = lock.as_map().find("generation");
    if (generation != nullptr && generation->is_int()) it->second.generation = generation->as_int();
  }
  return it->second;
}

const model::StageRecord* StageLockbook::find(const model::Stage& stage) { return known(stage).record.get(); }

std::int64_t StageLockbook::generation(const model::Stage& stage) { return known(stage).generation; }

engine::Lockbook::Effect StageLockbook::record(const model::Stage& stage, const model::StageRecord& record) {
  const auto file = file_of(stage);
  const auto absolute = cat(root_, "/", file);
  const auto old = disk_.read(absolute);
  const auto text = exporters::write_stage_lock(stage.name, record);
  auto& entry = known(stage);
  entry.record = std::make_unique<model::StageRecord>(record);
  if (old && exporters::without_generations(*old) == text) return {false, false, file};
  exporters::Generations generations{++entry.generation, {}};
  for (const auto& dep : stage.deps) {
    const auto* above = producer ? producer(dep.file) : nullptr;
    if (above != nullptr) generations.deps.emplace_back(dep.path, generation(*above));
  }
  if (!old) disk_.make_dirs(path::dirname(absolute));
  disk_.write_atomic(absolute, cat(text, exporters::generation_lines(generations)));
  written_[file] = true;
  return {false, false, file};
}

void StageLockbook::remove(const model::Stage& stage) {
  const auto file = file_of(stage);
  records_[file] = {};
  if (disk_.remove_file(cat(root_, "/", file))) written_[file] = true;
}

}  // namespace pivot::workspace
