#include "store/remotes/local_remote.h"

#include <cerrno>
#include <optional>
#include <unordered_set>

#include "base/path.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/content.h"
#include "store/intake.h"
#include "store/object_batch.h"
#include "store/source_file.h"

namespace pivot::store {
namespace {

constexpr std::size_t kMostStats = 2000;  ///< from then on a look at all names is cheaper than one stat an object
constexpr std::size_t kGrain = 16;
constexpr std::size_t kLookFirst = 256;  ///< fewer objects are shared out over the threads by their sizes; with many, each is looked at when it is opened

bool is_prefix(const DirEntry& entry) { return entry.type == FileType::dir && is_prefix_name(entry.name); }

}  // namespace

LocalRemote::LocalRemote(const RemoteSettings& settings, Disk& disk)
    : folder_(settings.url), jobs_(settings.jobs), disk_(disk),
      objects_(folder_, settings.find("shared") != nullptr && *settings.find("shared") == "group", disk) {}

std::vector<bool> LocalRemote::has(const std::vector<model::Hash>& objects) {
  std::vector<bool> out(objects.size());
  if (objects.size() <= kMostStats) {
    for (std::size_t i = 0; i < objects.size(); ++i) out[i] = disk_.stat(objects_.path(objects[i])).has_value();
    return out;
  }
  std::unordered_set<std::string> names;
  for (const auto& object : list())
    if (object.size != 0) names.insert(object.hash.value);
  for (std::size_t i = 0; i < objects.size(); ++i)
    out[i] = names.contains(objects[i].value) && (objects[i].name == "md5" || disk_.stat(objects_.path(objects[i])));
  return out;
}

void LocalRemote::list_kind(HashKind kind, std::vector<ObjectTransfer>& out) {
  const auto& folder = objects_.folder(kind);
  if (!disk_.stat(folder)) return;
  for (const auto& prefix : disk_.list(folder)) {
    if (!is_prefix(prefix)) continue;
    for (const auto& entry : disk_.list(cat(folder, "/", prefix.name)))
      if (auto value = prefix.name + entry.name; is_object_name(value)) out.push_back({{std::string(name_of(kind)), std::move(value)}, -1, "", false});
  }
}

std::vector<ObjectTransfer> LocalRemote::list() {
  std::vector<ObjectTransfer> out;
  list_kind(HashKind::md5, out);
  list_kind(HashKind::dos2unix, out);
  return out;
}

void LocalRemote::measure(const std::vector<ObjectTransfer*>& items) {
  for (auto* item : items)
    if (const auto stat = disk_.stat(objects_.path(item->hash))) item->size = stat->size;
}

/// A trusted object is copied without being hashed again: by the kernel, or shared where the file system can.
void LocalRemote::copy_object(ObjectTransfer& item, Objects& from, Objects& to, ObjectBatch& batch) {
  const auto path = from.path(item.hash);
  std::optional<SourceFile> opened;
  try {
    opened.emplace(path);
  } catch (const DiskError& e) {
    if (e.number() != ENOENT) throw;
    item.absent = true;
    item.error = cat("[Errno 2] No such file or directory: '", path, "'");
    return;
  }
  const auto& source = *opened;
  item.size = source.size();
  const auto fill = [&](NewFile& file) {
    if (batch.clone(file, source.fd())) return;
    if (copy_content(source, file, path) != source.size()) throw Error(cat("'", path, "' became shorter while it was copied"));
  };
  if (item.hash.name != "md5") {
    auto file = to.stage();
    fill(*file);
    to.adopt(std::move(file), kind_of(item.hash.name), item.hash.value);
    return;
  }
  if (auto object = batch.begin(item.hash.value)) {
    fill(*object->file);
    object->finish();
  }
}

void LocalRemote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  disk_.make_dirs(folder_);
  sweep_staged_folders(disk_, objects_.folder(HashKind::md5));
  ObjectBatch batch(objects_, items.size());
  parallel_for(items.size(), kGrain, jobs_, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) {
      try {
        copy_object(*items[i], cache, objects_, batch);
        if (!items[i]->error.empty()) continue;
        batch.wrote(items[i]->size);
        progress(items[i]->size);
      } catch (const Error& e) {
        items[i]->error = e.message();
      }
    }
  });
  batch.publish();
}

/// Listings, and objects of DVC 2, whose hash is not that of their bytes.
void LocalRemote::download_checked(ObjectTransfer& item, Objects& cache) {
  const auto source = objects_.path(item.hash);
  const auto content = disk_.read(source);
  if (!content) return note_absent(item);
  const auto kind = kind_of(item.hash.name);
  const auto actual = kind == HashKind::md5 ? std::optional(md5(*content)) : hash_content(source, kind);
  item.size = static_cast<std::int64_t>(content->size());
  const bool right = actual && to_hex(*actual) == std::string_view(item.hash.value).substr(0, 32);
  if (!right && !(kind == HashKind::dos2unix && item.hash.is_dir())) return note_damaged(item, actual ? to_hex(*actual) : "");
  if (kind == HashKind::md5) return cache.put(item.hash.value, *content);
  auto file = cache.stage();
  file->write(*content);
  cache.adopt(std::move(file), kind, item.hash.value);
}

