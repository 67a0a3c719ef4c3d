#include "workspace/versioned_data.h"

#include <algorithm>
#include <map>

#include "base/path.h"
#include "base/strings.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

using store::VersionedOut;

bool VersionedOutput::takes(const model::CloudFile& file) const {
  return subpaths.empty() ||
         std::any_of(subpaths.begin(), subpaths.end(), [&](const std::string& sub) { return path::is_inside(file.relpath, sub); });
}

std::vector<VersionedOutput> gather_versioned(store::Store& store, const VersionedGroup& group, std::vector<std::string>& missing) {
  std::vector<VersionedOutput> out;
  std::map<std::string, std::size_t> places;
  for (const auto& object : group.objects) {
    const auto [place, is_new] = places.emplace(cat(object.file, "\n", object.wanted.hash.value), out.size());
    if (is_new) {
      auto files = store::cloud_files(store, object.wanted.hash, object.meta, object.extra);
      if (!files) {
        missing.push_back(object.file);
        places.erase(place);
        continue;
      }
      out.push_back({&object, *std::move(files), {}});
      if (object.wanted.subpath) out.back().subpaths.insert(*object.wanted.subpath);
      continue;
    }
    auto& known = out[place->second];
    if (!object.wanted.subpath) known.subpaths.clear();
    else if (!known.subpaths.empty()) known.subpaths.insert(*object.wanted.subpath);
  }
  return out;
}

std::vector<VersionedOut> chosen_files(const std::vector<VersionedOutput>& all) {
  std::vector<VersionedOut> out;
  for (const auto& wanted : all) {
    VersionedOut one{wanted.object->file, wanted.object->wanted.hash, {}};
    for (const auto& file : wanted.files)
      if (wanted.takes(file)) one.files.push_back(file);
    out.push_back(std::move(one));
  }
  return out;
}

store::VersionedTransfer::Result fetch_versioned(Workspace& ws, Remotes& remotes, const VersionedGroup& group, const TransferTold& told) {
  store::VersionedTransfer transfer(ws.store(), remotes.open(group.remote), group.remote);
  transfer.on_begin = told.begin;
  std::vector<std::string> missing;
  const auto all = gather_versioned(ws.store(), group, missing);
  for (const auto& wanted : all) transfer.keep_listing({wanted.object->file, wanted.object->wanted.hash, wanted.files});
  auto result = transfer.fetch(chosen_files(all), told.arrived);
  // Neither recorded file by file nor in the cache: it was never pushed.
  result.unversioned.insert(result.unversioned.end(), missing.begin(), missing.end());
  auto url = remotes.url(group.remote);
  while (url.ends_with('/')) url.pop_back();
  for (auto& place : result.unversioned) place = cat(url, "/", place);
  return result;
}

}  // namespace pivot::workspace
