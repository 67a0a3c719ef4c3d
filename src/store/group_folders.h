// Folders of a cache that a group of users shares (cache.shared = group).
#pragma once

#include <cstdint>
#include <string>

#include "base/disk.h"
#include "base/path.h"

namespace pivot::store {

inline constexpr std::uint32_t kGroupFolderMode = 02775;
inline constexpr std::uint32_t kGroupFileMode = 0664;

/// As Disk::make_dirs; those that it makes get kGroupFolderMode, whatever the umask.
inline void make_group_dirs(Disk& disk, const std::string& folder) {
  if (disk.stat(folder)) return;
  const std::string parent = path::dirname(folder);
  if (parent.size() < folder.size()) make_group_dirs(disk, parent);
  disk.make_dir(folder);
  disk.chmod(folder, kGroupFolderMode);
}

}  // namespace pivot::store
