#include "store/checkout.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/clock.h"
#include "base/path.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/create_ahead.h"

namespace pivot::store {
namespace {

constexpr std::size_t kGrain = 64;
constexpr std::size_t kWorthAThread = 256;       ///< files of one folder
/// Bytes: the content of such a file costs less than its name; larger ones are copied by the kernel.
constexpr std::int64_t kSmallFile = 32 << 10;

template <typename Item>
auto by_relpath(const Item& a, const Item& b) {
  return a.relpath < b.relpath;
}

}  // namespace

Checkout::Checkout(Parts& parts, Trees& trees, Links& links, Arrivals* arrivals, std::string path, const model::Hash& hash,
                   const model::Meta& meta, const Store::CheckoutOptions& options)
    : parts_(parts),
      trees_(trees),
      links_(links),
      arrivals_(arrivals),
      hashing_(parts),
      path_(std::move(path)),
      hash_(hash),
      meta_(meta),
      options_(options),
      kind_(kind_of(hash.name)),
      folders_(base_of(path_, parts.options.root), parts.disk) {}

void Checkout::look() {
  folders_.check(path::dirname(path_));
  nothing_to_do_ = is_known_unchanged() || !collect_wanted();
  if (nothing_to_do_) {
    walk_ = {};
    return;
  }
  collect_present();
  compare();
  look_behind_additions();
  if (!options_.force) find_unsaved();
}

CheckoutResult Checkout::finish() {
  if (!unsaved_.empty()) throw UnsavedFiles(unsaved_);
  CheckoutResult result;
  if (nothing_to_do_) return result;
  take_arrived();
  refuse_missing();
  apply();
  for (const auto* file : added_) result.added.emplace_back(file->relpath);
  for (const auto* file : modified_) result.modified.emplace_back(file->relpath);
  for (const auto* file : made_executable_) result.modified.emplace_back(file->relpath);
  for (const auto* file : deleted_) result.deleted.emplace_back(file->relpath);
  result.changed = !result.added.empty() || !result.modified.empty() || !result.deleted.empty();
  return result;
}

/// The usual case costs one walk: no tree, no look into the cache.
bool Checkout::is_known_unchanged() {
  if (!hash_.is_dir() || options_.relink) return false;
  const auto stat = parts_.disk.lstat(path_);
  if (!stat || stat->type != FileType::dir) return false;
  walk_ = parts_.walker.walk(path_);
  const auto known = parts_.table.find_tree(path_, kind_, walk_.digest, walk_.newest_ctime_ns);
  return known && known->md5 == md5_from_hex(hash_.value);
}

bool Checkout::is_in_scope(std::string_view relpath) const {
  return !options_.subpath || path::is_inside(relpath, *options_.subpath);
}

/// False: the directory object is missing and that is allowed.
bool Checkout::collect_wanted() {
  if (!hash_.is_dir()) {
    wanted_.push_back({.relpath = "", .md5 = hash_.value, .isexec = meta_.isexec});
    return true;
  }
  tree_ = trees_.load(hash_);
  if (!tree_) {
    if (options_.allow_missing) return false;
    throw MissingObjects({hash_});
  }
  for (std::size_t i = 0; i < tree_->files.size(); ++i)
    if (const auto& file = tree_->files[i]; is_in_scope(file.relpath)) wanted_.push_back({.relpath = file.relpath, .md5 = file.md5, .index = i});
  std::sort(wanted_.begin(), wanted_.end(), by_relpath<Wanted>);
  return true;
}

void Checkout::add_present(std::string_view relpath, const FileStat& stat) {
  if (is_in_scope(relpath)) present_.push_back({relpath, stat});
}

void Checkout::collect_present() {
  const auto stat = parts_.disk.lstat(path_);
  if (!stat) return;
  auto target = stat->type == FileType::symlink ? parts_.disk.stat(path_) : stat;
  if (!target) return;  // a broken symlink holds nothing; it is replaced
  if (target->type == FileType::dir) {
    if (hash_.is_dir()) folders_.check(path_);
    else if (stat->type == FileType::symlink) throw Error(cat("'", path_, "' is a symlink to a directory, not a file"));
    if (walk_.files.empty()) walk_ = parts_.walker.walk(path_);
    for (const auto& file : walk_.files) add_present(file.relpath, file.stat);
    std::sort(present_.begin(), present_.end(), by_relpath<Present>);
  } else {
    add_present("", *target);
  }
}

/// Merges the two sorted lists.
void Checkout::compare() {
  std::vector<std::pair<Wanted*, Present*>> both;
  std::size_t p = 0;
  for (auto& wanted : wanted_) {
    while (p < present_.size() && present_[p].relpath < wanted.relpath) deleted_.push_back(&present_[p++]);
    if (p < present_.size() && present_[p].relpath == wanted.relpath) both.emplace_back(&wanted, &present_[p++]);
    else added_.push_back(&wanted);
  }
  while (p < present_.size()) deleted_.push_back(&present_[p++]);
  std::vector<char> same(both.size());
  parallel_for(both.size(), kGrain, parts_.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i)
      same[i] =
          hashing_.file_matches(place_of(both[i].first->relpath), both[i].second->stat, kind_, both[i].first->md5);
  });
  for (std::size_t i = 0; i < both.size(); ++i) {
    if (same[i] == 0) overwritten_.push_back(both[i].second);
    compare_known(*both[i].first, *both[i].second, same[i] != 0);
  }
}

