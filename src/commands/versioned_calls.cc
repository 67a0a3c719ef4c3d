#include "commands/versioned_calls.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "model/cloud_files.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"

namespace pivot::commands {

namespace {

using store::VersionedOut;
using workspace::VersionedOutput;

/// What the record carries from now on.
Value new_extra(const VersionedOutput& wanted, const std::vector<model::CloudFile>& pushed) {
  const bool any = std::any_of(pushed.begin(), pushed.end(), [](const auto& file) { return !file.version.empty(); });
  if (!any) return wanted.object->extra;
  if (!wanted.object->wanted.hash.is_dir()) return model::with_version(wanted.object->extra, pushed.front());
  std::map<std::string, const model::CloudFile*> by_name;
  for (const auto& file : pushed) by_name[file.relpath] = &file;
  auto files = wanted.files;
  for (auto& file : files)
    if (const auto it = by_name.find(file.relpath); it != by_name.end()) file = *it->second;
  return model::with_files(wanted.object->extra, files);
}

/// DVC tells all folders of such a stage file by file, those that were not pushed without sizes.
void tell_files(store::Store& store, std::vector<model::LockEntry>& entries) {
  for (auto& entry : entries) {
    if (!entry.hash.is_dir() || entry.hash.name != "md5" || model::has_files(entry.extra)) continue;
    const auto tree = store.load_tree(entry.hash);
    if (!tree) continue;
    std::vector<model::CloudFile> files;
    for (const auto& file : tree->files) files.push_back({file.relpath, file.md5, std::nullopt, false, "", "", ""});
    entry.extra = model::with_files(entry.extra, files);
  }
}

void write_back(Session& session, const std::vector<VersionedOutput>& all, const std::vector<VersionedOut>& pushed) {
  auto& ws = session.workspace();
  std::map<model::StageId, std::map<std::string, Value>> extras;  // by the outputs' files
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].object->stage >= 0) extras[all[i].object->stage][all[i].object->file] = new_extra(all[i], pushed[i].files);
  for (const auto& [id, outs] : extras) {
    auto stage = ws.stages().stages[static_cast<std::size_t>(id)];
    if (stage.is_data()) {
      for (auto& out : stage.outs)
        if (const auto it = outs.find(out.file); it != outs.end()) out.extra = it->second;
      ws.write_dvc_file(stage);
      continue;
    }
    const auto* known = ws.lockbook().find(stage);
    if (known == nullptr) continue;
    auto record = *known;
    for (const auto& out : stage.outs)
      for (auto& entry : record.outs)
        if (const auto it = outs.find(out.file); it != outs.end() && entry.path == out.path) entry.extra = it->second;
    if (!stage.callable) {
      tell_files(ws.store(), record.deps);
      tell_files(ws.store(), record.outs);
    }
    const auto effect = ws.lockbook().record(stage, record);
    if (effect.updated) session.out().info(cat("Updating lock file '", path::relative(effect.file, ws.cwd()), "'"));
  }
}

}  // namespace

store::VersionedTransfer::Result push_versioned(Session& session, workspace::Remotes& remotes, const workspace::VersionedGroup& group,
                                               const workspace::TransferTold& told) {
  auto& ws = session.workspace();
  store::VersionedTransfer transfer(ws.store(), remotes.open(group.remote), group.remote);
  transfer.on_begin = told.begin;
  std::vector<std::string> missing;
  const auto all = workspace::gather_versioned(ws.store(), group, missing);
  auto outs = workspace::chosen_files(all);
  auto result = transfer.push(outs, told.arrived);
  result.missing.insert(result.missing.end(), missing.begin(), missing.end());
  write_back(session, all, outs);
  return result;
}

void refuse_versioned(workspace::Remotes& remotes, const std::string& remote, const std::string& command) {
  if (remotes.keeps_versions(remote)) throw Error(cat("configuration error - config file error: '", command, "' is unsupported for cloud versioned remotes"), ErrorKind::config);
}

}  // namespace pivot::commands
