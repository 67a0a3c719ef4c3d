// A disk that notes what was asked of it: what a result depends on, so that the result can be kept.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"

namespace pivot {

/// Forwards to another disk. While it watches, each path that was looked at is remembered with the strongest question asked of it.
/// Not thread-safe while watching.
class WatchingDisk final : public Disk {
 public:
  /// What of a path the result depends on.
  enum class Seen : std::uint8_t {
    absent,   ///< that nothing is there
    present,  ///< that something of its type is there
    content,  ///< the bytes of the file
    names,    ///< the entries of the folder
  };

  explicit WatchingDisk(Disk& inner) : inner_(inner) {}
  void watch(bool on) { watching_ = on; }
  const std::map<std::string, Seen>& seen() const { return seen_; }
  void forget() { seen_.clear(); }

  std::optional<FileStat> stat(const std::string& p) override;
  std::optional<FileStat> lstat(const std::string& p) override;
  std::optional<std::string> read(const std::string& p) override;
  std::optional<std::string> read_link(const std::string& p) override { return inner_.read_link(p); }
  std::vector<DirEntry> list(const std::string& p) override;
  void write(const std::string& p, std::string_view data) override { inner_.write(p, data); }
  void write_atomic(const std::string& p, std::string_view data) override { inner_.write_atomic(p, data); }
  void append(const std::string& p, std::string_view data) override { inner_.append(p, data); }
  void make_dirs(const std::string& p) override { inner_.make_dirs(p); }
  bool remove_file(const std::string& p) override { return inner_.remove_file(p); }
  bool remove_tree(const std::string& p) override { return inner_.remove_tree(p); }
  void rename(const std::string& from, const std::string& to) override { inner_.rename(from, to); }
  void chmod(const std::string& p, std::uint32_t mode) override { inner_.chmod(p, mode); }
  void hard_link(const std::string& from, const std::string& to) override { inner_.hard_link(from, to); }
  void symlink(const std::string& target, const std::string& link) override { inner_.symlink(target, link); }
  bool reflink(const std::string& from, const std::string& to) override { return inner_.reflink(from, to); }
  void copy(const std::string& from, const std::string& to) override { inner_.copy(from, to); }
  void write_at(const std::string& p, std::int64_t offset, std::string_view data) override { inner_.write_at(p, offset, data); }
  std::unique_ptr<NewFile> create(const std::string& temporary, std::uint32_t mode) override { return inner_.create(temporary, mode); }
  void make_dir(const std::string& p) override { inner_.make_dir(p); }
  bool remove_dir(const std::string& p) override { return inner_.remove_dir(p); }

 private:
  void note(const std::string& p, Seen what);
  Disk& inner_;
  bool watching_ = false;
  std::map<std::string, Seen> seen_;
};

}  // namespace pivot
