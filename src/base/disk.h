// The seam to the file system: everything that store, lockbook and commands do to files goes through it, so that tests
// can run in memory-free temporary folders with the Nth call failing (FaultyDisk).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct stat;

namespace pivot {

enum class FileType : std::uint8_t { file, dir, symlink, other };

struct FileStat {
  FileType type = FileType::other;
  std::uint32_t mode = 0;  ///< permission bits
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint32_t links = 1;
};

struct DirEntry {
  std::string name;
  FileType type;  ///< of the entry itself, a symlink is a symlink
};

/// A system call that failed.
class DiskError : public Error {
 public:
  DiskError(int error_number, std::string message) : Error(std::move(message)), number_(error_number) {}
  int number() const { return number_; }  ///< errno

 private:
  int number_;
};

/// A file that is being written under a temporary name: unless finish() was reached nothing of it stays.
class NewFile {
 public:
  virtual ~NewFile() = default;
  virtual void write(std::string_view data) = 0;
  /// Appends a range of another open file, by copy_file_range where that works. Returns the bytes copied: less than
  /// `size` at the end of the source.
  virtual std::int64_t append_from(int source, std::int64_t offset, std::int64_t size) = 0;
  /// FICLONE of a whole open file into this empty one; false when the file system can't.
  virtual bool clone_from(int source) = 0;
  virtual int fd() const = 0;
  virtual void set_mode(std::uint32_t mode) = 0;
  virtual void set_mtime(std::int64_t mtime_ns) = 0;
  /// Closes it and renames it to `final_path`, replacing what is there; when it has that name already, it only stays.
  virtual void finish(const std::string& final_path) = 0;
};

/// Looks at one file after the other in one folder.
class FolderLook {
 public:
  virtual ~FolderLook() = default;
  virtual std::optional<FileStat> stat(const std::string& name) = 0;  ///< follows symlinks
};

/// Absence is a value (nullopt, false); every other failure throws DiskError.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::optional<FileStat> stat(const std::string& p) = 0;  ///< follows symlinks
  /// For many names in a folder (absolute), which stays the one that it was; a real disk finds it only once.
  virtual std::unique_ptr<FolderLook> look_into(const std::string& folder);
  virtual std::optional<FileStat> lstat(const std::string& p) = 0;
  virtual std::optional<std::string> read(const std::string& p) = 0;
  virtual std::optional<std::string> read_link(const std::string& p) = 0;
  virtual std::vector<DirEntry> list(const std::string& p) = 0;  ///< unsorted (readdir order), without . and ..
  /// Writes in place (truncating).
  virtual void write(const std::string& p, std::string_view data) = 0;
  /// Temporary file in the same folder, then rename; keeps the mode of an existing file.
  virtual void write_atomic(const std::string& p, std::string_view data) = 0;
  virtual void append(const std::string& p, std::string_view data) = 0;
  virtual void make_dirs(const std::string& p) = 0;    ///< mkdir -p
  virtual bool remove_file(const std::string& p) = 0;  ///< unlink; false when absent
  virtual bool remove_tree(const std::string& p) = 0;  ///< rm -r, does not follow symlinks; false when absent
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void chmod(const std::string& p, std::uint32_t mode) = 0;
  virtual void hard_link(const std::string& from, const std::string& to) = 0;
  virtual void symlink(const std::string& target, const std::string& link) = 0;
  /// FICLONE; false when the file system can't.
  virtual bool reflink(const std::string& from, const std::string& to) = 0;
  virtual void copy(const std::string& from, const std::string& to) = 0;  ///< to a new file, 0666 & ~umask
  /// Overwrites a range of an existing file in place.
  virtual void write_at(const std::string& p, std::int64_t offset, std::string_view data) = 0;
  /// A new file at `temporary` (which must not exist), created with `mode` & ~umask, readable and writable through
  /// fd().
  virtual std::unique_ptr<NewFile> create(const std::string& temporary, std::uint32_t mode) = 0;
  virtual void make_dir(const std::string& p) = 0;    ///< one mkdir; an existing folder is fine
  virtual bool remove_dir(const std::string& p) = 0;  ///< rmdir; false when absent or not empty
};

/// Throws DiskError. Message: "[Errno 28] No space left on device: '/path'" as Python prints it.
[[noreturn]] void throw_disk_error(int error_number, const std::string& p);

/// A name no other file in the folder has: `<folder>/<22 letters>.tmp`, DVC's form.
std::string temporary_name(std::string_view folder);

FileStat to_file_stat(const struct stat& s);

/// The real file system.
Disk& real_disk();
/// From now on it looks at paths below this folder (absolute) from there: stat of "<folder>/a" then costs the kernel one step and not one a
/// folder of the path. Called once, before there are threads.
void look_from(const std::string& folder);

/// Forwards to another disk and fails the Nth mutating call: base/faulty_disk.h.
class FaultyDisk;

}  // namespace pivot
