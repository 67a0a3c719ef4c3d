// Git, by libgit2, which is loaded when the first question needs it (linking it would double the start-up time).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivot::git {

/// The Git repository around a folder. Paths are absolute.
class Git {
 public:
  /// Looks for `.git` from `folder` upwards; a Git without a work tree answers "no" to everything.
  explicit Git(const std::string& folder);
  ~Git();
  /// The work tree's root; "" when there is none.
  const std::string& root() const { return root_; }
  bool exists() const { return !root_.empty(); }
  /// The .git folder (of a worktree: its own), "" when there is none.
  const std::string& git_dir() const { return git_dir_; }
  /// True when the index holds this path, or anything below it. Throws Error when libgit2 can't be loaded.
  bool is_tracked(const std::string& path);
  /// `git add` of existing files.
  void add(const std::vector<std::string>& paths);
  /// The content of a path (relative to the work tree) in a revision; nullopt when the revision has no such file. Throws Error for an
  /// unknown revision.
  std::optional<std::string> read(const std::string& rev, const std::string& path);
  /// Every file path of a revision, relative to the work tree. Throws Error as read().
  std::vector<std::string> list(const std::string& rev);
  /// True when the revision exists.
  bool has_rev(const std::string& rev);

 private:
  struct Library;
  struct Repository;
  Repository& open();
  std::string root_, git_dir_;
  std::unique_ptr<Repository> repository_;
};

}  // namespace pivot::git
