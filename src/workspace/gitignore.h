// The .gitignore lines that keep tracked data out of Git: asked, added, removed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/disk.h"
#include "git/git.h"
#include "text/ignore.h"

namespace pivot::workspace {

/// Works on the .gitignore files between the Git root and a path. Without Git every call does nothing.
class GitIgnore {
 public:
  /// Messages name paths as seen from `cwd` (absolute).
  GitIgnore(Disk& disk, git::Git& git, std::string cwd) : disk_(disk), git_(git), cwd_(std::move(cwd)) {}
  /// Does Git ignore the path (absolute)? Asks .gitignore files and .git/info/exclude.
  bool ignored(const std::string& p, bool is_dir);
  /// Does DVC pass this folder over when it looks for stage files? (Its parents are not ignored.)
  bool folder_ignored(const std::string& p);
  /// Adds "/name" to the .gitignore beside the path unless it is ignored already. Throws Error when Git tracks the path.
  void add(const std::string& p, bool is_dir);
  /// Drops "/name"; the file goes when nothing else is left.
  void remove(const std::string& p);
  /// The .gitignore files that were written, absolute, sorted.
  const std::set<std::string>& touched() const { return touched_; }

 private:
  const text::IgnorePatterns& patterns(const std::string& folder);
  bool surely_ignored(const std::string& p);
  Disk& disk_;
  git::Git& git_;
  std::string cwd_;
  std::unordered_map<std::string, text::IgnorePatterns> folders_;
  std::unordered_map<std::string, text::IgnorePatterns> folder_patterns_;  ///< the same lines as folder_ignored() reads them
  std::unordered_map<std::string, bool> ends_with_newline_;
  std::set<std::string> touched_;
  int glances_ = 0;  ///< of surely_ignored()
};

}  // namespace pivot::workspace
