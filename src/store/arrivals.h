// New folders of the workspace that are filled while their objects are fetched: what arrives becomes a file of the folder while it is in memory, so that
// the checkout behind the fetch has nothing left to read. Nobody sees the folder until that checkout gives it its name.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "store/hashing.h"
#include "store/links.h"
#include "store/staged_folder.h"
#include "store/trees.h"

namespace pivot::store {

class Arrivals final : public ArrivalWatch {
 public:
  Arrivals(Parts& parts, Trees& trees, Links& links);
  ~Arrivals() override;  ///< folders that nobody took do not stay
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  /// `path` (absolute), where nothing stands, is going to be the directory `hash`, whose listing the cache has. Does nothing when its files become links,
  /// or when filling it elsewhere first does not pay. Not while objects arrive.
  void expect(const std::string& path, const model::Hash& hash, const model::Meta& meta);
  void arrived(std::string_view value, std::string_view bytes) override;

  struct Folder {
    std::unique_ptr<StagedFolder> staged;
    std::vector<Placed> files;  ///< in the order of the tree; without a stat: not written
  };
  /// After the last arrival. nullopt when nobody expected this, or a file could not be written.
  std::optional<Folder> take(const std::string& path, const model::Hash& hash);

 private:
  struct Expected;
  struct Place {
    Expected* folder;
    std::size_t file;
  };
  using Places = std::unordered_multimap<std::string_view, Place>;
  struct Arrived {
    Places::iterator places;
    std::string bytes;
  };
  void run();
  bool is_worth_waking() const;
  void write(Places::iterator place, std::string_view bytes);
  void wait_until_written();

  Parts& parts_;
  Trees& trees_;
  Links& links_;
  std::vector<std::unique_ptr<Expected>> folders_;
  Places places_;  ///< by the MD5 of the content (hex), which their trees hold
  std::mutex mutex_;
  std::condition_variable arrived_, written_;
  std::vector<Arrived> queue_;
  std::size_t waiting_ = 0;  ///< bytes of the queue and of what is being written
  bool awaited_ = false, stop_ = false;
  std::thread writer_;  ///< making a file locks its folder: one thread does it, and those that fetch go on
};

}  // namespace pivot::store
