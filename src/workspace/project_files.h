// The files of a project at one revision as users see them: what the disk (or Git) has, and what DVC tracks beyond that, read from the cache.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "model/stage.h"
#include "store/store.h"

namespace pivot::workspace {

class Revision;

/// An out with what the locks or its *.dvc file say of it.
struct TrackedOut {
  const model::Stage* stage = nullptr;
  const model::Out* out = nullptr;
  model::Hash hash;  ///< not known: never committed
  model::Meta meta;
  Value extra;       ///< what the record carries beside: versions in remotes
};

class ProjectFiles {
 public:
  explicit ProjectFiles(Revision& revision) : revision_(revision) {}

  /// Every out of the project, in the order of the stages.
  const std::vector<TrackedOut>& outs();
  /// The tracked out at this path or above it; nullptr when none. Paths are relative to the root.
  const TrackedOut* out_of(const std::string& file);

  /// What a tracked path (an out, or inside one) is by its hash.
  struct Tracked {
    bool is_dir = false;
    model::Hash hash;
    std::optional<std::int64_t> size;
    bool isexec = false;
  };
  /// nullopt when the path isn't tracked or a folder object above it is missing in the cache.
  std::optional<Tracked> tracked(const std::string& file);

  /// Of disk or Git, else of tracked data; nullopt when there is nothing.
  std::optional<FileType> type(const std::string& file);
  /// Content from disk or Git, else from the cache. nullopt when there is no such file; throws DiskError when it is tracked but neither
  /// there nor in the cache.
  std::optional<std::string> read(const std::string& file);
  /// The files below a folder, sorted; the path itself when it is a file (or unknown).
  std::vector<std::string> below(const std::string& file);
  /// The object that holds a tracked file's content; "" when the file is on disk or not in the cache.
  std::string cached_object(const std::string& file);

 private:
  void walk(const std::string& folder, std::vector<std::string>& out);
  Revision& revision_;
  std::optional<std::vector<TrackedOut>> outs_;
  std::unordered_map<std::string, std::size_t> by_path_;
};

}  // namespace pivot::workspace