void Checkout::compare_known(Wanted& wanted, const Present& present, bool same) {
  if (!same) {
    modified_.push_back(&wanted);
    return;
  }
  const bool lacks_exec = wanted.isexec && (present.stat.mode & 0100) == 0;
  if (options_.relink && !links_.is_as_configured(kind_, wanted.md5, place_of(wanted.relpath)))
    relinked_.push_back(&wanted);
  else if (lacks_exec) made_executable_.push_back(&wanted);
}

/// A file that .dvcignore hides from the walk may stand where a new one belongs.
void Checkout::look_behind_additions() {
  if (!parts_.disk.lstat(path_)) return;
  std::vector<Wanted*> really_added;
  for (auto* wanted : added_) {
    const auto stat = wanted->relpath.empty() ? std::nullopt : parts_.disk.stat(place_of(wanted->relpath));
    if (!stat || stat->type != FileType::file) {
      really_added.push_back(wanted);
      continue;
    }
    const Present hidden{wanted->relpath, *stat};
    const bool same = hashing_.file_matches(place_of(wanted->relpath), *stat, kind_, wanted->md5);
    if (!same && !options_.force &&
        !parts_.objects.find(kind_, to_hex(hashing_.file(place_of(wanted->relpath), *stat, kind_).md5)))
      unsaved_.push_back(place_of(wanted->relpath));
    compare_known(*wanted, hidden, same);
  }
  added_ = std::move(really_added);
}

std::vector<Checkout::Wanted*> Checkout::to_place() const {
  std::vector<Wanted*> out;
  out.reserve(added_.size() + modified_.size() + relinked_.size());
  for (const auto* list : {&added_, &modified_, &relinked_})
    std::copy_if(list->begin(), list->end(), std::back_inserter(out), [](const Wanted* wanted) { return !wanted->placed.stat; });
  return out;
}

void Checkout::look_for_objects() {
  const auto files = to_place();
  parallel_for(files.size(), kGrain, parts_.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) files[i]->object = parts_.objects.find(kind_, files[i]->md5);
  });
}

/// Objects are trusted by their mode, as DVC does. When their sizes don't add up to what was recorded, one of them is damaged: then each
/// is read, and what is not what its name says goes.
void Checkout::look_for_damage() {
  if (!meta_.size || added_.size() + modified_.size() + relinked_.size() != wanted_.size()) return;
  std::int64_t sum = 0;
  for (const auto& wanted : wanted_) {
    const auto& stat = wanted.placed.stat ? wanted.placed.stat : wanted.object;
    if (!stat) return;
    sum += stat->size;
  }
  if (sum == *meta_.size) return;
  for (auto& wanted : wanted_)
    if (!wanted.placed.stat && !parts_.objects.verify(kind_, wanted.md5)) wanted.object.reset();
}

/// An object that was written to since it came into the cache is read before it is used, once.
bool Checkout::is_whole(Wanted& wanted) {
  if (!wanted.object) return false;
  if (parts_.objects.is_untouched(kind_, wanted.md5, *wanted.object)) return true;
  const auto path = parts_.objects.path(kind_, wanted.md5);
  const auto md5 = *md5_from_hex(wanted.md5);
  if (parts_.table.find(path, kind_, *wanted.object) == md5) return true;
  const auto started = wall_ns();
  if (!parts_.objects.verify(kind_, wanted.md5)) return false;
  parts_.table.record(path, kind_, *wanted.object, md5, started);
  return true;
}

void Checkout::refuse_missing() {
  look_for_objects();
  look_for_damage();
  std::vector<model::Hash> missing;
  for (auto* list : {&added_, &modified_, &relinked_}) {
    const auto is_missing = [&](Wanted* wanted) {
      if (wanted->placed.stat || is_whole(*wanted)) return false;
      missing.push_back({std::string(name_of(kind_)), std::string(wanted->md5)});
      return true;
    };
    list->erase(std::remove_if(list->begin(), list->end(), is_missing), list->end());
  }
  left_out_ = missing.size();
  if (!missing.empty() && !options_.allow_missing) throw MissingObjects(std::move(missing));
}

