// `pivot import-dvc`: the stages of dvc.yaml become functions of a Python pipeline, their entries in dvc.lock become locks of these, and
// nothing runs again.
#include <map>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "exporters/pipeline_skeleton.h"
#include "exporters/yaml_update.h"
#include "git/git.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

using model::Stage;
using workspace::Workspace;

std::string folder_of(const std::string& file) {
  const auto folder = path::dirname(file);
  return folder.empty() ? "." : folder;
}

std::string in_folder(const std::string& folder, std::string_view name) { return folder == "." ? std::string(name) : cat(folder, "/", name); }

/// One dvc.yaml that is taken over.
struct Migration {
  std::string file, folder;             ///< relative to the root
  std::string pipeline;                 ///< the Python file, relative to the root
  std::string naming;                   ///< a pivot.yaml that names it; "" when its own name does
  std::vector<const Stage*> stages;     ///< that move
  std::vector<std::pair<const Stage*, std::string>> kept;  ///< that stay, and why
  std::string text;                     ///< of the pipeline
  std::string yaml_before, yaml_after;  ///< of dvc.yaml; "" after: it goes
};

std::string group_of(const std::string& name) { return name.substr(0, name.find('@')); }

/// Stages of one foreach or matrix move together or not at all.
void sort_out(const std::vector<const Stage*>& all, Migration& migration) {
  std::map<std::string, std::string> obstacles;
  for (const auto* stage : all)
    if (const auto what = exporters::obstacle_to_python(*stage); !what.empty()) obstacles.emplace(group_of(stage->name), what);
  for (const auto* stage : all) {
    const auto found = obstacles.find(group_of(stage->name));
    if (found == obstacles.end()) {
      migration.stages.push_back(stage);
    } else {
      migration.kept.emplace_back(stage, found->second);
    }
  }
}

/// dvc.yaml without the stages that move: other sections stay, `vars` too while something may use them.
std::string rest_of(const Migration& migration) {
  const auto document = text::yaml::load(migration.yaml_before);
  Map rest;
  rest.items = document.as_map().items;
  std::set<std::string> moved;
  for (const auto* stage : migration.stages) moved.insert(group_of(stage->name));
  for (const auto* stage : migration.stages) moved.insert(stage->name);
  Map stages;
  if (const auto* before = rest.find("stages"); before != nullptr && before->is_map())
    for (const auto& item : before->as_map().items)
      if (moved.count(python_str(item.first)) == 0) stages.items.push_back(item);
  stages.empty() ? static_cast<void>(rest.erase("stages")) : static_cast<void>(rest.set("stages", Value(std::move(stages))));
  if (rest.empty() || (rest.size() == 1 && rest.find("vars") != nullptr)) return "";
  return exporters::update_yaml(migration.yaml_before, document, Value(std::move(rest)), exporters::UpdateStyle::keep_text);
}

void choose_pipeline(Workspace& ws, Migration& migration) {
  migration.pipeline = in_folder(migration.folder, "pipeline.py");
  if (!ws.disk().lstat(ws.absolute(migration.pipeline))) return;
  // Somebody's own pipeline.py: ours gets another name, and a pivot.yaml that names it.
  migration.pipeline = in_folder(migration.folder, "dvc_stages.py");
  migration.naming = in_folder(migration.folder, "pivot.yaml");
  for (const auto& file : {migration.pipeline, migration.naming})
    if (ws.disk().lstat(ws.absolute(file)))
      throw Error(cat("the stages of '", migration.file, "' have no place to go: '", in_folder(migration.folder, "pipeline.py"), "' and '", file, "' are there already"))
          .with_hint("move one of them out of the way");
}

