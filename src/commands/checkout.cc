// `pivot checkout`: brings the workspace to what the lock and the *.dvc files say.
#include "base/error.h"
#include "base/strings.h"
#include "commands/checkout_run.h"
#include "commands/run_functions.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

Outcome run_checkout(Session& session, const Args& args) {
  auto& ws = session.workspace();
  workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
  const auto& names = args.values("targets");
  std::vector<workspace::Target> targets;
  try {
    targets = resolver.outs(names, args.flag("recursive"), args.flag("with_deps"));
  } catch (const Error& e) {
    if (names.size() == 1 && e.message().find("does not exist as an output") != std::string::npos)
      throw Error(cat("Did you mean `git checkout ", names[0], "`?: ", e.message()));
    throw;
  }
  ws.lock().acquire();
  ws.lockbook().refresh();
  const CheckoutFlags flags{args.flag("force"), args.flag("relink"), args.flag("allow_missing")};
  const auto report = check_out(session, targets, flags);
  ws.finish();
  if (args.flag("summary")) {
    const auto counts = change_counts(report);
    session.out().info(counts.empty() ? "No changes." : joined_counts(counts));
  } else {
    list_changes(session, report);
  }
  fail_checkout(report, flags.allow_missing);
  if (flags.relink) session.out().info("Relinked successfully");
  return {};
}

}  // namespace pivot::commands
