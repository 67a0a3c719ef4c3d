// `pivot logs`: what Python stages printed in their last run.
#include "base/error.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/stage_log.h"
#include "workspace/collection.h"
#include "workspace/run_times.h"
#include "workspace/targets.h"

namespace pivot::commands {

Outcome run_logs(Session& session, const Args& args) {
  auto& ws = session.workspace();
  workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
  std::string out;
  std::optional<std::map<std::string, double>> ran;
  const auto ids = resolver.stages(args.values("targets"), false, false);
  for (const auto id : ids) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    const auto address = stage.address_from(ws.cwd());
    auto text = ws.disk().read(engine::StageLog::file(cat(ws.tmp_dir(), "/pivot/logs"), stage.address()));
    if (!text && !stage.callable)
      throw Error(cat("there is no log of stage '", address, "': only the output of Python stages is kept")).with_hint("run it with `repro -f -s`");
    if (!text) {
      if (!ran) ran = workspace::RunTimes(ws.disk(), ws.run_times_file()).load();
      if (!ran->contains(stage.address())) throw Error(cat("there is no log of stage '", address, "': it has not run here"));
      text = "";  // it printed nothing
    }
    if (ids.size() > 1) out += cat("== ", address, " ==\n");
    out += *text;
    if (!text->empty() && text->back() != '\n') out += '\n';
  }
  return {0, out};
}

}  // namespace pivot::commands
