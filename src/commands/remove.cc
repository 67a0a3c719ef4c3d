// `pivot remove`: takes stages and tracked data out of the project; the data itself stays unless --outs.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/gitignore.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

void remove_stage(workspace::Workspace& ws, const model::Stage& stage, bool outs) {
  for (const auto& out : stage.outs) {
    if (path::is_url(out.file)) continue;
    const auto file = ws.absolute(out.file);
    if (out.cache) ws.git_ignore().remove(file);
    if (outs) {
      ws.store().remove(file);
    } else if (out.cache && ws.disk().stat(file)) {
      ws.store().unprotect(file);  // from now on it is the user's own: no link into the cache
    }
  }
  const auto file = ws.absolute(stage.file);
  if (stage.is_data()) {
    ws.disk().remove_file(file);
    return;
  }
  const auto name = stage.name.substr(0, stage.name.find('@'));
  const auto text = ws.disk().read(file).value_or("");
  const auto edited = exporters::remove_stage(text, name);
  if (edited != text) {
    if (edited.empty()) {
      ws.disk().remove_file(file);
    } else {
      ws.disk().write_atomic(file, edited);
      ws.note_written(stage.file);
    }
  }
  ws.lockbook().remove(stage);
}

}  // namespace

Outcome run_remove(Session& session, const Args& args) {
  auto& ws = session.workspace();
  try {
    workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
    ws.lock().acquire();
    for (const auto& target : args.values("targets"))
      for (auto id : resolver.stages({target}, false, false))
        remove_stage(ws, ws.stages().stages[static_cast<std::size_t>(id)], args.flag("outs"));
  } catch (Error& e) {
    ws.finish();
    throw e.with_kind(e.kind() == ErrorKind::failure ? ErrorKind::refusal : e.kind());
  }
  ws.finish();
  return {};
}

}  // namespace pivot::commands
