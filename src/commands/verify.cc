// `pivot verify`: is everything as the locks say, outputs and cache too? For scripts: exit 0 yes, 1 no.
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/explanation.h"
#include "engine/plan.h"
#include "engine/scan.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/targets.h"

namespace pivot::commands {

Outcome run_verify(Session& session, const Args& args) {
  auto& ws = session.workspace();
  std::vector<model::StageId> ids;
  if (args.values("targets").empty()) {
    ws.stages().check();
    ids = engine::make_plan(ws.project(), {}, {.everything = true});
  } else {
    ids = workspace::Targets(ws.stages(), ws.root(), ws.cwd()).stages(args.values("targets"), false, false);
  }
  engine::Scan scan(ws.project());
  std::size_t changed = 0;
  for (const auto id : ids) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    engine::Scan::Options options;
    options.allow_missing = args.flag("allow_missing");
    auto verdict = scan.look(id, options);
    // That it runs every time says nothing of what its last run left.
    if (ws.lockbook().find(stage) != nullptr) std::erase_if(verdict.reasons, [](const auto& reason) { return reason.kind == engine::Reason::Kind::always; });
    if (!verdict.changed()) continue;
    ++changed;
    session.out().info(cat("'", stage.address_from(ws.cwd()), "' does not stand:"));
    for (const auto& reason : verdict.reasons) session.out().info(cat("  - ", engine::explanation(reason, ws.cwd())));
  }
  if (changed == 0) session.out().info(cat("Verified: ", std::to_string(ids.size()), ids.size() == 1 ? " stage stands." : " stages stand."));
  return {changed == 0 ? 0 : 1, ""};
}

}  // namespace pivot::commands
