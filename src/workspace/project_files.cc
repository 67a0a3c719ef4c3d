#include "workspace/project_files.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/scan.h"
#include "store/versioned_transfer.h"
#include "workspace/collection.h"
#include "workspace/dvc_ignore.h"
#include "workspace/lockbooks.h"
#include "workspace/revision.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

const std::vector<TrackedOut>& ProjectFiles::outs() {
  if (outs_) return *outs_;
  outs_.emplace();
  for (const auto& stage : revision_.stages().stages) {
    const auto* record = stage.is_data() ? nullptr : revision_.lockbook().find(stage);
    for (const auto& out : stage.outs) {
      const auto* entry = record != nullptr ? engine::find_entry(record->outs, out.path) : nullptr;
      if (stage.is_data()) {
        outs_->push_back({&stage, &out, out.hash, out.meta, out.extra});
      } else {
        outs_->push_back({&stage, &out, entry != nullptr ? entry->hash : model::Hash{}, entry != nullptr ? entry->meta : model::Meta{},
                           entry != nullptr ? entry->extra : Value{}});
      }
      by_path_.emplace(out.file, outs_->size() - 1);
    }
  }
  return *outs_;
}

const TrackedOut* ProjectFiles::out_of(const std::string& file) {
  outs();
  for (auto at = file; !at.empty() && at != "/"; at = path::dirname(at))
    if (const auto it = by_path_.find(at); it != by_path_.end()) return &(*outs_)[it->second];
  return nullptr;
}

std::optional<ProjectFiles::Tracked> ProjectFiles::tracked(const std::string& file) {
  const auto* owner = out_of(file);
  // What is not in the cache by design is Git's, or nobody's.
  if (owner == nullptr || !owner->hash.known() || !owner->out->cache) return std::nullopt;
  if (owner->out->file == file) return Tracked{owner->hash.is_dir(), owner->hash, owner->meta.size, owner->meta.isexec};
  if (!owner->hash.is_dir()) return std::nullopt;
  const auto tree = store::recorded_tree(revision_.live().store(), owner->hash, owner->extra);
  if (!tree) return std::nullopt;
  const auto inner = path::relative(file, owner->out->file);
  if (const auto* found = tree->find(inner)) {
    Tracked out{false, {owner->hash.name, found->md5}, std::nullopt, found->isexec};
    if (found->size >= 0) out.size = found->size;
    return out;
  }
  const auto prefix = cat(inner, "/");
  for (const auto& f : tree->files)
    if (f.relpath.starts_with(prefix)) return Tracked{true, {}, std::nullopt, false};
  return std::nullopt;
}

std::optional<FileType> ProjectFiles::type(const std::string& file) {
  if (const auto stat = revision_.disk().stat(revision_.live().absolute(file))) return stat->type;
  if (const auto found = tracked(file)) return found->is_dir ? FileType::dir : FileType::file;
  return std::nullopt;
}

std::string ProjectFiles::cached_object(const std::string& file) {
  if (revision_.disk().stat(revision_.live().absolute(file))) return "";
  const auto found = tracked(file);
  if (!found || found->is_dir || !revision_.live().store().has_object(found->hash)) return "";
  return revision_.live().store().object_path(found->hash);
}

std::optional<std::string> ProjectFiles::read(const std::string& file) {
  const auto p = revision_.live().absolute(file);
  if (const auto stat = revision_.disk().stat(p)) {
    if (stat->type == FileType::dir) throw_disk_error(EISDIR, file);
    return revision_.disk().read(p);
  }
  const auto found = tracked(file);
  if (!found) return std::nullopt;
  if (found->is_dir) throw_disk_error(EISDIR, file);
  auto& store = revision_.live().store();
  if (!store.has_object(found->hash)) return std::nullopt;
  return real_disk().read(store.object_path(found->hash));
}

void ProjectFiles::walk(const std::string& folder, std::vector<std::string>& out) {
  for (const auto& entry : revision_.disk().list(revision_.live().absolute(folder))) {
    const auto file = folder == "." ? entry.name : cat(folder, "/", entry.name);
    auto type = entry.type;
    if (type == FileType::symlink) {
      const auto stat = revision_.disk().stat(revision_.live().absolute(file));
      if (!stat) continue;
      type = stat->type;
    }
    if (revision_.ignore().entry_ignored(folder, entry.name, type == FileType::dir)) continue;
    if (type == FileType::dir) {
      walk(file, out);
    } else {
      out.push_back(file);
    }
  }
}

std::vector<std::string> ProjectFiles::below(const std::string& file) {
  const auto kind = type(file);
  if (!kind || *kind != FileType::dir) return {file};
  std::vector<std::string> out;
  if (revision_.disk().stat(revision_.live().absolute(file))) walk(file, out);
  const auto add_tree = [&](const TrackedOut& tracked) {
    if (!tracked.hash.is_dir()) {
      if (tracked.hash.known()) out.push_back(tracked.out->file);
      return;
    }
    // A folder that is there in the workspace counts as it is.
    if (revision_.disk().stat(revision_.live().absolute(tracked.out->file))) return;
    if (const auto tree = store::recorded_tree(revision_.live().store(), tracked.hash, tracked.extra))
      for (const auto& f : tree->files) {
        auto name = cat(tracked.out->file, "/", f.relpath);
        if (path::is_inside(name, file)) out.push_back(std::move(name));
      }
  };
  for (const auto& tracked : outs())
    if (tracked.out->cache && (path::is_inside(tracked.out->file, file) || path::is_inside(file, tracked.out->file))) add_tree(tracked);
  // A tracked folder whose object is missing: nobody knows what is in it, and reading it says so.
  if (out.empty() && !revision_.disk().stat(revision_.live().absolute(file))) return {file};
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace pivot::workspace
