// .dvcignore in every folder, the built-in patterns, and nested repositories.
#pragma once

#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/disk.h"
#include "text/ignore.h"

namespace pivot::workspace {

/// Several threads may ask at once: walks of big folders do.
class DvcIgnore {
 public:
  struct Found {
    std::string source;  ///< the ignore file relative to the root; "" for a built-in pattern
    int line = 0;
    std::string pattern;
    bool ignored = false;
    /// ".dvcignore:3:*.log", ":.dvc/" for a built-in pattern: as error texts name it.
    std::string address() const;
  };
  DvcIgnore(Disk& disk, std::string root) : disk_(disk), root_(std::move(root)) {}
  /// Is the path (relative to the root) ignored, itself or through a parent folder?
  bool ignored(const std::string& file, bool is_dir);
  /// The same for an entry of a folder that is known not to be ignored: what a walk asks.
  bool entry_ignored(const std::string& folder, std::string_view name, bool is_dir);
  /// The pattern that decides, for check-ignore and error texts; nullopt when none matches.
  std::optional<Found> find(const std::string& file, bool is_dir) { return find(file, is_dir, true); }
  /// The same by patterns alone: nested repositories don't count. What an out is asked.
  std::optional<Found> find_pattern(const std::string& file, bool is_dir) { return find(file, is_dir, false); }

 private:
  struct Level {
    text::IgnorePatterns patterns;
    bool any_here_or_above = false;
  };
  const Level& level(const std::string& folder);
  std::optional<Found> find(const std::string& file, bool is_dir, bool nested_repositories);
  std::optional<Found> find_entry(const std::string& file, bool is_dir, bool nested_repositories = true);
  Disk& disk_;
  std::string root_;
  std::shared_mutex mutex_;  ///< of levels_; what it holds stays where it is and as it is
  std::unordered_map<std::string, Level> levels_;
};

}  // namespace pivot::workspace
