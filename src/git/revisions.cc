// Names of revisions: what they mean, which there are.
#include <algorithm>
#include <queue>
#include <set>

#include "base/error.h"
#include "base/strings.h"
#include "git/git.h"
#include "git/library.h"
#include "git/tree_disk.h"

namespace pivot::git {

std::vector<std::string> Git::references(const std::string& prefix) {
  if (!exists()) return {};
  auto& repository = open();
  auto& lib = repository.lib;
  git_reference_iterator* iterator = nullptr;
  if (lib.git_reference_iterator_glob_new(&iterator, repository.repo, cat(prefix, "*").c_str()) != 0) lib.fail("failed to list the references of Git");
  std::vector<std::string> out;
  const char* name = nullptr;
  while (lib.git_reference_next_name(&name, iterator) == 0) out.emplace_back(name);
  lib.git_reference_iterator_free(iterator);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> Git::short_names(const std::string& prefix) {
  auto names = references(prefix);
  for (auto& name : names) name.erase(0, prefix.size());
  return names;
}

std::vector<std::string> Git::branches() { return short_names("refs/heads/"); }
std::vector<std::string> Git::tags() { return short_names("refs/tags/"); }

std::optional<std::string> Git::resolve(const std::string& rev) {
  if (!exists() || rev.empty()) return std::nullopt;
  auto& repository = open();
  if (auto sha = repository.commit_of(rev); !sha.empty()) return sha;
  for (const char* prefix : {"refs/exps/", "refs/remotes/"}) {
    std::vector<std::string> found;
    for (const auto& name : references(prefix)) {
      const bool internal = name.starts_with("refs/exps/exec/") || name.starts_with("refs/exps/celery/") || name == "refs/exps/stash";
      if (!internal && name.ends_with(cat("/", rev))) found.push_back(name);
    }
    if (found.size() == 1) return repository.commit_of(found[0]);
  }
  return std::nullopt;
}

std::vector<std::string> Git::commits() {
  if (!exists()) return {};
  auto& repository = open();
  auto& lib = repository.lib;
  // Not libgit2's own walk: it ends where a shallow clone does, with an error instead of the commits.
  struct Waiting {
    std::int64_t time;
    std::size_t number;  // commits of the same second in the order in which they were met: children first
    git_oid id;
    bool operator<(const Waiting& other) const { return time != other.time ? time < other.time : number > other.number; }
  };
  std::priority_queue<Waiting> queue;
  std::set<std::string> seen;
  const auto lookup = [&](const git_oid& id) {
    git_object* object = nullptr;
    return lib.git_object_lookup(&object, repository.repo, &id, GIT_OBJECT_COMMIT) == 0 ? object : nullptr;
  };
  const auto meet = [&](const git_oid& id) {
    if (!seen.insert(lib.hex(id)).second) return;
    auto* commit = lookup(id);
    if (commit == nullptr) return;  // beyond the end of a shallow clone
    queue.push({lib.git_commit_time(reinterpret_cast<git_commit*>(commit)), seen.size(), id});
    lib.git_object_free(commit);
  };
  std::vector<std::string> starts{"HEAD"};
  for (const char* prefix : {"refs/heads/", "refs/remotes/", "refs/tags/"})
    for (auto& name : references(prefix)) starts.push_back(std::move(name));
  for (const auto& start : starts) {
    const auto sha = repository.commit_of(start);
    git_oid id;
    if (!sha.empty() && lib.git_oid_fromstr(&id, sha.c_str()) == 0) meet(id);
  }
  std::vector<std::string> out;
  while (!queue.empty()) {
    const auto next = queue.top();
    queue.pop();
    out.push_back(lib.hex(next.id));
    auto* object = lookup(next.id);
    const auto* commit = reinterpret_cast<const git_commit*>(object);
    for (unsigned i = 0; i < lib.git_commit_parentcount(commit); ++i) meet(*lib.git_commit_parent_id(commit, i));
    lib.git_object_free(object);
  }
  return out;
}

std::string Git::active_branch() {
  if (!exists()) return "";
  auto& repository = open();
  auto& lib = repository.lib;
  git_reference* head = nullptr;
  if (lib.git_reference_lookup(&head, repository.repo, "HEAD") != 0) return "";
  const char* target = lib.git_reference_symbolic_target(head);
  std::string out = target != nullptr ? target : "";
  lib.git_reference_free(head);
  return out.starts_with("refs/heads/") ? out.substr(11) : "";
}

std::int64_t Git::commit_time(const std::string& commit) {
  if (!exists()) return 0;
  auto& repository = open();
  git_oid id;
  git_object* object = nullptr;
  if (repository.lib.git_oid_fromstr(&id, commit.c_str()) != 0) return 0;
  if (repository.lib.git_object_lookup(&object, repository.repo, &id, GIT_OBJECT_COMMIT) != 0) return 0;
  const auto time = repository.lib.git_commit_time(reinterpret_cast<git_commit*>(object));
  repository.lib.git_object_free(object);
  return time;
}

Git::Changes Git::changes(bool with_untracked) {
  Changes out;
  if (!exists()) return out;
  auto& repository = open();
  auto& lib = repository.lib;
  git_status_options options;
  lib.git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = with_untracked ? GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS : 0;
  git_status_list* list = nullptr;
  if (lib.git_status_list_new(&list, repository.repo, &options) != 0) lib.fail("failed to ask Git for changes");
  for (std::size_t i = 0; i < lib.git_status_list_entrycount(list); ++i) {
    const auto* entry = lib.git_status_byindex(list, i);
    if (entry->status == GIT_STATUS_IGNORED || entry->status == GIT_STATUS_CURRENT) continue;
    out.any = true;
    if ((entry->status & GIT_STATUS_WT_NEW) != 0 && entry->index_to_workdir != nullptr) out.untracked.emplace_back(entry->index_to_workdir->new_file.path);
  }
  lib.git_status_list_free(list);
  return out;
}

std::unique_ptr<TreeDisk> Git::tree(const std::string& rev) {
  if (!exists()) throw Error(cat("unknown Git revision '", rev, "'"));
  return std::make_unique<TreeDisk>(*this, rev);
}

}  // namespace pivot::git
