// From a workspace path to its hash: stat table first, a comparison with the cache second, reading and hashing last.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/intake.h"
#include "store/objects.h"
#include "store/stat_table.h"
#include "store/store.h"
#include "store/walk.h"

namespace pivot::store {

/// What all parts of the store work with.
struct Parts {
  Parts(Options o, Disk& d, IgnoreTest ignored);

  const Options options;
  Disk& disk;
  Objects objects;
  StatTable table;
  Walker walker;
};

/// A file's hash and the stat it belongs to.
struct FileHash {
  Md5Digest md5;
  FileStat stat;
};

/// Hashes of the files of a walk: md5s[i] belongs to walk.files[i].
struct WalkHashes {
  std::vector<Md5Digest> md5s;
  bool steady = true;  ///< no file changed since the walk
};

class Hashing {
 public:
  explicit Hashing(Parts& parts) : parts_(parts) {}

  /// `stat` as just seen. Throws ENOENT when the file went away.
  FileHash file(const std::string& path, const FileStat& stat, HashKind kind);
  /// Hashes (and feeds the table with) every file of a walk. `store`: puts the content into the cache too, where it
  /// isn't there. The stats in `walk` are updated for files that changed since it was made.
  WalkHashes files(const std::string& directory, Walk& walk, HashKind kind, bool store);
  /// The sorted tree of a walk and its hashes.
  static std::shared_ptr<Tree> tree_of(const Walk& walk, const std::vector<Md5Digest>& md5s);
  /// "Is the content that of `value`?"; like Store::matches for one file.
  bool file_matches(const std::string& path, const FileStat& stat, HashKind kind, std::string_view value);

  /// True when the file has the bytes of this (trusted) object; remembers it then. Never hashes.
  bool file_matches_object(const std::string& path, const FileStat& stat, const Md5Digest& md5);

 private:
  void hash_one_by_one(const std::string& directory, const Walk& walk, const std::vector<std::size_t>& which,
                       WalkHashes& out);
  void hash_in_lanes(const std::string& directory, Walk& walk, bool store, std::vector<std::size_t> which,
                     WalkHashes& out);
  bool is_object_content(const std::string& path, const FileStat& stat, HashKind kind, std::string_view value,
                         bool& known_to_differ);

  Parts& parts_;
};

/// "<directory>/<relpath>".
std::string below(const std::string& directory, std::string_view relpath);

}  // namespace pivot::store
