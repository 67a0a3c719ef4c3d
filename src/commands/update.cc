// `pivot update`: imports as their sources are now.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "commands/versioned_calls.h"
#include "exporters/dvc_lock.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"
#include "workspace/url_data.h"

namespace pivot::commands {

namespace {

/// The source is what the record says, and so is the output.
bool is_unchanged(Session& session, const model::Stage& stage, const ImportWish& wish) {
  auto& ws = session.workspace();
  const auto& dep = stage.deps.front();
  const auto& out = stage.outs.front();
  if (dep.repo.is_map()) {
    const auto* lock = dep.repo.as_map().find("rev_lock");
    const auto where = source_wish(ws, stage, false, wish.jobs);
    return lock != nullptr && lock->is_string() && lock->as_string() == workspace::current_commit(where.url, where.base, where.rev);
  }
  if (!dep.hash.known()) return false;
  if (wish.source->identify(ws, std::nullopt).hash != dep.hash) return false;
  if (wish.no_download || wish.to_remote) return true;
  return out.hash.known() && ws.store().matches(ws.absolute(out.file), out.hash, out.meta);
}

void update(Session& session, model::Stage stage, const Args& args, ImportWish wish) {
  auto& ws = session.workspace();
  if (!stage.is_import()) {
    return update_from_worktree(session, stage, wish.jobs);
  }
  auto& repo = stage.deps.front().repo;
  if (wish.to_remote && repo.is_map()) throw Error("Data imported from other DVC or Git repositories can't be updated with --to-remote");
  if (const auto rev = args.value("rev"); rev && repo.is_map()) {
    // Where DVC writes it: before the commit that it named.
    Map changed;
    for (const auto& [key, value] : repo.as_map().items)
      if (key.is_string() && key.as_string() != "rev" && key.as_string() != "rev_lock") changed.items.emplace_back(key, value);
    changed.set("rev", *rev);
    if (const auto* lock = repo.as_map().find("rev_lock")) changed.set("rev_lock", *lock);
    repo = Value(std::move(changed));
  }
  // What it reads to know the content is not read twice.
  const std::unique_ptr<workspace::UrlData> source(repo.is_map() ? nullptr : new workspace::UrlData(url_source(ws, stage, wish.jobs)));
  wish.source = source.get();
  if (is_unchanged(session, stage, wish)) {
    session.out().info(cat("'", stage.address_from(ws.cwd()), "' didn't change, skipping"));
    return;
  }
  bring_in(session, stage, wish);
  stage.md5 = exporters::import_md5(stage);
  save_import(session, stage);
}

void update_all(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const ImportWish wish{args.flag("no_download"), args.flag("to_remote"), args.value("remote"), jobs_of(args)};
  if (wish.to_remote && wish.no_download) throw Error("--to-remote can't be used with --no-download");
  if (!wish.to_remote && wish.remote) throw Error("--remote can't be used without --to-remote");
  ws.lock().acquire();
  workspace::Targets targets(ws.stages(), ws.root(), ws.cwd());
  std::vector<model::Stage> stages;
  for (const auto& target : targets.outs(args.values("targets"), args.flag("recursive"), false))
    stages.push_back(ws.stages().stages[static_cast<std::size_t>(target.stage)]);
  for (auto& stage : stages) update(session, std::move(stage), args, wish);
  ws.finish();
}

}  // namespace

Outcome run_update(Session& session, const Args& args) {
  session.workspace();
  try {
    update_all(session, args);
  } catch (Error& e) {
    if (e.kind() != ErrorKind::failure && e.kind() != ErrorKind::config) throw;
    throw Error(cat("failed update data - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  return {};
}

}  // namespace pivot::commands
