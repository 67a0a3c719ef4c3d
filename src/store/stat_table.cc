#include "store/stat_table.h"

#include <algorithm>

#include "base/clock.h"
#include "base/strings.h"
#include "store/content.h"

namespace pivot::store {
namespace {

// Salts of the keys: one path may have a row of each kind.
constexpr std::uint64_t kFileSalt = 1;       // + HashKind
constexpr std::uint64_t kTreeSalt = 16;      // + HashKind
constexpr std::uint64_t kPresenceSalt = 32;  // + HashKind

constexpr std::size_t kMostUnsettled = 4096;
constexpr std::int64_t kLargestSettled = 256 << 10;

std::uint64_t salt(std::uint64_t base, HashKind kind) { return base + static_cast<std::uint64_t>(kind); }

bool too_young(std::int64_t ctime_ns, std::int64_t recorded_ns) { return ctime_ns + kClockGranularityNs > recorded_ns; }

}  // namespace

StatTable::StatTable(std::string state_dir, std::string root, Disk& disk)
    : state_dir_(std::move(state_dir)), root_(std::move(root)), disk_(disk), file_(state_dir_, disk) {}

std::string_view StatTable::key_text(std::string_view path) const {
  const bool inside = path.size() > root_.size() && path.starts_with(root_) && path[root_.size()] == '/';
  return inside ? path.substr(root_.size() + 1) : path;
}

Hash128 StatTable::key_of(std::string_view path, std::uint64_t salt) const { return xxh3_128(key_text(path), salt); }

std::optional<StatRow> StatTable::lookup(const Hash128& key) const {
  {
    const std::shared_lock lock(mutex_);
    if (const StatRow* row = fresh_.find(key)) return *row;
    if (state_dir_.empty()) return std::nullopt;
    if (file_.is_open()) {
      const StatRow* row = file_.find(key);
      return row ? std::optional(*row) : std::nullopt;
    }
  }
  const std::unique_lock lock(mutex_);
  if (!file_.is_open()) file_.open();
  const StatRow* row = file_.find(key);
  return row ? std::optional(*row) : std::nullopt;
}

void StatTable::insert(const StatRow& row) {
  const std::unique_lock lock(mutex_);
  fresh_.insert(row);
}

std::optional<Md5Digest> StatTable::find(std::string_view path, HashKind kind, const FileStat& stat) const {
  const auto row = lookup(key_of(path, salt(kFileSalt, kind)));
  if (!row || row->size != stat.size || row->a != static_cast<std::uint64_t>(stat.mtime_ns) ||
      row->b != static_cast<std::uint64_t>(stat.ctime_ns) || row->c != stat.inode)
    return std::nullopt;
  if (too_young(stat.ctime_ns, row->recorded_ns)) return std::nullopt;
  return row->md5;
}

std::optional<Md5Digest> StatTable::guess(std::string_view path, HashKind kind, std::int64_t size) const {
  const auto row = lookup(key_of(path, salt(kFileSalt, kind)));
  if (!row || row->size != size) return std::nullopt;
  return row->md5;
}

std::optional<FileStat> StatTable::stat_of(std::string_view path, HashKind kind, const Md5Digest& md5) const {
  const auto row = lookup(key_of(path, salt(kFileSalt, kind)));
  if (!row || row->md5 != md5 || too_young(static_cast<std::int64_t>(row->b), row->recorded_ns)) return std::nullopt;
  FileStat stat;
  stat.type = FileType::file;
  stat.size = row->size;
  stat.mtime_ns = static_cast<std::int64_t>(row->a);
  stat.ctime_ns = static_cast<std::int64_t>(row->b);
  stat.inode = row->c;
  return stat;
}

void StatTable::record(std::string_view path, HashKind kind, const FileStat& stat, const Md5Digest& md5,
                       std::int64_t hashed_ns) {
  StatRow row;
  row.key = key_of(path, salt(kFileSalt, kind));
  row.size = stat.size;
  row.a = static_cast<std::uint64_t>(stat.mtime_ns);
  row.b = static_cast<std::uint64_t>(stat.ctime_ns);
  row.c = stat.inode;
  row.md5 = md5;
  row.recorded_ns = hashed_ns;
  const std::unique_lock lock(mutex_);
  fresh_.insert(row);
  if (!state_dir_.empty() && too_young(stat.ctime_ns, hashed_ns) && stat.size <= kLargestSettled &&
      unsettled_.size() < kMostUnsettled)
    unsettled_.push_back({std::string(path), kind, stat, md5});
}

void StatTable::record_written(std::string_view path, HashKind kind, const FileStat& stat, const Md5Digest& md5) {
  record(path, kind, stat, md5, std::max(wall_ns(), stat.ctime_ns + kClockGranularityNs));
}

std::optional<KnownTree> StatTable::find_tree(std::string_view path, HashKind kind, const Hash128& digest,
                                              std::int64_t newest_ctime_ns) const {
  const auto row = lookup(key_of(path, salt(kTreeSalt, kind)));
  if (!row || row->a != digest.low || row->b != digest.high || too_young(newest_ctime_ns, row->recorded_ns))
    return std::nullopt;
  return KnownTree{row->md5, row->size, row->count};
}

void StatTable::record_tree(std::string_view path, HashKind kind, const Hash128& digest, const KnownTree& tree,
                            std::int64_t hashed_ns) {
  StatRow row;
  row.key = key_of(path, salt(kTreeSalt, kind));
  row.size = tree.size;
  row.a = digest.low;
  row.b = digest.high;
  row.md5 = tree.md5;
  row.count = tree.nfiles;
  row.recorded_ns = hashed_ns;
  insert(row);
}

std::optional<KnownPresence> StatTable::find_presence(HashKind kind, std::string_view tree_value) const {
  const auto row = lookup(xxh3_128(tree_value, salt(kPresenceSalt, kind)));
  if (!row) return std::nullopt;
  return KnownPresence{{row->a, row->b}, row->recorded_ns};
}

void StatTable::record_presence(HashKind kind, std::string_view tree_value, const KnownPresence& presence) {
  StatRow row;
  row.key = xxh3_128(tree_value, salt(kPresenceSalt, kind));
  row.a = presence.digest.low;
  row.b = presence.digest.high;
  row.recorded_ns = presence.recorded_ns;
  insert(row);
}

/// Small files that a stage wrote a moment ago are read once more here, when their clock tick is over: cheaper now than
/// in the next "nothing to do".
void StatTable::settle() {
  std::vector<Unsettled> waiting;
  {
    const std::unique_lock lock(mutex_);
    waiting.swap(unsettled_);
  }
  for (const auto& file : waiting) {
    if (too_young(file.stat.ctime_ns, wall_ns())) continue;
    const auto again = hash_steadily(file.path, file.kind);
    if (again && again->steady && again->md5 == file.md5 && same_stat(again->stat, file.stat))
      record(file.path, file.kind, again->stat, again->md5, again->started_ns);
  }
}

void StatTable::flush() {
  if (state_dir_.empty()) return;
  try {
    settle();
    const std::unique_lock lock(mutex_);
    file_.merge(fresh_);
    fresh_.clear();
  } catch (const std::exception&) {
    // A full or read-only disk, a file that went away: the table is a cache, the next process hashes again.
  }
}

std::int64_t StatTable::unique_mtime_ns() { return wall_ns(); }

}  // namespace pivot::store
