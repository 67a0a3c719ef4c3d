// Two changed versions of a dvc.lock, merged stage by stage.
#pragma once

#include <string>
#include <vector>

namespace pivot::exporters {

struct LockMerge {
  std::string text;                    ///< a dvc.lock that parses; "" when no stage is left
  std::vector<std::string> conflicts;  ///< stages that both sides ran, with different results: ours is in the text
};

/// Three-way, by whole entries: an entry tells of one run, and half of one and half of another would tell of none. The texts are read as
/// dvc.lock files (DvcLockWriter); order: ours, then what only theirs has.
LockMerge merge_locks(const std::string& ancestor, const std::string& ours, const std::string& theirs);

}  // namespace pivot::exporters
