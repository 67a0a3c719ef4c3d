// What `pivot export` writes: one dvc.yaml beside every Python pipeline.
#include "commands/exported_pipelines.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/param_path.h"
#include "exporters/dvc_lock.h"
#include "exporters/python_stage.h"
#include "exporters/standalone_runner.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/stage_lockbook.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

std::string folder_of(const std::string& file) {
  const auto folder = path::dirname(file);
  return folder.empty() ? "." : folder;
}

std::string in_folder(const std::string& folder, const char* name) { return folder == "." ? name : cat(folder, "/", name); }

/// Which parameters of a stage the folder's params file gives values to: "train.lr".
std::set<std::string> given_params(Workspace& ws, const model::Stage& stage, const std::string& folder) {
  std::set<std::string> out;
  const auto params = ws.stages().params(in_folder(folder, "params.yaml"));
  if (!params || !stage.callable->params.is_map()) return out;
  const auto base = stage.name.substr(0, stage.name.find('@'));
  for (const auto& [key, value] : stage.callable->params.as_map().items)
    for (const auto& name : {stage.name, base})
      if (const auto dotted = cat(name, ".", key.as_string()); engine::find_param(*params, dotted) != nullptr) out.insert(dotted);
  return out;
}

/// Refuses to overwrite what somebody changed since the last export, and stages that are not ours.
void check_old(const Value& old, const std::string& name, const std::string& file, const std::string& address) {
  const auto of = exporters::exported_address(old);
  if (of.empty())
    throw Error(cat("'", file, "' has a stage '", name, "' of its own: the Python stage of that name can't be exported"))
        .with_hint("give one of them another name, or overwrite it with --force");
  const auto* digest = old.as_map().find("meta")->as_map().find("pivot")->as_map().find("export")->as_map().find("digest");
  if (of == address && digest != nullptr && digest->is_string() && digest->as_string() == exporters::export_digest(old.as_map())) return;
  throw Error(cat("stage '", name, "' in '", file, "' was changed by hand since it was exported"))
      .with_hint("take the change over into the Python pipeline, then overwrite it with --force");
}

/// "pipeline.py:4: ".
std::string shown_place(const model::Stage& stage) {
  const auto& place = stage.callable->place;
  return place.file.empty() ? "" : cat(place.file, ":", std::to_string(place.line), ": ");
}

std::string export_text(Workspace& ws, const ExportTarget& target, bool force, bool standalone) {
  const auto document = text::yaml::load(target.before);
  static const Map kNone;
  const auto* stages = document.is_map() ? document.as_map().find("stages") : nullptr;
  const Map& old = stages != nullptr && stages->is_map() ? stages->as_map() : kNone;
  std::unordered_map<std::string, const Value*> by_name;
  for (const auto& [name, stage] : old.items) by_name.emplace(python_str(name), &stage);
  Map wanted;
  std::set<std::string> names;
  for (const auto id : target.stages) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    const auto exported_name = exporters::exported_name(stage);
    if (!names.insert(exported_name).second)
      throw Error(cat(shown_place(stage), "two Python stages of '", target.folder, "' are called '", exported_name,
                      "' in dvc.yaml: one dvc.yaml can't hold both"))
          .with_hint("give one of them another name");
    if (const auto found = by_name.find(exported_name); found != by_name.end() && !force)
      check_old(*found->second, exported_name, target.file, stage.callable->address);
    wanted.items.emplace_back(Value(exported_name), exporters::exported_stage(stage, target.folder, given_params(ws, stage, target.folder), standalone));
  }
  std::vector<std::string> gone;
  for (const auto& [name, stage] : by_name)
    if (!exporters::exported_address(*stage).empty() && names.count(name) == 0) gone.push_back(name);
  if (trim(target.before).empty()) return exporters::edit_stages(standalone ? exporters::kStandaloneComment : exporters::kExportComment, document, {}, wanted);
  return exporters::edit_stages(target.before, document, gone, wanted);
}

}  // namespace

std::vector<std::string> unexportable_locks(workspace::Workspace& ws) {
  std::set<std::string> known;
  for (const auto& stage : ws.stages().stages)
    if (stage.callable) known.insert(workspace::StageLockbook::file_of(stage));
  std::vector<std::string> out, open{".pivot/stages"};
  while (!open.empty()) {
    const auto folder = open.back();
    open.pop_back();
    if (!ws.disk().stat(ws.absolute(folder))) continue;
    for (const auto& entry : ws.disk().list(ws.absolute(folder))) {
      const auto file = cat(folder, "/", entry.name);
      if (entry.type == FileType::dir) open.push_back(file);
      if (entry.type == FileType::file && entry.name.ends_with(".lock") && known.count(file) == 0) out.push_back(file);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<ExportTarget> export_targets(workspace::Workspace& ws, bool force, bool standalone) {
  std::map<std::string, ExportTarget> by_folder;
  const auto& all = ws.stages().stages;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].callable) by_folder[folder_of(all[i].file)].stages.push_back(static_cast<model::StageId>(i));
  std::vector<ExportTarget> out;
  for (auto& [folder, target] : by_folder) {
    target.folder = folder;
    target.file = in_folder(folder, "dvc.yaml");
    target.before = ws.disk().read(ws.absolute(target.file)).value_or("");
    target.after = export_text(ws, target, force, standalone);
    if (standalone) target.runner = in_folder(folder, exporters::kStandaloneRunner);
    out.push_back(std::move(target));
  }
  return out;
}

}  // namespace pivot::commands
