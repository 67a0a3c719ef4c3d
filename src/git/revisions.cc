// Names of revisions: what they mean, which there are.
#include <algorithm>

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
  git_revwalk* walk = nullptr;
  if (lib.git_revwalk_new(&walk, repository.repo) != 0) lib.fail("failed to walk the commits of Git");
  lib.git_revwalk_sorting(walk, GIT_SORT_TIME);
  lib.git_revwalk_push_head(walk);  // fails, and means nothing, before the first commit
  for (const char* glob : {"refs/heads/*", "refs/remotes/*", "refs/tags/*"}) lib.git_revwalk_push_glob(walk, glob);
  std::vector<std::string> out;
  git_oid id;
  while (lib.git_revwalk_next(&id, walk) == 0) out.push_back(lib.hex(id));
  lib.git_revwalk_free(walk);
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
