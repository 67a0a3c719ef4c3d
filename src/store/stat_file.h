// The stat table's file: a flat hash table that is mapped, not parsed.
//
//   file    = header slot*            little endian, 64 + slots * 80 bytes exactly
//   header  = "PIVSTAT1"              8 bytes: magic and version
//             slots                   u64, a power of two
//             used                    u64, how many slots hold a row; a hint for growing
//             zero                    40 bytes
//   slot    = key.low key.high        u64 u64, XXH3-128 of the path (relative to the root when inside, else absolute),
//   seeded
//                                     with the kind of row; both 0: an empty slot
//             size                    i64
//             a b c                   u64 u64 u64: of a file mtime_ns, ctime_ns, inode; of a directory and of a
//             presence
//                                     record the two halves of the digest, and 0
//             md5                     16 bytes
//             recorded_ns             i64, wall clock before the content was read
//             count                   u32, files of a directory
//             check                   u32, low half of XXH3-64 of the 76 bytes before
//
// A row lies in the first free slot from (key.low mod slots) on. A slot whose check is wrong (torn by a crash) is
// passed over. A few changed rows are written in place, many (or a table that grows) to a new file that replaces the
// old one; both under an flock on "stat.lock", after merging with what other processes wrote. A file with another magic
// or size is not read. Version history: 1 - the first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/hash.h"
#include "base/mapped_file.h"

namespace pivot::store {

struct StatRow {
  Hash128 key;
  std::int64_t size = 0;
  std::uint64_t a = 0, b = 0, c = 0;
  Md5Digest md5{};
  std::int64_t recorded_ns = 0;
  std::uint32_t count = 0;
  std::uint32_t check = 0;

  bool is_empty() const { return key == Hash128{}; }
  std::uint32_t compute_check() const;
};
static_assert(sizeof(StatRow) == 80);

/// Rows in memory, in the same open addressing as in the file.
class StatRows {
 public:
  const StatRow* find(const Hash128& key) const;
  void insert(const StatRow& row);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();
  /// All slots, empty ones too.
  const std::vector<StatRow>& slots() const { return slots_; }
  /// Room for `count` rows without growing.
  void reserve(std::size_t count);

 private:
  void rehash(std::size_t slots);
  std::vector<StatRow> slots_;
  std::size_t size_ = 0;
};

/// The file, opened when first asked.
class StatFile {
 public:
  StatFile(std::string folder, Disk& disk) : folder_(std::move(folder)), disk_(disk) {}

  /// nullptr when there is none (or its slot is damaged). The row lives until the next open() or merge().
  const StatRow* find(const Hash128& key) const;
  void open();
  bool is_open() const { return opened_; }
  /// Brings the rows into the file. Throws DiskError.
  void merge(const StatRows& rows);

 private:
  std::string path() const { return folder_ + "/stat"; }
  void patch(const StatRows& rows);
  void rewrite(const StatRows& rows);
  bool fits_in_place(const StatRows& rows) const;

  std::string folder_;
  Disk& disk_;
  bool opened_ = false;
  std::unique_ptr<MappedRange> map_;
  const StatRow* slots_ = nullptr;
  std::uint64_t slot_count_ = 0;
  std::uint64_t used_ = 0;
};

}  // namespace pivot::store
