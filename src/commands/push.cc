// `pivot push` and `pivot fetch`: objects to and from remotes.
#include "base/error.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/transfers.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

constexpr const char* kUpToDate = "Everything is up to date.";

}  // namespace

Outcome run_push(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  ws.lockbook().refresh();
  TransferCall call(session, args, "push");
  TransferCall::Total total;
  try {
    total = call.push();
  } catch (const Error& e) {
    fail_transfer("push", e.message(), e.hint());
  }
  ws.finish();
  if (total.failed > 0) fail_transfer("push", counted_files(total.failed, "failed to upload"));
  session.out().info(total.moved == 0 ? kUpToDate : counted_files(total.moved, "pushed"));
  return {};
}

Outcome run_fetch(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  ws.lockbook().refresh();
  TransferCall call(session, args, "fetch");
  if (!call.remotes().has_default()) session.out().plain_error("No remote provided and no default remote set.");
  TransferCall::Total total;
  try {
    total = call.fetch();
  } catch (const Error& e) {
    fail_transfer("fetch", e.message(), e.hint());
  }
  ws.finish();
  if (total.failed > 0) fail_transfer("fetch", counted_files(total.failed, "failed to download"));
  session.out().info(total.moved == 0 ? kUpToDate : counted_files(total.moved, "fetched"));
  return {};
}

}  // namespace pivot::commands