std::vector<exporters::SkeletonStage> skeletons(Workspace& ws, const Migration& migration, bool functions) {
  std::vector<exporters::SkeletonStage> out;
  for (const auto* stage : migration.stages) {
    exporters::SkeletonStage one{stage, std::nullopt};
    if (functions && stage->cmd.is_string() && stage->wdir == migration.folder)
      if (const auto script = exporters::plain_script(stage->cmd.as_string()); !script.empty())
        if (const auto text = ws.disk().read(ws.absolute(in_folder(migration.folder, script))))
          one.call = exporters::callable_main(stage->cmd.as_string(), *text);
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Migration> plan(Workspace& ws, bool functions) {
  std::map<std::string, std::vector<const Stage*>> by_file;
  for (const auto& stage : ws.stages().stages)
    if (!stage.is_data() && !stage.callable && stage.settings.exports.empty()) by_file[stage.file].push_back(&stage);
  std::vector<Migration> out;
  for (const auto& [file, stages] : by_file) {
    Migration migration;
    migration.file = file;
    migration.folder = folder_of(file);
    sort_out(stages, migration);
    if (!migration.stages.empty()) {
      choose_pipeline(ws, migration);
      migration.text = exporters::pipeline_skeleton(skeletons(ws, migration, functions), migration.folder);
      migration.yaml_before = ws.disk().read(ws.absolute(file)).value_or("");
      migration.yaml_after = rest_of(migration);
    }
    out.push_back(std::move(migration));
  }
  return out;
}

/// What is removed must be in Git, so that nothing is lost.
void require_committed(Workspace& ws, const std::vector<Migration>& migrations) {
  for (const auto& migration : migrations) {
    if (migration.stages.empty()) continue;
    std::optional<std::string> committed;
    const auto file = ws.absolute(migration.file);
    if (ws.git().exists() && ws.git().has_rev("HEAD")) committed = ws.git().read("HEAD", path::relative(file, ws.git().root()));
    if (committed == migration.yaml_before) continue;
    throw Error(cat("'", migration.file, "' has changes that no commit holds, and its stages would be removed from it"))
        .with_hint("commit it first, look at what would happen with --dry, or take the stages over all the same with --force");
  }
}

std::string described(const Migration& migration, bool would) {
  std::string out;
  if (!migration.stages.empty())
    out += cat(would ? "Would take over " : "Took over ", std::to_string(migration.stages.size()), migration.stages.size() == 1 ? " stage" : " stages", " of ",
               migration.file, " into ", migration.pipeline, migration.naming.empty() ? "" : cat(", named by ", migration.naming),
               migration.yaml_after.empty() ? cat("; nothing is left in ", migration.file) : "", "\n");
  for (const auto& [stage, why] : migration.kept) out += cat("Stage '", stage->address(), "' stays in ", migration.file, ": ", why, "\n");
  return out;
}

void write_pipelines(Workspace& ws, const std::vector<Migration>& migrations) {
  for (const auto& migration : migrations) {
    if (migration.stages.empty()) continue;
    ws.disk().write_atomic(ws.absolute(migration.pipeline), migration.text);
    if (!migration.naming.empty())
      ws.disk().write_atomic(ws.absolute(migration.naming), cat("files: [", path::basename(migration.pipeline), "]\n"));
  }
}

void remove_pipelines(Workspace& ws, const std::vector<Migration>& migrations) {
  for (const auto& migration : migrations) {
    if (migration.stages.empty()) continue;
    ws.disk().remove_file(ws.absolute(migration.pipeline));
    if (!migration.naming.empty()) ws.disk().remove_file(ws.absolute(migration.naming));
  }
}

/// What dvc.lock says of a stage, as the lock of its function. Commands that changed since are not taken as run.
std::size_t convert_locks(Workspace& before, Workspace& after, const std::vector<Migration>& migrations) {
  std::size_t converted = 0;
  for (const auto& migration : migrations)
    for (const auto* stage : migration.stages) {
      const auto* known = before.lockbook().find(*stage);
      const auto id = after.stages().find(migration.pipeline, stage->name);
      if (id < 0) throw Error(cat("the function of stage '", stage->name, "' is not found in '", migration.pipeline, "'"));
      if (known == nullptr || !python_equal(known->cmd, stage->cmd)) continue;
      const auto& python = after.stages().stages[static_cast<std::size_t>(id)];
      auto record = *known;
      record.cmd = Value();
      record.code = python.callable->code;
      record.values = python.callable->params;
      record.distributions = python.callable->distributions;
      after.lockbook().python.record(python, record);
      ++converted;
    }
  return converted;
}

void remove_from_dvc(Workspace& ws, const std::vector<Migration>& migrations) {
  for (const auto& migration : migrations) {
    if (migration.stages.empty()) continue;
    const auto lock = ws.absolute(in_folder(migration.folder, "dvc.lock"));
    if (const auto text = ws.disk().read(lock)) {
      exporters::DvcLockWriter writer(*text);
      for (const auto* stage : migration.stages) writer.remove(stage->name);
      writer.empty() ? static_cast<void>(ws.disk().remove_file(lock)) : ws.disk().write_atomic(lock, writer.text());
    }
    const auto file = ws.absolute(migration.file);
    migration.yaml_after.empty() ? static_cast<void>(ws.disk().remove_file(file)) : ws.disk().write_atomic(file, migration.yaml_after);
  }
}

}  // namespace

Outcome run_import_dvc(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const bool dry = args.flag("dry");
  if (!dry) ws.recover();
  const auto migrations = plan(ws, args.flag("functions"));
  std::size_t stages = 0;
  for (const auto& migration : migrations) stages += migration.stages.size();
  if (migrations.empty()) throw Error("this project has no stages in a dvc.yaml to take over");
  Outcome out;
  if (dry || stages == 0) {
    for (const auto& migration : migrations) {
      if (dry && !migration.stages.empty()) out.text += cat("# ", migration.pipeline, "\n", migration.text, "\n");
      out.text += described(migration, true);
    }
    return out;
  }
  if (!args.flag("force")) require_committed(ws, migrations);
  ws.lock().acquire();
  write_pipelines(ws, migrations);
  std::size_t converted = 0;
  try {
    // Opened anew, now with the pipelines; dvc.yaml still has the stages, so that a failure here loses nothing.
    workspace::Workspace after(session.cwd(), session.lock_wait());
    converted = convert_locks(ws, after, migrations);
    after.finish();
  } catch (...) {
    remove_pipelines(ws, migrations);
    throw;
  }
  remove_from_dvc(ws, migrations);
  for (const auto& migration : migrations) session.out().info(trim(described(migration, false)));
  session.out().info(cat(std::to_string(converted), " of ", std::to_string(stages), " had a record of their last run, which they keep."));
  session.out().info("\nPut the new files, .pivot/stages and what went into Git. `pivot export` writes a dvc.yaml again for those who run DVC.");
  return out;
}

}  // namespace pivot::commands
