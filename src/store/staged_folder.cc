#include "store/staged_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::string_view kEnding = ".staged.tmp";
constexpr std::size_t kWorthStaging = 8;         ///< files
constexpr std::int64_t kMostStaged = 1LL << 30;  ///< bytes; copied in a second or two
constexpr std::int64_t kYoungNs = 5'000'000'000;  ///< perhaps made but not yet locked, which takes microseconds

int open_folder(const std::string& p) { return ::open(p.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

void move_files(Disk& disk, const std::string& from, const std::string& to) {
  disk.make_dirs(to);
  for (const auto& entry : disk.list(from)) {
    const auto source = path::join(from, entry.name), target = path::join(to, entry.name);
    if (entry.type == FileType::dir) move_files(disk, source, target);
    else disk.rename(source, target);
  }
}

}  // namespace

StagedFolder::StagedFolder(Disk& disk, std::string staging, std::string target)
    : disk_(disk), staging_(std::move(staging)), target_(std::move(target)) {
  disk_.make_dir(staging_);
  lock_ = open_folder(staging_);
  if (lock_ >= 0) ::flock(lock_, LOCK_SH | LOCK_NB);
}

StagedFolder::~StagedFolder() {
  try {
    disk_.remove_tree(staging_);
  } catch (const Error&) {  // whoever sweeps next finds it
  }
  if (lock_ >= 0) ::close(lock_);
}

void publish_folder(Disk& disk, const std::string& staging, const std::string& target) {
  try {
    disk.rename(staging, target);
  } catch (const DiskError& e) {
    if (e.number() != ENOTEMPTY && e.number() != EEXIST) throw;
    move_files(disk, staging, target);
  }
}

std::string staged_folder_name(const std::string& area) {
  const auto name = temporary_name(area);
  return cat(std::string_view(name).substr(0, name.size() - 4), kEnding);
}

std::string staging_name(Disk& disk, const std::string& area, const std::string& parent) {
  const auto here = disk.stat(area), there = disk.stat(parent);
  if (!here || !there || here->device != there->device) return "";
  // A folder that hands its group or an access list down to what is made in it would hand it down in vain.
  if ((there->mode & S_ISGID) != 0 || ::getxattr(parent.c_str(), "system.posix_acl_default", nullptr, 0) >= 0) return "";
  return staged_folder_name(area);
}

std::unique_ptr<StagedFolder> stage_folder(Disk& disk, const std::string& area, const std::string& target) {
  std::string parent = path::dirname(target);
  while (!parent.empty() && parent != "/" && !disk.stat(parent)) parent = path::dirname(parent);  // what is to be made between them is made as this one says
  disk.make_dirs(area);
  sweep_staged_folders(disk, area);
  const auto name = staging_name(disk, area, parent);
  return name.empty() ? nullptr : std::make_unique<StagedFolder>(disk, name, target);
}

bool is_worth_staging(std::size_t files, const std::optional<std::int64_t>& bytes) {
  return files >= kWorthStaging && bytes.value_or(kMostStaged) < kMostStaged;
}

void sweep_staged_folders(Disk& disk, const std::string& area) {
  for (const auto& entry : disk.list(area)) {
    if (entry.type != FileType::dir || !entry.name.ends_with(kEnding)) continue;
    const auto p = path::join(area, entry.name);
    const auto stat = disk.lstat(p);
    if (!stat || stat->mtime_ns > wall_ns() - kYoungNs) continue;
    const int fd = open_folder(p);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) disk.remove_tree(p);
    ::close(fd);
  }
}

}  // namespace pivot::store
