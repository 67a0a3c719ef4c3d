// Python stages as their locks tell of them: what can be known of another's repository without running its code.
#pragma once

#include <string>
#include <vector>

#include "base/disk.h"
#include "model/stage.h"

namespace pivot::workspace {

/// The stages of these pipeline files (relative to the root) that have a lock: names, dependencies and outputs. An output that lies in the
/// repository itself is one that the cache doesn't keep. Throws Error for a broken lock.
std::vector<model::Stage> recorded_stages(Disk& disk, const std::string& root, const std::vector<std::string>& pipeline_files);

}  // namespace pivot::workspace
