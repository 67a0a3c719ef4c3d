// What lies in a directory of the workspace, seen in one pass on all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/hash.h"
#include "store/store.h"

namespace pivot::store {

struct WalkedFile {
  std::string_view relpath;  ///< from the walked directory, '/'-separated; lives as long as the Walk
  FileStat stat;             ///< of the file itself, symlinks followed
};

/// What stat says of a set of files, in sum.
struct StatSum {
  std::int64_t size = 0;  ///< sum of the sizes
  std::int64_t newest_ctime_ns = 0;
  /// Over (relpath, size, mtime, ctime, inode) of all files, whatever their order: equal digests mean an unchanged
  /// directory.
  Hash128 digest;

  void add(std::string_view relpath, const FileStat& stat);
  void add(const StatSum& other);
};

/// The regular files below a directory, in no order, without what is ignored.
struct Walk : StatSum {
  std::vector<WalkedFile> files;

 private:
  friend class Walker;
  std::vector<std::unique_ptr<std::string>> names_;
};

class Walker {
 public:
  /// `ignored` is asked for paths below `root`; what lies outside of it is never ignored.
  Walker(std::string root, IgnoreTest ignored, int jobs)
      : root_(std::move(root)), ignored_(std::move(ignored)), jobs_(jobs) {}

  /// Symlinks to files are followed, those to folders passed over, a broken one throws DiskError: all as in DVC. So
  /// does a .dvcignore file below the directory ("should not be in collected dir path").
  Walk walk(const std::string& directory) const;

 private:
  std::string root_;
  IgnoreTest ignored_;
  int jobs_;
};

}  // namespace pivot::store
