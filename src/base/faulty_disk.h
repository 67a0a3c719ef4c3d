// A disk whose Nth write fails: the test seam behind "every write path is run with its Nth call failing".
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/disk.h"

namespace pivot {

/// Forwards to another disk and fails the Nth mutating call (counted from 1) with `error_number`; afterwards all fail
/// too when `stay_down` (a full disk, a killed process). Reads always pass.
class FaultyDisk final : public Disk {
 public:
  FaultyDisk(Disk& inner, int fail_at, int error_number, bool stay_down = false)
      : inner_(inner), fail_at_(fail_at), error_number_(error_number), stay_down_(stay_down) {}

  /// Mutating calls seen so far, the failed ones included.
  int calls() const { return calls_; }
  bool has_failed() const { return calls_ >= fail_at_; }

  std::optional<FileStat> stat(const std::string& p) override { return inner_.stat(p); }
  std::optional<FileStat> lstat(const std::string& p) override { return inner_.lstat(p); }
  std::optional<std::string> read(const std::string& p) override { return inner_.read(p); }
  std::optional<std::string> read_link(const std::string& p) override { return inner_.read_link(p); }
  std::vector<DirEntry> list(const std::string& p) override { return inner_.list(p); }
  void write(const std::string& p, std::string_view data) override;
  void write_atomic(const std::string& p, std::string_view data) override;
  void append(const std::string& p, std::string_view data) override;
  void make_dirs(const std::string& p) override;
  bool remove_file(const std::string& p) override;
  bool remove_tree(const std::string& p) override;
  void rename(const std::string& from, const std::string& to) override;
  void chmod(const std::string& p, std::uint32_t mode) override;
  void hard_link(const std::string& from, const std::string& to) override;
  void symlink(const std::string& target, const std::string& link) override;
  bool reflink(const std::string& from, const std::string& to) override;
  void copy(const std::string& from, const std::string& to) override;
  void write_at(const std::string& p, std::int64_t offset, std::string_view data) override;
  std::unique_ptr<NewFile> create(const std::string& temporary, std::uint32_t mode) override;
  void make_dir(const std::string& p) override;
  bool remove_dir(const std::string& p) override;

  /// Counts one mutating call of `p`; throws when it is its turn to fail.
  void count(const std::string& p);

 private:
  Disk& inner_;
  int fail_at_;
  int error_number_;
  bool stay_down_;
  std::atomic<int> calls_{0};
};

}  // namespace pivot
