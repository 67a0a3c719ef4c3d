#include "commands/transfers.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "store/store.h"
#include "workspace/config.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

void fail_transfer(std::string_view verb, const std::string& why, const std::string& hint) {
  const auto direction = verb == "push" ? "to" : "from";
  auto error = Error(cat("failed to ", verb, " data ", direction, " the cloud - ", workspace::without_config_prefix(why)), ErrorKind::refusal);
  if (!hint.empty()) error.with_hint(hint);
  throw error;
}

std::string counted_files(std::size_t n, std::string_view what) { return cat(std::to_string(n), n == 1 ? " file " : " files ", what); }

workspace::DataScope data_scope(const Args& args) {
  workspace::DataScope out;
  out.targets = args.values("targets");
  out.recursive = args.flag("recursive");
  out.with_deps = args.flag("with_deps");
  out.glob = args.flag("glob");
  out.revisions.all_branches = args.flag("all_branches");
  out.revisions.all_tags = args.flag("all_tags");
  out.revisions.all_commits = args.flag("all_commits");
  return out;
}

namespace {

/// `fetch --max-size` and `--type`: outputs (whole folders, too) below a size, of these kinds.
bool is_selected(const Args& args, const workspace::DataObject& object) {
  if (const auto most = args.value("max_size"); most && object.size && *object.size >= std::atoll(most->c_str())) return false;
  const auto& kinds = args.values("types");
  if (kinds.empty()) return true;
  const auto* name = object.kind == model::OutKind::metric ? "metrics" : object.kind == model::OutKind::plot ? "plots" : "";
  return std::find(kinds.begin(), kinds.end(), name) != kinds.end();
}

}  // namespace

TransferCall::TransferCall(Session& session, const Args& args, std::string verb)
    : session_(session), args_(args), verb_(std::move(verb)),
      remotes_(session.workspace(), args.value("remote"), std::atoi(args.value_or("jobs", "0").c_str())) {
  try {
    collect();
  } catch (Error& e) {
    fail_transfer(verb_, e.message(), e.hint());
  }
}

void TransferCall::collect() {
  auto& ws = session_.workspace();
  std::vector<workspace::DataObject> objects;
  try {
    objects = workspace::data_objects(ws, data_scope(args_), {});
    if (verb_ != "push" && args_.given("remote")) remotes_.open(remotes_.name_for(""));
  } catch (const Error&) {
    session_.out().warning("failed to collect 'workspace', skipping");
    throw;
  }
  if (verb_ == "push") {
    remotes_.open(remotes_.name_for(""));
    if (data_scope(args_).revisions.any() && remotes_.keeps_versions(remotes_.name_for("")))
      throw Error("Multiple rev push is unsupported for cloud versioned remotes");
  }
  for (auto& object : objects) {
    if (!is_selected(args_, object)) continue;
    if (verb_ != "push" && object.import) imports_.push_back(object.import);
    if ((verb_ == "push" && !object.push) || object.from_repository || !remotes_.concerns(object)) continue;
    if (object.remote.empty() && !remotes_.has_default() && verb_ != "push") continue;
    const auto name = remotes_.name_for(object.remote);
    if (remotes_.keeps_versions(name)) {
      // What was never pushed there comes from its source.
      const bool pushed = model::has_files(object.extra) || !model::file_of(object.wanted.hash, object.meta, object.extra).version.empty();
      if (verb_ != "push" && object.import && !pushed) continue;
      auto versioned = std::find_if(versioned_.begin(), versioned_.end(), [&](const auto& g) { return g.remote == name; });
      if (versioned == versioned_.end()) versioned = versioned_.insert(versioned_.end(), {name, {}});
      versioned->objects.push_back(std::move(object));
      continue;
    }
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const auto& g) { return g.first == name; });
    if (group == groups_.end()) group = groups_.insert(groups_.end(), {name, {}});
    group->second.push_back(std::move(object.wanted));
  }
  for (const auto& group : groups_) remotes_.open(group.first);
}

void TransferCall::warn_missing(const std::vector<model::Hash>& missing) {
  if (missing.empty()) return;
  std::string text = "Some of the cache files do not exist neither locally nor on remote. Missing cache files:";
  for (const auto& hash : missing) text += cat("\n", hash.name == "md5" ? "md5" : hash.name, ": ", hash.value);
  session_.out().warning(text);
}

/// What no remote has may still be where it was imported from.
void TransferCall::leave_to_sources(std::vector<model::Hash>& missing) const {
  std::erase_if(missing, [&](const model::Hash& hash) {
    return std::any_of(imports_.begin(), imports_.end(), [&](const auto& stage) { return stage->outs.front().hash == hash; });
  });
}

void TransferCall::fetch_imports(Total& total) {
  auto& store = session_.workspace().store();
  std::vector<model::Hash> missing;
  std::set<std::string> fetched;  // imports may share files
  for (const auto& stage : imports_) {
    const auto& hash = stage->outs.front().hash;
    if (store.has(hash)) continue;
    std::string why;
    if (fetch_import(session_, *stage, jobs_of(args_), why)) {
      const auto tree = hash.is_dir() ? store.load_tree(hash) : nullptr;
      if (!tree) total.moved += fetched.insert(hash.value).second ? 1 : 0;
      else for (const auto& file : tree->files) total.moved += fetched.insert(file.md5).second ? 1 : 0;
      continue;
    }
    missing.push_back(hash);
    session_.out().warning(cat("'", stage->address_from(session_.workspace().cwd()), "' can't be taken from its source: ", why));
  }
  warn_missing(missing);
}

