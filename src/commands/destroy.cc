// `pivot destroy`: ends the life of a repository; the data in the workspace stays.
#include <cstdlib>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/collection.h"
#include "workspace/config.h"

namespace pivot::commands {
namespace {

std::string real_path(const std::string& p) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(p.c_str(), nullptr), std::free);
  return resolved ? resolved.get() : "";
}

/// Puts copies in place of symlinks into the cache, which is about to go.
void keep_linked_data(Disk& disk, const std::string& p, const std::string& cache) {
  const auto stat = disk.lstat(p);
  if (!stat) return;
  if (stat->type == FileType::dir) {
    for (const auto& entry : disk.list(p)) keep_linked_data(disk, cat(p, "/", entry.name), cache);
    return;
  }
  if (stat->type != FileType::symlink) return;
  const auto target = real_path(p);
  if (target.empty() || !path::is_inside(target, cache)) return;
  const auto copy = cat(p, ".pivot-copy");
  disk.remove_tree(copy);
  disk.copy(target, copy);
  disk.rename(copy, p);
}

}  // namespace

Outcome run_destroy(Session& session, const Args& args) {
  auto& ws = session.workspace();
  if (!args.flag("force")) {
    session.out().info(
        "This will destroy all information about your pipelines, all data files, as well \nas cache in .dvc/cache.");
    if (!session.out().ask("Are you sure you want to continue?"))
      throw Error("failed to destroy DVC - cannot destroy without a confirmation from the user. Use `-f` to force.",
                  ErrorKind::refusal);
  }
  auto& disk = ws.disk();
  const auto cache = real_path(ws.config().cache_dir());
  std::set<std::string> files;
  for (const auto& stage : ws.stages().stages) {
    files.insert(stage.file);
    for (const auto& out : stage.outs)
      if (!cache.empty() && !path::is_url(out.file)) keep_linked_data(disk, ws.absolute(out.file), cache);
  }
  for (const auto& [file, sections] : ws.stages().files) files.insert(file);
  for (const auto& file : files) {
    disk.remove_file(ws.absolute(file));
    if (path::basename(file) == "dvc.yaml")
      disk.remove_file(cat(ws.absolute(file).substr(0, ws.absolute(file).size() - 4), "lock"));
  }
  disk.remove_file(cat(ws.root(), "/.dvcignore"));
  disk.remove_tree(ws.dvc_dir());
  return {};
}

}  // namespace pivot::commands
