#include "workspace/stage_lockbook.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/stage_log.h"
#include "exporters/stage_lock.h"
#include "importers/python/description.h"
#include "text/yaml.h"

namespace pivot::workspace {

namespace {

Value load(const std::string& content, const std::string& file) {
  try {
    return text::yaml::load(content);
  } catch (const text::yaml::SyntaxError& e) {
    const auto mark = e.problem_mark();
    throw Error(cat("'", file, "' is invalid: ", e.problem()), ErrorKind::validation)
        .with_place({file, mark ? mark->line + 1 : 0, mark ? mark->column + 1 : 0})
        .with_hint("restore it from Git, or delete it: the stage then runs once more");
  }
}

}  // namespace

std::string StageLockbook::file_of(const model::Stage& stage) {
  const auto folder = path::dirname(stage.file);
  return cat(".pivot/stages/", folder.empty() ? "" : cat(engine::file_name_of(folder), "/"), engine::file_name_of(stage.name), ".lock");
}

const model::StageRecord* StageLockbook::find(const model::Stage& stage) {
  const auto file = file_of(stage);
  const auto [it, fresh] = records_.try_emplace(file);
  if (fresh)
    if (const auto content = disk_.read(cat(root_, "/", file)))
      it->second = std::make_unique<model::StageRecord>(importers::python::read_stage_lock(load(*content, file), file));
  return it->second.get();
}

engine::Lockbook::Effect StageLockbook::record(const model::Stage& stage, const model::StageRecord& record) {
  const auto file = file_of(stage);
  const auto absolute = cat(root_, "/", file);
  const auto old = disk_.read(absolute);
  const auto text = exporters::write_stage_lock(stage.name, record);
  records_[file] = std::make_unique<model::StageRecord>(record);
  if (old && *old == text) return {false, false, file};
  if (!old) disk_.make_dirs(path::dirname(absolute));
  disk_.write_atomic(absolute, text);
  written_[file] = true;
  return {false, false, file};
}

void StageLockbook::remove(const model::Stage& stage) {
  const auto file = file_of(stage);
  records_[file] = nullptr;
  if (disk_.remove_file(cat(root_, "/", file))) written_[file] = true;
}

}  // namespace pivot::workspace
