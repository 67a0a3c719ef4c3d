#include "store/gc.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/strings.h"
#include "store/staged_folder.h"

namespace pivot::store {
namespace {

/// Objects that another process is just writing are not touched; what a killed one left behind is.
constexpr std::int64_t kAbandonedNs = 24ll * 3600 * 1'000'000'000;
constexpr std::string_view kUnpacked = ".unpacked";

/// The used objects, to be asked for by name. A hundred thousand strings in a hash table cost more than all the rest of gc.
class Names {
 public:
  void add(std::string_view name) {
    if (const auto digest = md5_from_hex(name)) keys_.emplace_back(*digest, name.ends_with(".dir"));
  }
  /// After the last add().
  void sort() { std::sort(keys_.begin(), keys_.end()); }
  bool contains(const Md5Digest& digest, bool is_dir) const { return std::binary_search(keys_.begin(), keys_.end(), std::pair(digest, is_dir)); }

 private:
  std::vector<std::pair<Md5Digest, bool>> keys_;
};

bool is_prefix(const DirEntry& entry) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return entry.type == FileType::dir && entry.name.size() == 2 && hex(entry.name[0]) && hex(entry.name[1]);
}

/// The used objects of one layout. A tree in use protects its files.
Names used_names(Trees& trees, const std::vector<model::Hash>& used, HashKind kind, bool with_files) {
  Names out;
  std::unordered_set<std::string_view> seen;
  for (const auto& hash : used) {
    if (kind_of(hash.name) != kind || !hash.known() || !seen.insert(hash.value).second) continue;
    out.add(hash.value);
    if (!hash.is_dir() || !with_files) continue;
    if (const auto tree = trees.load(hash))
      for (const auto& file : tree->files) out.add(file.md5);
  }
  out.sort();
  return out;
}

class Sweep {
 public:
  Sweep(Parts& parts, const Names& used, bool dry) : parts_(parts), used_(used), dry_(dry) {}

  /// Returns the number of removed objects.
  std::size_t run(HashKind kind, Store::GcResult& result) {
    const std::string& folder = parts_.objects.folder(kind);
    std::size_t removed = 0;
    if (!dry_) sweep_staged_folders(parts_.disk, folder);
    for (const auto& entry : parts_.disk.list(folder)) {
      if (is_prefix(entry)) removed += sweep_prefix(folder, entry.name, result);
      else if (kind == HashKind::md5) remove_abandoned(cat(folder, "/", entry.name), entry);
    }
    return removed;
  }

 private:
  std::size_t sweep_prefix(const std::string& folder, const std::string& prefix, Store::GcResult& result) {
    std::size_t removed = 0;
    std::string value;
    for (const auto& entry : parts_.disk.list(cat(folder, "/", prefix))) {
      value.assign(prefix).append(entry.name);
      const auto digest = md5_from_hex(value);
      if (digest && entry.type != FileType::dir && used_.contains(*digest, value.ends_with(".dir"))) continue;
      const std::string p = cat(folder, "/", prefix, "/", entry.name);
      if (entry.type == FileType::dir || !digest) {
        remove_abandoned(p, entry);
        continue;
      }
      const auto stat = parts_.disk.lstat(p);
      if (!stat) continue;
      if (!dry_) {
        // DVC 0.x kept an unpacked directory beside its object.
        if (value.ends_with(".dir")) parts_.disk.remove_tree(cat(p, kUnpacked));
        parts_.disk.remove_file(p);
      }
      ++removed;
      result.bytes += stat->size;
      if (dry_) result.objects.emplace_back(p, stat->size);
    }
    return removed;
  }

  void remove_abandoned(const std::string& p, const DirEntry& entry) {
    if (dry_ || entry.type != FileType::file || !(entry.name.ends_with(".tmp") || entry.name.ends_with(".partial"))) return;
    const auto stat = parts_.disk.lstat(p);
    if (stat && stat->mtime_ns + kAbandonedNs < wall_ns()) parts_.disk.remove_file(p);
  }

  Parts& parts_;
  const Names& used_;
  const bool dry_;
};

}  // namespace

Store::GcResult collect_garbage(Parts& parts, Trees& trees, const std::vector<model::Hash>& used, bool dry,
                                bool with_files) {
  Store::GcResult result;
  // Both before anything goes: the trees are read from the cache.
  const Names names = used_names(trees, used, HashKind::md5, with_files);
  const Names legacy_names = used_names(trees, used, HashKind::dos2unix, with_files);
  result.removed = Sweep(parts, names, dry).run(HashKind::md5, result);
  result.removed_legacy = Sweep(parts, legacy_names, dry).run(HashKind::dos2unix, result);
  trees.clear();
  return result;
}

}  // namespace pivot::store
