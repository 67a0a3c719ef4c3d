// `update` of data whose worktree remote others write into.
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/versioned_calls.h"
#include "model/cloud_files.h"
#include "store/objects.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"

namespace pivot::commands {

namespace {

using model::CloudFile;
using store::RemoteFile;

/// An output as its record has it, and as the remote has it now.
struct Standing {
  model::Out out;
  std::vector<CloudFile> recorded;
  std::vector<RemoteFile> latest;  ///< paths in the output; one with "" for a file
};

std::string recorded_remote(const std::vector<CloudFile>& files) {
  for (const auto& file : files)
    if (!file.remote.empty()) return file.remote;
  return "";
}

/// The latest files below an output's place, with their versions.
std::vector<RemoteFile> latest_files(store::Remote& remote, const std::string& place, bool is_dir) {
  std::vector<RemoteFile> found;
  if (is_dir) found = remote.list_files(place);
  else found.push_back({.path = place});
  const auto described = remote.look_each(found);
  std::vector<RemoteFile> out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!described[i]) continue;
    auto file = *described[i];
    file.path = is_dir ? path::relative(found[i].path, place) : "";
    if (is_dir && (path::escapes(file.path) || path::normalize(file.path) != file.path))
      throw Error(cat("'", place, "' holds a file with the unsafe name '", file.path, "'"));
    out.push_back(std::move(file));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

/// What changed comes into the cache; gives all files as they are now. Content is told by etags: its MD5 is known when it is here.
std::vector<CloudFile> take_latest(workspace::Workspace& ws, store::Remote& remote, const std::string& name, const Standing& standing) {
  std::map<std::string, const CloudFile*> before;
  for (const auto& file : standing.recorded) before[file.relpath] = &file;
  std::vector<CloudFile> out;
  std::vector<store::FileTransfer> transfers;
  std::vector<std::size_t> places;
  const auto work = cat(ws.tmp_dir(), "/pivot/update-", std::to_string(::getpid()));
  ws.disk().make_dirs(work);
  for (const auto& file : standing.latest) {
    const auto known = before.find(file.path);
    if (known != before.end() && known->second->etag == file.etag) {
      out.push_back(*known->second);
      continue;
    }
    places.push_back(out.size());
    // DVC names the remote in the entry of a file, but not in those of a folder's files.
    CloudFile fresh{file.path, "", file.size, false, file.path.empty() ? name : "", file.etag, file.version};
    fresh.isexec = known != before.end() && known->second->isexec;
    out.push_back(std::move(fresh));
    const auto place = file.path.empty() ? standing.out.file : cat(standing.out.file, "/", file.path);
    transfers.push_back({place, cat(work, "/", std::to_string(transfers.size())), -1, "", file.version});
  }
  try {
    remote.download_files(transfers, [](std::int64_t) {});
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (!transfers[i].error.empty()) throw Error(cat("'", transfers[i].path, "': ", transfers[i].error));
      out[places[i]].md5 = ws.store().keep(transfers[i].local).hash.value;
    }
  } catch (...) {
    ws.disk().remove_tree(work);
    throw;
  }
  ws.disk().remove_tree(work);
  return out;
}

/// The output with its new content in the workspace and in its record.
void become(workspace::Workspace& ws, store::Remote& remote, const std::string& name, model::Out& out, const std::vector<CloudFile>& files) {
  store::VersionedTransfer transfer(ws.store(), remote, name);
  const auto result = transfer.fetch({{out.file, {}, files}}, [](std::int64_t) {});
  if (!result.failed.empty()) throw Error(cat("'", result.failed.front().path, "': ", result.failed.front().error));
  if (!result.unversioned.empty()) throw Error(cat("the cache lacks '", result.unversioned.front(), "', and no version of it is recorded"));
  if (out.hash.is_dir()) {
    const auto [hash, meta] = transfer.keep_files(files);
    out.hash = hash;
    out.meta = meta;
    out.extra = model::with_files(out.extra, files);
  } else {
    out.hash = {"md5", files.front().md5};
    out.meta.size = files.front().size;
    out.extra = model::with_version(out.extra, files.front());
  }
  ws.store().checkout(ws.absolute(out.file), out.hash, out.meta, {});
}

}  // namespace

void update_from_worktree(Session& session, const model::Stage& stage, int jobs) {
  auto& ws = session.workspace();
  workspace::Remotes remotes(ws, std::nullopt, jobs);
  const auto* known = stage.is_data() ? nullptr : ws.lockbook().find(stage);
  auto changed = stage;
  auto record = known != nullptr ? *known : model::StageRecord{};
  const auto entry_of = [&](const model::Out& out) -> model::LockEntry* {
    for (auto& entry : record.outs)
      if (entry.path == out.path) return &entry;
    return nullptr;
  };
  for (auto& out : changed.outs) {
    if (!out.cache || !out.push || path::is_url(out.file) || path::is_absolute(out.file)) continue;
    auto* entry = entry_of(out);
    if (entry != nullptr) out.hash = entry->hash, out.meta = entry->meta, out.extra = entry->extra;
    const auto shown = path::relative(out.file, ws.cwd());
    const auto files = store::cloud_files(ws.store(), out.hash, out.meta, out.extra);
    const auto name = !out.remote.empty() ? lower(out.remote) : files ? recorded_remote(*files) : "";
    if (name.empty()) {
      session.out().warning(cat("Could not update '", shown, "', it was never pushed to a remote"));
      continue;
    }
    if (!remotes.is_worktree(name)) throw Error(cat("update is not supported for '", path::relative(stage.file, ws.cwd()), "' that is not an import."));
    auto& remote = remotes.open(name);
    Standing standing{out, files.value_or(std::vector<CloudFile>{}), latest_files(remote, out.file, out.hash.is_dir())};
    if (standing.latest.empty()) {
      session.out().warning(cat("Could not update '", shown, "', it does not exist in the remote"));
      continue;
    }
    become(ws, remote, name, out, take_latest(ws, remote, name, standing));
    if (entry != nullptr) entry->hash = out.hash, entry->meta = out.meta, entry->extra = out.extra;
  }
  if (stage.is_data()) return ws.write_dvc_file(changed);
  if (known == nullptr) return;
  const auto effect = ws.lockbook().record(stage, record);
  if (effect.updated) session.out().info(cat("Updating lock file '", path::relative(effect.file, ws.cwd()), "'"));
}

}  // namespace pivot::commands
