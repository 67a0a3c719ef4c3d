// What stat says of a file, as far as it tells one content from another.
#pragma once

#include <cstdint>

#include "base/binary.h"
#include "base/disk.h"

namespace pivot {

struct FileMark {
  std::int64_t size = 0, mtime_ns = 0, ctime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileMark&) const = default;
};

inline FileMark mark_of(const FileStat& stat) { return {stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode}; }

/// A file that was written so close before `read_ns` (or after it) that a further write may have left the same mark.
inline bool is_young(const FileStat& stat, std::int64_t read_ns) {
  constexpr std::int64_t kTicks = 20'000'000;  // nanoseconds: two steps of a slow file system clock
  return stat.ctime_ns + kTicks > read_ns;
}

inline void write_mark(BinaryWriter& to, const FileMark& mark) {
  to.fixed(static_cast<std::uint64_t>(mark.size));
  to.fixed(static_cast<std::uint64_t>(mark.mtime_ns));
  to.fixed(static_cast<std::uint64_t>(mark.ctime_ns));
  to.fixed(mark.inode);
}

inline FileMark read_mark(BinaryReader& from) {
  FileMark mark;
  mark.size = static_cast<std::int64_t>(from.fixed());
  mark.mtime_ns = static_cast<std::int64_t>(from.fixed());
  mark.ctime_ns = static_cast<std::int64_t>(from.fixed());
  mark.inode = from.fixed();
  return mark;
}

}  // namespace pivot
