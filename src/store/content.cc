#include "store/content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "base/thread_pool.h"

namespace pivot::store {
namespace {

constexpr std::size_t kSmall = 128 << 10;    ///< read() is cheaper than a map up to here
constexpr std::size_t kWindow = 8 << 20;     ///< what is mapped at a time
constexpr std::int64_t kSplit = 64ll << 20;  ///< files from here on are compared on all cores
constexpr int kAttempts = 3;

class Input {
 public:
  Input() = default;
  ~Input() {
    if (fd_ >= 0) ::close(fd_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  /// False when there is no such file.
  bool open(const std::string& p) {
    // O_NONBLOCK: a FIFO is refused by its type instead of waited for.
    do fd_ = ::open(p.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0 && errno != ENOENT && errno != ENOTDIR) throw_disk_error(errno, p);
    path_ = &p;
    return fd_ >= 0;
  }
  int fd() const { return fd_; }
  FileStat stat() const {
    struct stat s;
    if (::fstat(fd_, &s) != 0) throw_disk_error(errno, *path_);
    return to_file_stat(s);
  }
  /// Fills the buffer as far as the file goes.
  std::size_t read(char* out, std::size_t size, std::int64_t offset) const {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_, out + done, size - done, offset + static_cast<std::int64_t>(done));
      if (n < 0) {
        if (errno == EINTR) continue;
        throw_disk_error(errno, *path_);
      }
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  int fd_ = -1;
  const std::string* path_ = nullptr;
};

/// Bytes that each thread keeps for small files.
char* scratch(int which) {
  static thread_local std::unique_ptr<char[]> buffers[2];
  if (!buffers[which]) buffers[which] = std::make_unique_for_overwrite<char[]>(kSmall + 1);
  return buffers[which].get();
}

/// Windows of the file through maps. False when it was cut off meanwhile.
bool hash_mapped(const Input& input, std::int64_t size, const std::string& path, Md5State& state, std::string& rest) {
  for (std::int64_t offset = 0; offset < size; offset += kWindow) {
    const auto length = static_cast<std::size_t>(std::min<std::int64_t>(kWindow, size - offset));
    const MappedRange map(input.fd(), offset, length, path);
    const auto* data = reinterpret_cast<const std::uint8_t*>(map.bytes().data());
    if (!read_mapped([&] { md5_blocks(state, data, length / 64); })) return false;
    if (length % 64 != 0) {
      char tail[64];
      const std::size_t tail_size = length % 64;
      if (!read_mapped([&] { std::memcpy(tail, data + length - tail_size, tail_size); })) return false;
      rest.assign(tail, tail_size);
    }
  }
  return true;
}

std::optional<Md5Digest> hash_bytes(const Input& input, const FileStat& stat, const std::string& path) {
  if (stat.size <= static_cast<std::int64_t>(kSmall)) {
    char* buffer = scratch(0);
    const std::size_t n = input.read(buffer, kSmall + 1, 0);
    if (n > kSmall) return std::nullopt;  // it grew: read it again as the large file that it is now
    return md5({buffer, n});
  }
  Md5State state = kMd5Start;
  std::string rest;
  if (!hash_mapped(input, stat.size, path, state, rest)) return std::nullopt;
  return md5_end(state, rest, static_cast<std::uint64_t>(stat.size));
}

/// DVC 2.x: in each chunk of 1 MiB that looks like text (no NUL, at most 30 % unusual bytes in its first 512) CRLF
/// counts as LF. Source: contract 5.1.
bool looks_like_text(std::string_view block) {
  std::size_t unusual = 0;
  for (const char c : block) {
    if (c == '\0') return false;
    const bool text = (c >= 32 && c < 127) || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\b';
    if (!text) ++unusual;
  }
  return block.empty() || static_cast<double>(unusual) / static_cast<double>(block.size()) <= 0.30;
}

Md5Digest hash_dos2unix(const Input& input) {
  constexpr std::size_t kChunk = 1 << 20;
  constexpr std::size_t kLook = 512;
  std::string chunk(kChunk, '\0');
  Md5 stream;
  std::int64_t offset = 0;
  while (const std::size_t n = input.read(chunk.data(), kChunk, offset)) {
    offset += static_cast<std::int64_t>(n);
    std::size_t kept = n;
    if (looks_like_text(std::string_view(chunk).substr(0, std::min(n, kLook)))) {
      kept = 0;
      for (std::size_t i = 0; i < n; ++i)
        if (chunk[i] != '\r' || i + 1 == n || chunk[i + 1] != '\n') chunk[kept++] = chunk[i];
    }
    stream.update(std::string_view(chunk).substr(0, kept));
    if (n < kChunk) break;
  }
  return stream.finish();
}

bool same_small(const Input& a, const Input& b) {
  char* x = scratch(0);
  char* y = scratch(1);
  const std::size_t n = a.read(x, kSmall + 1, 0);
  return n <= kSmall && n == b.read(y, kSmall + 1, 0) && std::memcmp(x, y, n) == 0;
}

bool same_windows(const Input& a, const Input& b, std::int64_t begin, std::int64_t end, const std::string& shown,
                  const std::atomic<bool>& differ) {
  for (std::int64_t offset = begin; offset < end && !differ; offset += kWindow) {
    const auto length = static_cast<std::size_t>(std::min<std::int64_t>(kWindow, end - offset));
    const MappedRange x(a.fd(), offset, length, shown);
    const MappedRange y(b.fd(), offset, length, shown);
    bool same = false;
    if (!read_mapped([&] { same = std::memcmp(x.bytes().data(), y.bytes().data(), length) == 0; }) || !same)
      return false;
  }
  return true;
}

}  // namespace

std::optional<ContentHash> hash_steadily(const std::string& path, HashKind kind) {
  std::optional<ContentHash> last;
  for (int attempt = 0; attempt < kAttempts || !last; ++attempt) {
    if (attempt == 20) throw Error(cat("file '", path, "' changes all the time while it is read"));
    const std::int64_t started = wall_ns();
    Input input;
    if (!input.open(path)) return std::nullopt;
    const FileStat before = input.stat();
    if (before.type != FileType::file) throw Error(cat("'", path, "' is neither a file nor a directory"));
    const auto md5 = kind == HashKind::md5 ? hash_bytes(input, before, path) : hash_dos2unix(input);
    if (!md5) continue;
    last = ContentHash{*md5, before, started, same_stat(before, input.stat())};
    if (last->steady) break;
  }
  return last;
}

std::optional<Md5Digest> hash_content(const std::string& path, HashKind kind) {
  const auto hashed = hash_steadily(path, kind);
  if (!hashed) return std::nullopt;
  return hashed->md5;
}

bool same_content(const std::string& a, const std::string& b, int jobs) {
  Input x, y;
  if (!x.open(a) || !y.open(b)) return false;
  const FileStat stat = x.stat();
  const FileStat other = y.stat();
  if (stat.size != other.size || stat.type != FileType::file || other.type != FileType::file) return false;
  if (stat.inode == other.inode && stat.device == other.device) return true;
  if (stat.size <= static_cast<std::int64_t>(kSmall)) return same_small(x, y);
  std::atomic<bool> differ{false};
  if (stat.size < kSplit) return same_windows(x, y, 0, stat.size, a, differ);
  constexpr std::size_t kSlice = 4 * kWindow;
  parallel_for(static_cast<std::size_t>(stat.size), kSlice, jobs, [&](std::size_t begin, std::size_t end) {
    if (!same_windows(x, y, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end), a, differ)) differ = true;
  });
  return !differ;
}

}  // namespace pivot::store
