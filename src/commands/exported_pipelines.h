// What `pivot export` writes: one dvc.yaml beside every Python pipeline.
#pragma once

#include <string>
#include <vector>

#include "model/graph.h"
#include "workspace/workspace.h"

namespace pivot::commands {

/// One dvc.yaml that is being exported to.
struct ExportTarget {
  std::string folder;  ///< relative to the root
  std::string file;    ///< the dvc.yaml, relative to the root
  std::string before, after;
  std::string runner;  ///< of a standalone export: the file beside it, relative to the root; "" otherwise
  std::vector<model::StageId> stages;
};

/// Every folder with Python stages, with the text that its dvc.yaml is to have. Throws Error where a stage of the file was written or
/// changed by hand, unless `force`. `standalone`: the commands call a runner that needs no package of ours.
std::vector<ExportTarget> export_targets(workspace::Workspace& ws, bool force, bool standalone = false);

/// Locks (relative to the root) of stages that no pipeline file has: they were defined in a live process (a notebook, a script that calls
/// pivot.run()), or are gone.
std::vector<std::string> unexportable_locks(workspace::Workspace& ws);

}  // namespace pivot::commands
