// Two changed versions of a folder's list of files, merged.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace pivot::store {

struct TreeMerge {
  Tree tree;                           ///< sorted
  std::vector<std::string> conflicts;  ///< paths that both changed, each in another way
};

/// Three-way: what only one side changed is as that side has it, equal changes are taken once.
TreeMerge merge_trees(const Tree& ancestor, const Tree& ours, const Tree& theirs);

}  // namespace pivot::store
