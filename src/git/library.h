// libgit2, loaded when first needed: its entry points, found by name in the shared library; types come from its header.
#pragma once

#include <git2.h>

#include <string>

#include "git/git.h"

namespace pivot::git {

struct Library {
#define PIVOT_GIT_FUNCTIONS(X)                                                                                                    \
  X(git_libgit2_init) X(git_libgit2_opts) X(git_error_last) X(git_repository_open) X(git_repository_free) X(git_repository_index)                     \
  X(git_index_read) X(git_index_find_prefix) X(git_index_get_bypath) X(git_index_add_bypath) X(git_index_write)                   \
  X(git_index_free) X(git_revparse_single) X(git_object_peel) X(git_object_free) X(git_object_id) X(git_object_lookup)            \
  X(git_object_type) X(git_blob_rawcontent) X(git_blob_rawsize) X(git_tree_walk) X(git_tree_entry_name) X(git_tree_entry_type)    \
  X(git_tree_entry_filemode) X(git_tree_entry_id) X(git_tree_entry_byname) X(git_tree_entry_byindex) X(git_tree_entrycount)       \
  X(git_tree_entry_bypath) X(git_tree_entry_free) X(git_tree_entry_to_object) X(git_oid_tostr) X(git_oid_fromstr)                 \
  X(git_commit_time) X(git_commit_parentcount) X(git_commit_parent_id) X(git_reference_iterator_glob_new) X(git_reference_next_name)                           \
  X(git_status_list_new) X(git_status_list_entrycount) X(git_status_byindex) X(git_status_list_free)                              \
  X(git_status_options_init) X(git_reference_iterator_free) X(git_reference_lookup) X(git_reference_symbolic_target) X(git_reference_free)
#define X(name) decltype(&::name) name = nullptr;
  PIVOT_GIT_FUNCTIONS(X)
#undef X
  Library();
  /// What was tried, and libgit2's own words.
  [[noreturn]] void fail(const std::string& what) const;
  std::string hex(const git_oid& id) const;
};

/// An open repository.
struct Git::Repository {
  Library lib;
  git_repository* repo = nullptr;
  git_index* index = nullptr;

  explicit Repository(const std::string& root);
  ~Repository();
  git_index* opened_index();
  /// Throws Error for an unknown revision. To be freed.
  git_object* tree_of(const std::string& rev);
  /// The commit behind a name as `git rev-parse` reads it; "" when there is none.
  std::string commit_of(const std::string& rev);
};

}  // namespace pivot::git
