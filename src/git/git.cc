#include "git/git.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strings.h"
#include "git/index_names.h"
#include "git/library.h"
#include "git/tree_disk.h"

namespace pivot::git {

Library::Library() {
  void* handle = nullptr;
  for (const char* name : {"libgit2.so.1.5", "libgit2.so.1.7", "libgit2.so.1.9", "libgit2.so"})
    if ((handle = dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
  if (handle == nullptr)
    throw Error("libgit2 can't be loaded").with_hint("install the package libgit2 (Debian: libgit2-1.5), or set core.no_scm");
#define X(symbol)                                                        \
  symbol = reinterpret_cast<decltype(symbol)>(dlsym(handle, #symbol)); \
  if (symbol == nullptr) throw Error("libgit2 lacks the function " #symbol);
  PIVOT_GIT_FUNCTIONS(X)
#undef X
  git_libgit2_init();
  // Reading is as Git's own: zlib's checksum holds, SHA-1 of every object that is read would cost as much as all the rest.
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}

void Library::fail(const std::string& what) const {
  const auto* e = git_error_last();
  throw Error(cat(what, ": ", e != nullptr && e->message != nullptr ? e->message : "libgit2 failed"));
}

std::string Library::hex(const git_oid& id) const {
  char text[GIT_OID_HEXSZ + 1];
  git_oid_tostr(text, sizeof text, &id);
  return text;
}

Git::Repository::Repository(const std::string& root) {
  if (lib.git_repository_open(&repo, root.c_str()) != 0) lib.fail(cat("failed to open the Git repository '", root, "'"));
}

Git::Repository::~Repository() {
  if (index != nullptr) lib.git_index_free(index);
  if (repo != nullptr) lib.git_repository_free(repo);
}

git_index* Git::Repository::opened_index() {
  if (index == nullptr && lib.git_repository_index(&index, repo) != 0) lib.fail("failed to open the Git index");
  lib.git_index_read(index, 0);
  return index;
}

std::string Git::Repository::commit_of(const std::string& rev) {
  git_object *object = nullptr, *commit = nullptr;
  if (lib.git_revparse_single(&object, repo, rev.c_str()) != 0) return "";
  const bool is_commit = lib.git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0;
  lib.git_object_free(object);
  if (!is_commit) return "";
  auto sha = lib.hex(*lib.git_object_id(commit));
  lib.git_object_free(commit);
  return sha;
}

git_object* Git::Repository::tree_of(const std::string& rev) {
  git_object *object = nullptr, *tree = nullptr;
  if (lib.git_revparse_single(&object, repo, rev.c_str()) != 0) throw Error(cat("unknown Git revision '", rev, "'"));
  const int rc = lib.git_object_peel(&tree, object, GIT_OBJECT_TREE);
  lib.git_object_free(object);
  if (rc != 0) lib.fail(cat("failed to read the revision '", rev, "'"));
  return tree;
}

Git::Git(const std::string& folder) {
  for (auto at = folder;; at = path::dirname(at)) {
    struct stat st {};
    const auto dot_git = path::join(at, ".git");
    if (::stat(dot_git.c_str(), &st) == 0) {
      root_ = at;
      git_dir_ = dot_git;
      return;
    }
    if (at == "/" || at.empty()) return;
  }
}

std::string Git::bare_around(const std::string& folder) {
  const auto exists = [](const std::string& p) {
    struct stat st {};
    return ::stat(p.c_str(), &st) == 0;
  };
  for (auto at = folder; at != "/" && !at.empty(); at = path::dirname(at)) {
    if (exists(path::join(at, ".git"))) return "";
    if (exists(path::join(at, "HEAD")) && exists(path::join(at, "objects")) && exists(path::join(at, "refs"))) return at;
  }
  return "";
}

Git::~Git() = default;

namespace {

/// Does `git ls-files` know of it? nullopt when it can't be asked.
std::optional<bool> is_listed_by_git(const std::string& root, const std::string& relative) {
  try {
    const auto run = run_captured({.argv = {"sh", "-c", "exec git ls-files -z -- \":(literal)$0\" 2>/dev/null", relative}, .cwd = root, .env = {}});
    return run.code == 0 ? std::optional(!run.output.empty()) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Git::Repository& Git::open() {
  if (!repository_) repository_ = std::make_unique<Repository>(root_);
  return *repository_;
}

bool Git::is_tracked(const std::string& p) {
  if (!exists() || !path::is_inside(p, root_)) return false;
  const auto relative = path::relative(p, root_);
  if (!index_) index_ = std::make_unique<IndexFile>(git_dir_);
  if (const auto held = index_->holds(relative)) return *held;
  try {
    auto& repository = open();
    auto* index = repository.opened_index();
    if (repository.lib.git_index_get_bypath(index, relative.c_str(), 0) != nullptr) return true;
    return repository.lib.git_index_find_prefix(nullptr, index, cat(relative, "/").c_str()) == 0;
  } catch (const Error&) {
    // A split or sparse index, or another hash: only Git itself reads these.
    if (const auto listed = is_listed_by_git(root_, relative)) return *listed;
    throw;
  }
}

void Git::add(const std::vector<std::string>& paths) {
  if (!exists() || paths.empty()) return;
  auto& repository = open();
  auto* index = repository.opened_index();
  for (const auto& p : paths)
    if (repository.lib.git_index_add_bypath(index, path::relative(p, root_).c_str()) != 0)
      repository.lib.fail(cat("failed to stage '", p, "'"));
  if (repository.lib.git_index_write(index) != 0) repository.lib.fail("failed to write the Git index");
}

bool Git::has_rev(const std::string& rev) {
  if (!exists()) return false;
  auto& repository = open();
  git_object* object = nullptr;
  if (repository.lib.git_revparse_single(&object, repository.repo, rev.c_str()) != 0) return false;
  repository.lib.git_object_free(object);
  return true;
}

std::optional<std::string> Git::read(const std::string& rev, const std::string& p) {
  auto& repository = open();
  auto& lib = repository.lib;
  auto* tree = repository.tree_of(rev);
  git_tree_entry* entry = nullptr;
  std::optional<std::string> content;
  if (lib.git_tree_entry_bypath(&entry, reinterpret_cast<git_tree*>(tree), p.c_str()) == 0) {
    git_object* blob = nullptr;
    if (lib.git_tree_entry_to_object(&blob, repository.repo, entry) == 0 && lib.git_object_type(blob) == GIT_OBJECT_BLOB) {
      const auto* b = reinterpret_cast<git_blob*>(blob);
      content.emplace(static_cast<const char*>(lib.git_blob_rawcontent(b)), static_cast<std::size_t>(lib.git_blob_rawsize(b)));
    }
    if (blob != nullptr) lib.git_object_free(blob);
    lib.git_tree_entry_free(entry);
  }
  lib.git_object_free(tree);
  return content;
}

std::vector<std::string> Git::list(const std::string& rev) {
  auto& repository = open();
  auto* tree = repository.tree_of(rev);
  struct Walk {
    Library& lib;
    std::vector<std::string> files;
  } walk{repository.lib, {}};
  repository.lib.git_tree_walk(
      reinterpret_cast<git_tree*>(tree), GIT_TREEWALK_PRE,
      [](const char* root, const git_tree_entry* entry, void* payload) {
        auto& w = *static_cast<Walk*>(payload);
        if (w.lib.git_tree_entry_type(entry) == GIT_OBJECT_BLOB) w.files.push_back(cat(root, w.lib.git_tree_entry_name(entry)));
        return 0;
      },
      &walk);
  repository.lib.git_object_free(tree);
  return std::move(walk.files);
}

}  // namespace pivot::git
