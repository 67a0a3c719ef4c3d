// `pivot freeze` and `pivot unfreeze`.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "workspace/collection.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

Outcome set_frozen(Session& session, const Args& args, bool frozen) {
  auto& ws = session.workspace();
  const char* verb = frozen ? "freeze" : "unfreeze";
  int exit_code = 0;
  ws.lock().acquire();
  workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
  for (const auto& target : args.values("targets")) {
    try {
      for (auto id : resolver.stages({target}, false, false)) {
        auto stage = ws.stages().stages[static_cast<std::size_t>(id)];
        if (stage.is_data()) {
          stage.frozen = frozen;
          ws.write_dvc_file(stage);
          continue;
        }
        const auto file = ws.absolute(stage.file);
        const auto text = ws.disk().read(file).value_or("");
        const auto edited = exporters::set_frozen(text, stage.name.substr(0, stage.name.find('@')), frozen);
        session.out().info(cat("Modifying stage '", stage.name, "' in '", path::relative(stage.file, ws.cwd()), "'"));
        if (edited == text) continue;
        ws.disk().write_atomic(file, edited);
        ws.note_written(stage.file);
      }
    } catch (const Error& e) {
      session.out().error(cat("failed to ", verb, " '", target, "' - ", e.message()));
      exit_code = 1;
    }
  }
  ws.finish();
  return {exit_code, ""};
}

}  // namespace

Outcome run_freeze(Session& session, const Args& args) { return set_frozen(session, args, true); }
Outcome run_unfreeze(Session& session, const Args& args) { return set_frozen(session, args, false); }

}  // namespace pivot::commands
