#include "workspace/known_verdicts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/binary.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/scan.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"

namespace pivot::workspace {

namespace {

constexpr std::string_view kMagic = "PIVVERD1";

std::string folder_name(std::uint8_t prefix) {
  constexpr std::string_view kHex = "0123456789abcdef";
  return {kHex[prefix >> 4], kHex[prefix & 15]};
}

/// Looks at files one after the other; many in a row of one folder from there.
class Looker {
 public:
  Looker(Disk& disk, const std::string& root) : disk_(disk), root_(root) {}
  std::optional<FileStat> stat(std::string_view file) {
    const auto slash = file.rfind('/');
    const auto folder = slash == std::string_view::npos ? std::string_view() : file.substr(0, slash);
    if (folder != folder_) {
      folder_ = folder;
      in_a_row_ = 0;
      look_.reset();
    }
    if (++in_a_row_ < kManyInARow || folder.empty()) return disk_.stat(path::join(root_, file));
    if (!look_) look_ = disk_.look_into(path::join(root_, folder));
    name_ = file.substr(slash + 1);
    return look_->stat(name_);
  }

 private:
  static constexpr int kManyInARow = 16;

  Disk& disk_;
  const std::string& root_;
  std::string_view folder_;
  std::string name_;
  int in_a_row_ = 0;
  std::unique_ptr<FolderLook> look_;
};

/// A file in the workspace or outside of it; not what only a server can tell about.
bool is_local(const std::string& file) { return !path::is_url(file); }

Md5Digest read_object(BinaryReader& from) {
  const std::uint64_t halves[2] = {from.fixed(), from.fixed()};
  Md5Digest object;
  std::memcpy(object.data(), halves, object.size());
  return object;
}

}  // namespace

KnownVerdicts::KnownVerdicts(Disk& disk, std::string root, std::string file, std::string objects)
    : disk_(disk), root_(std::move(root)), file_(std::move(file)), objects_(std::move(objects)) {}

void KnownVerdicts::open(std::uint64_t import_id) {
  if (opened_) return;
  opened_ = true;
  if (import_id == 0) return;
  try {
    // Results that only a journal holds: dvc.lock is not what it says.
    const auto journal = cat(path::dirname(file_), "/journal");
    if (disk_.stat(journal) && !disk_.list(journal).empty()) return drop();
    content_ = disk_.read(file_).value_or("");
    if (const auto content = unsealed(kMagic, content_)) read(*content, import_id);
  } catch (const Error&) {
    drop();
  }
}

void KnownVerdicts::read(std::string_view content, std::uint64_t import_id) {
  BinaryReader from(content);
  if (from.fixed() != import_id) return;
  for (auto n = from.count(); n > 0; --n) {
    auto file = from.string();
    Lock lock;
    if (from.flag()) lock.mark = read_mark(from);
    lock.is_normal = from.flag();
    const auto now = disk_.stat(cat(root_, "/", file));
    if (now.has_value() != lock.mark.has_value() || (now && mark_of(*now) != *lock.mark)) return locks_.clear();
    locks_.emplace(std::move(file), lock);
  }
  quiet_ = from.flag();
  has_plan_ = from.flag();
  unread_plan_ = from.rest();
  for (auto n = from.count(); n > 0; --n) {
    from.text();
    from.flag();
  }
  for (auto n = from.count(); n > 0; --n) {
    const auto prefix = from.byte();
    stamps_[prefix] = read_mark(from);
  }
  unread_ = from.rest();
}

const std::vector<KnownVerdicts::Planned>& KnownVerdicts::plan() {
  if (BinaryReader from(std::exchange(unread_plan_, {})); !from.rest().empty()) {
    plan_.resize(from.count());
    for (auto& planned : plan_) {
      planned.address = from.text();
      planned.is_data = from.flag();
    }
  }
  return plan_;
}

/// Paths and stages, which a command that finds everything unchanged does without.
void KnownVerdicts::take_in() {
  if (unread_.empty()) return;
  try {
    BinaryReader from(std::exchange(unread_, {}));
    paths_.resize(from.count());
    for (auto& p : paths_) {
      p.file = from.text();
      p.mark = read_mark(from);
    }
    read_certificates(from);
    if (!standing_) return;
    for (std::size_t i = 0; i < paths_.size() && i <= *standing_; ++i) {
      paths_[i].state = i < *standing_ ? State::stands : State::broken;
      paths_[i].looked_at = commands_;
    }
  } catch (const Error&) {
    drop();
  }
}

void KnownVerdicts::read_certificates(BinaryReader& from) {
  stage_count_ = from.number();
  certificates_.resize(stage_count_);
  path_refs_.reserve(2 * paths_.size());
  objects_seen_.reserve(stage_count_);
  for (auto n = from.count(); n > 0; --n) {
    const auto id = from.number();
    if (id >= stage_count_) throw Error("a file of ours is damaged");
    auto& made = certificates_[id];
    made = {true, static_cast<std::uint32_t>(path_refs_.size()), static_cast<std::uint32_t>(from.count()), 0, 0};
    for (std::uint32_t i = 0; i < made.paths; ++i) {
      path_refs_.push_back(static_cast<std::uint32_t>(from.number()));
      if (path_refs_.back() >= paths_.size()) throw Error("a file of ours is damaged");
    }
    made.first_object = static_cast<std::uint32_t>(objects_seen_.size());
    made.objects = static_cast<std::uint32_t>(from.count());
    for (std::uint32_t i = 0; i < made.objects; ++i) objects_seen_.push_back(read_object(from));
  }
}

KnownVerdicts::Certificate* KnownVerdicts::certificate(model::StageId id) {
  take_in();
  const auto place = static_cast<std::size_t>(id);
  return place < certificates_.size() && certificates_[place].valid ? &certificates_[place] : nullptr;
}

/// False when there was none.
bool KnownVerdicts::revoke(model::StageId id) {
  auto* known = certificate(id);
  if (known == nullptr) return false;
  known->valid = false;
  return true;
}

bool KnownVerdicts::knows_none() const {
  return std::none_of(certificates_.begin(), certificates_.end(), [](const auto& known) { return known.valid; });
}

bool KnownVerdicts::stands(Path& p) {
  if (p.state == State::unknown || p.looked_at != commands_) {
    p.looked_at = commands_;
    const auto stat = disk_.stat(path::join(root_, p.file));
    p.state = stat && mark_of(*stat) == p.mark ? State::stands : State::broken;
  }
  return p.state == State::stands;
}

/// An object that is damaged in place, without a new name, is found when it is used.
bool KnownVerdicts::is_cached(const Md5Digest& object) {
  const auto prefix = object[0];
  if (folders_[prefix] == State::unknown) {
    folders_[prefix] = State::broken;
    if (stamps_[prefix]) {
      if (!objects_look_) objects_look_ = disk_.look_into(objects_);
      const auto stat = objects_look_->stat(folder_name(prefix));
      if (stat && mark_of(*stat) == *stamps_[prefix]) folders_[prefix] = State::stands;
    }
    if (folders_[prefix] == State::broken) moved_ = true;
  }
  if (folders_[prefix] == State::stands) return true;
  return disk_.stat(cat(objects_, "/", folder_name(prefix), "/", std::string_view(to_hex(object)).substr(2))).has_value();
}

bool KnownVerdicts::stands(const Certificate& certificate) {
  for (std::uint32_t i = 0; i < certificate.paths; ++i)
    if (!stands(paths_[path_refs_[certificate.first_path + i]])) return false;
  for (std::uint32_t i = 0; i < certificate.objects; ++i)
    if (!is_cached(objects_seen_[certificate.first_object + i])) return false;
  return true;
}

/// all_unchanged() of what was not taken in; the first path that moved ends it.
bool KnownVerdicts::all_stand_unread() {
  try {
    BinaryReader from(unread_);
    Looker looker(disk_, root_);
    const auto paths = from.count();
    for (standing_ = 0; *standing_ < paths; ++*standing_) {
      const auto file = from.text();
      const auto mark = read_mark(from);
      const auto stat = looker.stat(file);
      if (!stat || mark_of(*stat) != mark) return false;
    }
    const auto stages = from.number();
    if (stages == 0 || from.count() != stages) return false;
    for (std::uint64_t stage = 0; stage < stages; ++stage) {
      from.number();
      for (auto n = from.count(); n > 0; --n) from.number();
      for (auto n = from.count(); n > 0; --n)
        if (!is_cached(read_object(from))) return false;
    }
    return !moved_;
  } catch (const Error&) {
    drop();
    return false;
  }
}

bool KnownVerdicts::all_unchanged() {
  if (!quiet_) return false;
  if (!unread_.empty() && !standing_) return all_stand_unread();
  take_in();
  if (certificates_.empty()) return false;
  // When object folders moved it is time to write everything anew, for which the stages are needed.
  return std::all_of(certificates_.begin(), certificates_.end(), [&](const auto& known) { return known.valid && stands(known); }) && !moved_;
}

bool KnownVerdicts::unchanged(model::StageId id) {
  const auto* known = certificate(id);
  if (known == nullptr) return false;
  if (stands(*known)) return true;
  revoke(id);
  moved_ = true;
  return false;
}

void KnownVerdicts::found_unchanged(model::StageId id) {
  if (!dropped_) noted_.push_back(id);
}

void KnownVerdicts::forget(model::StageId id) {
  if (revoke(id)) moved_ = true;
  std::erase(noted_, id);
  ++commands_;  // its command may have touched anything
}

void KnownVerdicts::drop() {
  dropped_ = true;
  unread_ = {};
  has_plan_ = quiet_ = false;
  certificates_.clear();
  noted_.clear();
}

std::uint32_t KnownVerdicts::path_index(std::string_view file, const FileMark& mark) {
  if (path_of_.empty())
    for (std::size_t i = 0; i < paths_.size(); ++i) path_of_.emplace(paths_[i].file, static_cast<std::uint32_t>(i));
  auto it = path_of_.find(file);
  if (it == path_of_.end()) {
    names_.emplace_back(file);
    it = path_of_.emplace(names_.back(), static_cast<std::uint32_t>(paths_.size())).first;
    paths_.push_back({it->first, mark});
  } else if (paths_[it->second].mark != mark) {
    // Another mark of the same file: certificates that have the old one are void, as the file moved on.
    it->second = static_cast<std::uint32_t>(paths_.size());
    paths_.push_back({it->first, mark});
  }
  return it->second;
}

/// What the verdict of an unchanged stage rests on; nullopt when that is more than plain local files.
std::optional<KnownVerdicts::Certificate> KnownVerdicts::certify(const model::Stage& stage, Lockbooks& lockbook, store::Store& store,
                                                                 std::int64_t started_ns) {
  const auto* record = stage.is_data() ? nullptr : lockbook.find(stage);
  if (stage.is_callback() || stage.always_changed || stage.is_import() || (!stage.is_data() && record == nullptr)) return std::nullopt;
  Certificate made{true, static_cast<std::uint32_t>(path_refs_.size()), 0, static_cast<std::uint32_t>(objects_seen_.size()), 0};
  const auto rests_on = [&](const std::string& file, const FileStat& stat) {
    path_refs_.push_back(path_index(file, mark_of(stat)));
    ++made.paths;
  };
  auto add = [&](const std::string& file, const model::Hash& hash) {
    if (!is_local(file) || hash.is_dir() || hash.name != "md5") return false;
    const auto stat = store.known_stat(path::join(root_, file), hash);
    if (!stat) return false;
    rests_on(file, *stat);
    return true;
  };
  if (stage.callable) {
    // Code and parameters belong to the import; the lock is a file as any other.
    const auto lock = StageLockbook::file_of(stage);
    const auto stat = disk_.stat(cat(root_, "/", lock));
    if (!stat || is_young(*stat, started_ns)) return std::nullopt;
    rests_on(lock, *stat);
    for (const auto& read : record->reads)
      if (!add(read.path, read.hash)) return std::nullopt;
  }
  if (!stage.frozen) {
    for (const auto& dep : stage.deps) {
      const auto* entry = engine::find_entry(record->deps, dep.path);
      if (!dep.repo.is_null() || entry == nullptr || !add(dep.file, entry->hash)) return std::nullopt;
    }
    for (const auto& param : stage.params) {
      const auto stat = disk_.stat(path::join(root_, param.file));
      if (!stat || is_young(*stat, started_ns)) return std::nullopt;
      rests_on(param.file, *stat);
    }
  }
  for (const auto& out : stage.outs) {
    const auto* entry = stage.is_data() ? nullptr : engine::find_entry(record->outs, out.path);
    const auto& hash = stage.is_data() ? out.hash : entry != nullptr ? entry->hash : model::Hash{};
    if (!hash.known() || !add(out.file, hash)) return std::nullopt;
    if (out.cache)
      if (const auto object = md5_from_hex(hash.value)) {
        objects_seen_.push_back(*object);
        ++made.objects;
      }
  }
  return made;
}

/// False when a lock file is not surely the one that the verdicts rest on.
bool KnownVerdicts::write_locks(BinaryWriter& to, Collection& collection, Lockbooks& lockbook, std::int64_t started_ns) const {
  auto locks = locks_;
  for (const auto& book : lockbook.dvc.books()) {
    const auto known = locks_.find(book.file);
    if (known != locks_.end() && known->second.mark.has_value() != book.loaded.has_value()) return false;
    if (known != locks_.end() && book.loaded && mark_of(*book.loaded) != *known->second.mark) return false;
    if (book.now && !book.written && is_young(*book.now, started_ns)) return false;
    locks[book.file] = {book.now ? std::optional(mark_of(*book.now)) : std::nullopt, book.is_normal};
  }
  std::size_t count = 0;
  BinaryWriter list;
  for (const auto& [file, sections] : collection.files) {
    const auto folder = path::dirname(file);
    const auto name = folder.empty() ? std::string("dvc.lock") : cat(folder, "/dvc.lock");
    const auto found = locks.find(name);
    // Nobody asked it: no verdict rests on it.
    if (found == locks.end() && disk_.stat(cat(root_, "/", name))) continue;
    static const Lock kAbsent;
    const Lock& lock = found == locks.end() ? kAbsent : found->second;
    ++count;
    list.text(name);
    list.byte(lock.mark ? 1 : 0);
    if (lock.mark) write_mark(list, *lock.mark);
    list.byte(lock.is_normal ? 1 : 0);
  }
  to.number(count);
  to.raw(list.bytes());
  return true;
}

bool KnownVerdicts::is_normal(const std::string& lock, const FileStat& stat) const {
  const auto known = locks_.find(lock);
  return known != locks_.end() && known->second.is_normal && known->second.mark == mark_of(stat);
}

void KnownVerdicts::write_plan(BinaryWriter& to, Collection& collection) {
  std::vector<Planned> plan = this->plan();
  // The same import has the same plan.
  const bool known = has_plan_ || !plan_ids_.empty();
  if (!has_plan_) {
    for (const auto id : plan_ids_) {
      const auto& stage = collection.stages[static_cast<std::size_t>(id)];
      plan.push_back({stage.address(), stage.is_data()});
    }
  }
  // Frozen stages and warnings are told of each time.
  const bool quiet = collection.warnings.empty() &&
                     std::none_of(collection.stages.begin(), collection.stages.end(), [](const auto& stage) { return stage.frozen; });
  to.byte(quiet ? 1 : 0);
  to.byte(known ? 1 : 0);
  to.number(plan.size());
  for (const auto& planned : plan) {
    to.text(planned.address);
    to.byte(planned.is_data ? 1 : 0);
  }
}

/// Only of folders that stood still since before anybody looked into them.
void KnownVerdicts::write_stamps(BinaryWriter& to, std::int64_t started_ns) const {
  std::array<bool, 256> wanted{};
  for (const auto& known : certificates_)
    for (std::uint32_t i = 0; known.valid && i < known.objects; ++i) wanted[objects_seen_[known.first_object + i][0]] = true;
  BinaryWriter list;
  std::size_t count = 0;
  for (std::size_t prefix = 0; prefix < wanted.size(); ++prefix) {
    if (!wanted[prefix]) continue;
    auto mark = stamps_[prefix].value_or(FileMark{});
    if (folders_[prefix] == State::broken || !stamps_[prefix]) {
      const auto stat = disk_.stat(cat(objects_, "/", folder_name(static_cast<std::uint8_t>(prefix))));
      if (!stat || is_young(*stat, started_ns)) continue;
      mark = mark_of(*stat);
    }
    ++count;
    list.byte(static_cast<std::uint8_t>(prefix));
    write_mark(list, mark);
  }
  to.number(count);
  to.raw(list.bytes());
}

std::string KnownVerdicts::encode(Collection& collection, Lockbooks& lockbook, std::uint64_t import_id, std::int64_t started_ns) {
  BinaryWriter to;
  to.fixed(import_id);
  if (!write_locks(to, collection, lockbook, started_ns)) return "";
  write_plan(to, collection);
  write_stamps(to, started_ns);
  // Paths that nobody refers to any more go.
  std::vector<std::uint32_t> place(paths_.size(), 0);
  std::vector<const Path*> used;
  std::size_t valid = 0;
  for (const auto& known : certificates_) {
    if (known.valid) ++valid;
    for (std::uint32_t i = 0; known.valid && i < known.paths; ++i) {
      const auto index = path_refs_[known.first_path + i];
      if (place[index] != 0) continue;
      used.push_back(&paths_[index]);
      place[index] = static_cast<std::uint32_t>(used.size());
    }
  }
  to.number(used.size());
  for (const auto* p : used) {
    to.text(p->file);
    write_mark(to, p->mark);
  }
  to.number(collection.stages.size());
  to.number(valid);
  for (std::size_t id = 0; id < certificates_.size(); ++id) {
    const auto& known = certificates_[id];
    if (!known.valid) continue;
    to.number(id);
    to.number(known.paths);
    for (std::uint32_t i = 0; i < known.paths; ++i) to.number(place[path_refs_[known.first_path + i]] - 1);
    to.number(known.objects);
    for (std::uint32_t i = 0; i < known.objects; ++i) {
      const auto& object = objects_seen_[known.first_object + i];
      to.raw({reinterpret_cast<const char*>(object.data()), object.size()});
    }
  }
  return to.take();
}

void KnownVerdicts::save(Collection& collection, Lockbooks& lockbook, store::Store& store, std::uint64_t import_id,
                         std::int64_t started_ns) {
  take_in();
  if (import_id == 0 || dropped_) return;
  try {
    for (const auto& [file, name] : lockbook.dvc.changed())
      if (const auto id = collection.find(file, name); id >= 0) {
        if (revoke(id)) moved_ = true;
        std::erase(noted_, id);
      }
    certificates_.resize(collection.stages.size());
    for (const auto id : noted_)
      if (certificate(id) == nullptr)
        if (const auto made = certify(collection.stages[static_cast<std::size_t>(id)], lockbook, store, started_ns)) {
          certificates_[static_cast<std::size_t>(id)] = *made;
          moved_ = true;
        }
    if (!plan_ids_.empty() && !has_plan_ && !plan_written_) moved_ = true;
    // Verdicts rest on the lock files: all of them are void once one has another mark.
    std::map<std::string, FileMark> written;
    for (const auto& book : lockbook.dvc.books())
      if (book.written && book.now) written.emplace(book.file, mark_of(*book.now));
    if (written != written_) moved_ = true;
    if (!moved_ || knows_none()) return;
    const auto body = encode(collection, lockbook, import_id, started_ns);
    if (body.empty()) return;
    disk_.make_dirs(path::dirname(file_));
    disk_.write_atomic(file_, sealed(kMagic, body));
    moved_ = false;
    plan_written_ = true;
    noted_.clear();
    written_ = std::move(written);
  } catch (const Error&) {
    // Read-only or full: the next command looks for itself.
  }
}

}  // namespace pivot::workspace
