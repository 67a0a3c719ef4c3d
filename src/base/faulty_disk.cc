#include "base/faulty_disk.h"

namespace pivot {
namespace {

/// Counts the calls of a file that is being written as calls of its disk.
class FaultyNewFile final : public NewFile {
 public:
  FaultyNewFile(FaultyDisk& disk, std::unique_ptr<NewFile> inner, std::string path)
      : disk_(disk), inner_(std::move(inner)), path_(std::move(path)) {}
  void write(std::string_view data) override {
    // Half of the data arrives before the disk is full: what a reader must never see under a final name.
    try {
      disk_.count(path_);
    } catch (...) {
      inner_->write(data.substr(0, data.size() / 2));
      throw;
    }
    inner_->write(data);
  }
  std::int64_t append_from(int source, std::int64_t offset, std::int64_t size) override {
    disk_.count(path_);
    return inner_->append_from(source, offset, size);
  }
  bool clone_from(int source) override {
    disk_.count(path_);
    return inner_->clone_from(source);
  }
  int fd() const override { return inner_->fd(); }
  void set_mode(std::uint32_t mode) override {
    disk_.count(path_);
    inner_->set_mode(mode);
  }
  void set_mtime(std::int64_t mtime_ns) override {
    disk_.count(path_);
    inner_->set_mtime(mtime_ns);
  }
  void finish(const std::string& final_path) override {
    disk_.count(final_path);
    inner_->finish(final_path);
  }

 private:
  FaultyDisk& disk_;
  std::unique_ptr<NewFile> inner_;
  std::string path_;
};

}  // namespace

void FaultyDisk::count(const std::string& p) {
  const int call = ++calls_;
  if (call == fail_at_ || (stay_down_ && call > fail_at_)) throw_disk_error(error_number_, p);
}

void FaultyDisk::write(const std::string& p, std::string_view data) {
  count(p);
  inner_.write(p, data);
}
void FaultyDisk::write_atomic(const std::string& p, std::string_view data) {
  count(p);
  inner_.write_atomic(p, data);
}
void FaultyDisk::append(const std::string& p, std::string_view data) {
  count(p);
  inner_.append(p, data);
}
void FaultyDisk::make_dirs(const std::string& p) {
  count(p);
  inner_.make_dirs(p);
}
bool FaultyDisk::remove_file(const std::string& p) {
  count(p);
  return inner_.remove_file(p);
}
bool FaultyDisk::remove_tree(const std::string& p) {
  count(p);
  return inner_.remove_tree(p);
}
void FaultyDisk::rename(const std::string& from, const std::string& to) {
  count(from);
  inner_.rename(from, to);
}
void FaultyDisk::chmod(const std::string& p, std::uint32_t mode) {
  count(p);
  inner_.chmod(p, mode);
}
void FaultyDisk::hard_link(const std::string& from, const std::string& to) {
  count(to);
  inner_.hard_link(from, to);
}
void FaultyDisk::symlink(const std::string& target, const std::string& link) {
  count(link);
  inner_.symlink(target, link);
}
bool FaultyDisk::reflink(const std::string& from, const std::string& to) {
  count(to);
  return inner_.reflink(from, to);
}
void FaultyDisk::copy(const std::string& from, const std::string& to) {
  count(to);
  inner_.copy(from, to);
}
void FaultyDisk::write_at(const std::string& p, std::int64_t offset, std::string_view data) {
  count(p);
  inner_.write_at(p, offset, data);
}
std::unique_ptr<NewFile> FaultyDisk::create(const std::string& temporary, std::uint32_t mode) {
  count(temporary);
  return std::make_unique<FaultyNewFile>(*this, inner_.create(temporary, mode), temporary);
}
void FaultyDisk::make_dir(const std::string& p) {
  count(p);
  inner_.make_dir(p);
}
bool FaultyDisk::remove_dir(const std::string& p) {
  count(p);
  return inner_.remove_dir(p);
}

}  // namespace pivot