void Checkout::find_unsaved() {
  for (const auto* list : {&deleted_, &overwritten_})
    for (const auto* file : *list) {
      const std::string p = place_of(file->relpath);
      if (!parts_.objects.find(kind_, to_hex(hashing_.file(p, file->stat, kind_).md5))) unsaved_.push_back(p);
    }
  std::sort(unsaved_.begin(), unsaved_.end());
}

void Checkout::apply() {
  remove_deleted();
  stage_new_folder();
  if (staged_) {
    place(staged_->path(), Target::fresh);
    staged_->publish();
    staged_.reset();
    if (remember_staged()) return;
  } else {
    make_folders();
    place(path_, Target::any);
  }
  for (const auto* file : made_executable_) {
    const std::string p = place_of(file->relpath);
    const auto stat = parts_.disk.stat(p);
    // A link would share the mode with its object.
    if (stat && stat->links == 1) parts_.disk.chmod(p, stat->mode | 0100);
    else links_.place(kind_, file->md5, p, true);
  }
  if (!added_.empty() || !modified_.empty() || !relinked_.empty() || !deleted_.empty()) remember();
}

/// What was written while it came from a remote needs neither its object nor a place any more.
void Checkout::take_arrived() {
  if (arrivals_ == nullptr || added_.size() != wanted_.size() || options_.subpath || parts_.disk.lstat(path_)) return;
  auto arrived = arrivals_->take(path_, hash_);
  if (!arrived) return;
  staged_ = std::move(arrived->staged);
  for (auto& wanted : wanted_) wanted.placed = arrived->files[wanted.index];
}

/// A directory that is not there yet is filled out of sight.
void Checkout::stage_new_folder() {
  if (staged_) return folders_.make(path::dirname(path_));
  if (!hash_.is_dir() || !is_worth_staging(added_.size(), meta_.size) || parts_.options.state_dir.empty() || parts_.disk.lstat(path_)) return;
  folders_.make(path::dirname(path_));
  staged_ = stage_folder(parts_.disk, parts_.options.state_dir, path_);
  if (staged_) make_subfolders(staged_->path(), true);
}

void Checkout::place(const std::string& root, Target there) {
  const auto files = to_place();
  const auto put_one = [&](Wanted& file, std::unique_ptr<NewFile> made) {
    file.placed = links_.place_found(kind_, file.md5, *file.object, below(root, file.relpath), file.isexec, there, std::move(made));
  };
  const auto put = [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) put_one(*files[i], nullptr);
  };
  std::int64_t bytes = 0;
  for (const auto* file : files) bytes += file->object->size;
  if (bytes > kSmallFile * static_cast<std::int64_t>(files.size())) return parallel_for(files.size(), kGrain, parts_.options.jobs, put);
  // Making a file locks its folder, and threads that wait for one another cost more than one of them gains.
  std::vector<std::size_t> ends;
  const auto folder_of = [&](std::size_t i) { return path::dirname(files[i]->relpath); };
  for (std::size_t i = 1, begin = 0; i <= files.size(); ++i) {
    if (i < files.size() && (i - begin < kGrain || folder_of(i) == folder_of(i - 1))) continue;
    ends.push_back(begin = i);
  }
  if (ends.size() == 1 && files.size() >= kWorthAThread && parts_.options.jobs != 1 && core_count() > 1) {
    put(0, 1);  // it tells whether files are copied here
    if (!links_.copies()) return put(1, files.size());
    CreateAhead made(files.size() - 1, [&](std::size_t i) { return links_.create(below(root, files[i + 1]->relpath), there); });
    for (std::size_t i = 1; i < files.size(); ++i) put_one(*files[i], made.next());
    return;
  }
  parallel_for(ends.size(), 1, parts_.options.jobs, [&](std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i) put(i == 0 ? 0 : ends[i - 1], ends[i]);
  });
}

void Checkout::remove_deleted() {
  std::set<std::string, std::greater<>> emptied;  // deepest first
  for (const auto* file : deleted_) {
    const std::string p = place_of(file->relpath);
    folders_.check(path::dirname(p));
    parts_.disk.remove_file(p);
    for (std::string folder = path::dirname(p); path::is_inside(folder, path_) && emptied.insert(folder).second;)
      folder = path::dirname(folder);
  }
  for (const auto& folder : emptied) {
    if (folder == path_ && hash_.is_dir()) continue;
    parts_.disk.remove_dir(folder);
  }
}