void LocalRemote::note_absent(ObjectTransfer& item) const {
  item.absent = true;
  item.error = cat("[Errno 2] No such file or directory: '", objects_.path(item.hash), "'");
}

void LocalRemote::note_damaged(ObjectTransfer& item, const std::string& actual) const {
  item.error = cat("'", objects_.path(item.hash), "' is corrupted: its content has the hash ", actual);
}

/// Files are hashed as they are copied, many at a time.
void LocalRemote::download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  const bool look_first = items.size() < kLookFirst;
  std::vector<IntakeFile> files;
  std::vector<ObjectTransfer*> owners;
  files.reserve(items.size());
  owners.reserve(items.size());
  for (auto* item : items) {
    if (item->hash.is_dir() || item->hash.name != "md5") {
      download_checked(*item, cache);
      if (item->error.empty()) progress(item->size);
      continue;
    }
    const auto path = objects_.path(item->hash);
    const auto stat = look_first ? disk_.stat(path) : std::nullopt;
    if (look_first && (!stat || stat->type != FileType::file)) {
      note_absent(*item);
      continue;
    }
    files.push_back({.path = path, .stat = stat.value_or(FileStat()), .looked_at = look_first});
    owners.push_back(item);
  }
  take_in(files, IntakeMode::store, cache, jobs_);
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto& item = *owners[i];
    if (files[i].absent) {
      note_absent(item);
      continue;
    }
    item.size = files[i].stat.size;
    const auto actual = to_hex(files[i].md5);
    if (actual != item.hash.value) note_damaged(item, actual);
    else progress(item.size);
  }
}

void LocalRemote::remove(std::vector<ObjectTransfer*>& items) {
  for (auto* item : items) {
    try {
      disk_.remove_file(objects_.path(item->hash));
    } catch (const Error& e) {
      item->error = e.message();
    }
  }
}

std::vector<RemoteFile> LocalRemote::list_files(const std::string& folder) {
  std::vector<RemoteFile> out;
  std::vector<std::string> open{folder};
  while (!open.empty()) {
    const auto here = open.back();
    open.pop_back();
    if (!disk_.stat(place(here))) continue;
    for (const auto& entry : disk_.list(place(here))) {
      const auto below = here.empty() ? entry.name : cat(here, "/", entry.name);
      const auto stat = disk_.stat(place(below));
      if (!stat) continue;
      if (stat->type == FileType::dir) open.push_back(below);
      else out.push_back({below, stat->size, false, "", ""});
    }
  }
  return out;
}

std::optional<RemoteFile> LocalRemote::look(const std::string& path) {
  const auto stat = disk_.stat(place(path));
  if (!stat) return std::nullopt;
  return RemoteFile{path, stat->type == FileType::dir ? 0 : stat->size, stat->type == FileType::dir, "", ""};
}

std::vector<RemoteFile> LocalRemote::list_folder(const std::string& path) {
  std::vector<RemoteFile> out;
  for (const auto& entry : disk_.list(place(path)))
    if (auto found = look(path.empty() ? entry.name : cat(path, "/", entry.name))) out.push_back(*std::move(found));
  return out;
}

namespace {

void copy_files(std::vector<FileTransfer>& items, int jobs, Disk& disk, const TransferProgress& progress,
                const std::function<std::pair<std::string, std::string>(const FileTransfer&)>& ends) {
  parallel_for(items.size(), kGrain, jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) {
      auto& item = items[i];
      try {
        const auto [from, to] = ends(item);
        disk.make_dirs(path::dirname(to));
        const auto temporary = temporary_name(path::dirname(to));
        disk.copy(from, temporary);
        disk.rename(temporary, to);
        if (const auto stat = disk.stat(to)) item.size = stat->size;
        progress(item.size);
      } catch (const Error& e) {
        item.error = e.message();
      }
    }
  });
}

}  // namespace

void LocalRemote::upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  copy_files(items, jobs_, disk_, progress, [&](const FileTransfer& item) { return std::pair(item.local, place(item.path)); });
}

void LocalRemote::download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  copy_files(items, jobs_, disk_, progress, [&](const FileTransfer& item) { return std::pair(place(item.path), item.local); });
}

std::string LocalRemote::place(const std::string& path) const { return path.empty() ? folder_ : path::join(folder_, path); }

}  // namespace pivot::store
