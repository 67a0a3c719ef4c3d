#include "store/stat_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::string_view kMagic = "PIVSTAT1";
constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kMostPatches = 64;  ///< rows written one by one; more are cheaper as a new file
constexpr std::int64_t kForgetNs = 180ll * 24 * 3600 * 1'000'000'000;
constexpr std::size_t kForgetFrom = 1 << 20;  ///< rows; smaller tables forget nothing

struct Header {
  char magic[8];
  std::uint64_t slots;
  std::uint64_t used;
  std::uint8_t zero[40];
};
static_assert(sizeof(Header) == kHeaderSize);

/// Three quarters full at most.
std::size_t slots_for(std::size_t rows) { return std::bit_ceil(std::max(kLeastSlots, rows + rows / 3 + 1)); }

/// The slot of a key, or the free one where it belongs; nullptr when all are taken. `Row` may be const.
template <typename Row>
Row* probe(Row* slots, std::size_t count, const Hash128& key) {
  const std::size_t mask = count - 1;
  std::size_t at = key.low & mask;
  for (std::size_t i = 0; i < count; ++i, at = (at + 1) & mask)
    if (slots[at].key == key || slots[at].is_empty()) return &slots[at];
  return nullptr;
}

/// Other processes wait while the file is merged. A file of its own, as the table itself is replaced.
class FolderLock {
 public:
  explicit FolderLock(const std::string& p) : fd_(::open(p.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0) throw_disk_error(errno, p);
    int result;
    do result = ::flock(fd_, LOCK_EX);
    while (result != 0 && errno == EINTR);
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace

std::uint32_t StatRow::compute_check() const {
  return static_cast<std::uint32_t>(xxh3_64({reinterpret_cast<const char*>(this), offsetof(StatRow, check)}));
}

const StatRow* StatRows::find(const Hash128& key) const {
  if (slots_.empty()) return nullptr;
  const StatRow* row = probe(slots_.data(), slots_.size(), key);
  return row != nullptr && !row->is_empty() ? row : nullptr;
}

void StatRows::insert(const StatRow& row) {
  if (slots_.size() < slots_for(size_ + 1)) rehash(slots_for(size_ + 1));
  StatRow* slot = probe(slots_.data(), slots_.size(), row.key);
  if (slot->is_empty()) ++size_;
  *slot = row;
  slot->check = row.compute_check();
}

void StatRows::reserve(std::size_t count) {
  if (slots_.size() < slots_for(count)) rehash(slots_for(count));
}

void StatRows::clear() {
  slots_.clear();
  slots_.shrink_to_fit();
  size_ = 0;
}

void StatRows::rehash(std::size_t slots) {
  std::vector<StatRow> old(slots);
  old.swap(slots_);
  for (const auto& row : old)
    if (!row.is_empty()) *probe(slots_.data(), slots_.size(), row.key) = row;
}

void StatFile::open() {
  opened_ = true;
  map_.reset();
  slots_ = nullptr;
  slot_count_ = used_ = 0;
  const std::string p = path();
  const int fd = ::open(p.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat s;
  if (::fstat(fd, &s) == 0 && s.st_size >= static_cast<off_t>(kHeaderSize)) {
    try {
      map_ = std::make_unique<MappedRange>(fd, 0, static_cast<std::size_t>(s.st_size), p);
    } catch (const DiskError&) {
      // No memory for the map: as good as no table.
    }
  }
  ::close(fd);
  if (!map_) return;
  Header header;
  std::memcpy(&header, map_->bytes().data(), sizeof header);
  const std::size_t room = (map_->bytes().size() - kHeaderSize) / sizeof(StatRow);
  const bool whole = map_->bytes().starts_with(kMagic) && std::has_single_bit(header.slots) && header.slots == room &&
                     map_->bytes().size() == kHeaderSize + room * sizeof(StatRow);
  if (!whole) return map_.reset();
  slots_ = reinterpret_cast<const StatRow*>(map_->bytes().data() + kHeaderSize);
  slot_count_ = header.slots;
  used_ = header.used;
}

const StatRow* StatFile::find(const Hash128& key) const {
  if (slots_ == nullptr) return nullptr;
  const StatRow* row = probe(slots_, slot_count_, key);
  if (row == nullptr || row->is_empty()) return nullptr;
  return row->check == row->compute_check() ? row : nullptr;
}

void StatFile::merge(const StatRows& rows) {
  if (rows.empty()) return;
  disk_.make_dirs(folder_);
  const FolderLock lock(folder_ + "/stat.lock");
  open();  // what another process made of it meanwhile
  if (fits_in_place(rows)) patch(rows);
  else rewrite(rows);
}

bool StatFile::fits_in_place(const StatRows& rows) const {
  return slots_ != nullptr && rows.size() <= kMostPatches && slots_for(used_ + rows.size()) <= slot_count_;
}

void StatFile::patch(const StatRows& rows) {
  std::uint64_t used = used_;
  for (const auto& row : rows.slots()) {
    if (row.is_empty()) continue;
    const StatRow* slot = probe(slots_, slot_count_, row.key);  // sees the rows written before: the map is shared
    if (slot == nullptr) return rewrite(rows);                  // `used` lied
    if (slot->is_empty()) ++used;
    const auto offset = kHeaderSize + static_cast<std::size_t>(slot - slots_) * sizeof(StatRow);
    disk_.write_at(path(), static_cast<std::int64_t>(offset), {reinterpret_cast<const char*>(&row), sizeof row});
  }
  if (used == used_) return;
  used_ = used;
  disk_.write_at(path(), offsetof(Header, used), {reinterpret_cast<const char*>(&used), sizeof used});
}

void StatFile::rewrite(const StatRows& rows) {
  StatRows all;
  all.reserve(std::max<std::size_t>(rows.size(), used_));  // most rows are usually in both
  const std::int64_t oldest = slot_count_ > kForgetFrom ? wall_ns() - kForgetNs : INT64_MIN;
  for (std::uint64_t i = 0; i < slot_count_; ++i) {
    const StatRow row = slots_[i];
    if (!row.is_empty() && row.recorded_ns >= oldest && row.check == row.compute_check()) all.insert(row);
  }
  for (const auto& row : rows.slots())
    if (!row.is_empty()) all.insert(row);
  // Twice the room that is needed now, so that the next files need no new table.
  all.reserve(all.size() * 3 / 2);
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.slots = all.slots().size();
  header.used = all.size();
  const auto file = disk_.create(temporary_name(folder_), 0666);
  file->write({reinterpret_cast<const char*>(&header), sizeof header});
  file->write({reinterpret_cast<const char*>(all.slots().data()), all.slots().size() * sizeof(StatRow)});
  file->finish(path());
  open();
}

}  // namespace pivot::store
