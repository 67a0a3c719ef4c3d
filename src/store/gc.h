// Removing objects that nobody uses.
#pragma once

#include <vector>

#include "store/hashing.h"
#include "store/trees.h"

namespace pivot::store {

/// Store::gc.
Store::GcResult collect_garbage(Parts& parts, Trees& trees, const std::vector<model::Hash>& used, bool dry, bool with_files);

}  // namespace pivot::store
