#include "store/links.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::int64_t kSmall = 128 << 10;  ///< read() and write() beat copy_file_range up to here

class SourceFile {
 public:
  explicit SourceFile(const std::string& p) : fd_(::open(p.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw_disk_error(errno, p);
    struct stat s;
    if (::fstat(fd_, &s) != 0) throw_disk_error(errno, p);
    size_ = s.st_size;
  }
  ~SourceFile() { ::close(fd_); }
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;
  int fd() const { return fd_; }
  std::int64_t size() const { return size_; }

 private:
  int fd_;
  std::int64_t size_ = 0;
};

void copy_content(const SourceFile& from, NewFile& to, const std::string& shown) {
  if (from.size() > kSmall) {
    for (std::int64_t offset = 0; offset < from.size();) {
      const auto n = to.append_from(from.fd(), offset, from.size() - offset);
      if (n == 0) break;
      offset += n;
    }
    return;
  }
  static thread_local std::unique_ptr<char[]> buffer;
  if (!buffer) buffer = std::make_unique_for_overwrite<char[]>(kSmall);
  std::int64_t done = 0;
  while (done < from.size()) {
    const ssize_t n = ::pread(from.fd(), buffer.get() + done, static_cast<std::size_t>(from.size() - done), done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_disk_error(errno, shown);
    if (n == 0) break;
    done += n;
  }
  if (done > 0) to.write({buffer.get(), static_cast<std::size_t>(done)});
}

std::uint32_t mode_of(const NewFile& file) {
  struct stat s;
  return ::fstat(file.fd(), &s) == 0 ? s.st_mode & 07777 : 0644;
}

std::string temporary_beside(const std::string& target) {
  const std::string folder = path::dirname(target);
  return temporary_name(folder.empty() ? "." : folder);
}

bool cannot_link(int error_number) {
  return error_number == EXDEV || error_number == EPERM || error_number == EMLINK || error_number == EOPNOTSUPP ||
         error_number == EACCES;
}

}  // namespace

std::int64_t Links::place(HashKind kind, std::string_view value, const std::string& target, bool isexec) {
  const auto object = parts_.objects.find(kind, value);
  if (!object) throw MissingObjects({model::Hash{std::string(name_of(kind)), std::string(value)}});
  const std::string object_path = parts_.objects.path(kind, value);
  // An empty object as a hard link would collect the links of every empty file there is.
  const bool may_link = !isexec && object->size > 0;
  for (const LinkType type : parts_.options.links) {
    if (type == LinkType::copy) return place_copy(object_path, target, isexec, false);
    if (type == LinkType::reflink) {
      if (const auto mtime = reflinks_fail_ ? 0 : place_copy(object_path, target, isexec, true)) return mtime;
      reflinks_fail_ = true;
    } else if (!may_link) {
      return place_copy(object_path, target, isexec, false);
    } else if (place_link(type, object_path, target)) {
      return 0;
    }
  }
  throw Error(cat("No possible cache link types for '", target, "'."));
}

bool Links::place_link(LinkType type, const std::string& object, const std::string& target) {
  const std::string temporary = temporary_beside(target);
  try {
    if (type == LinkType::hardlink) parts_.disk.hard_link(object, temporary);
    else parts_.disk.symlink(object, temporary);
  } catch (const DiskError& e) {
    if (cannot_link(e.number())) return false;
    throw;
  }
  try {
    parts_.disk.rename(temporary, target);
    // Renaming onto another link of the same file does nothing, and the temporary name stays.
    if (type == LinkType::hardlink) parts_.disk.remove_file(temporary);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  return true;
}

/// 0: `reflink_only` and the file system has none.
std::int64_t Links::place_copy(const std::string& object, const std::string& target, bool isexec, bool reflink_only) {
  const SourceFile source(object);
  const auto file = parts_.disk.create(temporary_beside(target), 0666);
  if (reflink_only) {
    if (!file->clone_from(source.fd())) return 0;
  } else {
    copy_content(source, *file, object);
  }
  if (isexec) file->set_mode(mode_of(*file) | 0100);
  const std::int64_t mtime = StatTable::unique_mtime_ns();
  file->set_mtime(mtime);
  file->finish(target);
  return mtime;
}

bool Links::is_as_configured(HashKind kind, std::string_view value, const std::string& target) {
  const auto stat = parts_.disk.lstat(target);
  if (!stat) return false;
  const std::string object_path = parts_.objects.path(kind, value);
  const bool is_symlink = stat->type == FileType::symlink;
  const bool is_copy = !is_symlink && stat->links == 1;
  for (const LinkType type : parts_.options.links) {
    if ((type == LinkType::copy || type == LinkType::reflink) && is_copy) return true;
    if (type == LinkType::symlink && is_symlink) return parts_.disk.read_link(target) == object_path;
    if (type == LinkType::hardlink && !is_symlink && !is_copy) {
      const auto object = parts_.disk.stat(object_path);
      return object && object->inode == stat->inode && object->device == stat->device;
    }
    // What may not be a link is a copy under any configuration.
    if (is_copy && (stat->size == 0 || (stat->mode & 0111) != 0)) return true;
  }
  return false;
}

void Links::unprotect(const std::string& path) {
  const auto stat = parts_.disk.lstat(path);
  if (!stat) throw_disk_error(ENOENT, path);
  if (stat->type == FileType::symlink || stat->links > 1) {
    const SourceFile source(path);
    const auto file = parts_.disk.create(temporary_beside(path), 0666);
    if (reflinks_fail_ || !file->clone_from(source.fd())) copy_content(source, *file, path);
    file->finish(path);
    return;
  }
  if ((stat->mode & 0200) != 0) return;
  const std::string probe = temporary_beside(path);
  std::uint32_t mode;
  {
    // The umask can only be read by creating a file: setting it would be seen by the other threads.
    const auto file = parts_.disk.create(probe, 0666);
    mode = mode_of(*file);
  }
  parts_.disk.chmod(path, mode | (stat->mode & 0111));
}

}  // namespace pivot::store
