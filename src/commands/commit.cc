// `pivot commit`: records what is in the workspace as the result of a stage, without running it.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/saving.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using engine::Reason;

/// What asks for a confirmation: everything but objects that only miss in the cache.
bool differs(const engine::Verdict& verdict) {
  for (const auto& reason : verdict.reasons) {
    if (reason.change == engine::Change::not_in_cache || reason.kind == Reason::Kind::always) continue;
    return true;
  }
  return false;
}

void commit_stage(workspace::Workspace& ws, engine::Scan& scan, model::StageId id, Reporter& out) {
  const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
  engine::Saver saver(ws.project(), scan, {.commit = true, .allow_missing = false});
  saver.on_empty = [&](const std::string& name) { out.warning(cat("'", name, "' is empty.")); };
  if (stage.is_data()) {
    const auto saved = saver.data_stage(stage);
    ws.ignore_outs(saved);
    ws.write_dvc_file(saved);
    return;
  }
  const auto record = saver.record(stage);
  if (engine::can_use_run_cache(stage)) {  // `commit` also keeps stages with uncached outs, which `repro` does not
    for (const auto& o : stage.outs)
      if (!o.cache) ws.store().keep(ws.absolute(o.file));
    ws.store().save_run(exporters::lock_value(engine::run_cache_record(record)));
  }
  ws.ignore_outs(stage);
  const auto effect = ws.lockbook().record(stage, record);
  if (effect.generated) out.info(cat("Generating lock file '", path::relative(effect.file, ws.cwd()), "'"));
  if (effect.updated) out.info(cat("Updating lock file '", path::relative(effect.file, ws.cwd()), "'"));
}

}  // namespace

Outcome run_commit(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto& names = args.values("targets");
  try {
    workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
    ws.lock().acquire();
    ws.lockbook().refresh();
    for (const auto& target : resolver.outs(names, args.flag("recursive"), args.flag("with_deps"))) {
      const auto& stage = ws.stages().stages[static_cast<std::size_t>(target.stage)];
      engine::Scan scan(ws.project());
      if (!args.flag("force") && differs(scan.look(target.stage, {})) &&
          !session.out().confirm(cat("stage '", stage.address_from(ws.cwd()), "' changed. Are you sure you want to commit it?")))
        throw Error(cat("unable to commit changed stage: '", stage.address_from(ws.cwd()), "'. Use `-f|--force` to force."));
      commit_stage(ws, scan, target.stage, session.out());
    }
  } catch (Error& e) {
    ws.finish();
    if (e.kind() != ErrorKind::failure) throw;
    const auto shown = names.size() == 1 ? cat("failed to commit ", names[0]) : std::string("failed to commit");
    throw Error(cat(shown, " - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  ws.finish();
  return {};
}

}  // namespace pivot::commands
