#include "workspace/gitignore.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {

namespace {

/// The pattern for one name: glob characters escaped as DVC does.
std::string entry_for(const std::string& name) {
  std::string out = "/";
  for (char c : name) {
    if (std::string_view("[]!*#?\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

const text::IgnorePatterns& GitIgnore::patterns(const std::string& folder) {
  if (const auto it = folders_.find(folder); it != folders_.end()) return it->second;
  const auto content = disk_.read(cat(folder, "/.gitignore")).value_or("");
  ends_with_newline_[folder] = content.empty() || content.back() == '\n';
  return folders_.emplace(folder, text::IgnorePatterns(content)).first->second;
}

bool GitIgnore::ignored(const std::string& p, bool is_dir) {
  if (!git_.exists() || !path::is_inside(p, git_.root()) || p == git_.root()) return false;
  // From the outermost part to the innermost: an ignored folder hides all below it.
  for (auto end = p.find('/', git_.root().size() + 1);; end = p.find('/', end + 1)) {
    const auto part = p.substr(0, end);
    const bool last = end == p.npos;
    for (auto folder = path::dirname(part);; folder = path::dirname(folder)) {
      const auto match = patterns(folder).match(path::relative(part, folder), !last || is_dir);
      if (match.verdict == text::IgnorePatterns::Verdict::ignored) return true;
      if (match.verdict == text::IgnorePatterns::Verdict::included || folder == git_.root()) break;
    }
    if (last) break;
  }
  if (const auto exclude = disk_.read(cat(git_.git_dir(), "/info/exclude")); exclude && exclude->find("\n/") != exclude->npos)
    return text::IgnorePatterns(*exclude).match_with_parents(path::relative(p, git_.root()), is_dir).verdict ==
           text::IgnorePatterns::Verdict::ignored;
  return false;
}

bool GitIgnore::folder_ignored(const std::string& p) {
  if (!git_.exists() || !path::is_inside(p, git_.root()) || p == git_.root()) return false;
  for (auto folder = path::dirname(p);; folder = path::dirname(folder)) {
    auto known = folder_patterns_.find(folder);
    if (known == folder_patterns_.end()) {
      known = folder_patterns_.try_emplace(folder).first;
      if (const auto content = disk_.read(cat(folder, "/.gitignore")))
        for (auto line : split(*content, '\n')) known->second.add_folder_line(line);
    }
    const auto verdict = known->second.match(path::relative(p, folder), true).verdict;
    if (verdict != text::IgnorePatterns::Verdict::none) return verdict == text::IgnorePatterns::Verdict::ignored;
    if (folder == git_.root()) break;
  }
  return ignored(p, true);  // .git/info/exclude
}

/// The .gitignore beside the path has the very line that we would add, and takes nothing back: no pattern has to be read for that. False
/// says nothing; after some calls the patterns are cheaper.
bool GitIgnore::surely_ignored(const std::string& p) {
  constexpr int kMost = 8;
  const auto folder = path::dirname(p);
  if (glances_ == kMost || folders_.count(folder) != 0 || !path::is_inside(p, git_.root()) || p == git_.root()) return false;
  ++glances_;
  const auto content = disk_.read(cat(folder, "/.gitignore"));
  if (!content) return false;
  const auto text = cat("\n", *content);
  return text.find("\n!") == text.npos && text.find(cat("\n", entry_for(path::basename(p)), "\n")) != text.npos;
}

void GitIgnore::add(const std::string& p, bool is_dir) {
  if (!git_.exists() || surely_ignored(p) || ignored(p, is_dir)) return;
  if (git_.is_tracked(p)) {
    const auto name = path::relative(p, cwd_);
    throw Error(cat(" output '", name, "' is already tracked by SCM (e.g. Git).\n    You can remove it from Git, then add to DVC.\n"
                    "        To stop tracking from Git:\n            git rm -r --cached '", name, "'\n            git commit -m \"stop tracking ",
                    name, "\" "));
  }
  const auto folder = path::dirname(p);
  const auto line = entry_for(path::basename(p));
  const auto file = cat(folder, "/.gitignore");
  patterns(folder);
  disk_.append(file, cat(ends_with_newline_[folder] ? "" : "\n", line, "\n"));
  ends_with_newline_[folder] = true;
  folders_[folder].add_line(line);
  touched_.insert(file);
}

void GitIgnore::remove(const std::string& p) {
  if (!git_.exists()) return;
  const auto folder = path::dirname(p);
  const auto file = cat(folder, "/.gitignore");
  const auto content = disk_.read(file);
  if (!content) return;
  const auto line = entry_for(path::basename(p));
  std::string kept;
  bool found = false;
  for (std::size_t start = 0; start < content->size();) {
    auto end = content->find('\n', start);
    end = end == content->npos ? content->size() : end + 1;
    const auto text = std::string_view(*content).substr(start, end - start);
    start = end;
    if (trim(text) == line) {
      found = true;
    } else {
      kept += text;
    }
  }
  if (!found) return;
  folders_.erase(folder);
  touched_.insert(file);
  if (kept.empty()) {
    disk_.remove_file(file);
    touched_.erase(file);
  } else {
    disk_.write_atomic(file, kept);
  }
}

}  // namespace pivot::workspace
