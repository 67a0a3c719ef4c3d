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

using TreeFiles = std::vector<const store::TreeFile*>;

/// A folder of one side of a comparison, listed.
struct Listing {
  std::string hash_name;
  std::shared_ptr<const store::Tree> tree;
  TreeFiles files;  ///< those of interest
};

/// All folders of one side that are looked into.
struct Listings {
  std::map<std::string, Listing> by_root;
  std::vector<std::string> unlisted;  ///< folders whose content nobody knows
};

Listings list_folders(const DataState& state, const std::set<std::string>& skip, bool granular) {
  Listings out;
  for (const auto& root : state.outs) {
    if (!granular || !root.is_dir || !root.hash.known() || skip.count(root.path) != 0) continue;
    if (auto tree = state.list(root)) {
      out.by_root.insert_or_assign(root.path, Listing{root.hash.name, std::move(tree), {}});
    } else {
      out.unlisted.push_back(root.path);
    }
  }
  return out;
}

void take_all_files(Listing& listing) {
  listing.files.reserve(listing.tree->files.size());
  for (const auto& file : listing.tree->files) listing.files.push_back(&file);
}

/// Leaves out what is the same in both. Where trees are not in the order of the bytes (names that are no UTF-8), a file may be taken
/// although it is the same; then it is taken on both sides.
void take_differing_files(Listing& before, Listing& after) {
  const auto &left = before.tree->files, &right = after.tree->files;
  auto a = left.begin(), b = right.begin();
  while (a != left.end() || b != right.end()) {
    const int order = a == left.end() ? 1 : b == right.end() ? -1 : a->relpath.compare(b->relpath);
    const bool same = order == 0 && a->md5 == b->md5;
    if (order <= 0 && !same) before.files.push_back(&*a);
    if (order >= 0 && !same) after.files.push_back(&*b);
    if (order <= 0) ++a;
    if (order >= 0) ++b;
  }
}

void take_files(Listings& before, Listings& after, bool only_differing) {
  for (auto& [root, listing] : before.by_root) {
    const auto other = after.by_root.find(root);
    if (only_differing && other != after.by_root.end() && other->second.hash_name == listing.hash_name) {
      take_differing_files(listing, other->second);
    } else {
      take_all_files(listing);
      if (other != after.by_root.end()) take_all_files(other->second);
    }
  }
  for (auto& [root, listing] : after.by_root)
    if (before.by_root.count(root) == 0) take_all_files(listing);
}

/// One side as a list sorted by path.
std::vector<DataEntry> flatten_state(const DataState& state, const Listings& listings) {
  std::vector<DataEntry> out;
  for (const auto& root : state.outs) {
    out.push_back(root);
    const auto own = listings.by_root.find(root.path);
    if (own == listings.by_root.end()) continue;
    for (const auto* file : own->second.files) out.push_back({cat(root.path, "/", file->relpath), {own->second.hash_name, file->md5}, false});
  }
  const auto in_order = [](const DataEntry& a, const DataEntry& b) { return a.path < b.path; };
  if (!std::is_sorted(out.begin(), out.end(), in_order)) std::sort(out.begin(), out.end(), in_order);  // mostly they are
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

DataState present_data(workspace::Workspace& ws, const DataState& recorded, bool granular) {
  DataState out;
  auto known = std::make_shared<std::map<std::string, store::Hashed>>();
  for (const auto& root : recorded.outs) {
    const auto legacy = root.hash.name == "md5-dos2unix" ? root.hash.name : std::string("md5");
    auto hashed = granular ? ws.store().hash_listed(ws.absolute(root.path), legacy) : ws.store().hash(ws.absolute(root.path), legacy);
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
  auto listed_before = list_folders(before, same, how.granular), listed_after = list_folders(after, same, how.granular);
  auto unlisted = listed_before.unlisted;
  unlisted.insert(unlisted.end(), listed_after.unlisted.begin(), listed_after.unlisted.end());
  take_files(listed_before, listed_after, !how.unchanged && unlisted.empty());
  const auto left = flatten_state(before, listed_before), right = flatten_state(after, listed_after);
  std::vector<DataChange> out;
  std::set<std::string> unknown_folders;
  auto a = left.begin(), b = right.begin();
  while (a != left.end() || b != right.end()) {
    const DataEntry* x = b == right.end() || (a != left.end() && a->path <= b->path) ? &*a : nullptr;
    const DataEntry* y = a == left.end() || (b != right.end() && b->path <= a->path) ? &*b : nullptr;
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
