#include "workspace/source_repository.h"

#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "git/git.h"
#include "store/remotes/remote.h"
#include "store/store.h"
#include "workspace/config.h"
#include "workspace/data_objects.h"
#include "workspace/project_files.h"
#include "workspace/versioned_data.h"

namespace pivot::workspace {
namespace {

/// As DVC names a path in its index: ('data', 'raw').
std::string shown_key(const std::string& file) {
  std::vector<std::string> parts;
  for (const auto part : split(file, '/')) parts.push_back(python_str_repr(std::string(part)));
  return cat("(", join(parts, ", "), parts.size() == 1 ? ",)" : ")");
}

/// All that is wanted is in the cache.
bool has_objects(Workspace& ws, const std::vector<store::WantedObject>& wanted) {
  for (const auto& object : wanted) {
    if (!object.subpath) {
      if (!ws.store().has(object.hash)) return false;
      continue;
    }
    const auto tree = ws.store().load_tree(object.hash);
    if (!tree) return false;
    for (const auto& file : tree->files)
      if (path::is_inside(file.relpath, *object.subpath) && !ws.store().has_object({object.hash.name, file.md5})) return false;
  }
  return true;
}

}  // namespace

bool is_project_file(const std::string& file) {
  const auto name = path::basename(file);
  return name == "dvc.yaml" || name == ".dvcignore" || (name.size() > 4 && name.ends_with(".dvc")) || path::is_inside(file, ".dvc");
}

SourceRepository::SourceRepository(Wish wish) : wish_(std::move(wish)) {
  const auto place = find_repository(wish_.url, wish_.base);
  if (wish_.url.starts_with("file://")) wish_.committed = true;  // a URL means what a clone would have
  std::string folder = place.url;
  std::unique_ptr<RepositoryClone> clone;  // its lock is only held while files of its work tree are read
  if (!place.is_folder) {
    clone = std::make_unique<RepositoryClone>(place.url, wish_.rev);
    commit_ = clone->check_out(wish_.rev);
    folder = clone->folder();
    is_clone_ = true;
  }
  workspace_ = std::make_unique<Workspace>(folder, LockWait{}, real_disk(), true);
  const bool is_repository = workspace_->is_project() || workspace_->git().exists();
  if (!is_repository && !wish_.any_folder)
    throw NoRepository(cat("SCM error: Failed to clone repo '", wish_.url, "': No git repository was found at ", folder));
  // Another repository's code is not run to read its data, wherever it lies.
  if (is_clone_ || !path::is_inside(path::normalize(wish_.base), workspace_->root())) workspace_->run_no_code();
  lay_over_settings();
  own_cache_ = workspace_->config().cache_dir();
  if (!is_clone_ && (wish_.rev || wish_.committed)) {
    const auto sha = workspace_->git().exists() ? workspace_->git().resolve(wish_.rev.value_or("HEAD")) : std::nullopt;
    if (!sha) throw UnknownRevision(wish_.rev ? cat("unknown Git revision '", *wish_.rev, "'") : cat("'", wish_.url, "' has no commit yet"));
    commit_ = *sha;
  }
  if (is_clone_ && wish_.cache_dir.empty()) {
    own_objects_ = std::make_unique<TemporaryFolder>(real_disk(), temporary_name(clones_folder()));
    real_disk().make_dirs(own_objects_->path());
    wish_.cache_dir = own_objects_->path();
  }
  if (!wish_.cache_dir.empty()) workspace_->borrow_cache(wish_.cache_dir, wish_.hard_links);
  revisions_ = std::make_unique<Revisions>(*workspace_);
  remotes_ = std::make_unique<Remotes>(*workspace_, wish_.remote, wish_.jobs);
  revision_ = &revisions_->at(commit_);
}

void SourceRepository::lay_over_settings() {
  if (!wish_.settings.empty()) workspace_->lay_over_settings(wish_.settings);
  if (wish_.remote_settings.empty()) return;
  constexpr const char* kUnnamed = "_remote";
  const auto known = wish_.remote ? std::optional(lower(*wish_.remote)) : workspace_->config().default_remote();
  const auto name = known.value_or(kUnnamed);
  ConfigSections above{{"remote", name, wish_.remote_settings}};
  if (!known) above.push_back({"core", "", {{"remote", name}}});
  workspace_->lay_over_settings(above);
}

SourceRepository::~SourceRepository() = default;

void SourceRepository::fetch_objects(const std::vector<const TrackedOut*>& outs, const std::string& path) {
  std::map<std::string, std::vector<store::WantedObject>> by_remote;
  std::vector<store::WantedObject> all;
  for (const auto* out : outs) {
    store::WantedObject wanted{out->hash, out->out->file, std::nullopt};
    if (path != out->out->file && path::is_inside(path, out->out->file)) wanted.subpath = path::relative(path, out->out->file);
    by_remote[lower(out->out->remote)].push_back(wanted);
    all.push_back(std::move(wanted));
  }
  if (has_objects(*workspace_, all)) return;
  const auto no_progress = [](std::int64_t) {};
  auto& store = workspace_->store();
  if (!wish_.cache_dir.empty() && own_cache_ != wish_.cache_dir && real_disk().stat(own_cache_)) {
    const auto cache = store::open_remote({"", own_cache_, {}, wish_.jobs}, real_disk());
    store::Transfer transfer(store, *cache, real_disk(), "");
    const auto result = transfer.fetch(all, no_progress);
    if (result.missing.empty() && result.failed.empty()) return;
  }
  for (const auto& [own, wanted] : by_remote) {
    if (own.empty() && !remotes_->has_default())
      throw Error(cat("the data of '", path, "' is not in the cache of '", shown(), "', and that repository has no default remote"));
    const auto name = remotes_->name_for(own);
    if (remotes_->keeps_versions(name)) {
      fetch_versions(name, outs, path);
      continue;
    }
    store::Transfer transfer(store, remotes_->open(name), real_disk(), "");
    const auto result = transfer.fetch(wanted, no_progress);
    if (!result.failed.empty()) throw Error(cat("the data of '", path, "' can't be fetched from '", shown(), "': ", result.failed.front().error));
    if (!result.missing.empty())
      throw Error(cat("the data of '", path, "' is neither in the cache nor in the remote of '", shown(), "': ", result.missing.front().value));
  }
}

void SourceRepository::fetch_listings(const std::string& file) {
  auto& store = workspace_->store();
  for (const auto& out : revision_->files().outs()) {
    if (!out.out->cache || !out.hash.is_dir() || !path::is_inside(file, out.out->file) || path::is_absolute(out.out->file)) continue;
    if (store.load_tree(out.hash)) continue;
    const std::vector<store::WantedObject> wanted{{out.hash, out.out->file, std::nullopt}};
    if (!wish_.cache_dir.empty() && own_cache_ != wish_.cache_dir && real_disk().stat(own_cache_)) {
      const auto cache = store::open_remote({"", own_cache_, {}, wish_.jobs}, real_disk());
      if (store::Transfer(store, *cache, real_disk(), "").fetch_listings(wanted).moved > 0) continue;
    }
    auto place = store.object_path(out.hash);
    std::string problem;
    if (const auto own = lower(out.out->remote); !own.empty() || remotes_->has_default()) {
      const auto name = remotes_->name_for(own);
      const auto result = store::Transfer(store, remotes_->open(name), real_disk(), "").fetch_listings(wanted);
      if (result.moved > 0) continue;
      if (!result.failed.empty()) problem = result.failed.front().error;
      if (path::is_absolute(remotes_->url(name))) place = path::join(remotes_->url(name), store::object_path_on_remote(out.hash));
    }
    if (problem.empty()) problem = cat("[Errno 2] No such file or directory: ", python_str_repr(place));
    throw Error(cat("failed to load directory ", shown_key(out.out->file), ": ", problem), ErrorKind::unexpected);
  }
}

/// Of a remote that holds files at their paths.
void SourceRepository::fetch_versions(const std::string& name, const std::vector<const TrackedOut*>& outs, const std::string& path) {
  VersionedGroup group{name, {}};
  for (const auto* out : outs) {
    const auto own = lower(out->out->remote);
    if (remotes_->name_for(own) != name) continue;
    DataObject object;
    object.wanted.hash = out->hash;
    if (path != out->out->file && path::is_inside(path, out->out->file)) object.wanted.subpath = path::relative(path, out->out->file);
    object.meta = out->meta;
    object.extra = out->extra;
    object.file = out->out->file;
    group.objects.push_back(std::move(object));
  }
  const auto result = fetch_versioned(*workspace_, *remotes_, group, {nullptr, [](std::int64_t) {}});
  if (!result.failed.empty()) throw Error(cat("the data of '", path, "' can't be fetched from '", shown(), "': ", result.failed.front().error));
  if (!result.unversioned.empty())
    throw Error(cat("the data of '", path, "' was never pushed from '", shown(), "': no version of '", result.unversioned.front(), "' is recorded"));
}

std::optional<SourceRepository::Content> SourceRepository::fetch(const std::string& typed) {
  const auto file = path::normalize(typed.starts_with("/") ? typed.substr(1) : typed);
  if (path::escapes(file)) throw Error(cat("'", typed, "' leads out of the repository"));
  auto& files = revision_->files();
  std::vector<const TrackedOut*> needed;
  for (const auto& out : files.outs()) {
    if (!out.out->cache || !out.hash.known() || path::is_absolute(out.out->file) || path::is_url(out.out->file)) continue;
    if (!path::is_inside(out.out->file, file) && !path::is_inside(file, out.out->file)) continue;
    if (revision_->disk().lstat(workspace_->absolute(out.out->file))) continue;  // as it stands there
    needed.push_back(&out);
  }
  if (!needed.empty()) fetch_objects(needed, file);
  if (!files.type(file)) throw Error(cat("'", typed, "' does not exist in '", shown(), "'", commit_.empty() ? "" : cat(" at ", commit_.substr(0, 7))));
  if (needed.size() != 1 || !path::is_inside(file, needed.front()->out->file)) return std::nullopt;
  const auto tracked = files.tracked(file);
  if (!tracked || !tracked->hash.known()) return std::nullopt;
  Content out{tracked->hash, {}};
  out.meta.isexec = tracked->isexec;
  return out;
}

void SourceRepository::copy_to(const std::string& typed, const std::string& target) {
  const auto file = path::normalize(typed.starts_with("/") ? typed.substr(1) : typed);
  auto& files = revision_->files();
  auto& disk = real_disk();
  if (files.type(file) == FileType::dir) disk.make_dirs(target);
  for (const auto& one : files.below(file)) {
    if (one != file && is_project_file(one)) continue;
    const auto place = one == file ? target : cat(target, "/", path::relative(one, file));
    disk.make_dirs(path::dirname(place));
    const auto tracked = files.tracked(one);
    if (const auto object = files.cached_object(one); !object.empty()) {
      disk.copy(object, place);
    } else if (commit_.empty()) {
      disk.copy(workspace_->absolute(one), place);
    } else if (const auto content = files.read(one)) {
      disk.write(place, *content);
    } else {
      throw Error(cat("the data of '", one, "' is not at hand"));
    }
    const auto stat = revision_->disk().stat(workspace_->absolute(one));
    const bool executable = stat ? (stat->mode & 0111) != 0 : tracked && tracked->isexec;
    if (executable) disk.chmod(place, 0755);
  }
}

std::string SourceRepository::storage_url(const std::string& typed) {
  const auto file = path::normalize(typed.starts_with("/") ? typed.substr(1) : typed);
  auto& files = revision_->files();
  const auto* owner = files.out_of(file);
  if (owner != nullptr && owner->out->file != file) fetch_listings(file);  // only the listing above it knows its hash
  const auto tracked = files.tracked(file);
  if (!tracked || owner == nullptr || !owner->out->cache) throw NoOutput(cat("Unable to find DVC file with output '", typed, "'"));
  auto url = workspace_->config().remote(remotes_->name_for(lower(owner->out->remote))).url;
  while (url.ends_with('/')) url.pop_back();
  return cat(url, "/", store::object_path_on_remote(tracked->hash.known() ? tracked->hash : owner->hash));
}

}  // namespace pivot::workspace
