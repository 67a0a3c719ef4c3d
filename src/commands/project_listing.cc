#include "commands/project_listing.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/disk.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "workspace/dvc_ignore.h"
#include "workspace/project_files.h"

namespace pivot::commands {

namespace {

std::string child(const std::string& folder, const std::string& name) { return folder == "." ? name : cat(folder, "/", name); }

/// Outs of the index: cached, and inside of the repository.
bool counts(const workspace::TrackedOut& out) { return out.out->cache && !path::is_absolute(out.out->file) && !path::is_url(out.out->file); }

}  // namespace

const std::string& ProjectListing::root() const { return workspace_->root(); }

std::string ProjectListing::inside(const std::string& typed) const {
  // Paths start where the user is, if that is inside.
  const auto base = path::is_inside(cwd_, root()) ? path::relative(cwd_, root()) : std::string(".");
  return path::normalize(path::join(base, typed.empty() ? "." : typed));
}

std::optional<Listed> ProjectListing::tracked(const std::string& file) {
  auto& files = revision_->files();
  const auto* owner = files.out_of(file);
  if (owner != nullptr && counts(*owner)) {
    if (owner->out->file != file) source_.fetch_listings(file);
    const auto found = files.tracked(file);
    if (!found && owner->out->file != file) return std::nullopt;
    Listed out{file, found ? found->is_dir : owner->hash.is_dir(), true, false, 0, found ? found->hash.value : ""};  // 0: never committed
    if (found) out.size = found->is_dir && owner->out->file != file ? std::optional<std::int64_t>(0) : found->size;
    return out;
  }
  const auto& outs = files.outs();
  const bool has_outs = std::any_of(outs.begin(), outs.end(), [&](const auto& out) { return counts(out) && path::is_inside(out.out->file, file); });
  return has_outs || file == "." ? std::optional(Listed{file, true, false, false, 0, ""}) : std::nullopt;
}

std::optional<Listed> ProjectListing::find(const std::string& file, bool tracked_only) {
  auto known = tracked(file);
  if (tracked_only) return known;
  const auto stat = revision_->disk().stat(workspace_->absolute(file));
  const bool ignored = stat && file != "." && revision_->ignore().ignored(file, stat->type == FileType::dir);
  if (!stat || ignored) return known && (file != "." || stat) ? known : std::nullopt;
  Listed out{file, stat->type == FileType::dir, false, false, stat->size, ""};
  out.is_exec = !out.is_dir && (stat->mode & 0111) != 0;
  // A file in the place of a tracked folder is another thing.
  if (known && known->is_dir == out.is_dir) {
    out.is_out = known->is_out;
    out.hash = known->hash;
  }
  return out;
}

std::vector<std::string> ProjectListing::tracked_names(const std::string& folder) {
  std::set<std::string> names;
  const auto add_first_part = [&](const std::string& file, const std::string& above) {
    const auto rest = above == "." ? file : file.substr(above.size() + 1);
    names.insert(rest.substr(0, rest.find('/')));
  };
  source_.fetch_listings(folder);
  auto& files = revision_->files();
  for (const auto& out : files.outs()) {
    if (!counts(out)) continue;
    if (out.out->file != folder && path::is_inside(out.out->file, folder)) add_first_part(out.out->file, folder);
    if (!out.hash.is_dir() || !path::is_inside(folder, out.out->file)) continue;
    const auto tree = workspace_->store().load_tree(out.hash);
    for (const auto& file : tree ? tree->files : std::vector<store::TreeFile>{}) {
      const auto full = cat(out.out->file, "/", file.relpath);
      if (path::is_inside(full, folder)) add_first_part(full, folder);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<Listed> ProjectListing::list(const std::string& folder, bool tracked_only) {
  std::set<std::string> names;
  for (auto& name : tracked_names(folder)) names.insert(std::move(name));
  if (!tracked_only) {
    const auto stat = revision_->disk().stat(workspace_->absolute(folder));
    if (stat && stat->type == FileType::dir)
      for (const auto& entry : revision_->disk().list(workspace_->absolute(folder)))
        if (!revision_->ignore().entry_ignored(folder, entry.name, entry.type == FileType::dir)) names.insert(entry.name);
  }
  std::vector<Listed> out;
  for (const auto& name : names)
    if (auto found = find(child(folder, name), tracked_only)) out.push_back(*std::move(found));
  return out;
}

std::string natural_size(std::int64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes);
  auto number = static_cast<double>(bytes);
  char text[32];
  for (const char* unit : {"", "k", "M", "G", "T", "P", "E"}) {
    if (number < 999.5) {
      std::snprintf(text, sizeof text, number < 9.995 ? "%1.2f%s" : number < 99.95 ? "%2.1f%s" : "%3.0f%s", number, unit);
      return text;
    }
    number /= 1024;
  }
  return "very large";
}

}  // namespace pivot::commands
