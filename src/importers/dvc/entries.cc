#include "importers/dvc/entries.h"

#include <algorithm>

#include "base/hash.h"
#include "base/strings.h"
#include "model/cloud_files.h"
#include "text/json.h"

namespace pivot::importers::dvc {

namespace {

std::string checksum_text(const Value& value) { return value.is_null() ? std::string() : python_str(value); }

bool is_checksum_key(const std::string& key) { return key == "md5" || key == "etag" || key == "checksum"; }

/// Which of the checksum keys is the entry's hash: the first present of md5, etag, checksum; the others are carried along.
const char* hash_key(const Map& entry) {
  for (const char* name : {"md5", "etag", "checksum"}) {
    if (entry.find(name) != nullptr) return name;
  }
  return "md5";
}

/// A folder whose files are told one by one has no hash of its own in the file: it is that of the listing which they make.
void hash_of_files(EntryData& out) {
  auto files = model::files_of(out.extra);
  if (files.empty()) return;
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.relpath < b.relpath; });
  List listing;
  std::int64_t size = 0;
  for (const auto& file : files) {
    Map entry;
    if (file.md5.empty()) entry.set("etag", file.etag);
    else entry.set("md5", file.md5);
    entry.set("relpath", file.relpath);
    listing.emplace_back(std::move(entry));
    size += file.size.value_or(0);
  }
  out.hash.value = cat(md5_hex(text::json::dump(listing)), ".dir");
  out.meta.size = size;
  out.meta.nfiles = static_cast<std::int64_t>(files.size());
}

}  // namespace

EntryData read_entry(const Map& entry, bool inside) {
  EntryData out;
  const std::string name = hash_key(entry);
  Map extra;
  bool says_hash = false;
  for (const auto& [k, value] : entry.items) {
    const auto& key = k.as_string();
    if (key == "path") {
      out.path = python_str(value);
    } else if (key == "hash") {
      says_hash = true;
    } else if (key == name) {
      out.hash.value = checksum_text(value);
    } else if (key == "size" && value.is_int()) {
      out.meta.size = value.as_int();
    } else if (key == "nfiles" && value.is_int()) {
      out.meta.nfiles = value.as_int();
    } else if (key == "isexec" && value.is_bool()) {
      out.meta.isexec = value.as_bool();
    } else if (!is_checksum_key(key) || !value.is_null()) {
      extra.items.emplace_back(k, value);
    }
  }
  out.hash.name = name == "md5" && !says_hash && inside ? "md5-dos2unix" : name;
  if (!extra.empty()) out.extra = Value(std::move(extra));
  if (!out.hash.known()) hash_of_files(out);
  return out;
}

}  // namespace pivot::importers::dvc
