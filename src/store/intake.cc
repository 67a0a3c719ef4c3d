#include "store/intake.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/mapped_file.h"
#include "base/md5_lanes.h"
#include "base/thread_pool.h"
#include "store/content.h"
#include "store/object_batch.h"

namespace pivot::store {
namespace {

constexpr std::int64_t kSmall = 256 << 10;        ///< read whole into memory up to here
constexpr std::int64_t kBig = 8 << 20;            ///< shared out evenly over the threads from here on
constexpr std::int64_t kCopyAhead = 32 << 20;     ///< worth a thread of its own that copies while we hash
constexpr std::int64_t kWindow = 4 << 20;         ///< copied and mapped at a time
constexpr std::size_t kReadBuffer = 256 << 10;    ///< hash only: read at a time
constexpr std::int64_t kWorkPerThread = 1 << 20;  ///< less than this many bytes don't pay for a thread
constexpr std::size_t kFilesPerThread = 32;

/// Copies a file on its own thread and tells how far it is.
class CopyAhead {
 public:
  CopyAhead(NewFile& to, int from, std::int64_t size) : thread_([this, &to, from, size] { run(to, from, size); }) {}
  ~CopyAhead() {
    stop_ = true;
    thread_.join();
  }
  /// Waits until `offset` bytes are there, or the source's end. Returns the bytes that are there.
  std::int64_t wait_for(std::int64_t offset) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return done_ >= offset || ended_; });
    if (failure_) std::rethrow_exception(failure_);
    return done_;
  }

 private:
  void run(NewFile& to, int from, std::int64_t size) {
    std::exception_ptr failure;
    try {
      for (std::int64_t offset = 0; offset < size && !stop_;) {
        const auto n = to.append_from(from, offset, std::min(kWindow, size - offset));
        if (n == 0) break;
        offset += n;
        const std::lock_guard lock(mutex_);
        done_ = offset;
        wake_.notify_one();
      }
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    ended_ = true;
    wake_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::int64_t done_ = 0;
  bool ended_ = false;
  std::atomic<bool> stop_{false};
  std::exception_ptr failure_;
  std::thread thread_;  // last: starts when all the rest is there
};

/// One file on its way through a lane. Small ones are read whole: hash and object come from the same bytes, whatever
/// happens to the file. Larger ones are first copied (or cloned) to a staged object and hashed from there, for the same
/// reason.
class FileSource final : public Md5Source {
 public:
  FileSource(IntakeMode mode, Objects& objects, ObjectBatch& batch) : mode_(mode), objects_(objects), batch_(batch) {}
  ~FileSource() override { close(); }

  /// False for a file that was not looked at before: it is not there, or a big one, whose turn it isn't.
  bool start(IntakeFile& file, bool copy_ahead) {
    file_ = &file;
    offset_ = 0;
    file.started_ns = wall_ns();
    do fd_ = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0 && (file.looked_at || (errno != ENOENT && errno != ENOTDIR))) throw_disk_error(errno, file.path);
    if (!file.looked_at && !look()) {
      close();
      return false;
    }
    size_ = file.stat.size;
    if (size_ <= kSmall || mode_ == IntakeMode::hash) return true;
    staged_ = objects_.stage();
    cloned_ = staged_->clone_from(fd_);
    if (!cloned_ && copy_ahead && size_ >= kCopyAhead) ahead_.emplace(*staged_, fd_, size_);
    return true;
  }

  bool busy() const { return file_ != nullptr; }
  bool big() const { return big_; }
  void set_big(bool big) { big_ = big; }

  std::string_view next() override {
    if (size_ <= kSmall) return offset_ > 0 ? std::string_view() : read_whole();
    return staged_ ? next_window() : next_read();
  }

  void done(const Md5Digest& digest) override {
    IntakeFile& file = *file_;
    file.md5 = digest;
    const FileStat after = stat_now();
    file.steady = same_stat(file.stat, after) && offset_ == after.size;
    file.stat = after;
    ahead_.reset();
    map_.reset();
    if (mode_ == IntakeMode::store) {
      if (staged_) objects_.adopt(std::move(staged_), to_hex(digest));
      else batch_.put(to_hex(digest), {buffer_.get(), static_cast<std::size_t>(offset_)}, origin());
    }
    close();
  }

 private:
  FileStat stat_now() const {
    struct stat s;
    if (::fstat(fd_, &s) != 0) throw_disk_error(errno, file_->path);
    return to_file_stat(s);
  }

  /// The stat of an opened file; false when its turn has not come.
  bool look() {
    IntakeFile& file = *file_;
    if (fd_ >= 0) file.stat = stat_now();
    file.absent = fd_ < 0 || file.stat.type != FileType::file;
    file.looked_at = true;
    return !file.absent && file.stat.size < kBig;
  }

  /// What was written just now could change once more without a new time.
  std::optional<ObjectBatch::Origin> origin() const {
    const bool is_quiet = file_->steady && file_->stat.ctime_ns + kClockGranularityNs < file_->started_ns;
    return is_quiet ? std::optional(ObjectBatch::Origin{fd_, file_->stat}) : std::nullopt;
  }

  void close() {
    ahead_.reset();
    map_.reset();
    staged_.reset();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    file_ = nullptr;
  }

  /// Grows to the largest small file of its lane and stays: no allocation a file.
  void make_room(std::size_t size) {
    if (size <= capacity_) return;
    auto larger = std::make_unique_for_overwrite<char[]>(size);
    if (offset_ > 0) std::memcpy(larger.get(), buffer_.get(), static_cast<std::size_t>(offset_));
    buffer_ = std::move(larger);
    capacity_ = size;
  }

  std::size_t read_some(char* out, std::size_t size) {
    ssize_t n;
    do n = ::read(fd_, out, size);
    while (n < 0 && errno == EINTR);
    if (n < 0) throw_disk_error(errno, file_->path);
    return static_cast<std::size_t>(n);
  }

  std::string_view read_whole() {
    // One byte more than expected: the short read says that this is the end.
    make_room(static_cast<std::size_t>(size_) + 1);
    while (true) {
      const std::size_t n = read_some(buffer_.get() + offset_, capacity_ - static_cast<std::size_t>(offset_));
      offset_ += static_cast<std::int64_t>(n);
      if (n == 0 || offset_ == size_) break;
      if (offset_ == static_cast<std::int64_t>(capacity_)) make_room(capacity_ * 2);
    }
    return {buffer_.get(), static_cast<std::size_t>(offset_)};
  }

  /// Hash only: a window by read(); the last one may be short.
  std::string_view next_read() {
    make_room(kReadBuffer);
    std::size_t used = 0;
    while (used < kReadBuffer) {
      const std::size_t n = read_some(buffer_.get() + used, kReadBuffer - used);
      if (n == 0) break;
      used += n;
    }
    offset_ += static_cast<std::int64_t>(used);
    return {buffer_.get(), used};
  }

  /// A window of the staged object, which nobody else can cut off.
  std::string_view next_window() {
    map_.reset();
    std::int64_t length = std::min(kWindow, size_ - offset_);
    if (length <= 0) return {};
    if (!cloned_) length = ahead_ ? std::min(ahead_->wait_for(offset_ + length) - offset_, length) : copy(length);
    if (length <= 0) return {};
    map_.emplace(staged_->fd(), offset_, static_cast<std::size_t>(length), file_->path);
    offset_ += length;
    if (length < kWindow) size_ = offset_;  // the end, or a source that was cut off
    return map_->bytes();
  }

  std::int64_t copy(std::int64_t length) {
    std::int64_t done = 0;
    while (done < length) {
      const auto n = staged_->append_from(fd_, offset_ + done, length - done);
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  const IntakeMode mode_;
  Objects& objects_;
  ObjectBatch& batch_;
  IntakeFile* file_ = nullptr;
  int fd_ = -1;
  std::int64_t size_ = 0;    ///< expected
  std::int64_t offset_ = 0;  ///< handed out so far
  bool big_ = false;
  bool cloned_ = false;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::unique_ptr<NewFile> staged_;
  std::optional<CopyAhead> ahead_;
  std::optional<MappedRange> map_;
};

/// Hands files out to the threads: the big ones first and evenly, because one thread that has two of them in its lanes
/// takes twice as long as two threads with one each.
class Dispenser {
 public:
  Dispenser(std::vector<IntakeFile>& files, int threads) : files_(files), threads_(static_cast<std::size_t>(threads)) {
    for (std::size_t i = 0; i < files.size(); ++i)
      if (is_known_big(files[i])) big_.push_back(i);
    std::stable_sort(big_.begin(), big_.end(), [&](auto a, auto b) { return files[a].stat.size > files[b].stat.size; });
  }

  /// The next file for a thread that has `big_in_flight` big ones.
  IntakeFile* next(std::size_t big_in_flight, bool& is_big, bool& copy_ahead) {
    const std::lock_guard lock(mutex_);
    const std::size_t left = big_.size() - big_taken_;
    is_big = left > 0 && big_in_flight < std::max<std::size_t>(1, (left + threads_ - 1) / threads_);
    // With a core to spare, a copy can run beside the hashing.
    copy_ahead = big_.size() < threads_;
    if (is_big) return &files_[big_[big_taken_++]];
    while (small_ < files_.size() && is_known_big(files_[small_])) ++small_;
    return small_ < files_.size() ? &files_[small_++] : nullptr;
  }

  /// One that next() gave, not knowing its size, turned out to be big.
  void give_back(const IntakeFile& file) {
    const std::lock_guard lock(mutex_);
    big_.push_back(static_cast<std::size_t>(&file - files_.data()));
  }

 private:
  static bool is_known_big(const IntakeFile& file) { return file.looked_at && file.stat.size >= kBig; }

  std::vector<IntakeFile>& files_;
  const std::size_t threads_;
  std::mutex mutex_;
  std::vector<std::size_t> big_;
  std::size_t big_taken_ = 0;
  std::size_t small_ = 0;
};

void work(Dispenser& dispenser, IntakeMode mode, Objects& objects, ObjectBatch& batch, const std::atomic<bool>& failed) {
  std::vector<std::unique_ptr<FileSource>> sources;
  bool pulled = false;
  const std::function<Md5Source*()> pull = [&]() -> Md5Source* {
    FileSource* idle = nullptr;
    std::size_t big_in_flight = 0;
    for (const auto& source : sources) {
      if (!source->busy()) idle = source.get();
      else if (source->big()) ++big_in_flight;
    }
    if (idle == nullptr) idle = sources.emplace_back(std::make_unique<FileSource>(mode, objects, batch)).get();
    while (!failed) {
      bool is_big = false, copy_ahead = false;
      IntakeFile* file = dispenser.next(big_in_flight, is_big, copy_ahead);
      if (file == nullptr) return nullptr;
      idle->set_big(is_big);
      pulled = true;
      if (idle->start(*file, copy_ahead)) return idle;
      if (!file->absent) dispenser.give_back(*file);
    }
    return nullptr;
  };
  // A thread is refused a big file while it has its share of them in flight: it asks again when its lanes are empty.
  do {
    pulled = false;
    md5_many(pull);
  } while (pulled);
}

/// Hash only, and not more big files than threads: each by maps on its own thread, as no lane is faster.
bool hash_singly(std::vector<IntakeFile>& files, int jobs) {
  if (files.size() > static_cast<std::size_t>(std::max(1, jobs / 2))) return false;
  parallel_for(files.size(), 1, jobs, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto hashed = hash_steadily(files[i].path, HashKind::md5);
      if (!hashed) throw_disk_error(ENOENT, files[i].path);
      files[i].md5 = hashed->md5;
      files[i].stat = hashed->stat;
      files[i].started_ns = hashed->started_ns;
      files[i].steady = hashed->steady;
    }
  });
  return true;
}

