// Objects in the cache: where they live, whether they can be trusted, and how a new one gets there.
//
//   <cache>/files/md5/<first 2 hex digits>/<other 30>[.dir]   hash "md5"
//   <cache>/<2>/<30>[.dir]                                    every other hash name (DVC 2.x: "md5-dos2unix")
//
// Mode 0444 says "content checked"; an object with another mode is hashed before it is used. Source: contract 5.1.
#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/hash.h"
#include "model/stage.h"

namespace pivot::store {

inline constexpr std::uint32_t kObjectMode = 0444;

/// How a hash's content goes into MD5.
enum class HashKind : std::uint8_t { md5, dos2unix };
HashKind kind_of(std::string_view hash_name);
std::string_view name_of(HashKind kind);

/// True for 32 lower-case hex digits, ".dir" allowed behind: what may be made a path of.
bool is_object_name(std::string_view value);

/// Sees what becomes an object while it is in memory.
class ArrivalWatch {
 public:
  virtual ~ArrivalWatch() = default;
  virtual void arrived(std::string_view value, std::string_view bytes) = 0;
};

inline constexpr std::size_t kPrefixes = 256;
/// Which of them an object is in: 0 to 255.
std::size_t prefix_index(std::string_view value);
/// Two hex digits.
bool is_prefix_name(std::string_view name);

class Objects {
 public:
  using OnDamage = std::function<void(const std::string& path)>;

  /// `on_damage` is told of each damaged object that was deleted, one at a time.
  Objects(std::string cache_dir, bool shared_group, Disk& disk, OnDamage on_damage = {});

  /// Absolute path. Throws Error for a value that isn't an object name.
  std::string path(HashKind kind, std::string_view value) const;
  std::string path(const model::Hash& hash) const { return path(kind_of(hash.name), hash.value); }
  /// The folder of the 256 prefixes.
  const std::string& folder(HashKind kind) const { return kind == HashKind::md5 ? folder_ : legacy_folder_; }
  const std::string& cache_dir() const { return legacy_folder_; }

  /// Which prefix folders of the hash "md5" there are.
  std::bitset<kPrefixes> prefixes() const;

  /// The object's stat when it is there and whole. A damaged one is deleted and absent.
  std::optional<FileStat> find(HashKind kind, std::string_view value);
  std::optional<FileStat> find(const model::Hash& hash) { return find(kind_of(hash.name), hash.value); }
  /// The same with the stat already at hand.
  bool trust(HashKind kind, std::string_view value, const FileStat& stat);
  /// Reads the object whatever its mode; deletes a damaged one.
  bool verify(HashKind kind, std::string_view value);
  /// False: the object was written to after it had got its name, so its mode says nothing. (A new name gives its folder a new time.)
  bool is_untouched(HashKind kind, std::string_view value, const FileStat& stat);

  /// Writes an object unless it is there. `value` must be the MD5 of `bytes` (with ".dir" when it is a tree).
  void put(std::string_view value, std::string_view bytes);
  /// The same in the layout of DVC 2; only listings of directories are written there.
  void put_legacy_tree(std::string_view value, std::string_view bytes);
  /// A file for content whose hash isn't known yet: fill it, then adopt() it.
  std::unique_ptr<NewFile> stage();
  /// Where an object waits whose transfer was interrupted: absolute path.
  std::string partial_path(std::string_view value);
  void adopt(std::unique_ptr<NewFile> file, std::string_view value) { adopt(std::move(file), HashKind::md5, value); }
  void adopt(std::unique_ptr<NewFile> file, HashKind kind, std::string_view value);
  /// Makes a workspace file an object too, by a hard link. False when the file system can't.
  bool adopt_link(const std::string& workspace_path, std::string_view value);
  /// `watch` is told of small files (hash "md5") that became objects, from all threads that bring them; nullptr: nobody is. To be set while nothing comes.
  void set_watch(ArrivalWatch* watch) { watch_ = watch; }
  void tell(std::string_view value, std::string_view bytes) const {
    if (watch_ != nullptr) watch_->arrived(value, bytes);
  }
  void remove(HashKind kind, std::string_view value) { disk_.remove_file(path(kind, value)); }

 private:
  friend class ObjectBatch;
  void remove_damaged(const std::string& path);
  void make_folder();
  void make_prefix(HashKind kind, std::string_view value);
  void make_shared_dirs(const std::string& folder);
  void set_object_mode(NewFile& file);

  std::string legacy_folder_;
  std::string folder_;
  bool shared_group_;
  Disk& disk_;
  OnDamage on_damage_;
  std::mutex damage_mutex_;
  std::array<std::atomic<std::int64_t>, 2 * kPrefixes> prefix_mtime_ns_{};  ///< of both layouts, 0: not looked at
  std::array<std::atomic<bool>, 2 * kPrefixes> prefix_made_{};  ///< of both layouts
  std::atomic<bool> folder_made_{false};
  ArrivalWatch* watch_ = nullptr;
};

}  // namespace pivot::store
