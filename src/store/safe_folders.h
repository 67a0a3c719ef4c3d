// Names from lock files and directory objects are data from strangers: a symlink in the workspace must not lead a write
// out of it.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/disk.h"

namespace pivot::store {

/// Remembers which folders were found to be safe. Thread-safe.
/// Where writes below `path` must stay: the repository at `root`, or beside an out that lies outside of it.
std::string base_of(const std::string& path, const std::string& root);

/// The folders of paths that come one after the other, in which those of one folder mostly stand together.
class FolderRun {
 public:
  /// The folder of a path (which must outlive the next call); "" when it lies in none, or in the same as the last one that did.
  std::string_view next(std::string_view relpath);

 private:
  std::string_view last_;
};

class SafeFolders {
 public:
  /// Folders below `base` are checked; `base` itself is trusted.
  SafeFolders(std::string base, Disk& disk) : base_(std::move(base)), disk_(disk) {}

  /// Throws Error naming the symlink when a folder on the way from `base` to `folder` leads out of it. Folders that
  /// don't exist yet are fine.
  void check(const std::string& folder);
  /// check(), then mkdir -p.
  void make(const std::string& folder);

 private:
  void check_link(const std::string& p);

  std::string base_;
  Disk& disk_;
  std::mutex mutex_;
  std::set<std::string> checked_;
};

}  // namespace pivot::store
