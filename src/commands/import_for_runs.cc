#include "commands/import_for_runs.h"

#include <memory>

#include "base/error.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "exporters/dvc_lock.h"
#include "store/store.h"

namespace pivot::commands {

namespace {

/// What is recorded comes back to its place: of another repository `repro` takes the commit that the record names, however far it has moved.
void restore_recorded(Session& session, const model::Stage& stage, bool commit) {
  auto& ws = session.workspace();
  const auto& out = stage.outs.front();
  if (!ws.store().has(out.hash)) {
    std::string why;
    if (!fetch_import(session, stage, 0, why)) throw Error(why);
  }
  const auto target = ws.absolute(out.file);
  ws.store().checkout(target, out.hash, out.meta, {.force = true});
  if (commit) ws.store().commit(target);
}

void bring_in_again(Session& session, model::Stage stage, bool anew, bool commit) {
  auto& ws = session.workspace();
  const auto& out = stage.outs.front();
  if (is_partial_import(stage)) {
    fill_partial_import(session, stage, 0);
    const auto target = ws.absolute(out.file);
    const auto hashed = commit ? ws.store().commit(target) : *ws.store().hash(target);
    stage.outs.front().hash = hashed.hash;
    stage.outs.front().meta = hashed.meta;
  } else if (stage.deps.front().repo.is_map() || (!anew && ws.store().has(out.hash))) {
    restore_recorded(session, stage, commit);
  } else {
    ImportWish wish;
    wish.commit = commit;
    take_in(session, stage, wish);
  }
  stage.md5 = exporters::import_md5(stage);
  save_import(session, stage);
}

}  // namespace

bool MovedRepositories::moved(workspace::Workspace& ws, const model::Stage& stage) {
  const auto where = source_wish(ws, stage, false, 0);
  const auto* lock = stage.deps.front().repo.as_map().find("rev_lock");
  auto& now = commits_[cat(where.url, "\n", where.base, "\n", where.rev.value_or(""))];
  if (now.empty()) now = workspace::current_commit(where.url, where.base, where.rev);
  return lock != nullptr && lock->is_string() && lock->as_string() != now;
}

engine::Importer import_for_runs(Session& session) {
  const auto repositories = std::make_shared<MovedRepositories>();
  return {[&session](const model::Stage& stage) { return shown_source(session, stage); },
          [&session, repositories](const model::Stage& stage) {
            return stage.deps.front().repo.is_map() && repositories->moved(session.workspace(), stage);
          },
          [&session](const model::Stage& stage, bool anew, bool commit) { bring_in_again(session, stage, anew, commit); }};
}

}  // namespace pivot::commands
