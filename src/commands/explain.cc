// `pivot explain`: why a stage would run, in the words of the scan that decides it.
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/explanation.h"
#include "engine/plan.h"
#include "engine/scan.h"
#include "text/json.h"
#include "workspace/collection.h"
#include "workspace/targets.h"

namespace pivot::commands {

Outcome run_explain(Session& session, const Args& args) {
  auto& ws = session.workspace();
  workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
  const auto& names = args.values("targets");
  std::vector<model::StageId> ids;
  if (names.empty()) {
    ws.stages().check();
    ids = engine::make_plan(ws.project(), {}, {.everything = true});
  } else {
    ids = resolver.stages(names, false, false);
  }
  engine::Scan scan(ws.project());
  std::string text;
  Map json;
  for (auto id : ids) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    auto verdict = scan.look(id, {.depth = engine::Scan::Depth::all, .hashes = true});
    const auto address = stage.address_from(ws.cwd());
    const auto* record = stage.is_data() ? nullptr : ws.project().lockbook.find(stage);
    if (!stage.is_data() && record == nullptr)
      verdict.reasons.insert(verdict.reasons.begin(), {engine::Reason::Kind::command, engine::Change::added, {}, {}, {}, {}});
    List reasons;
    for (const auto& reason : verdict.reasons) reasons.push_back(engine::explanation_value(reason, ws.cwd()));
    Map entry;
    entry.set("status", verdict.changed() ? "changed" : "unchanged");
    entry.set("frozen", stage.frozen);
    entry.set("reasons", std::move(reasons));
    json.items.emplace_back(address, std::move(entry));
    text += cat(stage.is_data() ? "" : "Stage ", "'", address, "' ", verdict.changed() ? "changed:" : "is unchanged", "\n");
    for (const auto& reason : verdict.reasons) text += cat("  - ", engine::explanation(reason, ws.cwd()), "\n");
  }
  if (args.flag("json")) return {0, cat(text::json::dump(json), "\n")};
  return {0, text};
}

}  // namespace pivot::commands
