#include "store/transfer.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

std::string key_of(const model::Hash& hash) { return cat(name_of(kind_of(hash.name)), ":", hash.value); }

model::Hash file_hash(const model::Hash& listing, const TreeFile& file) { return {listing.name, file.md5}; }

bool selected(const TreeFile& file, const std::optional<std::string>& subpath) {
  return !subpath || path::is_inside(file.relpath, *subpath);
}

/// Hashes in the order they came, each once.
class HashList {
 public:
  void add(const model::Hash& hash) {
    if (seen_.insert(key_of(hash)).second) hashes_.push_back(hash);
  }
  const std::vector<model::Hash>& items() const { return hashes_; }

 private:
  std::unordered_set<std::string> seen_;
  std::vector<model::Hash> hashes_;
};

}  // namespace

/// What the remote has of some objects, asked in one go.
class RemoteView {
 public:
  RemoteView(Remote& remote, const std::vector<model::Hash>& hashes) {
    const auto there = remote.has(hashes);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      if (there[i]) present_.insert(key_of(hashes[i]));
  }
  bool has(const model::Hash& hash) const { return present_.contains(key_of(hash)); }
  void add(const model::Hash& hash) { present_.insert(key_of(hash)); }

 private:
  std::unordered_set<std::string> present_;
};

namespace {

std::vector<ObjectTransfer*> pointers(std::vector<ObjectTransfer>& items) {
  std::vector<ObjectTransfer*> out;
  out.reserve(items.size());
  for (auto& item : items) out.push_back(&item);
  return out;
}

}  // namespace

/// One thing that is wanted, with the files that it stands for.
struct Transfer::Objective {
  const WantedObject* wanted;
  std::shared_ptr<const Tree> tree;  ///< of a directory
};

Transfer::Transfer(Store& store, Remote& remote, Disk& disk, std::string index_file)
    : store_(store), remote_(remote), disk_(disk), index_file_(std::move(index_file)) {
  load_index();
}

Transfer::~Transfer() { save_index(); }

void Transfer::load_index() {
  if (index_file_.empty()) return;
  if (const auto text = disk_.read(index_file_))
    for (const auto line : split(*text, '\n'))
      if (is_object_name(line)) whole_.emplace(line);
}

void Transfer::save_index() {
  if (index_file_.empty() || !index_changed_) return;
  std::string text;
  for (const auto& value : whole_) text += cat(value, "\n");
  try {
    disk_.make_dirs(path::dirname(index_file_));
    disk_.write_atomic(index_file_, text);
  } catch (const Error&) {
    // The next transfer asks the remote again.
  }
}

std::shared_ptr<const Tree> Transfer::tree_of(const model::Hash& hash, Result& result) {
  if (auto tree = store_.load_tree(hash)) return tree;
  ObjectTransfer item{hash, -1, "", false};
  std::vector<ObjectTransfer*> one{&item};
  remote_.download(one, store_.objects(), [](std::int64_t) {});
  if (item.absent) {
    result.missing.push_back(hash);
    return nullptr;
  }
  if (!item.error.empty()) {
    result.failed.push_back(item);
    return nullptr;
  }
  ++result.moved;
  return store_.load_tree(hash);
}

std::vector<Transfer::Objective> Transfer::expand(const std::vector<WantedObject>& wanted, Result& result) {
  std::vector<Objective> out;
  std::set<std::string> asked;  // a listing that is nowhere is asked for once
  for (const auto& object : wanted) {
    Objective one{&object, nullptr};
    if (object.hash.is_dir()) {
      if (asked.contains(key_of(object.hash)) && !store_.has_object(object.hash)) continue;
      asked.insert(key_of(object.hash));
      one.tree = tree_of(object.hash, result);
      if (!one.tree) continue;
    }
    out.push_back(std::move(one));
  }
  return out;
}

Transfer::Result Transfer::fetch_listings(const std::vector<WantedObject>& wanted) {
  Result result;
  expand(wanted, result);
  return result;
}