int thread_count(const std::vector<IntakeFile>& files, int jobs) {
  std::int64_t bytes = 0;
  for (const auto& f : files) bytes += f.stat.size;
  const auto by_bytes = bytes / kWorkPerThread;
  const auto by_files = static_cast<std::int64_t>(files.size() / kFilesPerThread);
  const auto most = std::min<std::int64_t>(jobs > 0 ? jobs : core_count(), static_cast<std::int64_t>(files.size()));
  return static_cast<int>(std::clamp<std::int64_t>(std::max(by_bytes, by_files), 1, std::max<std::int64_t>(1, most)));
}

}  // namespace

void take_in(std::vector<IntakeFile>& files, IntakeMode mode, Objects& objects, int jobs) {
  if (files.empty()) return;
  if (jobs <= 0) jobs = core_count();
  if (mode == IntakeMode::hash && hash_singly(files, jobs)) return;
  const int threads = thread_count(files, jobs);
  // The spare cores count: one big file alone is hashed by one thread and copied by another.
  Dispenser dispenser(files, std::max(threads, jobs));
  std::atomic<bool> failed{false};
  ObjectBatch batch(objects, mode == IntakeMode::store ? files.size() : 0);
  Crew crew(threads);
  for (int i = 0; i < threads; ++i) {
    crew.add([&](int) {
      try {
        work(dispenser, mode, objects, batch, failed);
      } catch (...) {
        failed = true;
        throw;
      }
    });
  }
  try {
    crew.run();
  } catch (...) {
    batch.publish();
    throw;
  }
  batch.publish();
}

}  // namespace pivot::store
