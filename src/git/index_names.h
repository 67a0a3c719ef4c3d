// The names in Git's index, without libgit2: loading that library (and the certificates that it reads at once) takes ten times longer
// than all else that `pivot add` of a small file does, and the usual question is only whether Git tracks a path.
// Format: gitformat-index(5), versions 2 and 3 with SHA-1; everything else is left to libgit2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_mark.h"

namespace pivot::git {

class IndexNames {
 public:
  /// nullopt when the bytes are no such index, or one that doesn't hold every name itself (split or sparse).
  static std::optional<IndexNames> parse(std::string content);
  /// True when the index holds `path` (relative to the work tree), or anything below it.
  bool hold(std::string_view path) const;

 private:
  struct Place {
    std::size_t offset, size;
  };
  std::string_view name(const Place& place) const { return {content_.data() + place.offset, place.size}; }
  bool take_entries(std::size_t count, std::size_t& at, std::size_t end);
  std::string content_;
  std::vector<Place> names_;  ///< in the order of the index: by bytes
};

/// The index of one repository, read again whenever Git has replaced it.
class IndexFile {
 public:
  explicit IndexFile(std::string git_dir) : git_dir_(std::move(git_dir)) {}
  /// nullopt: this is a question for libgit2.
  std::optional<bool> holds(std::string_view path);

 private:
  std::string git_dir_;
  std::optional<FileMark> mark_;
  std::optional<IndexNames> names_;
};

}  // namespace pivot::git
