// Data of another repository put somewhere, without a record: `get`, `artifacts get`.
#pragma once

#include <string>

#include "workspace/source_repository.h"

namespace pivot::commands {

/// Fetches a path of the repository and puts it at `target` (absolute), in the place of what is there. `source` has `cache` as its cache, which
/// lies in the folder of `target`: what it holds is linked, not copied once more. Throws Error as SourceRepository::fetch; nothing is left then.
void copy_out(workspace::SourceRepository& source, const std::string& wanted, const std::string& target, const std::string& cache);

}  // namespace pivot::commands
