#include "workspace/root.h"

#include <sys/stat.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {
namespace {

std::string real_path(const std::string& p) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(p.c_str(), nullptr), std::free);
  return resolved ? resolved.get() : p;
}

bool is_dir(const std::string& p) {
  struct stat st = {};
  return ::stat(p.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

/// Is another file system mounted here (or is it "/")?
bool is_mount_point(const std::string& folder) {
  if (folder == "/") return true;
  struct stat here = {}, above = {};
  if (::lstat(folder.c_str(), &here) != 0 || ::lstat(path::dirname(folder).c_str(), &above) != 0) return false;
  return here.st_dev != above.st_dev;
}

struct Walk {
  std::optional<std::string> root;
  std::string last;  ///< the folder where the search ended
};

Walk walk_up(const std::string& cwd) {
  for (auto folder = real_path(cwd);; folder = path::dirname(folder)) {
    if (is_dir(cat(folder, "/.dvc"))) return {folder, folder};
    if (is_mount_point(folder)) return {std::nullopt, folder};
  }
}

}  // namespace

std::optional<std::string> find_root_if_any(const std::string& cwd) { return walk_up(cwd).root; }

std::string find_root(const std::string& cwd) {
  auto walk = walk_up(cwd);
  if (walk.root) return *std::move(walk.root);
  auto error = Error(cat("you are not inside of a DVC repository (checked up to mount point '", walk.last, "')"), ErrorKind::no_repo);
  if (is_dir(cat(cwd, "/.pivot/stages"))) error.with_hint("this is a repository of the Python package pivot: `pivot init`, then `pivot explain` says what stands of its stages");
  throw error;
}

}  // namespace pivot::workspace
