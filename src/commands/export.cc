// `pivot export`: Python pipelines as a dvc.yaml that plain DVC runs, and their locks as a dvc.lock that it finds clean.
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/saving.h"
#include "engine/param_path.h"
#include "engine/scan.h"
#include "exporters/dvc_lock.h"
#include "exporters/python_stage.h"
#include "importers/dvc/dvc_importer.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

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

/// One dvc.yaml that is being exported to.
struct Target {
  std::string folder;
  std::string file;
  std::string before, after;
  std::vector<model::StageId> stages;
};

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

std::string export_text(Workspace& ws, const Target& target, bool force) {
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
    if (!names.insert(stage.name).second)
      throw Error(cat("two Python stages of '", target.folder, "' are called '", stage.name, "': one dvc.yaml can't hold both"))
          .with_place({stage.callable->place.file, stage.callable->place.line, 0})
          .with_hint("give one of them another name");
    if (const auto found = by_name.find(stage.name); found != by_name.end() && !force)
      check_old(*found->second, stage.name, target.file, stage.callable->address);
    wanted.items.emplace_back(Value(stage.name), exporters::exported_stage(stage, target.folder, given_params(ws, stage, target.folder)));
  }
  std::vector<std::string> gone;
  for (const auto& [name, stage] : by_name)
    if (!exporters::exported_address(*stage).empty() && names.count(name) == 0) gone.push_back(name);
  if (trim(target.before).empty()) return exporters::edit_stages(exporters::kExportComment, document, {}, wanted);
  return exporters::edit_stages(target.before, document, gone, wanted);
}

std::vector<Target> make_targets(Workspace& ws, bool force) {
  std::map<std::string, Target> by_folder;
  const auto& all = ws.stages().stages;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].callable) by_folder[folder_of(all[i].file)].stages.push_back(static_cast<model::StageId>(i));
  std::vector<Target> out;
  for (auto& [folder, target] : by_folder) {
    target.folder = folder;
    target.file = in_folder(folder, "dvc.yaml");
    target.before = ws.disk().read(ws.absolute(target.file)).value_or("");
    target.after = export_text(ws, target, force);
    out.push_back(std::move(target));
  }
  return out;
}

/// Entries of dvc.lock for the stages that stand, so that `dvc status` is clean without running anything.
std::size_t export_locks(Workspace& ws, const std::vector<Target>& targets) {
  engine::Scan scan(ws.project());
  std::size_t count = 0;
  ws.lock().acquire();
  for (const auto& target : targets) {
    const importers::dvc::FileReader reader{[&ws](const std::string& p) { return ws.disk().read(ws.absolute(p)); }};
    const auto made = importers::dvc::load_dvc_yaml(target.file, target.after, reader);
    std::unordered_map<std::string_view, const model::Stage*> by_name;
    for (const auto& stage : made.stages) by_name.emplace(stage.name, &stage);
    for (const auto id : target.stages) {
      const auto found = by_name.find(ws.stages().stages[static_cast<std::size_t>(id)].name);
      if (found == by_name.end() || scan.look(id, {}).changed()) continue;
      engine::Saver saver(ws.project(), scan, {.commit = false, .allow_missing = false});
      ws.lockbook().dvc.record(*found->second, saver.record(*found->second));
      ++count;
    }
  }
  ws.lockbook().write(true);
  return count;
}

}  // namespace

Outcome run_export(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto targets = make_targets(ws, args.flag("force"));
  if (targets.empty()) throw Error("this project has no Python stages to export");
  if (args.flag("stdout")) {
    std::string text;
    for (const auto& target : targets) text += targets.size() > 1 ? cat("# ", target.file, "\n", target.after) : target.after;
    return {0, text};
  }
  std::vector<std::string> stale;
  for (const auto& target : targets)
    if (target.before != target.after) stale.push_back(path::relative(target.file, ws.cwd()));
  if (args.flag("check")) {
    if (stale.empty()) return {};
    session.out().error(cat(join(stale, ", "), stale.size() == 1 ? " is" : " are", " out of date: run `pivot export`"));
    return {1, ""};
  }
  for (const auto& target : targets) {
    if (target.before == target.after) continue;
    ws.disk().write_atomic(ws.absolute(target.file), target.after);
    ws.note_written(target.file);
  }
  const auto locked = args.flag("no_lock") ? 0 : export_locks(ws, targets);
  ws.finish();
  std::size_t stages = 0;
  for (const auto& target : targets) stages += target.stages.size();
  session.out().info(cat(stale.empty() ? "Nothing changed in dvc.yaml" : cat("Wrote ", join(stale, ", ")), ": ", std::to_string(stages),
                         stages == 1 ? " stage" : " stages", ", ", std::to_string(locked), " of them with a record in dvc.lock"));
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
