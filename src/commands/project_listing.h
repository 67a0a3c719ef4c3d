// The content of a repository as `list` and `du` show it: files of Git or the disk together with tracked data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workspace/revision.h"
#include "workspace/workspace.h"

namespace pivot::workspace {
class RepositoryClone;
}

namespace pivot::commands {

/// One file or folder.
struct Listed {
  std::string path;                 ///< relative to the root
  bool is_dir = false;
  bool is_out = false;              ///< tracked, or inside of what is
  bool is_exec = false;
  std::optional<std::int64_t> size;
  std::string hash;                 ///< of tracked data; "" otherwise
};

/// A repository that lies in a folder, at a revision.
class ProjectListing {
 public:
  /// `where`: a URL, or a path as seen from `cwd` (absolute). Throws Error when no repository is there, or it doesn't know the revision.
  ProjectListing(const std::string& where, const std::string& cwd, const std::optional<std::string>& rev);
  ~ProjectListing();
  /// A path as typed, relative to the root.
  std::string inside(const std::string& typed) const;
  const std::string& root() const;
  /// nullopt when there is nothing.
  std::optional<Listed> find(const std::string& file, bool tracked_only);
  /// What a folder holds, sorted by name.
  std::vector<Listed> list(const std::string& folder, bool tracked_only);

 private:
  std::optional<Listed> tracked(const std::string& file);
  std::vector<std::string> tracked_names(const std::string& folder);
  std::string cwd_;
  std::unique_ptr<workspace::RepositoryClone> clone_;
  std::unique_ptr<workspace::Workspace> workspace_;
  std::unique_ptr<workspace::Revisions> revisions_;
  workspace::Revision* revision_;
};

/// 139, 4.00k, 1.50M: as tqdm prints sizes.
std::string natural_size(std::int64_t bytes);

}  // namespace pivot::commands
