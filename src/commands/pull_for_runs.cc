#include "commands/pull_for_runs.h"

#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/checkout_run.h"
#include "commands/transfers.h"
#include "workspace/collection.h"
#include "workspace/data_objects.h"

namespace pivot::commands {

namespace {

void pull_files(Session& session, const std::vector<std::string>& files) {
  auto& ws = session.workspace();
  for (const auto& file : files) {
    // A source file of Git's is no output: nothing can be pulled for it.
    if (path::is_absolute(file) || ws.stages().outs().find_containing(file).first < 0) continue;
    Args args;
    args.raw["targets"] = {path::relative(file, ws.cwd())};
    try {
      TransferCall(session, args, "pull").fetch();
      check_out(session, workspace::wanted_targets(ws, ws.stages(), data_scope(args)), {.allow_missing = true});
    } catch (const Error& e) {
      session.out().warning(e.message());
    }
  }
}

void fetch_record(Session& session, const model::Stage& stage, const model::StageRecord& record) {
  auto& ws = session.workspace();
  workspace::Remotes remotes(ws, std::nullopt, 0);
  std::map<std::string, std::vector<store::WantedObject>> groups;
  try {
    for (const auto& out : stage.outs)
      for (const auto& entry : record.outs)
        if (entry.path == out.path && out.cache && entry.hash.known()) groups[remotes.name_for(lower(out.remote))].push_back({entry.hash, out.path, {}});
    for (const auto& [name, wanted] : groups) {
      if (remotes.keeps_versions(name)) continue;  // objects of other runs are not there
      store::Transfer(ws.store(), remotes.open(name), ws.disk(), workspace::remote_index_file(ws, remotes.url(name))).fetch(wanted, [](std::int64_t) {});
    }
  } catch (const Error& e) {
    session.out().warning(cat("Failed to pull what the run cache names: ", e.message()));
  }
}

}  // namespace

engine::Puller pull_for_runs(Session& session, bool with_run_cache) {
  auto& ws = session.workspace();
  if (with_run_cache) {
    try {
      workspace::Remotes remotes(ws, std::nullopt, 0);
      move_runs(ws, remotes.open(remotes.name_for("")), false);
    } catch (const Error& e) {
      session.out().warning(cat("Failed to pull run cache: ", e.message()));
    }
  }
  return {[&session](const std::vector<std::string>& files) { pull_files(session, files); },
          [&session](const model::Stage& stage, const model::StageRecord& record) { fetch_record(session, stage, record); }};
}

}  // namespace pivot::commands
