// The content-addressed store: objects and trees under .dvc/cache, links into the workspace, what stat said when we
// hashed. Layout and bytes are DVC 3's (files/md5/<2>/<30>, mode 0444, `<md5>.dir` JSON objects); the 2.x layout is
// read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/error.h"
#include "base/value.h"
#include "model/stage.h"

namespace pivot::store {

class Objects;

enum class LinkType : std::uint8_t { reflink, hardlink, symlink, copy };

/// Workspace files that the cache doesn't hold and that a checkout would destroy.
class UnsavedFiles : public Error {
 public:
  explicit UnsavedFiles(std::vector<std::string> paths);
  const std::vector<std::string>& paths() const { return paths_; }  ///< absolute

 private:
  std::vector<std::string> paths_;
};

/// Objects that a checkout needs and the cache doesn't hold (or held in a damaged form; such are deleted).
class MissingObjects : public Error {
 public:
  explicit MissingObjects(std::vector<model::Hash> objects);
  const std::vector<model::Hash>& objects() const { return objects_; }

 private:
  std::vector<model::Hash> objects_;
};

/// One file of a directory object.
struct TreeFile {
  std::string relpath;
  std::string md5;
  std::int64_t size = -1;  ///< -1 unknown (read from a .dir object)
  bool isexec = false;
};

/// The order of paths in trees: DVC's, by code points of the whole string.
bool comes_before(std::string_view relpath, std::string_view other);

/// A directory's content, sorted by relpath.
struct Tree {
  std::vector<TreeFile> files;
  /// The bytes of the `.dir` object.
  std::string serialize() const;
  /// Names from strangers: absolute paths, "..", empty parts and NUL throw Error naming the object.
  static Tree parse(std::string_view json, const std::string& name);
  void sort();
  const TreeFile* find(std::string_view relpath) const;  ///< of a sorted tree; nullptr when absent
};

/// The result of hashing a path in the workspace.
struct Hashed {
  model::Hash hash;
  model::Meta meta;
  /// Directories only; null when the stat table knew the hash (Store::tree_of then gives it).
  std::shared_ptr<const Tree> tree;
};

/// Says whether a path (relative to the root, "/"-separated) is ignored by .dvcignore while a directory is walked.
using IgnoreTest = std::function<bool(const std::string& relative_to_root, bool is_dir)>;

struct Options {
  std::string root;       ///< repository root, absolute
  std::string cache_dir;  ///< absolute
  std::string state_dir;  ///< .dvc/tmp/pivot, absolute; "" = keep no stat table
  std::vector<LinkType> links = {LinkType::reflink, LinkType::copy};
  bool shared_group = false;
  int jobs = 0;  ///< hashing threads, 0 = as many as cores
  std::function<void(const std::string& path)> on_damage = {};  ///< a damaged object was found and deleted
};

struct CheckoutResult {
  bool changed = false;
  std::vector<std::string> added, modified, deleted;  ///< files, relative to the checked-out path
};
struct CheckoutOptions {
  bool force = false;
  bool relink = false;
  bool allow_missing = false;
  std::optional<std::string> subpath;  ///< only this path inside a directory
};

/// A checkout that has looked and not yet touched anything.
class PendingCheckout {
 public:
  virtual ~PendingCheckout() = default;
  /// Files, absolute, that finish() would destroy; none with `force`.
  virtual const std::vector<std::string>& unsaved() const = 0;
  /// Throws UnsavedFiles, or MissingObjects when an object is missing or corrupt.
  virtual CheckoutResult finish() = 0;
};

/// Safe to call from several threads for different paths.
class Store {
 public:
  Store(Options options, Disk& disk, IgnoreTest ignored);
  ~Store();

  /// Hash of a file or directory in the workspace (absolute path); nullopt when it doesn't exist. Uses and feeds the
  /// stat table. `hash_name` "md5" or "md5-dos2unix". A broken symlink inside a directory throws as DVC does.
  std::optional<Hashed> hash(const std::string& path, const std::string& hash_name = "md5");

  /// The same for who looks into directories next: one walk gives the tree as well, unless the cache holds it.
  std::optional<Hashed> hash_listed(const std::string& path, const std::string& hash_name = "md5");