void Checkout::make_folders() {
  if (hash_.is_dir()) {
    const auto stat = parts_.disk.lstat(path_);
    if (stat && stat->type != FileType::dir && !parts_.disk.stat(path_))
      parts_.disk.remove_file(path_);  // a broken symlink
    folders_.make(path_);
  } else if (!added_.empty()) {
    folders_.make(path::dirname(path_));
    // A directory that held ignored files only, or none.
    const auto stat = parts_.disk.lstat(path_);
    if (stat && stat->type == FileType::dir && !parts_.disk.remove_dir(path_)) throw_disk_error(EISDIR, path_);
  }
  make_subfolders(path_, false);
  for (const auto* file : added_) {
    // An empty folder where a file belongs.
    if (file->relpath.empty()) continue;
    const std::string p = place_of(file->relpath);
    const auto stat = walk_.files.empty() ? std::nullopt : parts_.disk.lstat(p);
    if (stat && stat->type == FileType::dir && !parts_.disk.remove_dir(p)) throw_disk_error(EISDIR, p);
  }
}

/// `is_safe`: nothing below the root can be a link that leads elsewhere.
void Checkout::make_subfolders(const std::string& root, bool is_safe) {
  for (const auto* list : {&added_, &modified_, &relinked_}) {
    FolderRun folders;
    for (const auto* file : *list) {
      const auto folder = folders.next(file->relpath);
      if (folder.empty()) continue;
      if (is_safe) parts_.disk.make_dirs(below(root, folder));
      else folders_.make(below(root, folder));
    }
  }
}

/// A folder that was filled out of sight holds what went in: nobody has to look. False when somebody has to.
bool Checkout::remember_staged() {
  if (options_.subpath) return false;
  StatSum sum;
  for (const auto& file : wanted_) {
    if (!file.placed.stat) return false;
    sum.add(file.relpath, *file.placed.stat);
  }
  // Some file systems of the network know a file's times only when it is closed.
  const auto& last = wanted_.back();
  const auto now = parts_.disk.lstat(place_of(last.relpath));
  if (!now || now->ctime_ns != last.placed.stat->ctime_ns || now->inode != last.placed.stat->inode) return false;
  for (const auto& file : wanted_) parts_.table.record_written(place_of(file.relpath), kind_, *file.placed.stat, *md5_from_hex(file.md5));
  record_tree(sum, wanted_.size(), wall_ns());
  return true;
}

/// `seen_ns`: wall clock before the files were looked at.
void Checkout::record_tree(const StatSum& sum, std::size_t count, std::int64_t seen_ns) {
  const KnownTree tree{*md5_from_hex(hash_.value), sum.size, static_cast<std::uint32_t>(count)};
  parts_.table.record_tree(path_, kind_, sum.digest, tree, std::max(seen_ns, sum.newest_ctime_ns + kClockGranularityNs));
}

/// What was written is known: the next status needs no hashing. A file that was changed since has another modification
/// time.
void Checkout::remember() {
  const auto record = [&](const Wanted& wanted, const FileStat& stat) {
    const auto md5 = md5_from_hex(wanted.md5);
    if (wanted.placed.mtime_ns == 0 || stat.mtime_ns != wanted.placed.mtime_ns) return false;
    parts_.table.record_written(place_of(wanted.relpath), kind_, stat, *md5);
    return true;
  };
  if (!hash_.is_dir()) {
    if (const auto stat = parts_.disk.stat(path_)) record(wanted_.front(), *stat);
    return;
  }
  const std::int64_t started = wall_ns();
  Walk after = parts_.walker.walk(path_);
  std::sort(after.files.begin(), after.files.end(), by_relpath<WalkedFile>);
  bool complete = after.files.size() == wanted_.size() && !options_.subpath && left_out_ == 0;
  for (std::size_t i = 0, w = 0; i < after.files.size(); ++i) {
    const auto& file = after.files[i];
    while (w < wanted_.size() && wanted_[w].relpath < file.relpath) ++w;
    const bool ours = w < wanted_.size() && wanted_[w].relpath == file.relpath;
    if (ours && record(wanted_[w], file.stat)) continue;
    // Found unchanged before: the comparison left a record, which a change since then has made void.
    const auto known = ours ? parts_.table.find(place_of(file.relpath), kind_, file.stat) : std::nullopt;
    if (!known || *known != md5_from_hex(wanted_[w].md5)) complete = false;
  }
  if (complete) record_tree(after, after.files.size(), started);
}

}  // namespace pivot::store
