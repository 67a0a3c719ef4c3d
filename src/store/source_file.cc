#include "store/source_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace pivot::store {
namespace {

constexpr std::int64_t kSmall = 128 << 10;  ///< read() and write() beat copy_file_range up to here

}  // namespace

SourceFile::SourceFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) throw_disk_error(errno, path);
  struct stat s;
  if (::fstat(fd_, &s) != 0) throw_disk_error(errno, path);
  size_ = s.st_size;
}

SourceFile::~SourceFile() { ::close(fd_); }

std::int64_t copy_content(const SourceFile& from, NewFile& to, const std::string& shown) {
  std::int64_t done = 0;
  if (from.size() > kSmall) {
    while (done < from.size()) {
      const auto n = to.append_from(from.fd(), done, from.size() - done);
      if (n == 0) break;
      done += n;
    }
    return done;
  }
  static thread_local std::unique_ptr<char[]> buffer;
  if (!buffer) buffer = std::make_unique_for_overwrite<char[]>(kSmall);
  while (done < from.size()) {
    const ssize_t n = ::pread(from.fd(), buffer.get() + done, static_cast<std::size_t>(from.size() - done), done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_disk_error(errno, shown);
    if (n == 0) break;
    done += n;
  }
  if (done > 0) to.write({buffer.get(), static_cast<std::size_t>(done)});
  return done;
}

}  // namespace pivot::store
