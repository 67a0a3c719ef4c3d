// Which objects the records of a project name: what is pushed, fetched, kept by gc.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/transfer.h"
#include "workspace/revision.h"
#include "workspace/targets.h"

namespace pivot::workspace {

/// One cached output with what is recorded of its content.
struct DataObject {
  store::WantedObject wanted;
  std::string remote;           ///< its own remote; "": the default one
  bool push = true;
  model::OutKind kind = model::OutKind::data;
  std::optional<std::int64_t> size;
  bool from_repository = false; ///< `dvc import`: its source has it, no remote of ours
  std::shared_ptr<const model::Stage> import;  ///< the *.dvc file of an import; nullptr for all others
  std::string file;                            ///< of the output, relative to the root
  model::Meta meta;
  Value extra;                                 ///< what the record carries beside the hash: versions in remotes
  model::StageId stage = -1;                   ///< in the workspace; -1 of another revision
};

struct DataScope {
  std::vector<std::string> targets;
  bool recursive = false, with_deps = false, glob = false;
  RevisionChoice revisions;  ///< more than the workspace
};

/// The stages and outputs that the command line names. Throws Error for unknown ones.
std::vector<Target> wanted_targets(Workspace& ws, Collection& stages, const DataScope& scope);

/// Outputs without a recorded hash are told to `warn`, when there is one.
using DataWarning = std::function<void(const std::string& text)>;

/// Of the stages and outputs that are wanted, as one revision records them.
std::vector<DataObject> data_objects(Workspace& ws, Collection& stages, Lockbooks& locks, const std::vector<Target>& targets,
                                     const DataWarning& warn);
/// Of the workspace and of all chosen revisions. Throws Error for unknown targets when no revision knows them.
std::vector<DataObject> data_objects(Workspace& ws, const DataScope& scope, const DataWarning& warn);

/// Where it is remembered which directories a remote holds whole.
std::string remote_index_file(Workspace& ws, const std::string& url);

/// No remote was named, and there is no default one.
class NoDefaultRemote : public Error {
  using Error::Error;
};

/// The remotes of a project, opened when first needed. Throws UnknownRemote for names that the configuration doesn't know.
class Remotes {
 public:
  /// `chosen`: -r NAME; `jobs` 0: as configured.
  Remotes(Workspace& ws, std::optional<std::string> chosen, int jobs) : ws_(ws), chosen_(std::move(chosen)), jobs_(jobs) {}
  /// There is a remote for outputs that name none.
  bool has_default();
  /// The name behind an output's own remote or "": the chosen one, the default. Throws NoDefaultRemote.
  std::string name_for(const std::string& own);
  store::Remote& open(const std::string& name);
  const std::string& url(const std::string& name);
  /// `version_aware` or `worktree`: it holds files at their paths, not objects.
  bool keeps_versions(const std::string& name) { return find(name).keeps_versions; }
  bool is_worktree(const std::string& name) { return find(name).is_worktree; }
  /// False when -r names another remote than the output's own.
  bool concerns(const DataObject& object) const;

 private:
  struct Opened {
    std::string name, url;
    bool keeps_versions = false, is_worktree = false;
    std::unique_ptr<store::Remote> remote;
  };
  Opened& find(const std::string& name);
  Workspace& ws_;
  std::optional<std::string> chosen_;
  int jobs_;
  std::vector<std::unique_ptr<Opened>> opened_;
};

}  // namespace pivot::workspace
