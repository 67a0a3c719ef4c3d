// Git, by libgit2, which is loaded when the first question needs it (linking it would double the start-up time).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivot::git {

class IndexFile;
class TreeDisk;

/// The Git repository around a folder. Paths are absolute.
class Git {
 public:
  /// Looks for `.git` from `folder` upwards; a Git without a work tree answers "no" to everything.
  explicit Git(const std::string& folder);
  ~Git();
  /// The work tree's root; "" when there is none.
  const std::string& root() const { return root_; }
  bool exists() const { return !root_.empty(); }
  /// Is `folder`, or one above it, a bare repository? Gives its path; "" when a work tree comes first, or nothing.
  static std::string bare_around(const std::string& folder);
  /// The .git folder (of a worktree: its own), "" when there is none.
  const std::string& git_dir() const { return git_dir_; }
  /// True when the index holds this path, or anything below it. Throws Error when the index can't be read.
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
  /// The SHA of the commit that a revision names: anything that `git rev-parse` takes, the name of an experiment (refs/exps), or of a
  /// branch that exactly one Git remote has. nullopt when there is none.
  std::optional<std::string> resolve(const std::string& rev);
  /// Short names, sorted.
  std::vector<std::string> branches();
  std::vector<std::string> tags();
  /// Full names of the references below a prefix ("refs/exps/"), sorted.
  std::vector<std::string> references(const std::string& prefix);
  /// The SHA of every commit that HEAD, a branch (of a remote too) or a tag reaches: newest first.
  std::vector<std::string> commits();
  /// The branch that HEAD names; "" when HEAD is detached.
  std::string active_branch();
  /// When the commit was made, in seconds since 1970; 0 for an unknown one.
  std::int64_t commit_time(const std::string& commit);
  /// What `git status` says of the work tree and the index.
  struct Changes {
    bool any = false;                    ///< something is staged, changed or (when asked for) untracked
    std::vector<std::string> untracked;  ///< files, relative to the work tree
  };
  Changes changes(bool with_untracked);
  /// The work tree as a commit has it. Throws Error for an unknown revision. Lives no longer than this object.
  std::unique_ptr<TreeDisk> tree(const std::string& rev);

 private:
  friend class TreeDisk;
  struct Repository;
  Repository& open();
  std::vector<std::string> short_names(const std::string& prefix);
  std::string root_, git_dir_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<IndexFile> index_;
};

}  // namespace pivot::git
