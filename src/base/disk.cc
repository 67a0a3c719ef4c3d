#include "base/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "base/huge_pages.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "base/value.h"

namespace pivot {
namespace {

constexpr std::size_t kCopyBuffer = 1 << 20;
constexpr std::size_t kManyPages = 32 << 10;  // bytes

bool absent(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

/// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

int open_or_throw(const std::string& p, int flags, mode_t mode = 0666) {
  int fd;
  do fd = ::open(p.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) throw_disk_error(errno, p);
  return fd;
}

void write_all(int fd, std::string_view data, const std::string& p) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_disk_error(errno, p);
    }
    data.remove_prefix(static_cast<std::size_t>(n));
  }
}

FileType entry_type(const dirent& e, int dir_fd) {
  switch (e.d_type) {
    case DT_REG: return FileType::file;
    case DT_DIR: return FileType::dir;
    case DT_LNK: return FileType::symlink;
    case DT_UNKNOWN: break;
    default: return FileType::other;
  }
  struct stat s;
  if (::fstatat(dir_fd, e.d_name, &s, AT_SYMLINK_NOFOLLOW) != 0) return FileType::other;
  return to_file_stat(s).type;
}

/// copy_file_range until it says that it can't (other file system, old kernel), then read and write.
std::int64_t copy_range(int from, int to, std::int64_t offset, std::int64_t size, const std::string& p) {
  std::int64_t done = 0;
  while (done < size) {
    loff_t at = offset + done;
    const ssize_t n = ::copy_file_range(from, &at, to, nullptr, static_cast<std::size_t>(size - done), 0);
    if (n > 0) {
      done += n;
      continue;
    }
    if (n == 0) break;  // also for files in /proc and the like: the reads below find out
    if (errno == EINTR) continue;
    if (errno == ENOSPC || errno == EIO || errno == EDQUOT || errno == EFBIG) throw_disk_error(errno, p);
    break;
  }
  if (done == size) return done;
  std::string buffer(std::min<std::size_t>(kCopyBuffer, static_cast<std::size_t>(size - done)), '\0');
  while (done < size) {
    const auto want = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(size - done));
    const ssize_t n = ::pread(from, buffer.data(), want, offset + done);
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_disk_error(errno, p);
    }
    if (n == 0) break;
    write_all(to, std::string_view(buffer.data(), static_cast<std::size_t>(n)), p);
    done += n;
  }
  return done;
}

/// A file under its temporary name; the destructor removes it unless it was renamed.
class RealNewFile final : public NewFile {
 public:
  RealNewFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~RealNewFile() override {
    if (finished_) return;
    fd_.reset();
    ::unlink(path_.c_str());
  }
  void write(std::string_view data) override { write_all(fd_.get(), data, path_); }
  std::int64_t append_from(int source, std::int64_t offset, std::int64_t size) override {
    return copy_range(source, fd_.get(), offset, size, path_);
  }
  bool clone_from(int source) override { return ::ioctl(fd_.get(), FICLONE, source) == 0; }
  int fd() const override { return fd_.get(); }
  void set_mode(std::uint32_t mode) override {
    if (::fchmod(fd_.get(), mode) != 0) throw_disk_error(errno, path_);
  }
  void set_mtime(std::int64_t mtime_ns) override {
    const timespec times[2] = {{0, UTIME_OMIT}, {mtime_ns / 1'000'000'000, mtime_ns % 1'000'000'000}};
    if (::futimens(fd_.get(), times) != 0) throw_disk_error(errno, path_);
  }
  void finish(const std::string& final_path) override {
    fd_.reset();
    if (path_ != final_path && ::rename(path_.c_str(), final_path.c_str()) != 0) throw_disk_error(errno, final_path);
    finished_ = true;
  }

 private:
  std::string path_;
  Fd fd_;
  bool finished_ = false;
};

class JoiningLook final : public FolderLook {
 public:
  JoiningLook(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  std::optional<FileStat> stat(const std::string& name) override { return disk_.stat(cat(folder_, "/", name)); }

 private:
  Disk& disk_;
  std::string folder_;
};

class OpenFolderLook final : public FolderLook {
 public:
  OpenFolderLook(int fd, std::string folder) : fd_(fd), folder_(std::move(folder)) {}
  std::optional<FileStat> stat(const std::string& name) override {
    struct stat s;
    if (::fstatat(fd_.get(), name.c_str(), &s, 0) == 0) return to_file_stat(s);
    if (absent(errno)) return std::nullopt;
    throw_disk_error(errno, cat(folder_, "/", name));
  }

 private:
  Fd fd_;
  std::string folder_;
};

class RealDisk final : public Disk {
 public:
  void look_from(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    near_ = std::make_unique<Fd>(fd);
    near_prefix_ = cat(folder, "/");
  }

  std::optional<FileStat> stat(const std::string& p) override { return stat_with(p, 0); }
  std::optional<FileStat> lstat(const std::string& p) override { return stat_with(p, AT_SYMLINK_NOFOLLOW); }

