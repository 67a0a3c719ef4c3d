#include "commands/data_changes.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "base/path.h"
#include "base/strings.h"
#include "workspace/project_files.h"
#include "workspace/workspace.h"

namespace pivot::commands {

namespace {

using Kind = DataChange::Kind;

bool is_wanted(const std::string& file, const std::vector<std::string>& targets) {
  return targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const auto& target) { return path::is_inside(file, target); });
}

/// DVC sorts paths part by part.
bool part_less(const std::string& a, const std::string& b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1; };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return rank(x) < rank(y); });
}

/// One side of a comparison as a flat list.
struct Flat {
  std::vector<DataEntry> entries;     ///< sorted by path
  std::vector<std::string> unlisted;  ///< folders whose content nobody knows
};

Flat flatten_state(const DataState& state, const std::set<std::string>& skip, bool granular) {
  Flat out;
  for (const auto& root : state.outs) {
    out.entries.push_back(root);
    if (!granular || !root.is_dir || !root.hash.known() || skip.count(root.path) != 0) continue;
    const auto tree = state.list(root);
    if (!tree) {
      out.unlisted.push_back(root.path);
      continue;
    }
    for (const auto& file : tree->files) out.entries.push_back({cat(root.path, "/", file.relpath), {root.hash.name, file.md5}, false});
  }
  const auto in_order = [](const DataEntry& a, const DataEntry& b) { return a.path < b.path; };
  if (!std::is_sorted(out.entries.begin(), out.entries.end(), in_order)) std::sort(out.entries.begin(), out.entries.end(), in_order);  // mostly they are
  return out;
}

/// Below (not at) one of these folders.
bool is_below(const std::string& file, const std::vector<std::string>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const auto& folder) { return file != folder && path::is_inside(file, folder); });
}

Kind kind_of(const DataEntry* before, const DataEntry* after, bool by_hash_only) {
  if (by_hash_only) {
    if (before != nullptr && !before->hash.known()) before = nullptr;
    if (after != nullptr && !after->hash.known()) after = nullptr;
    if (before == nullptr && after == nullptr) return Kind::unchanged;
  }
  if (before == nullptr) return Kind::added;
  if (after == nullptr) return Kind::deleted;
  return before->hash == after->hash && (by_hash_only || before->is_dir == after->is_dir) ? Kind::unchanged : Kind::modified;
}

/// Where a listing is missing, folders in between are told as well.
void add_unknown(std::vector<DataChange>& out, std::set<std::string>& folders, const DataEntry& after, const std::vector<std::string>& unlisted) {
  for (auto folder = path::dirname(after.path); is_below(folder, unlisted); folder = path::dirname(folder))
    if (folders.insert(folder).second) out.push_back({Kind::unknown, std::nullopt, DataEntry{folder, {}, true}});
  out.push_back({Kind::unknown, std::nullopt, after});
}

/// Additions that are deletions under another name: in the order of the paths, first come, first served.
std::vector<DataChange> with_renames(std::vector<DataChange> changes) {
  std::map<std::pair<std::string, std::string>, std::deque<std::size_t>> deleted;
  const auto key = [](const DataEntry& e) { return std::pair{e.hash.name, e.hash.value}; };
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (changes[i].kind == Kind::deleted && changes[i].before->hash.known()) deleted[key(*changes[i].before)].push_back(i);
  std::vector<bool> gone(changes.size(), false);
  for (auto& change : changes) {
    if (change.kind != Kind::added || !change.after->hash.known()) continue;
    const auto it = deleted.find(key(*change.after));
    if (it == deleted.end() || it->second.empty()) continue;
    const auto from = it->second.front();
    it->second.pop_front();
    change.kind = Kind::renamed;
    change.before = changes[from].before;
    gone[from] = true;
  }
  std::vector<DataChange> out;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (!gone[i]) out.push_back(std::move(changes[i]));
  return out;
}

}  // namespace