void TransferCall::count(const store::Transfer::Result& result, Total& total) {
  warn_missing(result.missing);
  for (const auto& item : result.failed)
    session_.out().error(cat("failed to transfer '", item.hash.value, "' - ", item.error));
  total.moved += result.moved;
  total.failed += result.failed.size();
}

std::size_t move_runs(workspace::Workspace& ws, store::Remote& remote, bool up) {
  if (!remote.can_list()) throw Error("run-cache is not supported for http filesystem: the files of such a remote can't be listed");
  const auto cache = ws.config().cache_dir();
  std::size_t moved = 0;
  const auto is_entry = [](const std::string& p) { return split(p, '/').size() == 4; };
  if (!up) {
    for (const auto& file : remote.list_files("runs")) {
      const auto target = cat(cache, "/", file.path);
      if (!is_entry(file.path) || path::normalize(file.path) != file.path || ws.disk().lstat(target)) continue;
      remote.download_file(file.path, target);
      ++moved;
    }
    return moved;
  }
  std::vector<std::string> open{"runs"};
  while (!open.empty()) {
    const auto here = open.back();
    open.pop_back();
    if (!ws.disk().stat(cat(cache, "/", here))) continue;
    for (const auto& entry : ws.disk().list(cat(cache, "/", here))) {
      const auto below = cat(here, "/", entry.name);
      if (entry.type == FileType::dir) {
        open.push_back(below);
      } else if (is_entry(below) && !entry.name.ends_with(".tmp")) {
        remote.upload_file(cat(cache, "/", below), below);
        ++moved;
      }
    }
  }
  return moved;
}

/// Counts what arrives, from several threads, and shows it.
class TransferCall::Meter {
 public:
  Meter(Reporter& out, std::string_view what) : out_(out), what_(what), began_(Clock::now()) {}
  ~Meter() {
    if (total_ > 0) out_.progress({what_, total_, total_, bytes_, 0});
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  void expect(std::size_t objects) { total_ += objects; }
  void arrived(std::int64_t bytes) {
    const std::scoped_lock lock(mutex_);
    ++done_;
    bytes_ += std::max<std::int64_t>(bytes, 0);
    // The last step takes the bar away; more objects (listings) may follow.
    if (done_ < total_) out_.progress({what_, done_, total_, bytes_, std::chrono::duration<double>(Clock::now() - began_).count()});
  }

 private:
  using Clock = std::chrono::steady_clock;
  Reporter& out_;
  std::string_view what_;
  Clock::time_point began_;
  std::mutex mutex_;
  std::size_t done_ = 0, total_ = 0;
  std::int64_t bytes_ = 0;
};

void TransferCall::move_versioned(const workspace::VersionedGroup& group, Total& total) {
  const bool up = verb_ == "push";
  Meter meter(session_.out(), up ? "Pushing" : "Fetching");
  const workspace::TransferTold told{[&](std::size_t files) { meter.expect(files); }, [&](std::int64_t bytes) { meter.arrived(bytes); }};
  const auto result = up ? push_versioned(session_, remotes_, group, told) : workspace::fetch_versioned(session_.workspace(), remotes_, group, told);
  if (!result.missing.empty())
    session_.out().warning(cat("Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n", join(result.missing, "\n")));
  if (!result.unversioned.empty())
    session_.out().warning(cat("Some files are missing cloud version information and will not be fetched from the remote:\n", join(result.unversioned, "\n")));
  for (const auto& item : result.failed) session_.out().error(cat("failed to transfer '", item.path, "' - ", item.error));
  total.moved += result.moved;
  total.failed += result.failed.size() + result.unversioned.size();
}

TransferCall::Total TransferCall::push() {
  auto& ws = session_.workspace();
  Total total;
  if (args_.flag("run_cache")) total.moved += move_runs(ws, remotes_.open(remotes_.name_for("")), true);
  for (const auto& [name, wanted] : groups_) {
    store::Transfer transfer(ws.store(), remotes_.open(name), ws.disk(), workspace::remote_index_file(ws, remotes_.url(name)));
    Meter meter(session_.out(), "Pushing");
    transfer.on_begin = [&](std::size_t objects) { meter.expect(objects); };
    count(transfer.push(wanted, [&](std::int64_t bytes) { meter.arrived(bytes); }), total);
  }
  for (const auto& group : versioned_) move_versioned(group, total);
  return total;
}

TransferCall::Total TransferCall::fetch(const std::function<void()>& before_objects) {
  auto& ws = session_.workspace();
  Total total;
  if (args_.flag("run_cache")) move_runs(ws, remotes_.open(remotes_.name_for("")), false);
  for (const auto& [name, wanted] : groups_) {
    store::Transfer transfer(ws.store(), remotes_.open(name), ws.disk(), workspace::remote_index_file(ws, remotes_.url(name)));
    store::Transfer::Result result;
    {
      Meter meter(session_.out(), "Fetching");
      transfer.on_begin = [&](std::size_t objects) {
        meter.expect(objects);
        if (before_objects) before_objects();
      };
      result = transfer.fetch(wanted, [&](std::int64_t bytes) { meter.arrived(bytes); });
    }
    leave_to_sources(result.missing);
    count(result, total);
  }
  for (const auto& group : versioned_) move_versioned(group, total);
  fetch_imports(total);
  return total;
}

}  // namespace pivot::commands
