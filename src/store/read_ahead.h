// The contents of many small files, read by a thread of their own: who makes files in one folder waits for that folder's lock, and another
// thread that makes some too only waits along.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pivot::store {

/// Bytes: the content of such a file costs less than its name; larger ones are copied by the kernel.
inline constexpr std::int64_t kSmallFile = 32 << 10;

class ReadAhead {
 public:
  /// `path(i)` names the i-th of `count` files; it is called in the reading thread.
  ReadAhead(std::size_t count, std::function<std::string(std::size_t)> path);
  ~ReadAhead();  ///< also before the last one was asked for
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The content of the next file, valid until the call after; nullopt when it could not be read, or is no small one: then the caller
  /// does what it does without us, and meets the error itself. At most `count` calls.
  std::optional<std::string_view> next();

 private:
  struct Batch {
    std::string bytes;
    std::vector<std::optional<std::size_t>> ends;  ///< in `bytes`, of each file
    bool full = false;
  };
  static constexpr std::size_t kBatches = 4;

  void run();
  void fill(Batch& batch, std::size_t begin, std::size_t end);

  const std::size_t count_;
  const std::function<std::string(std::size_t)> path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Batch, kBatches> batches_;
  bool stop_ = false;
  std::size_t taken_ = 0;   ///< files that next() has answered
  std::size_t offset_ = 0;  ///< in the batch that next() is at
  std::thread reader_;
};

}  // namespace pivot::store
