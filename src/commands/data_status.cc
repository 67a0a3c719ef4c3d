// `pivot data status`: what changed between the last commit, the locks and *.dvc files, and the workspace.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/data_changes.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"
#include "text/json.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using Kind = DataChange::Kind;

/// The part of a status that compares two states: state -> paths (renames: {"old", "new"}), in DVC's order of states.
struct Compared {
  Map states;
  std::set<std::string> unchanged;
};

void append(Map& states, const char* state, Value item) {
  auto* list = states.find(state);
  if (list == nullptr) list = &states.set(state, List{});
  list->as_list().push_back(std::move(item));
}

Compared sorted_out(const std::vector<DataChange>& changes) {
  Compared out;
  for (const bool in_place : {true, false})  // what stayed where it is comes first
    for (const auto& c : changes) {
      if (in_place && c.kind == Kind::modified) append(out.states, "modified", (c.after ? c.after : c.before)->shown());
      if (in_place && c.kind == Kind::unknown) append(out.states, "unknown", c.after->shown());
      if (in_place && c.kind == Kind::unchanged) out.unchanged.insert((c.after ? c.after : c.before)->shown());
      if (!in_place && c.kind == Kind::added) append(out.states, "added", c.after->shown());
      if (in_place || c.kind != Kind::renamed) continue;
      Map item;
      item.set("old", c.before->shown());
      item.set("new", c.after->shown());
      append(out.states, "renamed", std::move(item));
    }
  for (const auto& c : changes)
    if (c.kind == Kind::deleted) append(out.states, "deleted", c.before->shown());
  return out;
}

List as_list(const std::vector<std::string>& words) {
  List out;
  for (const auto& word : words) out.emplace_back(word);
  return out;
}

/// Files that neither Git nor DVC tracks, as seen from the working directory; those outside of the project are left out.
std::vector<std::string> untracked_files(workspace::Workspace& ws, const git::Git::Changes& changes, const std::vector<std::string>& targets) {
  std::vector<std::string> out;
  for (const auto& file : changes.untracked) {
    const auto absolute = cat(ws.git().root(), "/", file);
    if (!path::is_inside(absolute, ws.root())) continue;
    const auto mine = path::relative(absolute, ws.root());
    const bool wanted = targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const auto& t) { return path::is_inside(mine, t); });
    if (wanted) out.push_back(path::relative(mine, ws.cwd()));
  }
  return out;
}

/// Everything that is empty goes.
Map compact(const Map& status) {
  Map out;
  for (const auto& [key, value] : status.items)
    if (value.is_map() ? !value.as_map().empty() : !value.as_list().empty()) out.items.emplace_back(key, value);
  return out;
}

Map find_status(workspace::Workspace& ws, const Args& args, const std::vector<std::string>& targets) {
  DataComparison how;
  how.granular = args.flag("granular");
  how.unchanged = args.flag("unchanged");
  how.by_hash_only = true;
  how.targets = targets;
  workspace::Revisions revisions(ws);
  const auto recorded = recorded_data(revisions.at(""));
  auto uncommitted = sorted_out(data_changes(recorded, present_data(ws, recorded, how.granular), how));
  Compared committed;
  auto unchanged = std::move(uncommitted.unchanged);
  if (ws.git().exists()) {
    DataState head{{}, [](const DataEntry&) { return nullptr; }};
    if (const auto commit = ws.git().resolve("HEAD"); commit && revisions.at(*commit).is_project()) head = recorded_data(revisions.at(*commit));
    committed = sorted_out(data_changes(head, recorded, how));
    std::erase_if(unchanged, [&](const auto& file) { return committed.unchanged.count(file) == 0; });
  }
  std::vector<std::string> missing;
  for (const auto& entry : missing_in_cache(ws.store(), recorded, how)) missing.push_back(entry.shown());
  Map out;
  out.set("not_in_cache", as_list(missing));
  out.set("committed", std::move(committed.states));
  out.set("uncommitted", std::move(uncommitted.states));
  if (args.value_or("untracked_files", "no") != "no") out.set("untracked", as_list(untracked_files(ws, ws.git().changes(true), targets)));
  if (how.unchanged) out.set("unchanged", as_list({unchanged.begin(), unchanged.end()}));
  return out;
}

struct Heading {
  std::string_view key, label, hint;
};
constexpr Heading kHeadings[] = {
    {"not_in_cache", "Not in cache:\n", "  (use \"dvc fetch <file>...\" to download files)\n"},
    {"committed", "DVC committed changes:\n", "  (git commit the corresponding dvc files to update the repo)\n"},
    {"uncommitted", "DVC uncommitted changes:\n",
     "  (use \"dvc commit <file>...\" to track changes)\n  (use \"dvc checkout <file>...\" to discard changes)\n"},
    {"untracked", "Untracked files:\n", "  (use \"git add <file> ...\" or \"dvc add <file>...\" to commit to git or to dvc)\n"},
    {"unchanged", "DVC unchanged files:\n", ""},
};

std::string section_lines(const Value& section) {
  constexpr std::string_view kIndent = "        ";
  std::string out;
  if (section.is_list())
    for (const auto& file : section.as_list()) out += cat(kIndent, file.as_string(), "\n");
  if (!section.is_map()) return out;
  for (const auto& [state, files] : section.as_map().items)
    for (const auto& file : files.as_list())
      out += cat(kIndent, state.as_string(), ": ",
                 file.is_map() ? cat(file.as_map().find("old")->as_string(), " -> ", file.as_map().find("new")->as_string()) : file.as_string(), "\n");
  return out;
}

std::string status_text(workspace::Workspace& ws, const Map& status, bool with_untracked) {
  std::string out;
  for (const auto& heading : kHeadings)
    if (const auto* section = status.find(heading.key)) out += cat(out.empty() ? "" : "\n", heading.label, heading.hint, section_lines(*section));
  const auto changes = ws.git().changes(with_untracked);
  const bool no_commits = ws.git().exists() && !ws.git().resolve("HEAD");
  if (out.empty()) out = cat("No changes", no_commits ? " in an empty git repo" : "", ".\n");
  if (changes.any) out += cat("(there are ", status.empty() ? "" : "other ", "changes not tracked by dvc, use \"git status\" to see)\n");
  return out;
}

}  // namespace

Outcome run_data_status(Session& session, const Args& args) {
  if (args.flag("not_in_remote")) throw Error("`data status --not-in-remote` needs remote storage, which pivot does not have yet");
  auto& ws = session.workspace();
  std::vector<std::string> targets;
  for (const auto& target : args.values("targets")) targets.push_back(workspace::to_root(ws, target));
  const auto status = compact(find_status(ws, args, targets));
  if (args.flag("json")) return {0, cat(text::json::dump(status), "\n")};
  auto text = status_text(ws, status, args.value_or("untracked_files", "no") != "no");
  text.pop_back();
  session.out().info(text);
  return {};
}

}  // namespace pivot::commands
