// `pivot pull`: what the records name, from remotes into the workspace.
#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/checkout_run.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "commands/transfers.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

std::size_t fetch_all(Session& session, const Args& args, const std::function<void()>& before_objects) {
  TransferCall call(session, args, "pull");
  if (!call.remotes().has_default()) session.out().plain_error("No remote provided and no default remote set.");
  TransferCall::Total total;
  try {
    total = call.fetch(before_objects);
  } catch (const Error& e) {
    fail_transfer("pull", e.message(), e.hint());
  }
  if (total.failed > 0) fail_transfer("pull", counted_files(total.failed, "failed to download"));
  return total.moved;
}

std::size_t count_files(Disk& disk, const std::string& place) {
  const auto stat = disk.lstat(place);
  if (!stat || stat->type != FileType::dir) return stat ? 1 : 0;
  std::size_t out = 0;
  for (const auto& entry : disk.list(place)) out += count_files(disk, cat(place, "/", entry.name));
  return out;
}

/// Imports whose content nobody has fetched yet come from their sources; they leave `targets`. What can't be had stays in, and is told.
CheckoutReport fill_partial_imports(Session& session, std::vector<workspace::Target>& targets, int jobs) {
  auto& ws = session.workspace();
  CheckoutReport report;
  std::erase_if(targets, [&](const workspace::Target& target) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(target.stage)];
    if (!is_partial_import(stage)) return false;
    const auto& out = stage.outs.front();
    const auto place = ws.absolute(out.file);
    if (ws.disk().lstat(place)) return true;
    try {
      fill_partial_import(session, stage, jobs);
    } catch (const Error& e) {
      session.out().warning(cat("'", stage.address_from(ws.cwd()), "' can't be taken from its source: ", e.message()));
      return false;
    }
    const bool is_dir = ws.disk().lstat(place)->type == FileType::dir;
    report.added.push_back(cat(path::relative(out.file, ws.cwd()), is_dir ? "/" : ""));
    report.files_added += count_files(ws.disk(), place);
    return true;
  });
  return report;
}

}  // namespace

Outcome run_pull(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  ws.lockbook().refresh();
  // Looked for when the remotes have taken the same targets: what is wrong with them is said once, by the transfer.
  std::optional<std::vector<workspace::Target>> found;
  const auto find_targets = [&]() -> std::vector<workspace::Target>& {
    if (!found) found = workspace::wanted_targets(ws, ws.stages(), data_scope(args));
    return *found;
  };
  auto fetched = fetch_all(session, args, [&] { expect_objects(session, find_targets()); });
  auto& targets = find_targets();
  const CheckoutFlags flags{args.flag("force"), false, args.flag("allow_missing")};
  const auto filled = fill_partial_imports(session, targets, jobs_of(args));
  auto report = check_out(session, targets, flags);
  report.added.insert(report.added.end(), filled.added.begin(), filled.added.end());
  std::sort(report.added.begin(), report.added.end());
  report.files_added += filled.files_added;
  fetched += filled.files_added;
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
