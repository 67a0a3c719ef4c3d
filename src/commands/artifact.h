// Artifacts: names that a dvc.yaml gives to its outputs, and the Git tags that GTO makes of their versions and stages.
#pragma once

#include <string>

#include "base/error.h"
#include "git/git.h"
#include "workspace/revision.h"

namespace pivot::commands {

/// Which one is meant.
struct Artifact {
  std::string name;     ///< "sub:model"
  std::string version;  ///< "v1.0.0"; "" = the latest
  std::string stage;    ///< "prod"; "" = none
};

class NoArtifact : public Error {
  using Error::Error;
};

/// The commit of its tag: name@v1.2.3 is a version; name#stage#4 says that the version of that commit is in this stage, the greatest number counts.
/// An artifact `sub:name` has tags `sub=name@...`. Throws NoArtifact.
std::string artifact_commit(git::Git& git, const Artifact& wanted);

/// Its path, relative to the root, as the dvc.yaml of the revision says. Throws NoArtifact.
std::string artifact_path(workspace::Revision& revision, const Artifact& wanted);

}  // namespace pivot::commands
