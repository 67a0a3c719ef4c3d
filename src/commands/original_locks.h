// Locks that the Python package `pivot` (versions up to 0.5) left in .pivot/stages: fingerprints of another kind, xxHash64 instead of MD5.
#pragma once

#include <string>
#include <vector>

#include "text/json.h"
#include "workspace/workspace.h"

namespace pivot::commands {

/// A dep or out of such a lock, as it stands now.
struct OriginalEntry {
  enum class State : std::uint8_t { as_recorded, changed, missing, unknown };
  std::string name;  ///< its path; of a dep that has none: the name of what makes it
  State state = State::unknown;
};

struct OriginalLock {
  std::string file;   ///< relative to the root
  std::string stage;  ///< as that package calls it: "demo/clean"
  std::vector<OriginalEntry> deps, outs;
};

/// All of them, by name. Looks at the files that they name. A lock that can't be read is none of them.
std::vector<OriginalLock> original_locks(workspace::Workspace& ws);

/// What `pivot explain` says of one.
std::string text_of(const OriginalLock& lock);
Value value_of(const OriginalLock& lock);

}  // namespace pivot::commands
