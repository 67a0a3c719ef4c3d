// `pivot gc`: removes objects from the cache that the workspace doesn't use.
#include "base/error.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/scan.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

void refuse_other_scopes(const Args& args) {
  for (const char* dest : {"all_branches", "all_tags", "all_commits", "all_experiments", "commit_date", "rev", "num", "cloud",
                           "not_in_remote", "repos", "remote"})
    if (args.given(dest))
      throw Error(cat("only `gc -w` is available in pivot yet, without `--", replace_all(dest, "_", "-"), "`"));
  if (!args.flag("workspace"))
    throw Error("Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` "
                "needs to be set.");
}

std::vector<model::Hash> used_objects(workspace::Workspace& ws, Reporter& out) {
  std::vector<model::Hash> used;
  for (const auto& stage : ws.stages().stages) {
    const auto* record = stage.is_data() ? nullptr : ws.lockbook().find(stage);
    for (const auto& o : stage.outs) {
      auto hash = o.hash;
      if (!stage.is_data()) {
        const auto* entry = record != nullptr ? engine::find_entry(record->outs, o.path) : nullptr;
        hash = entry != nullptr ? entry->hash : model::Hash{};
      }
      if (!o.cache) continue;
      if (hash.known()) {
        used.push_back(hash);
      } else if (ws.disk().lstat(ws.absolute(o.file))) {
        const auto address = stage.address_from(ws.cwd());
        out.warning(cat("Output '", o.path, "'(stage: '", address, "') is missing version info. Cache for it will not be collected. ",
                        "Use `dvc repro` to get your pipeline up to date.\nYou can also use `dvc commit ", address,
                        "` to associate existing '", o.path, "' with stage: '", address, "'."));
      }
    }
  }
  return used;
}

void report(Reporter& out, std::size_t removed, const char* which) {
  if (removed == 0) {
    out.info(cat("No unused '", which, "' cache to remove."));
  } else {
    out.info(cat("Removed ", std::to_string(removed), " objects from ", which, " cache."));
  }
}

}  // namespace

Outcome run_gc(Session& session, const Args& args) {
  refuse_other_scopes(args);
  auto& ws = session.workspace();
  const bool dry = args.flag("dry");
  session.out().warning("This will remove all cache except items used in the workspace of the current repo.");
  if (!dry && !args.flag("force") && !session.out().ask("Are you sure you want to proceed?")) return {1, ""};
  ws.lock().acquire();
  ws.lockbook().refresh();
  const auto result = ws.store().gc(used_objects(ws, session.out()), dry);
  ws.finish();
  if (dry)
    for (const auto& [object, size] : result.objects) session.out().info(cat("Removing ", object));
  report(session.out(), result.removed, "repo");
  report(session.out(), result.removed_legacy, "legacy");
  return {};
}

}  // namespace pivot::commands
