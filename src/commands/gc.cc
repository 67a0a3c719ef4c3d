// `pivot gc`: removes objects from the cache, and from remotes, that the chosen scope doesn't use.
#include <unistd.h>

#include <ctime>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/project_listing.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/versioned_calls.h"
#include "git/git.h"
#include "store/store.h"
#include "workspace/data_objects.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

using workspace::DataObject;
using workspace::Workspace;

/// Seconds of the beginning of a day, "2026-01-31", in local time.
std::int64_t parse_date(const std::string& text) {
  std::tm day{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%d", &day);
  if (end == nullptr || *end != '\0') throw Error(cat("argument --date: invalid date: ", python_str_repr(text), ", expected YYYY-MM-DD"), ErrorKind::usage);
  day.tm_isdst = -1;
  return static_cast<std::int64_t>(std::mktime(&day));
}

int commit_count(const Args& args) { return std::atoi(args.value_or("num", "1").c_str()); }

/// What is kept beside the workspace, in DVC's words.
std::string scope_text(const Args& args) {
  std::vector<std::string> parts{"workspace"};
  if (args.flag("all_commits")) {
    parts.emplace_back("all git commits");
  } else if (const auto date = args.value("commit_date")) {
    parts.push_back(cat("all git commits before date ", *date));
  } else if (const auto rev = args.value("rev")) {
    parts.push_back(cat("last ", std::to_string(commit_count(args)), " commits from ", *rev));
  } else {
    std::string refs;
    if (args.flag("all_branches")) refs = "branches";
    if (args.flag("all_tags")) refs += refs.empty() ? "tags" : " and tags";
    if (!refs.empty()) parts.push_back(cat("all git ", refs));
  }
  if (args.flag("all_experiments")) parts.emplace_back("all experiments");
  return join(parts, " and ");
}

void check_scope(const Args& args) {
  bool any = args.flag("workspace");
  for (const char* dest : {"all_branches", "all_tags", "all_commits", "all_experiments"}) any = any || args.flag(dest);
  any = any || args.given("commit_date") || args.given("rev");
  if (args.given("num") && !args.given("rev")) throw Error("--num can only be used alongside --rev");
  if (args.flag("not_in_remote") && args.flag("cloud")) throw Error("`--not-in-remote` and `--cloud` are mutually exclusive");
  if (!any)
    throw Error("Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` "
                "needs to be set.");
}

workspace::RevisionChoice revisions(Workspace& ws, const Args& args) {
  workspace::RevisionChoice out;
  out.all_branches = args.flag("all_branches");
  out.all_tags = args.flag("all_tags");
  out.all_commits = args.flag("all_commits");
  if (const auto date = args.value("commit_date")) {
    const auto since = parse_date(*date);
    for (const auto& commit : ws.git().commits())
      if (ws.git().commit_time(commit) >= since) out.named.push_back(commit);
  }
  if (const auto rev = args.value("rev")) {
    workspace::Revisions(ws).resolve(*rev);  // says it when there is none
    const int most = commit_count(args);
    for (int i = 0; most < 0 || i < most; ++i) {
      const auto commit = ws.git().resolve(cat(*rev, "~", std::to_string(i)));
      if (!commit) break;
      out.named.push_back(*commit);
    }
  }
  if (args.flag("all_experiments"))
    for (const auto& reference : ws.git().references("refs/exps/")) {
      const auto commit = ws.git().resolve(reference);
      if (commit && !reference.starts_with("refs/exps/exec/")) out.named.push_back(*commit);
    }
  return out;
}

std::vector<DataObject> used_objects(Workspace& ws, const Args& args, Reporter& out) {
  workspace::DataScope scope;
  scope.revisions = revisions(ws, args);
  const auto warn = [&](const std::string& text) { out.warning(text); };
  auto used = workspace::data_objects(ws, scope, warn);
  for (const auto& folder : args.values("repos")) {  // they share the cache
    Workspace other(path::normalize(path::join(ws.absolute(ws.cwd()), folder)), ws.lock_wait());
    auto more = workspace::data_objects(other, scope, warn);
    used.insert(used.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return used;
}

void warn(Workspace& ws, const Args& args, Reporter& out) {
  std::string text = cat("This will remove all cache except items used in the ", scope_text(args));
  if (args.flag("not_in_remote")) text += " that are not present in the DVC remote";
  if (args.values("repos").empty()) {
    text += " of the current repo.";
  } else {
    text += " of the current and the following repos:";
    for (const auto& repo : args.values("repos")) text += cat("\n  - ", path::normalize(path::join(ws.absolute(ws.cwd()), repo)));
  }
  out.warning(text);
}

void report(Reporter& out, std::size_t removed, const std::string& where, const std::string& nothing) {
  out.info(removed == 0 ? nothing : cat("Removed ", std::to_string(removed), " objects from ", where, "."));
}

/// Names of remotes with what is used of each; remotes that outputs name for themselves come first.
std::vector<std::pair<std::string, std::vector<store::WantedObject>>> by_remote(workspace::Remotes& remotes,
                                                                                const std::vector<DataObject>& used) {
  std::vector<std::pair<std::string, std::vector<store::WantedObject>>> out;
  for (const auto& object : used)
    if (!object.remote.empty() && std::none_of(out.begin(), out.end(), [&](const auto& g) { return g.first == object.remote; }))
      out.push_back({object.remote, {}});
  if (remotes.has_default() || out.empty()) {
    const auto name = remotes.name_for("");
    if (std::none_of(out.begin(), out.end(), [&](const auto& g) { return g.first == name; })) out.push_back({name, {}});
  }
  // An object may have been pushed to any of them (-r): each keeps all that is used.
  for (auto& [name, wanted] : out)
    for (const auto& object : used) wanted.push_back(object.wanted);
  return out;
}

/// Nothing goes before it is clear that all can be done.
void check_remotes(Workspace& ws, const Args& args, const std::vector<DataObject>& used) {
  workspace::Remotes remotes(ws, args.value("remote"), 0);
  for (const auto& [name, wanted] : by_remote(remotes, used)) refuse_versioned(remotes, name, "gc -c");
}

/// Somebody is there who reads it. Scripts read DVC's text alone.
bool tells_sizes(const Session& session) { return ::isatty(STDIN_FILENO) != 0 || session.verbose > 0; }

std::string size_text(std::size_t count, std::string_view where, std::int64_t bytes) {
  return cat(std::to_string(count), " objects of ", where, " would be removed, ", natural_size(bytes), ".");
}

struct RemoteName {
  std::string name, url;
};
using OnGarbage = std::function<void(const RemoteName& remote, const store::Transfer::Garbage&)>;

std::string remote_size_text(const RemoteName& remote, const store::Transfer::Garbage& result) {
  return size_text(result.objects.size(), cat("remote '", remote.name, "'"), result.bytes);
}

void each_remote(Workspace& ws, const Args& args, const std::vector<DataObject>& used, bool dry, const OnGarbage& done) {
  workspace::Remotes remotes(ws, args.value("remote"), std::atoi(args.value_or("jobs", "0").c_str()));
  for (const auto& [name, wanted] : by_remote(remotes, used)) {
    const RemoteName remote{name, remotes.url(name)};
    store::Transfer transfer(ws.store(), remotes.open(name), ws.disk(), workspace::remote_index_file(ws, remote.url));
    done(remote, transfer.collect_garbage(wanted, dry));
  }
}

/// As the file system behind the remote names it: without the scheme, and without the machine of SSH.
std::string remote_path(const std::string& url, const model::Hash& hash) {
  auto root = url;
  if (const auto scheme = url.find("://"); scheme != url.npos) {
    root = url.substr(scheme + 3);
    if (url.starts_with("ssh://")) root = root.find('/') == root.npos ? "" : root.substr(root.find('/'));
  }
  return cat(root, root.ends_with('/') ? "" : "/", hash.name == "md5" ? "files/md5/" : "", hash.value.substr(0, 2), "/", hash.value.substr(2));
}

void collect_remotes(Session& session, const Args& args, const std::vector<DataObject>& used) {
  auto& out = session.out();
  each_remote(session.workspace(), args, used, args.flag("dry"), [&](const RemoteName& remote, const store::Transfer::Garbage& result) {
    for (const auto& item : result.failed) out.error(cat("failed to remove '", item.hash.value, "' - ", item.error));
    if (args.flag("dry"))
      for (const auto& hash : result.objects) out.info(cat("Removing ", remote_path(remote.url, hash)));
    constexpr const char* kNothing = "No unused cache to remove from remote.";
    report(out, result.removed, "remote", kNothing);
    report(out, result.removed_legacy, "remote", kNothing);
    if (args.flag("dry") && tells_sizes(session)) out.info(remote_size_text(remote, result));
  });
}

/// --not-in-remote: what the remote has can be fetched again.
std::vector<model::Hash> only_here(Workspace& ws, const Args& args, const std::vector<DataObject>& used) {
  workspace::Remotes remotes(ws, args.value("remote"), std::atoi(args.value_or("jobs", "0").c_str()));
  std::vector<model::Hash> out;
  for (const auto& object : used) {
    const auto name = remotes.name_for(object.remote);
    store::Transfer transfer(ws.store(), remotes.open(name), ws.disk(), "");
    std::vector<model::Hash> missing;
    for (const auto& found : transfer.compare({object.wanted}, missing))
      if (found.where == store::Whereabouts::only_here) out.push_back(found.hash);
  }
  return out;
}

}  // namespace

namespace {

std::vector<model::Hash> kept_objects(Workspace& ws, const Args& args, const std::vector<DataObject>& used) {
  if (args.flag("not_in_remote")) return only_here(ws, args, used);
  std::vector<model::Hash> kept;
  for (const auto& object : used) kept.push_back(object.wanted.hash);
  return kept;
}

std::string cache_size_text(const store::Store::GcResult& result) {
  return size_text(result.removed + result.removed_legacy, "the cache", result.bytes);
}

/// How much would go, said before anything goes.
void tell_sizes(Session& session, const Args& args) {
  auto& ws = session.workspace();
  auto& out = session.out();
  ws.lockbook().refresh();
  const auto used = used_objects(ws, args, out);
  if (args.flag("cloud")) check_remotes(ws, args, used);
  out.info(cache_size_text(ws.store().gc(kept_objects(ws, args, used), true, !args.flag("not_in_remote"))));
  if (!args.flag("cloud")) return;
  each_remote(ws, args, used, true,
              [&](const RemoteName& remote, const store::Transfer::Garbage& result) { out.info(remote_size_text(remote, result)); });
}

}  // namespace

Outcome run_gc(Session& session, const Args& args) {
  check_scope(args);
  auto& ws = session.workspace();
  auto& out = session.out();
  const bool dry = args.flag("dry");
  warn(ws, args, out);
  if (!dry && tells_sizes(session)) tell_sizes(session, args);
  if (!dry && !args.flag("force") && !out.ask("Are you sure you want to proceed?")) return {1, ""};
  ws.lock().acquire();
  ws.lockbook().refresh();
  const auto used = used_objects(ws, args, out);
  const auto kept = kept_objects(ws, args, used);
  if (args.flag("cloud")) check_remotes(ws, args, used);
  const auto result = ws.store().gc(kept, dry, !args.flag("not_in_remote"));
  if (dry)
    for (const auto& [file, size] : result.objects) out.info(cat("Removing ", file));
  report(out, result.removed, "repo cache", "No unused 'repo' cache to remove.");
  report(out, result.removed_legacy, "legacy cache", "No unused 'legacy' cache to remove.");
  if (dry && tells_sizes(session)) out.info(cache_size_text(result));
  if (args.flag("cloud")) collect_remotes(session, args, used);
  ws.finish();
  return {};
}

}  // namespace pivot::commands
