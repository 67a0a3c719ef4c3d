#include "model/cloud_files.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::model {
namespace {

constexpr const char* kVersionKeys[] = {"files", "cloud", "version_id", "etag"};

std::string text_at(const Map& map, const char* key) {
  const auto* value = map.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

/// etag and version, in the entry or below `cloud:`.
void read_version(const Map& entry, CloudFile& file) {
  file.etag = text_at(entry, "etag");
  file.version = text_at(entry, "version_id");
  const auto* cloud = entry.find("cloud");
  if (cloud == nullptr || !cloud->is_map() || cloud->as_map().empty()) return;
  const auto& [remote, keys] = cloud->as_map().items.front();
  if (!remote.is_string() || !keys.is_map()) return;
  file.remote = remote.as_string();
  file.etag = text_at(keys.as_map(), "etag");
  file.version = text_at(keys.as_map(), "version_id");
}

void add_version(Map& entry, const CloudFile& file) {
  if (file.remote.empty()) {
    if (!file.version.empty()) entry.set("version_id", file.version);
    if (!file.etag.empty() && !file.md5.empty()) entry.set("etag", file.etag);
    return;
  }
  Map keys;
  if (!file.etag.empty()) keys.set("etag", file.etag);
  if (!file.version.empty()) keys.set("version_id", file.version);
  if (keys.empty()) return;
  Map cloud;
  cloud.set(file.remote, Value(std::move(keys)));
  entry.set("cloud", Value(std::move(cloud)));
}

Map entry_of(const CloudFile& file) {
  Map entry;
  entry.set("relpath", file.relpath);
  if (!file.md5.empty()) entry.set("md5", file.md5);
  else if (!file.etag.empty()) entry.set("etag", file.etag);
  if (file.size) entry.set("size", *file.size);
  if (file.isexec) entry.set("isexec", true);
  add_version(entry, file);
  return entry;
}

/// These names become paths, here and in the remote.
void check_name(const std::string& relpath) {
  if (relpath.empty() || path::is_absolute(relpath) || path::normalize(relpath) != relpath || path::escapes(relpath) || relpath == ".")
    throw Error(cat("`files` holds the unsafe path '", relpath, "'"));
}

}  // namespace

bool has_files(const Value& extra) {
  const auto* files = extra.is_map() ? extra.as_map().find("files") : nullptr;
  return files != nullptr && files->is_list();
}

std::vector<CloudFile> files_of(const Value& extra) {
  std::vector<CloudFile> out;
  if (!has_files(extra)) return out;
  for (const auto& value : extra.as_map().find("files")->as_list()) {
    if (!value.is_map()) continue;
    const auto& entry = value.as_map();
    CloudFile file;
    file.relpath = text_at(entry, "relpath");
    check_name(file.relpath);
    file.md5 = text_at(entry, "md5");
    if (const auto* size = entry.find("size"); size != nullptr && size->is_int()) file.size = size->as_int();
    const auto* isexec = entry.find("isexec");
    file.isexec = isexec != nullptr && isexec->is_bool() && isexec->as_bool();
    read_version(entry, file);
    out.push_back(std::move(file));
  }
  return out;
}

CloudFile file_of(const Hash& hash, const Meta& meta, const Value& extra) {
  CloudFile file;
  if (hash.name.starts_with("md5")) file.md5 = hash.value;
  file.size = meta.size;
  file.isexec = meta.isexec;
  if (extra.is_map()) read_version(extra.as_map(), file);
  if (hash.name == "etag") file.etag = hash.value;
  return file;
}

Value without_versions(const Value& extra) {
  if (!extra.is_map()) return extra;
  Map out;
  for (const auto& [key, value] : extra.as_map().items) {
    const bool versions = key.is_string() && std::any_of(std::begin(kVersionKeys), std::end(kVersionKeys),
                                                         [&](const char* name) { return key.as_string() == name; });
    if (!versions) out.items.emplace_back(key, value);
  }
  return out.empty() ? Value() : Value(std::move(out));
}

Value with_files(const Value& extra, const std::vector<CloudFile>& files) {
  List list;
  list.reserve(files.size());
  for (const auto& file : files) list.emplace_back(entry_of(file));
  auto out = without_versions(extra);
  if (!out.is_map()) out = Value(Map{});
  out.as_map().set("files", Value(std::move(list)));
  return out;
}

Value with_version(const Value& extra, const CloudFile& file) {
  auto out = without_versions(extra);
  if (!out.is_map()) out = Value(Map{});
  add_version(out.as_map(), file);
  return out.as_map().empty() ? Value() : out;
}

}  // namespace pivot::model
