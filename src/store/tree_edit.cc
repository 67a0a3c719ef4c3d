#include "store/tree_edit.h"

#include <set>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

std::vector<TreeFile> files_of(const std::string& relpath, const Hashed& part) {
  if (!part.tree) return {{relpath, part.hash.value, part.meta.size.value_or(-1), part.meta.isexec}};
  auto files = part.tree->files;
  for (auto& file : files) file.relpath = cat(relpath, "/", file.relpath);
  return files;
}

/// A file where the old tree had a folder, or the other way round.
bool blocks(const std::string& old, const TreeFile& added) {
  return path::is_inside(old, added.relpath) || path::is_inside(added.relpath, old);
}

}  // namespace

TreeEdit edit_tree(const Tree& old, const std::string& relpath, const std::optional<Hashed>& part) {
  TreeEdit out;
  const auto added = part ? files_of(relpath, *part) : std::vector<TreeFile>{};
  std::set<std::string> names;
  for (const auto& file : added) names.insert(file.relpath);
  for (const auto& file : old.files) {
    const bool at_place = file.relpath == relpath || path::is_inside(file.relpath, relpath);
    const bool in_the_way = !at_place && !added.empty() && blocks(file.relpath, added.front());
    out.found = out.found || at_place;
    if (at_place || in_the_way) {
      out.appended = false;
      continue;
    }
    out.tree.files.push_back(file);
  }
  out.tree.files.insert(out.tree.files.end(), added.begin(), added.end());
  out.tree.sort();
  return out;
}

model::Meta edited_meta(const TreeEdit& edit, const model::Meta& old, const std::optional<Hashed>& part, bool same_hash) {
  model::Meta out;
  out.nfiles = static_cast<std::int64_t>(edit.tree.files.size());
  if (same_hash) out.size = old.size;
  else if (edit.appended && old.size && part && part->meta.size) out.size = *old.size + *part->meta.size;
  return out;
}

}  // namespace pivot::store
