// Many new objects at a time, at half the price of one by one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "store/objects.h"
#include "store/staged_folder.h"

namespace pivot::store {

/// A new object that is being written: fill `file`, then finish().
struct NewObject {
  std::shared_lock<std::shared_mutex> hold;  ///< of its batch
  std::unique_ptr<NewFile> file;
  std::string final_path;
  void finish() { file->finish(final_path); }
};

/// Where a prefix folder of the cache (files/md5/ab) is not there yet, its objects are written into one without a name that gets its name at
/// the end: no object needs a rename of its own. Nothing of the batch is seen before publish(), or before so much has come together that
/// losing it to a kill would hurt. Safe to use from several threads.
class ObjectBatch {
 public:
  /// For about `expected` objects; few are written one by one.
  ObjectBatch(Objects& objects, std::size_t expected);

  /// `value` with the hash "md5"; nullopt when the object is there.
  std::optional<NewObject> begin(std::string_view value);
  /// Where content was read from: the open file, and what fstat said then. A change since then must show.
  struct Origin {
    int fd;
    const FileStat& stat;
  };
  /// As Objects::put. Where the file system can, the object shares its blocks with the file that the bytes were read from, unless that has
  /// changed since.
  void put(std::string_view value, std::string_view bytes, const std::optional<Origin>& origin);
  /// Fills an empty object with the blocks of an open file; false, and not tried again, when the file system can't.
  bool clone(NewFile& object, int from);
  /// Counts what was written, and publishes when it is time.
  void wrote(std::int64_t bytes);
  /// To be called at the end; what was not published is dropped.
  void publish();

 private:
  enum class Prefix : std::uint8_t { unknown, there, staged };
  std::string staged_prefix(std::string_view value) const;
  bool is_staged(std::string_view value);

  Objects& objects_;
  Disk& disk_;
  std::shared_mutex mutex_;  ///< shared: something is being written
  std::mutex prefix_mutex_;
  std::array<std::atomic<Prefix>, kPrefixes> prefixes_{};
  std::unique_ptr<StagedFolder> folder_;
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<bool> clones_fail_{false};
  bool stages_;  ///< still
};

}  // namespace pivot::store
