#include "store/safe_folders.h"

#include <climits>
#include <cstdlib>
#include <memory>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

std::string real_path(const std::string& p) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(p.c_str(), nullptr), std::free);
  return real ? real.get() : "";
}

}  // namespace

std::string base_of(const std::string& path, const std::string& root) {
  return path::is_inside(path, root) ? root : path::dirname(path);
}

std::string_view FolderRun::next(std::string_view relpath) {
  const auto slash = relpath.rfind('/');
  const auto folder = slash == relpath.npos ? std::string_view() : relpath.substr(0, slash);
  if (folder.empty() || folder == last_) return {};
  return last_ = folder;
}

void SafeFolders::check(const std::string& folder) {
  if (folder == base_ || !path::is_inside(folder, base_)) return;
  {
    const std::lock_guard lock(mutex_);
    if (checked_.contains(folder)) return;
  }
  check(path::dirname(folder));
  const auto stat = disk_.lstat(folder);
  if (stat && stat->type == FileType::symlink) check_link(folder);
  const std::lock_guard lock(mutex_);
  checked_.insert(folder);
}

void SafeFolders::check_link(const std::string& p) {
  const std::string target = real_path(p);
  if (target.empty() || !path::is_inside(target, real_path(base_)))
    throw Error(cat("'", p, "' is a symlink that leads out of '", base_, "': nothing is written through it"))
        .with_hint("Replace the symlink by a folder, or move what it points to into the repository.");
}

void SafeFolders::make(const std::string& folder) {
  check(folder);
  disk_.make_dirs(folder);
}

}  // namespace pivot::store
