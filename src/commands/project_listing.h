// The content of a repository as `list` and `du` show it: files of Git or the disk together with tracked data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workspace/revision.h"
#include "workspace/source_repository.h"
#include "workspace/workspace.h"

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

/// A repository at a revision. What tracked folders hold is asked of its remotes where its cache doesn't know.
class ProjectListing {
 public:
  /// `cwd` (absolute): paths start there, if that is inside. The repository must outlive it.
  ProjectListing(workspace::SourceRepository& source, std::string cwd)
      : cwd_(std::move(cwd)), source_(source), workspace_(&source.workspace()), revision_(&source.revision()) {}
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
  workspace::SourceRepository& source_;
  workspace::Workspace* workspace_;
  workspace::Revision* revision_;
};

/// 139, 4.00k, 1.50M: as tqdm prints sizes.
std::string natural_size(std::int64_t bytes);

}  // namespace pivot::commands
