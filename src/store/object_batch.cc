#include "store/object_batch.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/path.h"
#include "base/strings.h"
#include "store/content.h"

namespace pivot::store {
namespace {

constexpr std::size_t kWorthStaging = 64;        ///< objects
constexpr std::int64_t kMostStaged = 512 << 20;  ///< bytes; written in a second or two

}  // namespace

ObjectBatch::ObjectBatch(Objects& objects, std::size_t expected) : objects_(objects), disk_(objects.disk_), stages_(expected >= kWorthStaging) {}

/// Named so that nobody takes what a kill leaves behind for a prefix folder.
std::string ObjectBatch::staged_prefix(std::string_view value) const { return cat(folder_->path(), "/", value.substr(0, 2), ".new"); }

bool ObjectBatch::is_staged(std::string_view value) {
  auto& prefix = prefixes_[prefix_index(value)];
  if (const auto known = prefix.load(std::memory_order_acquire); known != Prefix::unknown) return known == Prefix::staged;
  const std::lock_guard lock(prefix_mutex_);
  if (prefix.load(std::memory_order_relaxed) == Prefix::unknown) {
    const bool is_there = !stages_ || disk_.stat(cat(objects_.folder(HashKind::md5), "/", value.substr(0, 2)));
    if (!is_there) {
      objects_.make_folder();
      const auto& folder = objects_.folder(HashKind::md5);
      if (!folder_) {
        sweep_staged_folders(disk_, folder);
        folder_ = std::make_unique<StagedFolder>(disk_, staged_folder_name(folder), folder);
      }
      objects_.make_shared_dirs(staged_prefix(value));
    }
    prefix.store(is_there ? Prefix::there : Prefix::staged, std::memory_order_release);
  }
  return prefix.load(std::memory_order_relaxed) == Prefix::staged;
}

std::optional<NewObject> ObjectBatch::begin(std::string_view value) {
  const auto final_path = objects_.path(HashKind::md5, value);
  std::shared_lock hold(mutex_);
  if (!is_staged(value)) {
    if (objects_.find(HashKind::md5, value)) return std::nullopt;
    objects_.make_prefix(HashKind::md5, value);
    auto file = disk_.create(temporary_name(path::dirname(final_path)), kObjectMode);
    objects_.set_object_mode(*file);
    return NewObject{std::move(hold), std::move(file), final_path};
  }
  auto staged = cat(staged_prefix(value), "/", value.substr(2));
  try {
    auto file = disk_.create(staged, kObjectMode);
    objects_.set_object_mode(*file);
    return NewObject{std::move(hold), std::move(file), std::move(staged)};
  } catch (const DiskError& e) {
    if (e.number() == EEXIST) return std::nullopt;  // the same content twice
    throw;
  }
}

bool ObjectBatch::clone(NewFile& object, int from) {
  if (clones_fail_.load(std::memory_order_relaxed)) return false;
  if (!object.clone_from(from)) {
    clones_fail_ = true;
    return false;
  }
  return true;
}

void ObjectBatch::put(std::string_view value, std::string_view bytes, const std::optional<Origin>& origin) {
  {
    auto object = begin(value);
    if (!object) return;
    if (origin && clone(*object->file, origin->fd)) {
      struct stat s;
      if (::fstat(origin->fd, &s) != 0 || !same_stat(origin->stat, to_file_stat(s))) {
        object.reset();  // what was cloned may be something else than was read
        if (!(object = begin(value))) return;
        object->file->write(bytes);
      }
    } else {
      object->file->write(bytes);
    }
    object->finish();
  }
  objects_.tell(value, bytes);
  wrote(static_cast<std::int64_t>(bytes.size()));
}

void ObjectBatch::wrote(std::int64_t bytes) {
  if ((bytes_ += bytes) > kMostStaged && bytes_ - bytes <= kMostStaged) publish();
}

void ObjectBatch::publish() {
  const std::unique_lock lock(mutex_);
  stages_ = false;
  if (!folder_) return;
  for (const auto& entry : disk_.list(folder_->path()))
    publish_folder(disk_, cat(folder_->path(), "/", entry.name), cat(objects_.folder(HashKind::md5), "/", std::string_view(entry.name).substr(0, 2)));
  for (auto& prefix : prefixes_) prefix = Prefix::unknown;
  folder_.reset();
}

}  // namespace pivot::store
