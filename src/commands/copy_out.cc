#include "commands/copy_out.h"

#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "store/store.h"

namespace pivot::commands {

namespace {

/// Files that were linked out of a cache get the mode of new files.
void make_writable(const std::string& place) {
  auto& disk = real_disk();
  const auto stat = disk.lstat(place);
  if (!stat || stat->type == FileType::symlink) return;
  if (stat->type == FileType::dir) {
    for (const auto& entry : disk.list(place)) make_writable(cat(place, "/", entry.name));
  } else {
    disk.chmod(place, (stat->mode & 0111) != 0 ? 0755 : 0644);
  }
}

}  // namespace

void copy_out(workspace::SourceRepository& source, const std::string& wanted, const std::string& target, const std::string& cache) {
  auto& disk = real_disk();
  const auto content = source.fetch(wanted);
  replace_path(disk, target, [&](const std::string& incoming) {
    if (!content) return source.copy_to(wanted, incoming);
    store::Options options;
    options.root = path::dirname(target);
    options.cache_dir = cache;
    options.links = {store::LinkType::hardlink, store::LinkType::copy};
    store::Store placer(options, disk, [](const std::string&, bool) { return false; });
    placer.checkout(incoming, content->hash, content->meta, {.force = true});
    make_writable(incoming);
  });
}

}  // namespace pivot::commands
