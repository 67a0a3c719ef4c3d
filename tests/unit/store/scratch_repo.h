// A repository folder of a test's own: files in, store over it, and what must always hold for a cache.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/disk.h"
#include "base/hash.h"
#include "store/store.h"

namespace pivot::store {

class ScratchRepo {
 public:
  ScratchRepo() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pivot-store-XXXXXX").string();
    root = std::filesystem::canonical(::mkdtemp(pattern.data())).string();
    real_disk().make_dirs(root + "/.dvc/cache");
  }
  ~ScratchRepo() { real_disk().remove_tree(root); }
  ScratchRepo(const ScratchRepo&) = delete;
  ScratchRepo& operator=(const ScratchRepo&) = delete;

  Options options() const {
    Options out;
    out.root = root;
    out.cache_dir = root + "/.dvc/cache";
    out.state_dir = root + "/.dvc/tmp/pivot";
    out.links = links;
    out.jobs = 2;
    return out;
  }
  std::unique_ptr<Store> open(Disk& disk = real_disk(), IgnoreTest ignored = nullptr) const {
    return std::make_unique<Store>(options(), disk, std::move(ignored));
  }
  /// Commits a folder on a disk that gets full; true when that failed.
  bool fails_to_commit(Disk& full_disk, const std::string& relative) const {
    try {
      open(full_disk)->commit(path(relative));
    } catch (const DiskError& e) {
      CHECK(e.number() == 28);
      return true;
    }
    return false;
  }
  std::string path(const std::string& relative) const { return root + "/" + relative; }
  void write(const std::string& relative, std::string_view data) const {
    real_disk().make_dirs(std::filesystem::path(path(relative)).parent_path().string());
    real_disk().write(path(relative), data);
  }
  std::string read(const std::string& relative) const { return real_disk().read(path(relative)).value_or("<absent>"); }
  bool exists(const std::string& relative) const { return real_disk().lstat(path(relative)).has_value(); }
  FileStat stat(const std::string& relative) const {
    const auto s = real_disk().lstat(path(relative));
    REQUIRE(s);
    return *s;
  }
  /// Makes everything older than the clock granularity, so that the stat table believes what it records.
  static void let_clock_tick() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

  /// relative path -> content of all files below a folder; symlinks followed.
  std::map<std::string, std::string> files(const std::string& relative) const {
    std::map<std::string, std::string> out;
    if (!exists(relative)) return out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(relative)))
      if (!entry.is_directory())
        out[entry.path().lexically_relative(path(relative)).string()] = *real_disk().read(entry.path().string());
    return out;
  }

  /// Every object is what its name says; returns how many there are.
  std::size_t check_objects() const {
    std::size_t count = 0;
    const std::filesystem::path folder = path(".dvc/cache/files/md5");
    if (!std::filesystem::exists(folder)) return 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_directory()) continue;
      INFO(entry.path().string());
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".tmp") || entry.path().string().find(".staged.tmp/") != std::string::npos) continue;
      const std::string value = entry.path().parent_path().filename().string() + name;
      CHECK(md5_hex(*real_disk().read(entry.path().string())) == value.substr(0, 32));
      ++count;
    }
    return count;
  }
  /// Files in the cache that are no objects.
  std::size_t leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(".dvc/cache")))
      if (!entry.is_directory() && entry.path().filename().string().ends_with(".tmp")) ++count;
    return count;
  }

  std::string root;
  std::vector<LinkType> links = {LinkType::reflink, LinkType::copy};
};

inline model::Hash md5_of(std::string_view data) { return {"md5", md5_hex(data)}; }

}  // namespace pivot::store