DataState recorded_data(workspace::Revision& revision) {
  DataState out;
  for (const auto& tracked : revision.files().outs()) {
    const auto& file = tracked.out->file;
    if (!tracked.out->cache || path::is_absolute(file) || path::is_url(file)) continue;
    out.outs.push_back({file, tracked.hash, tracked.hash.is_dir()});
  }
  std::sort(out.outs.begin(), out.outs.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  auto& store = revision.live().store();
  out.list = [&store](const DataEntry& folder) { return store.load_tree(folder.hash); };
  return out;
}

DataState present_data(workspace::Workspace& ws, const DataState& recorded) {
  DataState out;
  auto known = std::make_shared<std::map<std::string, store::Hashed>>();
  for (const auto& root : recorded.outs) {
    const auto legacy = root.hash.name == "md5-dos2unix" ? root.hash.name : std::string("md5");
    auto hashed = ws.store().hash(ws.absolute(root.path), legacy);
    if (!hashed) continue;
    out.outs.push_back({root.path, hashed->hash, hashed->hash.is_dir()});
    known->emplace(root.path, *std::move(hashed));
  }
  out.list = [&ws, known](const DataEntry& folder) { return ws.store().tree_of(ws.absolute(folder.path), known->at(folder.path)); };
  return out;
}

std::vector<DataChange> data_changes(const DataState& before, const DataState& after, const DataComparison& how) {
  // Folders that are the same on both sides are not looked into, unless somebody wants to know what is unchanged or their listing is gone.
  std::set<std::string> same;
  for (const auto& a : before.outs) {
    const auto b = std::lower_bound(after.outs.begin(), after.outs.end(), a, [](const auto& x, const auto& y) { return x.path < y.path; });
    if (b != after.outs.end() && b->path == a.path && a.is_dir && a.hash.known() && a.hash == b->hash && !how.unchanged && before.list(a)) same.insert(a.path);
  }
  const auto left = flatten_state(before, same, how.granular), right = flatten_state(after, same, how.granular);
  auto unlisted = left.unlisted;
  unlisted.insert(unlisted.end(), right.unlisted.begin(), right.unlisted.end());
  std::vector<DataChange> out;
  std::set<std::string> unknown_folders;
  auto a = left.entries.begin(), b = right.entries.begin();
  while (a != left.entries.end() || b != right.entries.end()) {
    const DataEntry* x = b == right.entries.end() || (a != left.entries.end() && a->path <= b->path) ? &*a : nullptr;
    const DataEntry* y = a == left.entries.end() || (b != right.entries.end() && b->path <= a->path) ? &*b : nullptr;
    if (x != nullptr) ++a;
    if (y != nullptr) ++b;
    const auto& file = x != nullptr ? x->path : y->path;
    if (!is_wanted(file, how.targets)) continue;
    if (is_below(file, unlisted)) {
      if (y != nullptr) add_unknown(out, unknown_folders, *y, unlisted);
      continue;
    }
    const auto kind = kind_of(x, y, how.by_hash_only);
    if (kind == Kind::unchanged && (!how.unchanged || ((x == nullptr || !x->hash.known()) && (y == nullptr || !y->hash.known())))) continue;
    out.push_back({kind, x != nullptr ? std::optional(*x) : std::nullopt, y != nullptr ? std::optional(*y) : std::nullopt});
  }
  const auto file_of = [](const DataChange& c) -> const std::string& { return c.after ? c.after->path : c.before->path; };
  std::sort(out.begin(), out.end(), [&](const auto& p, const auto& q) { return part_less(file_of(p), file_of(q)); });
  return with_renames(std::move(out));
}

std::vector<DataEntry> missing_in_cache(store::Store& store, const DataState& state, const DataComparison& how) {
  std::vector<DataEntry> out;
  for (const auto& root : state.outs) {
    if (!root.hash.known()) continue;
    const bool has_object = store.has_object(root.hash);
    if (!has_object && is_wanted(root.path, how.targets)) out.push_back(root);
    if (!root.is_dir || !how.granular || !has_object || store.has(root.hash)) continue;
    const auto tree = store.load_tree(root.hash);
    for (const auto& file : tree ? tree->files : std::vector<store::TreeFile>{}) {
      DataEntry entry{cat(root.path, "/", file.relpath), {root.hash.name, file.md5}, false};
      if (is_wanted(entry.path, how.targets) && !store.has_object(entry.hash)) out.push_back(std::move(entry));
    }
  }
  return out;
}

}  // namespace pivot::commands
