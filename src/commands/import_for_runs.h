// Imports that aren't frozen, in a `repro`: they follow their sources.
#pragma once

#include <map>
#include <string>

#include "commands/session.h"
#include "engine/reproduction.h"

namespace pivot::commands {

/// The session must outlive it.
engine::Importer import_for_runs(Session& session);

/// Whether the repository of an import has other commits by now where the import follows it. Commits that were asked for are kept: several imports
/// may come from one repository. Throws Error when the repository can't be asked.
class MovedRepositories {
 public:
  bool moved(workspace::Workspace& ws, const model::Stage& stage);

 private:
  std::map<std::string, std::string> commits_;
};

}  // namespace pivot::commands
