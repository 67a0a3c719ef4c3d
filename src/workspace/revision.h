// The project at one moment: the workspace, or what a Git commit has. Nothing is checked out: stage files, locks, params and uncached
// metrics come from Git's objects, cached data from the cache of the workspace by the hashes that the commit's locks name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/error.h"
#include "base/watching_disk.h"
#include "workspace/collection.h"

namespace pivot::git {
class TreeDisk;
}

namespace pivot::workspace {

class DvcIgnore;
class Lockbooks;
class ProjectFiles;
class Workspace;

/// What imports of commits looked at and found, so that a commit with the same stage files isn't parsed again.
class ImportMemory {
 public:
  /// What was imported from a tree with the same files (as far as the import looked), or nullptr.
  const Imported* find(git::TreeDisk& disk) const;
  void keep(git::TreeDisk& disk, const std::map<std::string, WatchingDisk::Seen>& seen, Imported imported);

 private:
  struct Look {
    std::string file;
    WatchingDisk::Seen kind;
    std::string id;      ///< Git's object
    std::string digest;  ///< folders: the names that matter
  };
  struct Entry {
    std::vector<Look> looks;
    Imported imported;
  };
  static bool stands(git::TreeDisk& disk, const Entry& entry);
  std::vector<std::unique_ptr<Entry>> entries_;
};

class Revision {
 public:
  /// `commit`: a SHA, "" for the workspace.
  Revision(Workspace& live, std::string commit, ImportMemory& memory);
  ~Revision();
  const std::string& commit() const { return commit_; }
  bool is_workspace() const { return commit_.empty(); }
  /// The commit has this project: its .dvc folder is there. True for the workspace.
  bool is_project();
  Disk& disk();
  /// Throws Error when a stage file is broken. Stages of Python pipelines are those of the workspace that the commit has a lock of.
  Collection& stages();
  Lockbooks& lockbook();
  DvcIgnore& ignore();
  /// The files of the project as users see them, tracked data included.
  ProjectFiles& files();
  Workspace& live() { return live_; }
  /// Content of a file relative to the root (or absolute), as Git or the disk has it; nullopt when absent or a folder.
  std::optional<std::string> read(const std::string& file);
  /// Names the content of a file, the same wherever it is the same; "" when that isn't known without reading.
  std::string content_id(const std::string& file);

 private:
  void import();
  Workspace& live_;
  std::string commit_;
  ImportMemory& memory_;
  std::unique_ptr<git::TreeDisk> tree_;
  std::unique_ptr<WatchingDisk> watching_;
  std::unique_ptr<DvcIgnore> ignore_;
  struct NoGit;
  std::unique_ptr<NoGit> no_git_;
  std::unique_ptr<Collection> stages_;
  std::unique_ptr<Lockbooks> lockbook_;
  std::unique_ptr<ProjectFiles> files_;
};

/// Which revisions a command looks at.
struct RevisionChoice {
  std::vector<std::string> named;  ///< "workspace" among them is the workspace
  bool all_branches = false, all_tags = false, all_commits = false;
  bool any() const { return !named.empty() || all_branches || all_tags || all_commits; }
};

/// A revision with the names that chose it, joined by commas as DVC shows them.
struct NamedRevision {
  std::string name;    ///< "workspace", "main", "main,v1", a SHA; "" when no revision was asked for
  std::string commit;  ///< "" for the workspace
};

/// Git has no such revision: "unknown Git revision 'x'".
class UnknownRevision : public Error {
  using Error::Error;
};

class Revisions {
 public:
  explicit Revisions(Workspace& live) : live_(live) {}
  /// The SHA behind a name ("workspace" gives ""). Throws UnknownRevision, Error where there is no Git repository.
  std::string resolve(const std::string& name);
  /// The workspace first, then each commit once, in DVC's order; commits that don't have the project are left out. Without a choice the
  /// workspace alone, under the name "". Throws Error as resolve(), and where there is no Git repository.
  std::vector<NamedRevision> choose(const RevisionChoice& choice);
  /// Opened once; the last few stay open.
  Revision& at(const std::string& commit);

 private:
  static constexpr std::size_t kMostOpen = 4;
  Workspace& live_;
  ImportMemory memory_;
  std::vector<std::unique_ptr<Revision>> open_;  ///< newest last
};

/// DVC's error where a command needs Git and the project has none.
[[noreturn]] void refuse_without_git();

}  // namespace pivot::workspace