std::vector<Transfer::Found> Transfer::compare(const std::vector<WantedObject>& wanted, std::vector<model::Hash>& missing) {
  Result result;
  const auto objectives = expand(wanted, result);
  missing = result.missing;
  HashList hashes;
  std::vector<Found> all;
  std::unordered_map<std::string, std::size_t> places;
  const auto note = [&](const model::Hash& hash, std::string name) {
    hashes.add(hash);
    const auto [it, is_new] = places.emplace(key_of(hash), all.size());
    if (is_new) all.push_back({std::move(name), hash, Whereabouts::nowhere});
    else all[it->second].name = std::move(name);  // of two names for one content DVC shows the last
  };
  HashList listings;
  for (const auto& one : objectives)
    if (one.tree && !one.wanted->subpath && whole_.contains(one.wanted->hash.value)) listings.add(one.wanted->hash);
  const RemoteView known(remote_, listings.items());
  for (const auto& one : objectives) {
    // Both sides are known to have all of it: no look at each file.
    if (known.has(one.wanted->hash) && store_.has(one.wanted->hash)) continue;
    note(one.wanted->hash, one.wanted->name);
    if (one.tree)
      for (const auto& file : one.tree->files)
        if (selected(file, one.wanted->subpath)) note(file_hash(one.wanted->hash, file), cat(one.wanted->name, "/", file.relpath));
  }
  const RemoteView there(remote_, hashes.items());
  for (const auto& one : objectives) {
    if (!one.tree || one.wanted->subpath || !there.has(one.wanted->hash)) continue;
    const auto& files = one.tree->files;
    if (std::all_of(files.begin(), files.end(), [&](const TreeFile& file) { return there.has(file_hash(one.wanted->hash, file)); }))
      index_changed_ = whole_.insert(one.wanted->hash.value).second || index_changed_;
  }
  for (auto& found : all) {
    const bool here = store_.has_object(found.hash), remote = there.has(found.hash);
    found.where = here ? (remote ? Whereabouts::both : Whereabouts::only_here) : remote ? Whereabouts::only_there : Whereabouts::nowhere;
  }
  return all;
}

Transfer::Result Transfer::push(const std::vector<WantedObject>& wanted, const TransferProgress& progress) {
  Result result;
  const auto objectives = expand(wanted, result);
  result.moved = 0;  // listings came the other way
  HashList listings, hashes;
  for (const auto& one : objectives)
    if (one.tree) listings.add(one.wanted->hash);
  RemoteView there(remote_, listings.items());
  // A listing on the remote is no proof that its files are there: `push d/a` leaves one behind. Only what we saw whole is believed.
  const auto is_whole = [&](const Objective& one) { return one.tree && whole_.contains(one.wanted->hash.value) && there.has(one.wanted->hash); };
  for (const auto& one : objectives) {
    if (!one.tree) hashes.add(one.wanted->hash);
    if (!one.tree || is_whole(one)) continue;
    for (const auto& file : one.tree->files)
      if (selected(file, one.wanted->subpath)) hashes.add(file_hash(one.wanted->hash, file));
  }
  RemoteView files(remote_, hashes.items());
  std::vector<model::Hash> lacking;
  for (const auto& hash : hashes.items())
    if (!files.has(hash)) lacking.push_back(hash);
  const auto here = store_.has_objects(lacking);
  std::vector<ObjectTransfer> items;
  for (std::size_t i = 0; i < lacking.size(); ++i) {
    if (here[i] != 0) items.push_back({lacking[i], -1, "", false});
    else result.missing.push_back(lacking[i]);
  }
  upload(items, files, result, progress);
  std::vector<ObjectTransfer> last;
  std::set<std::string> queued;
  for (const auto& one : objectives) {
    if (!one.tree || is_whole(one)) continue;
    const auto& all = one.tree->files;
    const bool complete = std::all_of(all.begin(), all.end(), [&](const TreeFile& file) {
      return !selected(file, one.wanted->subpath) || files.has(file_hash(one.wanted->hash, file));
    });
    if (!complete) continue;
    if (!one.wanted->subpath) index_changed_ = whole_.insert(one.wanted->hash.value).second || index_changed_;
    if (!there.has(one.wanted->hash) && queued.insert(key_of(one.wanted->hash)).second) last.push_back({one.wanted->hash, -1, "", false});
  }
  upload(last, there, result, progress);
  for (const auto& item : last)
    if (!item.error.empty()) whole_.erase(item.hash.value);
  return result;
}

