#include "workspace/dvc_ignore.h"

#include <mutex>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {

namespace {

bool is_builtin(std::string_view name, bool is_dir) { return name == ".git" || (is_dir && (name == ".dvc" || name == ".hg")); }

std::string parent_of(const std::string& file) {
  auto parent = path::dirname(file);
  return parent.empty() ? "." : parent;
}

}  // namespace

std::string DvcIgnore::Found::address() const {
  return source.empty() ? cat(":", pattern, pattern == ".git" || pattern.ends_with('/') ? "" : "/") : cat(source, ":", std::to_string(line), ":", pattern);
}

const DvcIgnore::Level& DvcIgnore::level(const std::string& folder) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto it = levels_.find(folder); it != levels_.end()) return it->second;
  }
  bool above = false;
  if (folder != ".") above = level(parent_of(folder)).any_here_or_above;
  Level made;
  const auto absolute = folder == "." ? root_ : cat(root_, "/", folder);
  if (const auto content = disk_.read(cat(absolute, "/.dvcignore"))) {
    // DVC strips white space around every line.
    for (auto line : split(*content, '\n')) made.patterns.add_dvc_line(trim(line));
  }
  made.any_here_or_above = above || !made.patterns.empty();
  const std::unique_lock lock(mutex_);
  return levels_.emplace(folder, std::move(made)).first->second;
}

std::optional<DvcIgnore::Found> DvcIgnore::find_entry(const std::string& file, bool is_dir, bool nested_repositories) {
  const auto name = path::basename(file);
  if (is_builtin(name, is_dir)) return Found{"", 0, name, true};
  std::optional<Found> found;
  auto folder = parent_of(file);
  if (level(folder).any_here_or_above) {
    // The innermost file decides; so the outer ones are asked only when it says nothing.
    while (true) {
      const auto match = level(folder).patterns.match(path::relative(file, folder), is_dir);
      if (match.verdict != text::IgnorePatterns::Verdict::none) {
        found = Found{folder == "." ? ".dvcignore" : cat(folder, "/.dvcignore"), match.line, match.pattern,
                      match.verdict == text::IgnorePatterns::Verdict::ignored};
        break;
      }
      if (folder == ".") break;
      folder = parent_of(folder);
    }
  }
  if (!found && is_dir && nested_repositories) {
    const auto inner = disk_.stat(cat(root_, "/", file, "/.dvc"));
    if (inner && inner->type == FileType::dir) return Found{"", 0, cat("/", file, "/"), true};
  }
  return found;
}

bool DvcIgnore::entry_ignored(const std::string& folder, std::string_view name, bool is_dir) {
  if (is_builtin(name, is_dir)) return true;
  if (!is_dir && !level(folder).any_here_or_above) return false;
  const auto found = find_entry(folder == "." ? std::string(name) : cat(folder, "/", name), is_dir);
  return found && found->ignored;
}

std::optional<DvcIgnore::Found> DvcIgnore::find(const std::string& file, bool is_dir, bool nested_repositories) {
  if (file == "." || path::is_absolute(file) || path::escapes(file)) return std::nullopt;
  for (auto slash = file.find('/'); slash != file.npos; slash = file.find('/', slash + 1))
    if (auto found = find_entry(file.substr(0, slash), true, nested_repositories); found && found->ignored) return found;
  return find_entry(file, is_dir, nested_repositories);
}

bool DvcIgnore::ignored(const std::string& file, bool is_dir) {
  const auto found = find(file, is_dir);
  return found && found->ignored;
}

}  // namespace pivot::workspace
