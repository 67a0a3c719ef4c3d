// What stat said when we hashed: the reason why an unchanged file is never read again. Grammar of the file:
// stat_file.h.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/hash.h"
#include "store/objects.h"
#include "store/stat_file.h"

namespace pivot::store {


/// A directory as it was recorded.
struct KnownTree {
  Md5Digest md5;
  std::int64_t size;
  std::uint32_t nfiles;
};

/// What is known of a set of cache objects.
struct KnownPresence {
  Hash128 digest;
  std::int64_t recorded_ns;
};

/// Thread-safe. Look-ups are in what this process recorded, then in the file; flush() merges the former into the
/// latter.
class StatTable {
 public:
  /// `state_dir` "": remembers for this process only. Paths below `root` are kept relative to it, so that a moved
  /// repository keeps its table.
  StatTable(std::string state_dir, std::string root, Disk& disk);

  std::optional<Md5Digest> find(std::string_view path, HashKind kind, const FileStat& stat) const;
  /// The hash recorded last for a file of this size, whatever its other stats say: a good guess, nothing more.
  std::optional<Md5Digest> guess(std::string_view path, HashKind kind, std::int64_t size) const;
  /// The stat of a file that has this hash: size, times and inode. nullopt when the row is another's or not to be believed.
  std::optional<FileStat> stat_of(std::string_view path, HashKind kind, const Md5Digest& md5) const;
  /// `hashed_ns`: wall clock before the file was read.
  void record(std::string_view path, HashKind kind, const FileStat& stat, const Md5Digest& md5, std::int64_t hashed_ns);
  /// For a file that we wrote ourselves with a modification time that no clock tick will repeat (unique_mtime_ns).
  void record_written(std::string_view path, HashKind kind, const FileStat& stat, const Md5Digest& md5);

  std::optional<KnownTree> find_tree(std::string_view path, HashKind kind, const Hash128& digest,
                                     std::int64_t newest_ctime_ns) const;
  /// `hashed_ns`: wall clock before the walk that gave the digest. `written`: every file newer than that is our own.
  void record_tree(std::string_view path, HashKind kind, const Hash128& digest, const KnownTree& tree,
                   std::int64_t hashed_ns);

  std::optional<KnownPresence> find_presence(HashKind kind, std::string_view tree_value) const;
  void record_presence(HashKind kind, std::string_view tree_value, const KnownPresence& presence);

  /// Writes what is new. Failure to write is no failure of the caller's: the next process hashes again.
  void flush();

  /// A modification time for a file that we write: now, to the nanosecond, unlike the ticks that later writes get.
  static std::int64_t unique_mtime_ns();

 private:
  std::string_view key_text(std::string_view path) const;
  Hash128 key_of(std::string_view path, std::uint64_t salt) const;
  std::optional<StatRow> lookup(const Hash128& key) const;
  void insert(const StatRow& row);
  void settle();

  /// A file whose record is too young to be believed: looked at once more before the table is written.
  struct Unsettled {
    std::string path;
    HashKind kind;
    FileStat stat;
    Md5Digest md5;
  };

  const std::string state_dir_;
  const std::string root_;
  Disk& disk_;
  mutable std::shared_mutex mutex_;
  mutable StatFile file_;
  StatRows fresh_;
  std::vector<Unsettled> unsettled_;
};

}  // namespace pivot::store
