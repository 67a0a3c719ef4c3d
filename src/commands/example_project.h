// The example that `pivot init --python` starts a project with.
#pragma once

#include <string>
#include <vector>

#include "base/disk.h"

namespace pivot::commands {

/// Writes pipeline.py, params.yaml and data/ into `root`; gives their names. Throws Error when one of them is there already.
std::vector<std::string> write_example_project(Disk& disk, const std::string& root);

}  // namespace pivot::commands
