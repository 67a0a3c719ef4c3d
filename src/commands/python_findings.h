// What the fingerprints of Python stages can't see, and what the last runs read without declaring it: the end of `pivot doctor`.
#pragma once

#include <string>

#include "workspace/workspace.h"

namespace pivot::commands {

/// "" without Python stages. Throws what importing the pipelines throws.
std::string python_findings(workspace::Workspace& ws);

}  // namespace pivot::commands
