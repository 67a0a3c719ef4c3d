#include "store/tree_merge.h"

#include <map>

namespace pivot::store {

TreeMerge merge_trees(const Tree& ancestor, const Tree& ours, const Tree& theirs) {
  struct Versions {
    const TreeFile *before = nullptr, *ours = nullptr, *theirs = nullptr;
  };
  std::map<std::string, Versions> paths;
  for (const auto& file : ancestor.files) paths[file.relpath].before = &file;
  for (const auto& file : ours.files) paths[file.relpath].ours = &file;
  for (const auto& file : theirs.files) paths[file.relpath].theirs = &file;
  auto same = [](const TreeFile* a, const TreeFile* b) { return a == nullptr || b == nullptr ? a == b : a->md5 == b->md5; };
  TreeMerge out;
  for (const auto& [path, versions] : paths) {
    const TreeFile* chosen = nullptr;
    if (same(versions.ours, versions.theirs) || same(versions.before, versions.theirs)) {
      chosen = versions.ours;
    } else if (same(versions.before, versions.ours)) {
      chosen = versions.theirs;
    } else {
      out.conflicts.push_back(path);
      continue;
    }
    if (chosen != nullptr) out.tree.files.push_back(*chosen);
  }
  out.tree.sort();
  return out;
}

}  // namespace pivot::store
