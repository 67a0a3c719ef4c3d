// Previous outputs of a running stage: moved aside before it starts, dropped when it succeeds, put back when it fails.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"

namespace pivot::engine {

/// One stage's outputs under `<dir>/<pid>-<n>/`: files "0", "1", ... and a manifest "names" (version 1: one line an output, the
/// absolute path with '\\' and newline escaped as "\\\\" and "\\n"; the line number is the file's name). The manifest line is written before the
/// move, so that after a crash every moved output has its name.
class Aside {
 public:
  /// `dir` is .dvc/tmp/pivot/aside, absolute. Nothing is made before the first move.
  Aside(Disk& disk, std::string dir, int number);
  /// Moves what stands at `path` (absolute) out of the way; false when there is nothing.
  bool move(const std::string& path);
  /// Puts all back; what stands there now is removed first.
  void bring_back();
  /// Deletes what was moved. What can't be deleted is left to the next command's recovery: this never fails.
  void drop();
  bool empty() const { return moved_.empty(); }

 private:
  Disk& disk_;
  std::string folder_;
  bool made_ = false;
  std::vector<std::pair<std::string, std::string>> moved_;  ///< original path, where it is now
};

/// Puts back what runs left that were killed: outputs whose process is gone. What stands at an output's place is replaced only when `keep(path)` is false.
template <typename Keep>
void recover_asides(Disk& disk, const std::string& dir, Keep keep);

/// Folders under `dir` that belong to dead processes, with their manifests: {folder, paths}.
std::vector<std::pair<std::string, std::vector<std::string>>> orphaned_asides(Disk& disk, const std::string& dir);

template <typename Keep>
void recover_asides(Disk& disk, const std::string& dir, Keep keep) {
  for (const auto& [folder, paths] : orphaned_asides(disk, dir)) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const auto moved = folder + "/" + std::to_string(i);
      if (!disk.lstat(moved) || keep(paths[i])) continue;
      disk.remove_tree(paths[i]);
      disk.rename(moved, paths[i]);
    }
    disk.remove_tree(folder);
  }
}

}  // namespace pivot::engine
