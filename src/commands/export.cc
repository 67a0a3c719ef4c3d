// `pivot export`: Python pipelines as a dvc.yaml that plain DVC runs, and their locks as a dvc.lock that it finds clean.
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/exported_pipelines.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/validation/validation.h"
#include "engine/saving.h"
#include "engine/scan.h"
#include "exporters/python_stage.h"
#include "exporters/standalone_runner.h"
#include "importers/dvc/dvc_importer.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/python_pipelines.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

/// Entries of dvc.lock for the stages that stand, so that `dvc status` is clean without running anything.
std::size_t export_locks(Workspace& ws, const std::vector<ExportTarget>& targets) {
  engine::Scan scan(ws.project());
  std::size_t count = 0;
  ws.lock().acquire();
  for (const auto& target : targets) {
    const importers::dvc::FileReader reader{[&ws](const std::string& p) { return ws.disk().read(ws.absolute(p)); }};
    const auto made = importers::dvc::load_dvc_yaml(target.file, target.after, reader);
    std::unordered_map<std::string_view, const model::Stage*> by_name;
    for (const auto& stage : made.stages) by_name.emplace(stage.name, &stage);
    for (const auto id : target.stages) {
      const auto found = by_name.find(exporters::exported_name(ws.stages().stages[static_cast<std::size_t>(id)]));
      if (found == by_name.end() || scan.look(id, {}).changed()) continue;
      engine::Saver saver(ws.project(), scan, {.commit = false, .allow_missing = false});
      ws.lockbook().dvc.record(*found->second, saver.record(*found->second));
      ++count;
    }
  }
  ws.lockbook().write(true);
  return count;
}

/// What is to be written: file relative to the root -> text.
std::map<std::string, std::string> files_of(const std::vector<ExportTarget>& targets) {
  std::map<std::string, std::string> out;
  for (const auto& target : targets) {
    out[target.file] = target.after;
    if (!target.runner.empty()) out[target.runner] = exporters::standalone_runner(workspace::python_package());
  }
  return out;
}

constexpr const char* kLiveHint = "If a notebook or script defined it, put its function into pipeline.py; if it is gone, delete the lock.";

Error nothing_to_export(Workspace& ws) {
  const auto locks = unexportable_locks(ws);
  if (locks.empty()) return Error("this project has no Python stages to export");
  return Error(cat("no pipeline file defines a stage that could be exported; there are locks of others: ", join(locks, ", "))).with_hint(kLiveHint);
}

std::string shown(Workspace& ws, const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const auto& file : files) out.push_back(path::relative(file, ws.cwd()));
  return join(out, ", ");
}

}  // namespace

Outcome run_export(Session& session, const Args& args) {
  if (args.flag("validate")) return validation::run_validation(session, args);
  auto& ws = session.workspace();
  const auto targets = export_targets(ws, args.flag("force"), args.flag("standalone"));
  if (targets.empty()) throw nothing_to_export(ws);
  for (const auto& lock : unexportable_locks(ws))
    session.out().warning(cat("'", lock, "' belongs to a stage that no pipeline file defines, so DVC can't run it and it is not exported. ", kLiveHint));
  if (args.flag("stdout")) {
    std::string text;
    for (const auto& target : targets) text += targets.size() > 1 ? cat("# ", target.file, "\n", target.after) : target.after;
    return {0, text};
  }
  const auto files = files_of(targets);
  std::vector<std::string> stale;
  for (const auto& [file, text] : files)
    if (ws.disk().read(ws.absolute(file)) != text) stale.push_back(file);
  if (args.flag("check")) {
    if (stale.empty()) return {};
    session.out().error(cat(shown(ws, stale), stale.size() == 1 ? " is" : " are", " out of date: run `pivot export`"));
    return {1, ""};
  }
  for (const auto& file : stale) {
    ws.disk().write_atomic(ws.absolute(file), files.at(file));
    ws.note_written(file);
  }
  const auto locked = args.flag("no_lock") ? 0 : export_locks(ws, targets);
  ws.finish();
  std::size_t stages = 0;
  for (const auto& target : targets) stages += target.stages.size();
  session.out().info(cat(stale.empty() ? "Nothing changed in dvc.yaml" : cat("Wrote ", shown(ws, stale)), ": ", std::to_string(stages),
                         stages == 1 ? " stage" : " stages", ", ", std::to_string(locked), " of them with a record in dvc.lock"));
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
