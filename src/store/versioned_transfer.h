// Remotes that hold plain files at their paths and rely on the storage for old versions of them (`version_aware`, `worktree`):
//
//   <url>/<path of the output in the repository>[/<file of the folder>]
//
// Which version is whose is recorded in dvc.lock and the *.dvc files, not in the remote.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/cloud_files.h"
#include "store/remotes/remote.h"
#include "store/store.h"

namespace pivot::store {

/// One output with its files (one without a name when it is a file).
struct VersionedOut {
  std::string path;  ///< of the output in the repository, and so below the remote's URL
  model::Hash hash;
  std::vector<model::CloudFile> files;
};

class VersionedTransfer {
 public:
  /// Both must outlive it. `name` of the remote is what entries have below `cloud:`.
  VersionedTransfer(Store& store, Remote& remote, std::string name);

  /// Told how many files are going to be moved, before the first one is.
  std::function<void(std::size_t)> on_begin;

  struct Result {
    std::size_t moved = 0;
    std::vector<ObjectTransfer> failed;
    std::vector<std::string> missing;      ///< paths: files whose content is not in the cache, and not in the remote
    std::vector<std::string> unversioned;  ///< paths: never pushed, so there is nothing to fetch
  };
  /// Uploads what the remote doesn't have; etag and version of every file that it has then stand in `outs`.
  Result push(std::vector<VersionedOut>& outs, const TransferProgress& progress);
  /// Into the cache.
  Result fetch(const std::vector<VersionedOut>& outs, const TransferProgress& progress);
  /// The object of a folder is made of what its entry says: `out` has all its files.
  void keep_listing(const VersionedOut& out);
  /// The object of a folder of these files, kept in the cache.
  std::pair<model::Hash, model::Meta> keep_files(const std::vector<model::CloudFile>& files);

 private:
  struct Item {
    std::string path;
    model::CloudFile* file;
  };
  void compare(VersionedOut& out, std::vector<Item>& recorded, std::vector<Item>& unrecorded, std::vector<Item>& lacking);
  void find_unrecorded(std::vector<Item>& unrecorded, std::vector<Item>& lacking);
  void check_recorded(std::vector<Item>& recorded, std::vector<Item>& lacking);

  Store& store_;
  Remote& remote_;
  std::string name_;
};

/// The keys that only carry (`extra`) of an entry whose content is another now: files that are the same keep their versions. `path` is where
/// the content lies.
Value carry_versions(Store& store, const std::string& path, const model::Hash& old, const Value& extra, const Hashed& now);

/// The listing of a folder: from the cache, or else as `files:` of its entry tells it; nullptr when neither has it.
std::shared_ptr<const Tree> recorded_tree(Store& store, const model::Hash& hash, const Value& extra);

/// The files of an entry as `files:` tells them, or else as the cache knows them; nullopt for a folder whose listing is not at hand.
std::optional<std::vector<model::CloudFile>> cloud_files(Store& store, const model::Hash& hash, const model::Meta& meta, const Value& extra);

}  // namespace pivot::store
