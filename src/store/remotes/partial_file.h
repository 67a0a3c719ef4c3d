// A file that arrives in parts and outlives the process: what an interrupted transfer has fetched is there for the next one.
#pragma once

#include <memory>
#include <string>

#include "base/disk.h"
#include "base/hash.h"

namespace pivot::store {

class PartialFile final : public NewFile {
 public:
  /// The one at this path, made when absent; nullptr while another process fills it. Throws DiskError.
  static std::unique_ptr<PartialFile> open(const std::string& path);
  /// Too little to be worth keeping goes, and so does what was dropped.
  ~PartialFile() override;
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::int64_t size() const { return size_; }
  /// Feeds what is there into a hash.
  void hash_into(Md5& md5) const;
  void clear();
  void drop() { dropped_ = true; }

  void write(std::string_view data) override;
  std::int64_t append_from(int source, std::int64_t offset, std::int64_t size) override;
  bool clone_from(int) override { return false; }
  int fd() const override { return fd_; }
  void set_mode(std::uint32_t mode) override;
  void set_mtime(std::int64_t mtime_ns) override;
  void finish(const std::string& final_path) override;

 private:
  PartialFile(std::string path, int fd, std::int64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  std::string path_;
  int fd_;
  std::int64_t size_;
  bool dropped_ = false, finished_ = false;
};

}  // namespace pivot::store
