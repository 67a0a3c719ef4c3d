#include "base/replace_file.h"

#include <cstdlib>
#include <memory>

#include "base/clock.h"
#include "base/path.h"

namespace pivot {

void replace_file(Disk& disk, const std::string& p, const std::function<void(NewFile&)>& fill) {
  // A symlink stays one: the file that it names is replaced.
  std::string target = p;
  if (const auto link = disk.lstat(p); link && link->type == FileType::symlink) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(p.c_str(), nullptr), std::free);
    if (real) target = real.get();
  }
  const auto old = disk.stat(target);
  const std::string folder = path::dirname(target);
  const auto file = disk.create(temporary_name(folder.empty() ? "." : folder), 0666);
  if (old) file->set_mode(old->mode);
  fill(*file);
  // To the nanosecond: a later write never leaves the same time, not even within one tick of the file system's clock.
  file->set_mtime(wall_ns());
  file->finish(target);
}

void replace_path(Disk& disk, const std::string& p, const std::function<void(const std::string& incoming)>& fill) {
  const std::string folder = path::dirname(p);
  const auto incoming = temporary_name(folder.empty() ? "." : folder);
  try {
    fill(incoming);
    disk.remove_tree(p);
    disk.rename(incoming, p);
  } catch (...) {
    disk.remove_tree(incoming);
    throw;
  }
}

}  // namespace pivot