  std::unique_ptr<FolderLook> look_into(const std::string& folder) override {
    const int fd = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Disk::look_into(folder);
    return std::make_unique<OpenFolderLook>(fd, folder);
  }

  std::optional<std::string> read(const std::string& p) override {
    int fd;
    do fd = ::open(p.c_str(), O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) {
      if (absent(errno)) return std::nullopt;
      throw_disk_error(errno, p);
    }
    const Fd file(fd);
    struct stat s;
    if (::fstat(fd, &s) != 0) throw_disk_error(errno, p);
    std::string out;
    // One byte more than the size, so that the usual file ends with a short read; files in /proc say size 0.
    const std::size_t room = s.st_size > 0 ? static_cast<std::size_t>(s.st_size) + 1 : 4096;
    out.reserve(room);
    if (room >= kManyPages) populate(out.data(), room);
    out.resize(room);
    std::size_t used = 0;
    while (true) {
      if (used == out.size()) out.resize(out.size() * 2);
      const ssize_t n = ::read(fd, out.data() + used, out.size() - used);
      if (n < 0) {
        if (errno == EINTR) continue;
        throw_disk_error(errno, p);
      }
      if (n == 0) break;
      used += static_cast<std::size_t>(n);
    }
    out.resize(used);
    return out;
  }

  std::optional<std::string> read_link(const std::string& p) override {
    std::string out(PATH_MAX, '\0');
    const ssize_t n = ::readlink(p.c_str(), out.data(), out.size());
    if (n < 0) {
      if (absent(errno) || errno == EINVAL) return std::nullopt;
      throw_disk_error(errno, p);
    }
    out.resize(static_cast<std::size_t>(n));
    return out;
  }

  std::vector<DirEntry> list(const std::string& p) override {
    std::vector<DirEntry> out;
    DIR* dir = ::opendir(p.c_str());
    if (dir == nullptr) {
      if (absent(errno)) return out;
      throw_disk_error(errno, p);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> closer(dir, ::closedir);
    while (true) {
      errno = 0;
      const dirent* e = ::readdir(dir);
      if (e == nullptr) break;
      const std::string_view name = e->d_name;
      if (name != "." && name != "..") out.push_back({std::string(name), entry_type(*e, ::dirfd(dir))});
    }
    if (errno != 0) throw_disk_error(errno, p);
    return out;
  }

  void write(const std::string& p, std::string_view data) override {
    const Fd file(open_or_throw(p, O_WRONLY | O_CREAT | O_TRUNC));
    write_all(file.get(), data, p);
  }

  void write_atomic(const std::string& p, std::string_view data) override {
    replace_file(*this, p, [&](NewFile& file) { file.write(data); });
  }

  void append(const std::string& p, std::string_view data) override {
    const Fd file(open_or_throw(p, O_WRONLY | O_CREAT | O_APPEND));
    write_all(file.get(), data, p);
  }

  void write_at(const std::string& p, std::int64_t offset, std::string_view data) override {
    const Fd file(open_or_throw(p, O_WRONLY));
    while (!data.empty()) {
      const ssize_t n = ::pwrite(file.get(), data.data(), data.size(), offset);
      if (n < 0) {
        if (errno == EINTR) continue;
        throw_disk_error(errno, p);
      }
      data.remove_prefix(static_cast<std::size_t>(n));
      offset += n;
    }
  }

  std::unique_ptr<NewFile> create(const std::string& temporary, std::uint32_t mode) override {
    return std::make_unique<RealNewFile>(temporary, open_or_throw(temporary, O_RDWR | O_CREAT | O_EXCL, mode));
  }

  void make_dir(const std::string& p) override {
    if (::mkdir(p.c_str(), 0777) == 0) return;
    const int error_number = errno;
    if (error_number == EEXIST) {
      const auto s = stat(p);
      if (s && s->type == FileType::dir) return;
    }
    throw_disk_error(error_number, p);
  }

  void make_dirs(const std::string& p) override {
    if (p.empty()) return;
    if (const auto s = stat(p); s && s->type == FileType::dir) return;  // as nearly always; mkdir would lock the folder above
    if (::mkdir(p.c_str(), 0777) == 0) return;
    if (errno == ENOENT) {
      const std::string parent = path::dirname(p);
      if (parent.size() < p.size()) make_dirs(parent);
    }
    make_dir(p);
  }

  bool remove_dir(const std::string& p) override {
    if (::rmdir(p.c_str()) == 0) return true;
    if (absent(errno) || errno == ENOTEMPTY || errno == EEXIST) return false;
    throw_disk_error(errno, p);
  }

  bool remove_file(const std::string& p) override {
    if (::unlink(p.c_str()) == 0) return true;
    if (absent(errno)) return false;
    throw_disk_error(errno, p);
  }

  bool remove_tree(const std::string& p) override {
    const auto s = lstat(p);
    if (!s) return false;
    if (s->type != FileType::dir) return remove_file(p);
    remove_folder(AT_FDCWD, p, p);
    return true;
  }

  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw_disk_error(errno, from);
  }
  void chmod(const std::string& p, std::uint32_t mode) override {
    if (::chmod(p.c_str(), mode) != 0) throw_disk_error(errno, p);
  }
  void hard_link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) throw_disk_error(errno, to);
  }
  void symlink(const std::string& target, const std::string& link) override {
    if (::symlink(target.c_str(), link.c_str()) != 0) throw_disk_error(errno, link);
  }

  bool reflink(const std::string& from, const std::string& to) override {
    const Fd source(open_or_throw(from, O_RDONLY));
    const Fd target(open_or_throw(to, O_WRONLY | O_CREAT | O_EXCL));
    if (::ioctl(target.get(), FICLONE, source.get()) == 0) return true;
    ::unlink(to.c_str());
    return false;
  }

  void copy(const std::string& from, const std::string& to) override {
    const Fd source(open_or_throw(from, O_RDONLY));
    const Fd target(open_or_throw(to, O_WRONLY | O_CREAT | O_EXCL));
    try {
      std::int64_t offset = 0;
      while (const auto n = copy_range(source.get(), target.get(), offset, 1 << 30, to)) offset += n;
    } catch (...) {
      ::unlink(to.c_str());
      throw;
    }
  }

 private:
  std::optional<FileStat> stat_with(const std::string& p, int flags) {
    struct stat s;
    const bool is_near = near_ != nullptr && p.size() > near_prefix_.size() && p.starts_with(near_prefix_) && p[near_prefix_.size()] != '/';
    const int from = is_near ? near_->get() : AT_FDCWD;
    if (::fstatat(from, p.c_str() + (is_near ? near_prefix_.size() : 0), &s, flags) == 0) return to_file_stat(s);
    if (absent(errno)) return std::nullopt;
    throw_disk_error(errno, p);
  }

  /// By open folders, so that a folder swapped for a symlink meanwhile is not followed.
  void remove_folder(int parent, const std::string& name, const std::string& shown) {
    const int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) throw_disk_error(errno, shown);
    {
      const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd), ::closedir);
      while (const dirent* e = ::readdir(dir.get())) {
        const std::string_view entry = e->d_name;
        if (entry == "." || entry == "..") continue;
        const bool is_dir = entry_type(*e, fd) == FileType::dir;
        if (is_dir) remove_folder(fd, std::string(entry), cat(shown, "/", entry));
        else if (::unlinkat(fd, e->d_name, 0) != 0 && errno != ENOENT) throw_disk_error(errno, cat(shown, "/", entry));
      }
    }
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) throw_disk_error(errno, shown);
  }

  std::unique_ptr<Fd> near_;
  std::string near_prefix_;  ///< its path and a slash
};

}  // namespace

