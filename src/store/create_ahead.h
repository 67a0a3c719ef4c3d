// Many new files of one folder, made by a thread of their own: making a file locks its folder, so that several threads would only wait for
// one another, but what goes into the files can be read and written meanwhile.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/disk.h"

namespace pivot::store {

class CreateAhead {
 public:
  /// `make(i)` makes the i-th of `count` files; it is called in the thread, in order, at most kBatches * kBatch files ahead.
  CreateAhead(std::size_t count, std::function<std::unique_ptr<NewFile>(std::size_t)> make);
  ~CreateAhead();  ///< files that nobody asked for do not stay
  CreateAhead(const CreateAhead&) = delete;
  CreateAhead& operator=(const CreateAhead&) = delete;

  /// The next file. Throws what making it threw: the last call then. At most `count` calls.
  std::unique_ptr<NewFile> next();

  static constexpr std::size_t kBatch = 16, kBatches = 4;  ///< files are open all the while

 private:
  struct Batch {
    std::vector<std::unique_ptr<NewFile>> files;
    std::exception_ptr error;  ///< of the file behind the last one
    bool full = false;
  };

  void run();
  void fill(Batch& batch, std::size_t begin, std::size_t end);

  const std::size_t count_;
  const std::function<std::unique_ptr<NewFile>(std::size_t)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Batch, kBatches> batches_;
  bool stop_ = false;
  std::size_t taken_ = 0;  ///< files that next() has given
  std::thread maker_;
};

}  // namespace pivot::store
