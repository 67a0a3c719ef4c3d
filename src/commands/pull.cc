// `pivot pull`: what the records name, from remotes into the workspace.
#include "base/error.h"
#include "base/strings.h"
#include "commands/checkout_run.h"
#include "commands/run_functions.h"
#include "commands/transfers.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

std::size_t fetch_all(Session& session, const Args& args) {
  TransferCall call(session, args, "pull");
  if (!call.remotes().has_default()) session.out().plain_error("No remote provided and no default remote set.");
  TransferCall::Total total;
  try {
    total = call.fetch();
  } catch (const Error& e) {
    fail_transfer("pull", e.message(), e.hint());
  }
  if (total.failed > 0) fail_transfer("pull", counted_files(total.failed, "failed to download"));
  return total.moved;
}

}  // namespace

Outcome run_pull(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  ws.lockbook().refresh();
  const auto fetched = fetch_all(session, args);
  const auto targets = workspace::wanted_targets(ws, ws.stages(), data_scope(args));
  const CheckoutFlags flags{args.flag("force"), false, args.flag("allow_missing")};
  const auto report = check_out(session, targets, flags);
  ws.finish();
  list_changes(session, report);
  auto counts = change_counts(report);
  if (fetched > 0) counts.insert(counts.begin(), counted_files(fetched, "fetched"));
  if (report.unsaved.empty()) session.out().info(counts.empty() ? "Everything is up to date." : joined_counts(counts));
  try {
    fail_checkout(report, flags.allow_missing);
  } catch (const Error& e) {
    fail_transfer("pull", e.message(), e.hint());
  }
  return {};
}

}  // namespace pivot::commands
