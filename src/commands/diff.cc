// `pivot diff`: tracked data that was added, changed or deleted between two revisions, or a revision and the workspace.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/data_changes.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "git/git.h"
#include "text/json.h"
#include "workspace/project_files.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using Kind = DataChange::Kind;

struct Line {
  Value path;  ///< a string, or {"old", "new"}
  Value hash;  ///< null, a string, or {"old", "new"}
  std::string sort_key() const { return path.is_map() ? path.as_map().find("old")->as_string() : path.as_string(); }
  std::string shown() const {
    return path.is_map() ? cat(path.as_map().find("old")->as_string(), " -> ", path.as_map().find("new")->as_string()) : path.as_string();
  }
};

/// Groups in DVC's order.
using Groups = std::vector<std::pair<std::string, std::vector<Line>>>;

Value hash_value(const DataEntry& entry) { return entry.hash.known() ? Value(entry.hash.value) : Value(); }

Value old_and_new(Value before, Value after) {
  Map out;
  out.set("old", std::move(before));
  out.set("new", std::move(after));
  return out;
}

Groups group(const std::vector<DataChange>& changes, const std::vector<DataEntry>& missing) {
  Groups out{{"added", {}}, {"deleted", {}}, {"modified", {}}, {"renamed", {}}, {"not in cache", {}}};
  for (const auto& c : changes) {
    switch (c.kind) {
      case Kind::added: out[0].second.push_back({c.after->shown(), hash_value(*c.after)}); break;
      case Kind::deleted: out[1].second.push_back({c.before->shown(), hash_value(*c.before)}); break;
      case Kind::modified: out[2].second.push_back({c.before->shown(), old_and_new(hash_value(*c.before), hash_value(*c.after))}); break;
      case Kind::renamed: out[3].second.push_back({old_and_new(c.before->shown(), c.after->shown()), hash_value(*c.before)}); break;
      case Kind::unknown:
      case Kind::unchanged: break;
    }
  }
  for (const auto& entry : missing) out[4].second.push_back({entry.shown(), hash_value(entry)});
  for (auto& [name, lines] : out) std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.sort_key() < b.sort_key(); });
  return out;
}

std::string digest(const Value& hash) {
  const auto first = [](const Value* v) { return v != nullptr && v->is_string() ? v->as_string().substr(0, 8) : std::string("-"); };
  if (!hash.is_map()) return hash.is_null() ? "" : first(&hash);
  return cat(first(hash.as_map().find("old")), "..", first(hash.as_map().find("new")));
}

const std::vector<Line>& lines_of(const Groups& groups, const std::string& name) {
  static const std::vector<Line> kNone;
  const auto it = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == name; });
  return it != groups.end() ? it->second : kNone;
}

std::string text_diff(const Groups& groups, const std::vector<std::string>& shown, bool show_hash) {
  std::string out;
  std::vector<std::string> counts;
  for (const auto& name : shown) {
    const auto& lines = lines_of(groups, name);
    if (lines.empty()) continue;
    auto header = name;
    header[0] = static_cast<char>(header[0] - 'a' + 'A');
    out += cat(header, ":\n");
    int files = 0;
    for (const auto& line : lines) {
      const auto hash = show_hash ? digest(line.hash) : std::string();
      out += cat("    ", hash, hash.empty() ? "" : "  ", line.shown(), "\n");
      if (!line.shown().ends_with('/')) ++files;
    }
    out += '\n';
    if (files > 0) counts.push_back(cat(std::to_string(files), " ", name));
  }
  return counts.empty() ? out : cat(out, "files summary: ", join(counts, ", "), "\n");
}

std::string markdown_diff(const Groups& groups, const std::vector<std::string>& shown, bool show_hash) {
  std::vector<std::string> header{"Status", "Path"};
  if (show_hash) header.insert(header.begin() + 1, "Hash");
  std::vector<std::vector<std::string>> rows;
  for (const auto& name : shown)
    for (const auto& line : lines_of(groups, name)) {
      rows.push_back({name, line.shown()});
      if (show_hash) rows.back().insert(rows.back().begin() + 1, digest(line.hash));
    }
  return table_text(header, rows, true);
}

Value json_diff(const Groups& groups, bool show_hash, bool hide_missing) {
  Map out;
  for (const auto& [name, lines] : groups) {
    if (hide_missing && name == "not in cache") continue;
    List entries;
    for (const auto& line : lines) {
      Map entry;
      entry.set("path", line.path);
      if (show_hash) entry.set("hash", line.hash);
      entries.emplace_back(std::move(entry));
    }
    out.set(name, std::move(entries));
  }
  return out;
}

/// A target must be an out, or lie in one, on one of the two sides.
void check_targets(const std::vector<std::string>& typed, const std::vector<std::string>& targets, workspace::Revision& a, workspace::Revision& b) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto holds = [&](workspace::Revision& revision) {
      if (revision.files().out_of(targets[i]) != nullptr) return true;
      const auto& outs = revision.files().outs();
      return std::any_of(outs.begin(), outs.end(), [&](const auto& out) { return path::is_inside(out.out->file, targets[i]); });
    };
    if (!holds(a) && !holds(b)) throw Error(cat("[Errno 2] No such file or directory: ", python_str_repr(typed[i])), ErrorKind::unexpected);
  }
}

Groups compare(workspace::Workspace& ws, const std::string& a_rev, const std::optional<std::string>& b_rev, const std::vector<std::string>& typed) {
  workspace::Revisions revisions(ws);
  const auto a = revisions.resolve(a_rev), b = revisions.resolve(b_rev.value_or("workspace"));
  if (a == b) return {};
  auto& before = revisions.at(a);
  auto& after = revisions.at(b);
  DataComparison how;
  for (const auto& target : typed) how.targets.push_back(workspace::to_root(ws, target));
  check_targets(typed, how.targets, before, after);
  const auto old_data = recorded_data(before);
  auto new_data = recorded_data(after);
  if (b.empty()) new_data = present_data(ws, new_data, how.granular);
  const auto changes = a.empty() ? data_changes(present_data(ws, old_data, how.granular), new_data, how) : data_changes(old_data, new_data, how);
  auto groups = group(changes, b_rev ? std::vector<DataEntry>{} : missing_in_cache(ws.store(), old_data, how));
  const bool any = std::any_of(groups.begin(), groups.end(), [](const auto& g) { return !g.second.empty(); });
  return any ? std::move(groups) : Groups{};
}

}  // namespace

Outcome run_diff(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto b_rev = args.value("b_rev");
  Groups groups;
  try {
    if (!ws.git().exists()) workspace::refuse_without_git();
    if (ws.git().resolve("HEAD")) groups = compare(ws, args.value_or("a_rev", "HEAD"), b_rev, args.values("targets"));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::failure) throw;
    throw Error(cat("failed to get diff - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  const bool hide_missing = b_rev.has_value() || args.flag("hide_missing");
  const bool show_hash = args.flag("show_hash");
  if (args.flag("json")) return {0, cat(text::json::dump(groups.empty() ? Value(Map{}) : json_diff(groups, show_hash, hide_missing)), "\n")};
  std::vector<std::string> shown{"added", "deleted", "renamed", "modified"};
  if (!hide_missing) shown.emplace_back("not in cache");
  if (args.flag("markdown")) return {0, markdown_diff(groups, shown, show_hash)};
  return {0, groups.empty() ? "" : text_diff(groups, shown, show_hash)};
}

}  // namespace pivot::commands
