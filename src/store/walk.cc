#include "store/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>

#include "base/path.h"
#include "base/strings.h"
#include "base/thread_pool.h"

namespace pivot::store {
namespace {

constexpr std::size_t kChunk = 512;  ///< entries that are looked at as one task
constexpr std::size_t kArena = 64 << 10;
constexpr std::string_view kIgnoreFile = ".dvcignore";

/// An open folder; it stays open as long as a task needs it.
struct Folder {
  std::string relpath;  ///< with a slash at the end, "" for the walked directory
  DIR* dir = nullptr;
  ~Folder() {
    if (dir != nullptr) ::closedir(dir);
  }
  int fd() const { return ::dirfd(dir); }
};

/// What one worker has found.
struct Found {
  std::vector<WalkedFile> files;
  std::vector<std::unique_ptr<std::string>> names;
  StatSum sum;

  /// Copies a name into blocks that never move.
  std::string_view keep(std::string_view a, std::string_view b) {
    const std::size_t length = a.size() + b.size();
    if (names.empty() || names.back()->capacity() - names.back()->size() < length) {
      names.push_back(std::make_unique<std::string>());
      names.back()->reserve(std::max(kArena, length));
    }
    std::string& block = *names.back();
    const std::size_t start = block.size();
    block.append(a).append(b);
    return std::string_view(block).substr(start, length);
  }

  void add(std::string_view relpath, const FileStat& stat) {
    files.push_back({relpath, stat});
    sum.add(relpath, stat);
  }
};

/// One walk; its tasks are folders and chunks of the entries of large folders.
class Expedition {
 public:
  Expedition(std::string directory, std::string_view prefix, const IgnoreTest* ignored, int jobs)
      : directory_(std::move(directory)),
        prefix_(prefix),
        ignored_(ignored),
        crew_(jobs),
        found_(static_cast<std::size_t>(crew_.jobs())) {}

  void run() {
    crew_.add([this](int worker) { enter("", nullptr, found_[static_cast<std::size_t>(worker)]); });
    crew_.run();
  }
  std::vector<Found>& found() { return found_; }

 private:
  struct Entry {
    std::string name;
    unsigned char type;
  };

  std::string shown(const Folder& folder, std::string_view name) const {
    return path::join(directory_, cat(folder.relpath, name));
  }

  bool is_ignored(const Folder& folder, std::string_view name, bool is_dir) const {
    return ignored_ != nullptr && *ignored_ && (*ignored_)(cat(prefix_, folder.relpath, name), is_dir);
  }

  /// `parent` null: the walked directory itself.
  void enter(const std::string& name, const std::shared_ptr<const Folder>& parent, Found& found) {
    auto folder = std::make_shared<Folder>();
    if (parent) folder->relpath = cat(parent->relpath, name, "/");
    const std::string p = parent ? shown(*parent, name) : directory_;
    const int fd = parent ? ::openat(parent->fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                          : ::open(p.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) throw_disk_error(errno, p);
    folder->dir = ::fdopendir(fd);
    if (folder->dir == nullptr) {
      ::close(fd);
      throw_disk_error(ENOMEM, p);
    }
    std::vector<Entry> entries;
    while (true) {
      errno = 0;
      const dirent* e = ::readdir(folder->dir);
      if (e == nullptr) break;
      const std::string_view entry = e->d_name;
      if (entry == "." || entry == "..") continue;
      if (entry == kIgnoreFile && !is_ignored(*folder, entry, false)) refuse_ignore_file(*folder);
      entries.push_back({std::string(entry), e->d_type});
      if (entries.size() == kChunk) {
        crew_.add([this, folder, chunk = std::move(entries)](int worker) {
          look_at(folder, chunk, found_[static_cast<std::size_t>(worker)]);
        });
        entries.clear();
      }
    }
    if (errno != 0) throw_disk_error(errno, p);
    look_at(folder, entries, found);
  }

  void look_at(const std::shared_ptr<const Folder>& folder, const std::vector<Entry>& entries, Found& found) {
    for (const auto& entry : entries) {
      const bool is_dir = type_of(*folder, entry) == DT_DIR;
      // The question comes before the stat, which is the dearer one.
      if (is_ignored(*folder, entry.name, is_dir)) continue;
      if (is_dir) {
        crew_.add([this, folder, name = entry.name](int worker) {
          enter(name, folder, found_[static_cast<std::size_t>(worker)]);
        });
        continue;
      }
      struct stat s;
      if (::fstatat(folder->fd(), entry.name.c_str(), &s, 0) != 0) throw_disk_error(errno, shown(*folder, entry.name));
      if (S_ISDIR(s.st_mode)) continue;  // through a symlink: DVC passes such folders over
      if (!S_ISREG(s.st_mode)) throw Error(cat("'", shown(*folder, entry.name), "' is neither a file nor a directory"));
      found.add(found.keep(folder->relpath, entry.name), to_file_stat(s));
    }
  }

  unsigned char type_of(const Folder& folder, const Entry& entry) const {
    if (entry.type != DT_UNKNOWN) return entry.type;
    struct stat s;
    if (::fstatat(folder.fd(), entry.name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0)
      throw_disk_error(errno, shown(folder, entry.name));
    return S_ISDIR(s.st_mode) ? DT_DIR : DT_REG;
  }

  [[noreturn]] void refuse_ignore_file(const Folder& folder) const {
    std::string where = path::join(directory_, folder.relpath);
    if (where.ends_with('/')) where.pop_back();
    throw Error(cat(kIgnoreFile, " file should not be in collected dir path: '", where, "'"));
  }

  const std::string directory_;
  const std::string prefix_;  ///< of the directory, relative to the root, with a slash
  const IgnoreTest* ignored_;
  Crew crew_;
  std::vector<Found> found_;
};

}  // namespace

void StatSum::add(std::string_view relpath, const FileStat& stat) {
  size += stat.size;
  newest_ctime_ns = std::max(newest_ctime_ns, stat.ctime_ns);
  const std::int64_t facts[4] = {stat.size, stat.mtime_ns, stat.ctime_ns, static_cast<std::int64_t>(stat.inode)};
  const std::uint64_t seed = xxh3_64({reinterpret_cast<const char*>(facts), sizeof facts});
  digest += xxh3_128(relpath, seed);
}

void StatSum::add(const StatSum& other) {
  size += other.size;
  newest_ctime_ns = std::max(newest_ctime_ns, other.newest_ctime_ns);
  digest += other.digest;
}

Walk Walker::walk(const std::string& directory) const {
  const bool inside = path::is_inside(directory, root_);
  std::string prefix = inside ? path::relative(directory, root_) : "";
  if (prefix == ".") prefix.clear();
  if (!prefix.empty()) prefix += '/';
  Expedition expedition(directory, prefix, inside && ignored_ ? &ignored_ : nullptr, jobs_);
  expedition.run();
  Walk out;
  std::size_t count = 0;
  for (const auto& part : expedition.found()) count += part.files.size();
  for (auto& part : expedition.found()) {
    if (out.files.empty()) out.files = std::move(part.files);
    else out.files.insert(out.files.end(), part.files.begin(), part.files.end());
    out.files.reserve(count);
    for (auto& block : part.names) out.names_.push_back(std::move(block));
    out.add(part.sum);
  }
  return out;
}

}  // namespace pivot::store