FileStat to_file_stat(const struct stat& s) {
  FileStat out;
  if (S_ISREG(s.st_mode)) out.type = FileType::file;
  else if (S_ISDIR(s.st_mode)) out.type = FileType::dir;
  else if (S_ISLNK(s.st_mode)) out.type = FileType::symlink;
  out.mode = s.st_mode & 07777;
  out.inode = s.st_ino;
  out.device = s.st_dev;
  out.size = s.st_size;
  out.mtime_ns = static_cast<std::int64_t>(s.st_mtim.tv_sec) * 1'000'000'000 + s.st_mtim.tv_nsec;
  out.ctime_ns = static_cast<std::int64_t>(s.st_ctim.tv_sec) * 1'000'000'000 + s.st_ctim.tv_nsec;
  out.links = static_cast<std::uint32_t>(s.st_nlink);
  return out;
}

void throw_disk_error(int error_number, const std::string& p) {
  const std::string number = std::to_string(error_number);
  throw DiskError(error_number, cat("[Errno ", number, "] ", std::strerror(error_number), ": ", python_str_repr(p)));
}

std::string temporary_name(std::string_view folder) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  static std::atomic<std::uint64_t> counter{0};
  std::uint64_t random[2] = {};
  // Without entropy the process id and the counter still keep names apart.
  if (::getrandom(random, sizeof random, GRND_NONBLOCK) < 0) random[0] = static_cast<std::uint64_t>(::getpid()) << 32;
  random[1] += counter.fetch_add(1, std::memory_order_relaxed);
  std::string name(22, 'A');
  for (int i = 0; i < 11; ++i) {
    name[static_cast<std::size_t>(i)] = kLetters[(random[0] >> (i * 5)) & 63];
    name[static_cast<std::size_t>(i) + 11] = kLetters[(random[1] >> (i * 5)) & 63];
  }
  return cat(folder, "/.", name, ".tmp");
}

namespace {

RealDisk& the_real_disk() {
  static RealDisk disk;
  return disk;
}

}  // namespace

std::unique_ptr<FolderLook> Disk::look_into(const std::string& folder) { return std::make_unique<JoiningLook>(*this, folder); }

Disk& real_disk() { return the_real_disk(); }
void look_from(const std::string& folder) { the_real_disk().look_from(folder); }

}  // namespace pivot
