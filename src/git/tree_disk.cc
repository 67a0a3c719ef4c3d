#include "git/tree_disk.h"

#include <cerrno>
#include <unordered_map>

#include "base/path.h"
#include "base/strings.h"
#include "git/library.h"

namespace pivot::git {

namespace {

constexpr int kMostLinks = 8;

FileType type_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_TREE: return FileType::dir;
    case GIT_FILEMODE_LINK: return FileType::symlink;
    case GIT_FILEMODE_COMMIT: return FileType::dir;  // a submodule: an empty folder
    default: return FileType::file;
  }
}

}  // namespace

struct TreeDisk::Entry {
  git_oid id;
  git_filemode_t mode;
};

/// The trees that were looked into, and the blob that was read last: who asks for a size often reads next.
struct TreeDisk::Folders {
  Git::Repository& repository;
  git_object* root;
  std::unordered_map<std::string, git_object*> trees{};  ///< by path relative to the root; null: no such folder
  git_oid last_id{};
  std::string last_content{};
  bool has_last = false;

  ~Folders() {
    for (auto& [file, tree] : trees)
      if (tree != nullptr) repository.lib.git_object_free(tree);
    repository.lib.git_object_free(root);
  }

  git_object* lookup(const git_oid& id, git_object_t type) const {
    git_object* object = nullptr;
    if (repository.lib.git_object_lookup(&object, repository.repo, &id, type) != 0)
      repository.lib.fail(cat("Git lacks the object ", repository.lib.hex(id), " (a shallow or partial clone?)"));
    return object;
  }

  const std::string& blob(const git_oid& id) {
    if (has_last && std::equal(std::begin(id.id), std::end(id.id), last_id.id)) return last_content;
    auto* object = lookup(id, GIT_OBJECT_BLOB);
    const auto* b = reinterpret_cast<const git_blob*>(object);
    last_content.assign(static_cast<const char*>(repository.lib.git_blob_rawcontent(b)), static_cast<std::size_t>(repository.lib.git_blob_rawsize(b)));
    last_id = id;
    has_last = true;
    repository.lib.git_object_free(object);
    return last_content;
  }

  /// The same for who keeps it: what is large is not copied.
  std::string take_blob(const git_oid& id) {
    constexpr std::size_t kLarge = 64 << 10;
    if (blob(id).size() < kLarge) return last_content;
    has_last = false;
    return std::move(last_content);
  }
};

TreeDisk::TreeDisk(Git& git, const std::string& rev) : git_(git), root_(git.root()) {
  auto& repository = git.open();
  folders_.reset(new Folders{repository, repository.tree_of(rev)});
}

TreeDisk::~TreeDisk() = default;

std::optional<std::string> TreeDisk::inside(const std::string& p) const {
  const auto clean = path::normalize(p);
  if (!path::is_inside(clean, root_)) return std::nullopt;
  return path::relative(clean, root_);
}

std::optional<TreeDisk::Entry> TreeDisk::find(const std::string& file, bool follow, int depth) {
  auto& lib = folders_->repository.lib;
  if (file == ".") return Entry{*lib.git_object_id(folders_->root), GIT_FILEMODE_TREE};
  if (path::escapes(file) || depth > kMostLinks) return std::nullopt;
  const auto folder = path::dirname(file);
  git_object* tree = folders_->root;
  if (!folder.empty()) {
    auto [it, fresh] = folders_->trees.try_emplace(folder, nullptr);
    if (fresh) {
      const auto entry = find(folder, true, depth);
      if (entry && entry->mode == GIT_FILEMODE_TREE) folders_->trees[folder] = folders_->lookup(entry->id, GIT_OBJECT_TREE);
    }
    tree = folders_->trees[folder];
    if (tree == nullptr) return std::nullopt;
  }
  const auto* found = lib.git_tree_entry_byname(reinterpret_cast<git_tree*>(tree), path::basename(file).c_str());
  if (found == nullptr) return std::nullopt;
  const Entry entry{*lib.git_tree_entry_id(found), lib.git_tree_entry_filemode(found)};
  if (entry.mode != GIT_FILEMODE_LINK || !follow) return entry;
  const auto target = folders_->blob(entry.id);
  if (path::is_absolute(target)) return std::nullopt;
  return find(path::normalize(path::join(folder, target)), true, depth + 1);
}

std::optional<FileStat> TreeDisk::stat_of(const std::string& p, bool follow) {
  const auto file = inside(p);
  if (!file) return follow ? real_disk().stat(p) : real_disk().lstat(p);
  const auto entry = find(*file, follow);
  if (!entry) return std::nullopt;
  FileStat out;
  out.type = type_of(entry->mode);
  out.mode = entry->mode == GIT_FILEMODE_BLOB ? 0644 : 0755;
  if (out.type == FileType::file) out.size = static_cast<std::int64_t>(folders_->blob(entry->id).size());
  return out;
}

std::optional<FileStat> TreeDisk::stat(const std::string& p) { return stat_of(p, true); }
std::optional<FileStat> TreeDisk::lstat(const std::string& p) { return stat_of(p, false); }

std::optional<std::string> TreeDisk::read(const std::string& p) {
  const auto file = inside(p);
  if (!file) return real_disk().read(p);
  const auto entry = find(*file, true);
  if (!entry) return std::nullopt;
  if (type_of(entry->mode) == FileType::dir) throw_disk_error(EISDIR, p);
  return folders_->take_blob(entry->id);
}

std::optional<std::string> TreeDisk::read_link(const std::string& p) {
  const auto file = inside(p);
  if (!file) return real_disk().read_link(p);
  const auto entry = find(*file, false);
  if (!entry || entry->mode != GIT_FILEMODE_LINK) return std::nullopt;
  return folders_->blob(entry->id);
}

std::vector<DirEntry> TreeDisk::list(const std::string& p) {
  const auto file = inside(p);
  if (!file) return real_disk().list(p);
  const auto entry = find(*file, true);
  std::vector<DirEntry> out;
  if (!entry || entry->mode == GIT_FILEMODE_COMMIT) return out;
  if (entry->mode != GIT_FILEMODE_TREE) throw_disk_error(ENOTDIR, p);
  auto& lib = folders_->repository.lib;
  auto* object = folders_->lookup(entry->id, GIT_OBJECT_TREE);
  const auto* tree = reinterpret_cast<const git_tree*>(object);
  for (std::size_t i = 0; i < lib.git_tree_entrycount(tree); ++i) {
    const auto* child = lib.git_tree_entry_byindex(tree, i);
    out.push_back({lib.git_tree_entry_name(child), type_of(lib.git_tree_entry_filemode(child))});
  }
  lib.git_object_free(object);
  return out;
}

std::string TreeDisk::object_id(const std::string& p) {
  const auto file = inside(p);
  if (!file) return "";
  const auto entry = find(*file, true);
  return entry ? folders_->repository.lib.hex(entry->id) : "";
}

void TreeDisk::refuse(const std::string& p) const { throw_disk_error(EROFS, p); }

}  // namespace pivot::git