  /// The tree behind what hash() gave for a directory: from the cache, else by hashing its files anew (each one through
  /// the stat table).
  std::shared_ptr<const Tree> tree_of(const std::string& path, const Hashed& hashed);

  /// "Does the path still have this hash?" without hashing when stat, size or a byte comparison with the cached object
  /// can tell. Missing path: false.
  bool matches(const std::string& path, const model::Hash& expected, const model::Meta& meta);

  /// What stat said of a file when it had this hash, if that is to be believed; nullopt otherwise, and for directories.
  std::optional<FileStat> known_stat(const std::string& path, const model::Hash& hash) const;

  /// Hashes the path and puts its content into the cache in one pass (hash and copy), then replaces the workspace file
  /// by the configured link type where that is not reflink/copy (relink).
  Hashed commit(const std::string& path);

  /// The same for one file or folder inside a tracked directory, `relpath` of the directory at `path`: what is recorded of the rest (`old`)
  /// stays, and costs nothing. A part that is gone leaves the directory. With `keep_out` the part's content stays out of the cache.
  /// Throws Error when the directory's object is not in the cache, DiskError ENOENT when the part exists neither here nor there.
  Hashed commit_part(const std::string& path, const std::string& relpath, const model::Hash& old, const model::Meta& old_meta,
                     bool keep_out = false);

  /// Puts the content into the cache and leaves the workspace file as it is (uncached metrics of a run-cache entry).
  Hashed keep(const std::string& path);

  /// True when the object (and for a .dir every file of it) is in the cache. A damaged one (mode not 0444 and wrong
  /// content) is deleted and counts as absent, as DVC does.
  bool has(const model::Hash& hash);
  /// Only the object itself; no look into a .dir.
  bool has_object(const model::Hash& hash);
  /// The same for many, on all cores: one answer (0 or 1) for each.
  std::vector<char> has_objects(const std::vector<model::Hash>& hashes);

  using CheckoutResult = store::CheckoutResult;
  using CheckoutOptions = store::CheckoutOptions;
  /// Brings the workspace path to the hash. Throws MissingObjects when an object is missing or corrupt; existing
  /// content that isn't in the cache and not `force`: throws UnsavedFiles.
  CheckoutResult checkout(const std::string& path, const model::Hash& hash, const model::Meta& meta,
                          const CheckoutOptions& options = {});

  /// Its first half. Throws MissingObjects when the listing of a directory is missing.
  std::unique_ptr<PendingCheckout> begin_checkout(const std::string& path, const model::Hash& hash, const model::Meta& meta,
                                                  const CheckoutOptions& options = {});

  /// The directory's objects are about to be fetched, and a checkout comes behind it: when nothing stands at `path`, its files are written as their content
  /// arrives, out of sight, and the checkout only gives them their places. The cache has the listing. Not while objects arrive.
  void fill_on_arrival(const std::string& path, const model::Hash& hash, const model::Meta& meta);

  /// Replaces links into the cache by writable copies.
  void unprotect(const std::string& path);
  /// Removes a file or directory tree from the workspace.
  void remove(const std::string& path);

  /// The tree of a directory object in the cache; nullptr when absent. Cached per process.
  std::shared_ptr<const Tree> load_tree(const model::Hash& hash);

  /// The objects themselves, for transfers from and to remotes.
  Objects& objects();
  /// Where an object lives: absolute path.
  std::string object_path(const model::Hash& hash) const;

  /// Run cache: key and value of DVC. `record` is the lock entry as a Value map without size/nfiles-stripping (done
  /// inside).
  std::optional<Value> find_run(const Value& record_without_outs_hashes, const std::vector<std::string>& out_paths);
  void save_run(const Value& record);

  struct GcResult {
    std::size_t removed = 0;
    std::size_t removed_legacy = 0;
    std::int64_t bytes = 0;
    std::vector<std::pair<std::string, std::int64_t>> objects;  ///< when dry: paths and sizes (bytes)
  };
  /// Removes every object that isn't in `used` (hex values, ".dir" included); trees in use protect their files,
  /// unless `with_files` is false.
  GcResult gc(const std::vector<model::Hash>& used, bool dry, bool with_files = true);

  /// Writes the stat table (also done by the destructor).
  void flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pivot::store
