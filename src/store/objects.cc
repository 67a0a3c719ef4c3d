#include "store/objects.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/clock.h"
#include "base/path.h"
#include "base/strings.h"
#include "store/content.h"
#include "store/group_folders.h"

namespace pivot::store {
namespace {

constexpr std::string_view kEmptyMd5 = "d41d8cd98f00b204e9800998ecf8427e";

}  // namespace

std::size_t prefix_index(std::string_view value) {
  const auto digit = [](char c) { return static_cast<std::size_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  return digit(value[0]) * 16 + digit(value[1]);
}

HashKind kind_of(std::string_view hash_name) {
  return hash_name == "md5-dos2unix" ? HashKind::dos2unix : HashKind::md5;
}
std::string_view name_of(HashKind kind) { return kind == HashKind::md5 ? "md5" : "md5-dos2unix"; }

bool is_object_name(std::string_view value) { return md5_from_hex(value).has_value(); }

Objects::Objects(std::string cache_dir, bool shared_group, Disk& disk, OnDamage on_damage)
    : legacy_folder_(std::move(cache_dir)),
      folder_(cat(legacy_folder_, "/files/md5")),
      shared_group_(shared_group),
      disk_(disk),
      on_damage_(std::move(on_damage)) {}

std::string Objects::path(HashKind kind, std::string_view value) const {
  // Hashes come from lock files and .dir objects, data from strangers: they must not name a file outside of the cache.
  if (!is_object_name(value)) throw Error(cat("'", value, "' is not the name of a cache object"));
  return cat(folder(kind), "/", value.substr(0, 2), "/", value.substr(2));
}

bool is_prefix_name(std::string_view name) { return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == name.npos; }

std::bitset<kPrefixes> Objects::prefixes() const {
  std::bitset<kPrefixes> out;
  if (!disk_.stat(folder_)) return out;
  for (const auto& entry : disk_.list(folder_))
    if (is_prefix_name(entry.name)) out.set(prefix_index(entry.name));
  return out;
}

std::optional<FileStat> Objects::find(HashKind kind, std::string_view value) {
  auto stat = disk_.stat(path(kind, value));
  if (stat && !trust(kind, value, *stat)) return std::nullopt;
  return stat;
}

bool Objects::trust(HashKind kind, std::string_view value, const FileStat& stat) {
  if (stat.type != FileType::file) return false;
  // An empty file under another name is what a crash of the machine leaves behind: never right, whatever its mode.
  const bool emptied = stat.size == 0 && !value.starts_with(kEmptyMd5);
  if (stat.mode == kObjectMode && !emptied) return true;
  const std::string p = path(kind, value);
  const auto actual = emptied ? std::nullopt : hash_content(p, kind);
  if (!actual || to_hex(*actual) != value.substr(0, 32)) {
    remove_damaged(p);
    return false;
  }
  try {
    disk_.chmod(p, kObjectMode);
  } catch (const DiskError&) {
    // Somebody else's file or a read-only cache: checked again the next time.
  }
  return true;
}

bool Objects::verify(HashKind kind, std::string_view value) {
  const std::string p = path(kind, value);
  const auto actual = hash_content(p, kind);
  if (actual && to_hex(*actual) == value.substr(0, 32)) return true;
  remove_damaged(p);
  return false;
}

void Objects::remove_damaged(const std::string& path) {
  disk_.remove_file(path);
  const std::lock_guard guard(damage_mutex_);
  if (on_damage_) on_damage_(path);
}

bool Objects::is_untouched(HashKind kind, std::string_view value, const FileStat& stat) {
  auto& known = prefix_mtime_ns_[prefix_index(value) + (kind == HashKind::md5 ? 0 : prefix_mtime_ns_.size() / 2)];
  // A file that we write may have a time of its own, a clock tick ahead of its folder's.
  const auto is_older = [&] { return stat.mtime_ns <= known.load(std::memory_order_relaxed) + kClockGranularityNs; };
  if (is_older()) return true;
  const auto folder = disk_.stat(cat(this->folder(kind), "/", value.substr(0, 2)));
  known.store(folder ? folder->mtime_ns : 0, std::memory_order_relaxed);
  return is_older();
}

void Objects::put(std::string_view value, std::string_view bytes) {
  if (find(HashKind::md5, value)) return;
  make_prefix(HashKind::md5, value);
  const std::string final_path = path(HashKind::md5, value);
  const auto file = disk_.create(temporary_name(path::dirname(final_path)), kObjectMode);
  file->write(bytes);
  set_object_mode(*file);
  file->finish(final_path);
}

void Objects::make_folder() {
  if (!folder_made_) make_shared_dirs(folder_);
  folder_made_ = true;
}

std::string Objects::partial_path(std::string_view value) {
  make_folder();
  return cat(folder_, "/.", value, ".partial");
}

std::unique_ptr<NewFile> Objects::stage() {
  make_folder();
  return disk_.create(temporary_name(folder_), kObjectMode);
}

void Objects::adopt(std::unique_ptr<NewFile> file, HashKind kind, std::string_view value) {
  if (find(kind, value)) return;
  make_prefix(kind, value);
  set_object_mode(*file);
  file->finish(path(kind, value));
}

bool Objects::adopt_link(const std::string& workspace_path, std::string_view value) {
  make_prefix(HashKind::md5, value);
  try {
    disk_.hard_link(workspace_path, path(HashKind::md5, value));
  } catch (const DiskError& e) {
    if (e.number() == EEXIST) return true;
    if (e.number() == EXDEV || e.number() == EPERM || e.number() == EMLINK || e.number() == EOPNOTSUPP) return false;
    throw;
  }
  return true;
}

/// The mode that create() asked for is cut by the umask; most leave 0444 alone, which one fstat tells.
void Objects::set_object_mode(NewFile& file) {
  struct stat s;
  if (::fstat(file.fd(), &s) == 0 && (s.st_mode & 07777) == kObjectMode) return;
  file.set_mode(kObjectMode);
}

void Objects::make_prefix(HashKind kind, std::string_view value) {
  auto& made = prefix_made_[prefix_index(value) + (kind == HashKind::md5 ? 0 : prefix_made_.size() / 2)];
  if (made.load(std::memory_order_relaxed)) return;
  make_shared_dirs(cat(folder(kind), "/", value.substr(0, 2)));
  made.store(true, std::memory_order_relaxed);
}

void Objects::make_shared_dirs(const std::string& folder) {
  if (shared_group_) make_group_dirs(disk_, folder);
  else disk_.make_dirs(folder);
}

void Objects::put_legacy_tree(std::string_view value, std::string_view bytes) {
  const auto target = path(HashKind::dos2unix, value);
  if (disk_.lstat(target)) return;
  disk_.make_dirs(pivot::path::dirname(target));
  disk_.write_atomic(target, bytes);
  disk_.chmod(target, kObjectMode);
}

}  // namespace pivot::store
