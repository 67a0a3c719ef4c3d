#include "store/arrivals.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

#include "base/path.h"
#include "base/strings.h"
#include "store/safe_folders.h"

namespace pivot::store {
namespace {

constexpr std::size_t kWorthWaking = 32;       ///< files: a thread that sleeps and wakes for each one pays more for that than for the file
constexpr std::size_t kMostWaiting = 1 << 20;  ///< bytes; from there on who brings more waits

}  // namespace

struct Arrivals::Expected {
  std::string path;
  model::Hash hash;
  std::shared_ptr<const Tree> tree;
  std::unique_ptr<StagedFolder> staged;
  std::vector<Placed> files;
  std::vector<std::atomic<bool>> begun;  ///< of each file
  std::atomic<bool> closed{false};       ///< nothing is written there any more: a file could not be, or the folder was taken
};

Arrivals::Arrivals(Parts& parts, Trees& trees, Links& links) : parts_(parts), trees_(trees), links_(links) {}

Arrivals::~Arrivals() {
  parts_.objects.set_watch(nullptr);
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  arrived_.notify_all();
  if (writer_.joinable()) writer_.join();
}

void Arrivals::expect(const std::string& path, const model::Hash& hash, const model::Meta& meta) {
  wait_until_written();
  const bool is_known = std::any_of(folders_.begin(), folders_.end(), [&](const auto& folder) { return folder->path == path; });
  if (is_known || !hash.is_dir() || kind_of(hash.name) != HashKind::md5 || parts_.options.state_dir.empty()) return;
  const auto tree = trees_.load(hash);
  if (!tree || !is_worth_staging(tree->files.size(), meta.size) || parts_.disk.lstat(path)) return;
  auto folder = std::make_unique<Expected>();
  try {
    SafeFolders(base_of(path, parts_.options.root), parts_.disk).check(path::dirname(path));
    folder->staged = stage_folder(parts_.disk, parts_.options.state_dir, path);
    if (!folder->staged || !links_.copies_into(folder->staged->path())) return;
    FolderRun subfolders;
    for (const auto& file : tree->files)
      if (const auto subfolder = subfolders.next(file.relpath); !subfolder.empty()) parts_.disk.make_dirs(below(folder->staged->path(), subfolder));
  } catch (const Error&) {
    return;  // the checkout meets it again, and says so
  }
  folder->path = path;
  folder->hash = hash;
  folder->files.resize(tree->files.size());
  folder->begun = std::vector<std::atomic<bool>>(tree->files.size());
  folder->tree = tree;
  places_.reserve(places_.size() + tree->files.size());
  for (std::size_t i = 0; i < tree->files.size(); ++i) places_.emplace(tree->files[i].md5, Place{folder.get(), i});
  folders_.push_back(std::move(folder));
  parts_.objects.set_watch(this);
  if (writer_.joinable()) return;
  try {
    writer_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {  // the machine gives us no thread: who brings content writes it
  }
}

void Arrivals::arrived(std::string_view value, std::string_view bytes) {
  const auto place = places_.find(value);
  if (place == places_.end()) return;
  if (!writer_.joinable()) return write(place, bytes);
  std::unique_lock lock(mutex_);
  // Who would write it instead would wait for the folder's lock.
  written_.wait(lock, [&] { return waiting_ < kMostWaiting; });
  waiting_ += bytes.size() + 1;
  queue_.push_back({place, std::string(bytes)});
  if (is_worth_waking()) arrived_.notify_one();
}

bool Arrivals::is_worth_waking() const { return queue_.size() >= kWorthWaking || waiting_ >= kMostWaiting; }

void Arrivals::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [&] { return stop_ || is_worth_waking() || (awaited_ && !queue_.empty()); });
    if (stop_) return;
    const auto batch = std::exchange(queue_, {});
    lock.unlock();
    std::size_t bytes = 0;
    for (const auto& one : batch) {
      write(one.places, one.bytes);
      bytes += one.bytes.size() + 1;
    }
    lock.lock();
    waiting_ -= bytes;
    written_.notify_all();
  }
}

void Arrivals::write(Places::iterator place, std::string_view bytes) {
  for (const auto value = place->first; place != places_.end() && place->first == value; ++place) {
    auto& [folder, file] = place->second;
    if (folder->closed || folder->begun[file].exchange(true)) continue;
    try {
      folder->files[file] = links_.place_bytes(bytes, below(folder->staged->path(), folder->tree->files[file].relpath));
      if (!folder->files[file].stat) folder->closed = true;
    } catch (const Error&) {
      folder->closed = true;  // a full disk, for one: the checkout tries again and says so
    }
  }
}

void Arrivals::wait_until_written() {
  std::unique_lock lock(mutex_);
  awaited_ = true;
  arrived_.notify_one();
  written_.wait(lock, [&] { return waiting_ == 0; });
  awaited_ = false;
}

std::optional<Arrivals::Folder> Arrivals::take(const std::string& path, const model::Hash& hash) {
  wait_until_written();
  const auto found = std::find_if(folders_.begin(), folders_.end(), [&](const auto& folder) { return folder->path == path && folder->hash == hash; });
  if (found == folders_.end() || (*found)->closed.exchange(true)) return std::nullopt;
  return Folder{std::move((*found)->staged), std::move((*found)->files)};
}

}  // namespace pivot::store
