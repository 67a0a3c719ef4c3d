#include "store/links.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/path.h"
#include "base/strings.h"
#include "store/source_file.h"

namespace pivot::store {
namespace {

std::uint32_t mode_of(const NewFile& file) {
  struct stat s;
  return ::fstat(file.fd(), &s) == 0 ? s.st_mode & 07777 : 0644;
}

std::string temporary_beside(const std::string& target) {
  const std::string folder = path::dirname(target);
  return temporary_name(folder.empty() ? "." : folder);
}

bool cannot_link(int error_number) {
  return error_number == EXDEV || error_number == EPERM || error_number == EMLINK || error_number == EOPNOTSUPP ||
         error_number == EACCES;
}

}  // namespace

Placed Links::place(HashKind kind, std::string_view value, const std::string& target, bool isexec) {
  const auto object = parts_.objects.find(kind, value);
  if (!object) throw MissingObjects({model::Hash{std::string(name_of(kind)), std::string(value)}});
  return place_found(kind, value, *object, target, isexec, Target::any);
}

Placed Links::place_found(HashKind kind, std::string_view value, const FileStat& object, const std::string& target, bool isexec, Target there,
                          std::unique_ptr<NewFile> made) {
  const std::string object_path = parts_.objects.path(kind, value);
  // An empty object as a hard link would collect the links of every empty file there is.
  const bool may_link = !isexec && object.size > 0;
  for (const LinkType type : parts_.options.links) {
    if (type == LinkType::copy || (type != LinkType::reflink && !may_link)) return *place_copy(object_path, target, isexec, false, there, std::move(made));
    if (type == LinkType::reflink) {
      if (const auto placed = reflinks_fail_ ? std::nullopt : place_copy(object_path, target, isexec, true, there, nullptr)) return *placed;
      reflinks_fail_ = true;
    } else if (place_link(type, object_path, target, there)) {
      return {};
    }
  }
  throw Error(cat("No possible cache link types for '", target, "'."));
}

bool Links::copies() const {
  for (const LinkType type : parts_.options.links)
    if (type != LinkType::reflink || !reflinks_fail_) return type == LinkType::copy;
  return false;
}

bool Links::copies_into(const std::string& folder) {
  if (!parts_.options.links.empty() && parts_.options.links.front() == LinkType::reflink && !reflinks_fail_) {
    const auto object = parts_.objects.stage(), file = create(temporary_name(folder), Target::fresh);
    object->write("?");
    if (file->clone_from(object->fd())) return false;
    reflinks_fail_ = true;
  }
  return copies();
}

bool Links::place_link(LinkType type, const std::string& object, const std::string& target, Target there) {
  const std::string made = there == Target::fresh ? target : temporary_beside(target);
  try {
    if (type == LinkType::hardlink) parts_.disk.hard_link(object, made);
    else parts_.disk.symlink(object, made);
  } catch (const DiskError& e) {
    if (cannot_link(e.number())) return false;
    throw;
  }
  if (there == Target::fresh) return true;
  try {
    parts_.disk.rename(made, target);
    // Renaming onto another link of the same file does nothing, and the temporary name stays.
    if (type == LinkType::hardlink) parts_.disk.remove_file(made);
  } catch (...) {
    ::unlink(made.c_str());
    throw;
  }
  return true;
}

std::unique_ptr<NewFile> Links::create(const std::string& target, Target there) {
  return parts_.disk.create(there == Target::fresh ? target : temporary_beside(target), 0666);
}

/// nullopt: `reflink_only` and the file system has none.
std::optional<Placed> Links::place_copy(const std::string& object, const std::string& target, bool isexec, bool reflink_only, Target there,
                                        std::unique_ptr<NewFile> file) {
  const SourceFile source(object);
  if (!file) file = create(target, there);
  if (reflink_only) {
    if (!file->clone_from(source.fd())) return std::nullopt;
  } else {
    copy_content(source, *file, object);
  }
  if (isexec) file->set_mode(mode_of(*file) | 0100);
  return finish_copy(*file, target, there);
}

Placed Links::finish_copy(NewFile& file, const std::string& target, Target there) {
  Placed placed{StatTable::unique_mtime_ns(), std::nullopt};
  file.set_mtime(placed.mtime_ns);
  if (there == Target::fresh)
    if (struct stat s; ::fstat(file.fd(), &s) == 0) placed.stat = to_file_stat(s);
  file.finish(target);
  return placed;
}

Placed Links::place_bytes(std::string_view bytes, const std::string& target) {
  const auto file = create(target, Target::fresh);
  file->write(bytes);
  return finish_copy(*file, target, Target::fresh);
}

bool Links::is_as_configured(HashKind kind, std::string_view value, const std::string& target) {
  const auto stat = parts_.disk.lstat(target);
  if (!stat) return false;
  const std::string object_path = parts_.objects.path(kind, value);
  const bool is_symlink = stat->type == FileType::symlink;
  const bool is_copy = !is_symlink && stat->links == 1;
  for (const LinkType type : parts_.options.links) {
    if ((type == LinkType::copy || type == LinkType::reflink) && is_copy) return true;
    if (type == LinkType::symlink && is_symlink) return parts_.disk.read_link(target) == object_path;
    if (type == LinkType::hardlink && !is_symlink && !is_copy) {
      const auto object = parts_.disk.stat(object_path);
      return object && object->inode == stat->inode && object->device == stat->device;
    }
    // What may not be a link is a copy under any configuration.
    if (is_copy && (stat->size == 0 || (stat->mode & 0111) != 0)) return true;
  }
  return false;
}

void Links::unprotect(const std::string& path) {
  const auto stat = parts_.disk.lstat(path);
  if (!stat) throw_disk_error(ENOENT, path);
  if (stat->type == FileType::symlink || stat->links > 1) {
    const SourceFile source(path);
    const auto file = parts_.disk.create(temporary_beside(path), 0666);
    if (reflinks_fail_ || !file->clone_from(source.fd())) copy_content(source, *file, path);
    file->finish(path);
    return;
  }
  if ((stat->mode & 0200) != 0) return;
  const std::string probe = temporary_beside(path);
  std::uint32_t mode;
  {
    // The umask can only be read by creating a file: setting it would be seen by the other threads.
    const auto file = parts_.disk.create(probe, 0666);
    mode = mode_of(*file);
  }
  parts_.disk.chmod(path, mode | (stat->mode & 0111));
}

}  // namespace pivot::store
