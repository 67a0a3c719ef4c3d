// The content of files: hashing one, and comparing two without hashing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/hash.h"
#include "store/objects.h"

namespace pivot::store {

/// A hash and the stat that the file had before and after it was read. `steady` false: it changed meanwhile, time and
/// again.
struct ContentHash {
  Md5Digest md5;
  FileStat stat;
  std::int64_t started_ns;  ///< wall clock before the first byte was read
  bool steady;
};

/// Reads a file once more (a few times) when it changes while it is read. Throws DiskError when it can't be read,
/// nullopt when it doesn't exist.
std::optional<ContentHash> hash_steadily(const std::string& path, HashKind kind);
/// The hash alone.
std::optional<Md5Digest> hash_content(const std::string& path, HashKind kind);

/// True when both files exist and have the same bytes; stops at the first difference. Large ones are split over `jobs`
/// cores.
bool same_content(const std::string& a, const std::string& b, int jobs);

/// True when two stats of a path show no change in between.
inline bool same_stat(const FileStat& a, const FileStat& b) {
  return a.size == b.size && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns && a.inode == b.inode &&
         a.device == b.device;
}

}  // namespace pivot::store