void Transfer::upload(std::vector<ObjectTransfer>& items, RemoteView& view, Result& result, const TransferProgress& progress) {
  if (items.empty()) return;
  if (on_begin) on_begin(items.size());
  auto list = pointers(items);
  remote_.upload(list, store_.objects(), progress);
  for (auto& item : items) {
    if (!item.error.empty()) {
      result.failed.push_back(item);
      continue;
    }
    ++result.moved;
    result.bytes += std::max<std::int64_t>(item.size, 0);
    view.add(item.hash);
  }
}

Transfer::Garbage Transfer::collect_garbage(const std::vector<WantedObject>& wanted, bool dry) {
  if (!remote_.can_list()) throw Error("the files of this remote can't be listed: gc is not possible there");
  Result result;
  const auto objectives = expand(wanted, result);
  if (!result.failed.empty())
    throw Error(cat("can't tell which files '", result.failed.front().hash.value, "' uses, nothing was removed from the remote: ",
                    result.failed.front().error));
  std::unordered_set<std::string> used;
  for (const auto& one : objectives) {
    used.insert(key_of(one.wanted->hash));
    if (one.tree)
      for (const auto& file : one.tree->files) used.insert(key_of(file_hash(one.wanted->hash, file)));
  }
  Garbage out;
  auto there = remote_.list();
  std::vector<ObjectTransfer*> unused;
  for (auto& item : there)
    if (!used.contains(key_of(item.hash))) unused.push_back(&item);
  // A listing promises its files: it goes before them.
  std::stable_sort(unused.begin(), unused.end(), [](const auto* a, const auto* b) { return a->hash.is_dir() > b->hash.is_dir(); });
  if (dry) {
    remote_.measure(unused);
  } else {
    remote_.remove(unused);
    remote_.remove_leftovers();
  }
  for (const auto* item : unused) {
    if (!item->error.empty()) {
      out.failed.push_back(*item);
      continue;
    }
    ++(item->hash.name == "md5" ? out.removed : out.removed_legacy);
    out.objects.push_back(item->hash);
    out.bytes += std::max<std::int64_t>(item->size, 0);
    if (!dry && whole_.erase(item->hash.value) > 0) index_changed_ = true;
  }
  return out;
}

Transfer::Result Transfer::fetch(const std::vector<WantedObject>& wanted, const TransferProgress& progress) {
  Result result;
  std::vector<WantedObject> lacking;
  for (const auto& object : wanted)
    if (object.subpath || !store_.has(object.hash)) lacking.push_back(object);
  const auto objectives = expand(lacking, result);
  HashList hashes;
  std::unordered_set<std::string> loose;
  for (const auto& one : objectives) {
    if (!one.tree) {
      hashes.add(one.wanted->hash);
      loose.insert(key_of(one.wanted->hash));
      continue;
    }
    for (const auto& file : one.tree->files)
      if (selected(file, one.wanted->subpath)) hashes.add(file_hash(one.wanted->hash, file));
  }
  const auto here = store_.has_objects(hashes.items());
  std::vector<ObjectTransfer> items;
  for (std::size_t i = 0; i < here.size(); ++i)
    if (here[i] == 0) items.push_back({hashes.items()[i], -1, "", false});
  if (items.empty()) return result;
  if (on_begin) on_begin(items.size());
  auto list = pointers(items);
  remote_.download(list, store_.objects(), progress);
  for (auto& item : items) {
    if (item.error.empty()) {
      ++result.moved;
      result.bytes += std::max<std::int64_t>(item.size, 0);
    } else if (item.absent && loose.contains(key_of(item.hash))) {
      result.missing.push_back(item.hash);
    } else {
      result.failed.push_back(item);
    }
  }
  return result;
}

}  // namespace pivot::store
