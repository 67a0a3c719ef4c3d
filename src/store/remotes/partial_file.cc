#include "store/remotes/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pivot::store {
namespace {

constexpr std::int64_t kWorthKeeping = 1 << 20;
constexpr std::size_t kBuffer = 1 << 20;

}  // namespace

std::unique_ptr<PartialFile> PartialFile::open(const std::string& path) {
  while (true) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) throw_disk_error(errno, path);
    struct stat here, there;
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::fstat(fd, &here) != 0) {
      ::close(fd);
      return nullptr;
    }
    // Its last owner may have finished it between our two calls: then the name is another file's, or nobody's.
    if (::lstat(path.c_str(), &there) == 0 && there.st_ino == here.st_ino && there.st_dev == here.st_dev)
      return std::unique_ptr<PartialFile>(new PartialFile(path, fd, here.st_size));
    ::close(fd);
  }
}

PartialFile::~PartialFile() {
  // Another process may have written to the descriptor: ask for the size.
  struct stat now;
  if (!finished_ && (dropped_ || ::fstat(fd_, &now) != 0 || now.st_size < kWorthKeeping)) ::unlink(path_.c_str());
  ::close(fd_);
}

void PartialFile::hash_into(Md5& md5) const {
  std::string buffer(kBuffer, '\0');
  for (std::int64_t at = 0; at < size_;) {
    const auto n = ::pread(fd_, buffer.data(), std::min<std::size_t>(kBuffer, static_cast<std::size_t>(size_ - at)), at);
    if (n <= 0) throw_disk_error(n < 0 ? errno : EIO, path_);
    md5.update({buffer.data(), static_cast<std::size_t>(n)});
    at += n;
  }
}

void PartialFile::clear() {
  if (::ftruncate(fd_, 0) != 0) throw_disk_error(errno, path_);
  size_ = 0;
}

void PartialFile::write(std::string_view data) {
  while (!data.empty()) {
    const auto n = ::pwrite(fd_, data.data(), data.size(), size_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_disk_error(errno, path_);
    size_ += n;
    data.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::int64_t PartialFile::append_from(int source, std::int64_t offset, std::int64_t size) {
  std::string buffer(kBuffer, '\0');
  std::int64_t done = 0;
  while (done < size) {
    const auto n = ::pread(source, buffer.data(), std::min<std::size_t>(kBuffer, static_cast<std::size_t>(size - done)), offset + done);
    if (n < 0) throw_disk_error(errno, path_);
    if (n == 0) break;
    write({buffer.data(), static_cast<std::size_t>(n)});
    done += n;
  }
  return done;
}

void PartialFile::set_mode(std::uint32_t mode) {
  if (::fchmod(fd_, mode) != 0) throw_disk_error(errno, path_);
}

void PartialFile::set_mtime(std::int64_t mtime_ns) {
  const timespec times[2] = {{0, UTIME_OMIT}, {mtime_ns / 1'000'000'000, mtime_ns % 1'000'000'000}};
  if (::futimens(fd_, times) != 0) throw_disk_error(errno, path_);
}

void PartialFile::finish(const std::string& final_path) {
  if (::rename(path_.c_str(), final_path.c_str()) != 0) throw_disk_error(errno, final_path);
  finished_ = true;
}

}  // namespace pivot::store
