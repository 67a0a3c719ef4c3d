#include "workspace/dvc_lockbook.h"

#include <csignal>

#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/yaml.h"

namespace pivot::workspace {

namespace {

constexpr std::int64_t kPace = 100'000'000;  // nanoseconds between two writes of a lock file

bool same_file(const std::optional<FileStat>& a, const std::optional<FileStat>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->mtime_ns == b->mtime_ns && a->size == b->size && a->inode == b->inode;
}

}  // namespace

struct DvcLockbook::Book {
  std::string file;  ///< dvc.lock, relative to the root
  std::string content;
  std::optional<FileStat> stat, loaded;
  importers::dvc::LockFile lock;
  std::unordered_map<std::string, std::unique_ptr<model::StageRecord>> records;  ///< parsed, or recorded in this run; null: none
  std::unordered_map<std::string, const model::StageRecord*> pending;            ///< recorded, not in the file yet
  std::unique_ptr<exporters::DvcLockWriter> writer;
  std::unique_ptr<engine::Journal> journal;
  std::int64_t written_ns = 0;
  bool dirty = false;
  bool is_normal = false;
};

DvcLockbook::DvcLockbook(Disk& disk, std::string root, std::string cwd)
    : disk_(disk), root_(std::move(root)), cwd_(std::move(cwd)) {}

DvcLockbook::~DvcLockbook() = default;

DvcLockbook::Book& DvcLockbook::book(const std::string& stage_file) {
  const auto folder = path::dirname(stage_file);
  auto& slot = books_[folder];
  if (slot) return *slot;
  slot = std::make_unique<Book>();
  slot->file = folder.empty() ? "dvc.lock" : cat(folder, "/dvc.lock");
  slot->journal = std::make_unique<engine::Journal>(
      disk_, cat(root_, "/.dvc/tmp/pivot/journal/", engine::journal_hash(slot->file)));
  load(*slot);
  recover(*slot);
  return *slot;
}

void DvcLockbook::load(Book& book) {
  const auto file = cat(root_, "/", book.file);
  book.stat = book.loaded = disk_.stat(file);
  book.content.clear();
  book.records.clear();
  book.writer.reset();
  if (!book.stat) {
    book.is_normal = false;
    book.lock = importers::dvc::LockFile();
    return;
  }
  book.is_normal = is_normal && is_normal(book.file, *book.stat);
  book.content = disk_.read(file).value_or("");
  book.lock = importers::dvc::LockFile::parse(book.content, book.file, cwd_, book.is_normal);
}

/// A run that was killed left results behind: those whose stage nobody recorded since go into the lock.
void DvcLockbook::recover(Book& book) {
  int pid = 0;
  const auto left = book.journal->read(pid);
  if (pid == 0 || pid == getpid() || kill(pid, 0) == 0 || errno == EPERM) return;
  if (lock) lock();
  auto& to = writer(book);
  for (const auto& r : left) {
    const auto now = to.entry_text(r.stage);
    if ((now.empty() ? std::string(16, '0') : engine::journal_hash(now)) != r.base) continue;
    to.set(r.stage, importers::dvc::read_record(text::yaml::load(r.entry)));
    book.dirty = true;
  }
  if (book.dirty) {
    save(book);
    load(book);
  }
  book.journal->clear();
  if (unlock) unlock();
}

exporters::DvcLockWriter& DvcLockbook::writer(Book& book) {
  if (!book.writer) book.writer = std::make_unique<exporters::DvcLockWriter>(book.content, book.is_normal);
  return *book.writer;
}

const model::StageRecord* DvcLockbook::find(const model::Stage& stage) {
  auto& b = book(stage.file);
  const auto [it, fresh] = b.records.try_emplace(stage.name);
  if (fresh)
    if (auto record = b.lock.find(stage.name)) it->second = std::make_unique<model::StageRecord>(*std::move(record));
  return it->second.get();
}

engine::Lockbook::Effect DvcLockbook::record(const model::Stage& stage, const model::StageRecord& record) {
  auto& b = book(stage.file);
  auto& to = writer(b);
  changed_.emplace(stage.file, stage.name);
  Effect effect{b.content.empty() && b.pending.empty() && !b.dirty && b.written_ns == 0, false, b.file};
  const auto before = to.entry_text(stage.name);
  const auto base = before.empty() ? std::string(16, '0') : engine::journal_hash(before);
  auto text = exporters::DvcLockWriter::entry_for(stage.name, record);
  effect.updated = text != before;
  // The journal comes first: a result that could not be kept safe must not get into the lock with the next one.
  if (effect.updated || effect.generated) b.journal->append({stage.name, base, text::yaml::dump(exporters::lock_value(record))});
  to.set_text(stage.name, std::move(text));
  auto& slot = b.records[stage.name];
  slot = std::make_unique<model::StageRecord>(record);
  if (!effect.updated && !effect.generated) return effect;
  b.pending[stage.name] = slot.get();
  b.dirty = true;
  return effect;
}

void DvcLockbook::save(Book& book) {
  const auto file = cat(root_, "/", book.file);
  if (writer(book).empty()) {
    disk_.remove_file(file);
    book.content.clear();
  } else {
    book.content = writer(book).text();
    disk_.write_atomic(file, book.content);
  }
  book.is_normal = true;
  book.stat = disk_.stat(file);
  book.written_ns = monotonic_ns();
  book.dirty = false;
  book.pending.clear();
  written_[book.file] = true;
}

void DvcLockbook::write(bool now) {
  for (auto& [folder, b] : books_) {
    if (!b->dirty || (!now && monotonic_ns() - b->written_ns < kPace)) continue;
    save(*b);
    b->journal->clear();
  }
}

bool DvcLockbook::pending() const {
  for (const auto& [folder, b] : books_)
    if (b->dirty) return true;
  return false;
}

bool DvcLockbook::refresh() {
  bool changed = false;
  for (auto& [folder, b] : books_) {
    if (same_file(b->stat, disk_.stat(cat(root_, "/", b->file)))) continue;
    changed = true;
    std::unordered_map<std::string, std::unique_ptr<model::StageRecord>> ours;
    for (const auto& [name, record] : b->pending) ours[name] = std::move(b->records[name]);
    load(*b);
    b->pending.clear();
    for (auto& [name, record] : ours) {
      writer(*b).set(name, *record);
      b->pending[name] = record.get();
      b->records[name] = std::move(record);
    }
  }
  if (changed && on_foreign_change) on_foreign_change();
  return changed;
}

std::vector<DvcLockbook::BookState> DvcLockbook::books() const {
  std::vector<BookState> out;
  for (const auto& [folder, b] : books_) out.push_back({b->file, b->loaded, b->stat, written_.count(b->file) != 0, b->is_normal});
  return out;
}

void DvcLockbook::remove(const model::Stage& stage) {
  auto& b = book(stage.file);
  if (!b.stat || !writer(b).remove(stage.name)) return;
  changed_.emplace(stage.file, stage.name);
  b.records[stage.name] = nullptr;
  b.dirty = true;
  write(true);
}

}  // namespace pivot::workspace
