// Workspace content into the cache.
#pragma once

#include <string>

#include "store/hashing.h"
#include "store/links.h"
#include "store/presence.h"
#include "store/trees.h"

namespace pivot::store {

class Commit {
 public:
  Commit(Parts& parts, Trees& trees, Presence& presence, Links& links)
      : parts_(parts), hashing_(parts), trees_(trees), presence_(presence), links_(links) {}

  /// Store::commit.
  Hashed run(const std::string& path);
  /// Store::keep: the workspace file stays what it is.
  Hashed run_without_links(const std::string& path) {
    relinks_ = false;
    return run(path);
  }

 private:
  Hashed commit_file(const std::string& path, const FileStat& stat);
  Hashed commit_directory(const std::string& path);
  bool already_there(const std::string& path, const FileStat& stat, Md5Digest& md5);
  bool links_wanted() const;
  bool adopt_by_link(const std::string& path, const FileStat& stat, const std::string& value);
  void relink(const std::string& path, const FileStat& stat, std::string_view value);
  void relink_files(const std::string& directory, const Walk& walk, const WalkHashes& hashes);
  void hash_and_adopt(const std::string& directory, Walk& walk, WalkHashes& hashes);

  Parts& parts_;
  Hashing hashing_;
  Trees& trees_;
  Presence& presence_;
  Links& links_;
  bool relinks_ = true;
};

}  // namespace pivot::store
