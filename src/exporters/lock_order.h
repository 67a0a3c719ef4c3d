// The order of deps and outs in dvc.lock: by path.
#pragma once

#include <algorithm>
#include <vector>

#include "model/stage.h"

namespace pivot::exporters {

inline bool comes_first(const model::LockEntry& a, const model::LockEntry& b) { return a.path < b.path; }

inline std::vector<const model::LockEntry*> in_lock_order(const std::vector<model::LockEntry>& entries) {
  std::vector<const model::LockEntry*> sorted;
  sorted.reserve(entries.size());
  for (const auto& entry : entries) sorted.push_back(&entry);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return comes_first(*a, *b); });
  return sorted;
}

}  // namespace pivot::exporters
