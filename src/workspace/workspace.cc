#include "workspace/workspace.h"

#include <climits>
#include <cstdlib>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/aside.h"
#include "engine/scan.h"
#include "engine/seams.h"
#include "exporters/dvc_lock.h"
#include "git/git.h"
#include "store/store.h"
#include "workers/python_runner.h"
#include "workers/script_runner.h"
#include "workspace/collection.h"
#include "workspace/config.h"
#include "workspace/dvc_ignore.h"
#include "workspace/gitignore.h"
#include "workspace/known_verdicts.h"
#include "workspace/lockbooks.h"
#include "workspace/python_pipelines.h"
#include "workspace/recorded_stages.h"
#include "workspace/repo_lock.h"
#include "workspace/root.h"
#include "workspace/snapshot.h"
#include "workspace/url_data.h"

namespace pivot::workspace {

struct Workspace::Impl {
  Disk& disk;
  std::string root, dvc_dir, tmp_dir, cwd;
  bool is_project = true;
  LockWait lock_wait;
  std::unique_ptr<Config> config;
  std::unique_ptr<DvcIgnore> ignore;
  std::unique_ptr<git::Git> git;
  std::unique_ptr<GitIgnore> git_ignore;
  std::unique_ptr<store::Store> store;
  WatchingDisk watching{disk};  ///< what an import looks at
  std::int64_t started_ns = wall_ns();
  std::unique_ptr<Snapshot> snapshot;
  std::unique_ptr<KnownVerdicts> known;
  std::unique_ptr<Collection> stages;
  std::unique_ptr<Lockbooks> lockbook;
  PythonOptions python_options;
  bool runs_code = true;
  std::unique_ptr<PythonPipelines> python;
  std::unique_ptr<workers::WarmScripts> scripts;
  std::unique_ptr<RepoLock> lock;
  std::unique_ptr<engine::Project> project;
  std::set<std::string> written;
  std::string borrowed_cache;
  bool hard_links = false;
};

Workspace::Workspace(const std::string& cwd, LockWait lock_wait, Disk& disk, bool without_project) : impl_(new Impl{.disk = disk}) {
  auto& i = *impl_;
  try {
    i.root = find_root(cwd);
  } catch (const Error& e) {
    if (!without_project || e.kind() != ErrorKind::no_repo) throw;
    if (const auto bare = git::Git::bare_around(cwd); !bare.empty()) throw Error(cat(bare, " is a bare git repo"), ErrorKind::no_repo);
    char real[PATH_MAX];
    const std::string here = realpath(cwd.c_str(), real) != nullptr ? std::string(real) : cwd;
    const git::Git git(here);
    i.root = git.exists() ? git.root() : here;
    i.is_project = false;
  }
  i.dvc_dir = cat(i.root, "/.dvc");
  i.tmp_dir = cat(i.dvc_dir, "/tmp");
  char real[PATH_MAX];
  i.cwd = path::relative(realpath(cwd.c_str(), real) != nullptr ? std::string(real) : cwd, i.root);
  i.lock_wait = lock_wait;
  config();
}

Workspace::~Workspace() = default;

const std::string& Workspace::root() const { return impl_->root; }
bool Workspace::is_project() const { return impl_->is_project; }
const std::string& Workspace::dvc_dir() const { return impl_->dvc_dir; }
const std::string& Workspace::tmp_dir() const { return impl_->tmp_dir; }
const std::string& Workspace::cwd() const { return impl_->cwd; }
const LockWait& Workspace::lock_wait() const { return impl_->lock_wait; }
Disk& Workspace::disk() { return impl_->disk; }

std::string Workspace::absolute(std::string_view file) const {
  if (path::is_absolute(file)) return std::string(file);
  return file == "." ? impl_->root : cat(impl_->root, "/", file);
}

const Config& Workspace::config() {
  if (!impl_->config) impl_->config = std::make_unique<Config>(Config::load(impl_->root));
  return *impl_->config;
}

void Workspace::lay_over_settings(const ConfigSections& settings) {
  config();
  impl_->config->lay_over(settings);
}

DvcIgnore& Workspace::ignore() {
  if (!impl_->ignore) impl_->ignore = std::make_unique<DvcIgnore>(impl_->watching, impl_->root);
  return *impl_->ignore;
}

git::Git& Workspace::git() {
  if (!impl_->git) impl_->git = std::make_unique<git::Git>(config().get_bool("core", "no_scm", false) ? std::string() : impl_->root);
  return *impl_->git;
}

GitIgnore& Workspace::git_ignore() {
  if (!impl_->git_ignore) impl_->git_ignore = std::make_unique<GitIgnore>(impl_->watching, git(), absolute(cwd()));
  return *impl_->git_ignore;
}

namespace {

std::vector<store::LinkType> link_types(const Config& config) {
  std::vector<store::LinkType> out;
  const auto setting = config.get("cache", "type").value_or("");
  for (auto word : split(setting, ',')) {
    const auto name = trim(word);
    if (name == "reflink") out.push_back(store::LinkType::reflink);
    if (name == "hardlink") out.push_back(store::LinkType::hardlink);
    if (name == "symlink") out.push_back(store::LinkType::symlink);
    if (name == "copy") out.push_back(store::LinkType::copy);
  }
  if (out.empty()) out = {store::LinkType::reflink, store::LinkType::copy};
  return out;
}

}  // namespace

store::Store& Workspace::store() {
  if (impl_->store) return *impl_->store;
  store::Options options;
  options.root = impl_->root;
  options.cache_dir = config().cache_dir();
  if (impl_->is_project) options.state_dir = cat(impl_->tmp_dir, "/pivot");
  options.links = link_types(config());
  options.shared_group = config().get("cache", "shared").value_or("") == "group";
  options.on_damage = [this](const std::string& file) {
    if (on_warning) on_warning(cat("the cache object '", file, "' is damaged: it was deleted"));
  };
  if (!impl_->borrowed_cache.empty()) {
    options.cache_dir = impl_->borrowed_cache;
    options.state_dir.clear();
    options.links = {impl_->hard_links ? store::LinkType::hardlink : store::LinkType::reflink, store::LinkType::copy};
  }
  auto ignored = [this](const std::string& file, bool is_dir) {
    const auto folder = path::dirname(file);
    return ignore().entry_ignored(folder.empty() ? "." : folder, path::basename(file), is_dir);
  };
  impl_->store = std::make_unique<store::Store>(std::move(options), disk(), ignored);
  return *impl_->store;
}

void Workspace::borrow_cache(std::string cache_dir, bool hard_links) {
  impl_->borrowed_cache = std::move(cache_dir);
  impl_->hard_links = hard_links;
}

importers::dvc::ParsingOptions Workspace::parsing() {
  importers::dvc::ParsingOptions parsing;
  parsing.cwd = cwd();
  parsing.root = root();
  parsing.boolean_optional = config().get("parsing", "bool").value_or("") == "boolean_optional";
  parsing.append_lists = config().get("parsing", "list").value_or("") == "append";
  return parsing;
}

Snapshot& Workspace::snapshot() {
  if (impl_->snapshot) return *impl_->snapshot;
  const auto options = parsing();
  // The Git root decides which .gitignore files count.
  const auto key = cat(options.boolean_optional ? "1" : "0", options.append_lists ? "1" : "0",
                       config().get_bool("fingerprint", "track_versions", false) ? "1" : "0", git().root(), "\n",
                       std::to_string(python().import_id()));
  impl_->snapshot = std::make_unique<Snapshot>(disk(), impl_->root, cat(impl_->tmp_dir, "/pivot/stages"), xxh3_128(key, program_mark(disk())));
  return *impl_->snapshot;
}

Collection& Workspace::stages() {
  auto& i = *impl_;
  if (i.stages) return *i.stages;
  const bool as_written = i.is_project && i.runs_code && i.python_options.overrides.empty() && i.python_options.host < 0;
  if (as_written)
    if (auto imported = snapshot().load()) {
      i.stages = std::make_unique<Collection>(disk(), i.root, i.cwd, ignore(), git_ignore(), *std::move(imported));
      return *i.stages;
    }
  const auto started = wall_ns();
  const auto load_python = [this](Collection& collection) {
    if (!impl_->runs_code) return recorded_stages(impl_->watching, impl_->root, collection.python_files);
    return python().load(collection.python_files, [&collection](const std::string& file) { return collection.params(file); });
  };
  i.watching.watch(true);
  i.stages = std::make_unique<Collection>(i.watching, i.root, i.cwd, ignore(), git_ignore(), parsing(), load_python, python().is_live());
  i.watching.watch(false);
  // A first import by Python has another id from now on.
  if (!i.stages->python_files.empty()) i.snapshot.reset();
  // Warnings are told each time, and name files as seen from here.
  if (i.stages->warnings.empty() && as_written && (i.stages->python_files.empty() || python().import_id() != 0))
    snapshot().take(i.stages->imported(), i.watching, started);
  return *i.stages;
}

void Workspace::forget_stages() {
  auto& i = *impl_;
  i.project.reset();
  i.known.reset();
  i.stages.reset();
  i.snapshot.reset();
}

PythonPipelines& Workspace::python() {
  if (!impl_->python)
    impl_->python = std::make_unique<PythonPipelines>(disk(), impl_->root, cat(impl_->tmp_dir, "/pivot"), config(), impl_->python_options);
  return *impl_->python;
}

void Workspace::run_no_code() { impl_->runs_code = false; }
bool Workspace::runs_code() const { return impl_->runs_code; }
void Workspace::set_python(PythonOptions options) { impl_->python_options = std::move(options); }

KnownVerdicts& Workspace::known() {
  if (!impl_->known) {
    impl_->known = std::make_unique<KnownVerdicts>(disk(), impl_->root, cat(impl_->tmp_dir, "/pivot/verdicts"),
                                                   cat(config().cache_dir(), "/files/md5"));
    impl_->known->open(snapshot().is_current() ? snapshot().id() : 0);
  }
  return *impl_->known;
}

Lockbooks& Workspace::lockbook() {
  if (!impl_->lockbook) {
    impl_->lockbook = std::make_unique<Lockbooks>(disk(), impl_->root, impl_->cwd);
    auto& dvc = impl_->lockbook->dvc;
    dvc.lock = [this] { lock().acquire(); };
    dvc.unlock = [this] { lock().release(); };
    dvc.is_normal = [this](const std::string& file, const FileStat& stat) { return known().is_normal(file, stat); };
    dvc.on_foreign_change = [this] { known().drop(); };
    impl_->lockbook->python.producer = [this](const std::string& file) -> const model::Stage* {
      const auto [owner, index] = stages().outs().find(file);
      if (owner < 0) return nullptr;
      const auto& stage = stages().stages[static_cast<std::size_t>(owner)];
      return stage.callable ? &stage : nullptr;
    };
  }
  return *impl_->lockbook;
}

RepoLock& Workspace::lock() {
  if (!impl_->lock) impl_->lock = std::make_unique<RepoLock>(disk(), impl_->root, impl_->lock_wait, command_line, on_wait);
  return *impl_->lock;
}

engine::Project& Workspace::project() {
  if (impl_->project) return *impl_->project;
  auto& s = stages();
  impl_->project.reset(new engine::Project{s.stages, s.outs(), s.graph(), disk(), store(), lockbook(),
                                           [&s](const std::string& file) { return s.params(file); }, impl_->root, impl_->cwd, &known()});
  impl_->project->track_versions = config().get_bool("fingerprint", "track_versions", false);
  impl_->project->look_at_url = [this](const std::string& url) -> std::optional<model::LockEntry> {
    UrlData data(this, url, impl_->root, {});
    if (!data.look()) return std::nullopt;
    const auto identity = data.identify(*this, std::nullopt);
    return model::LockEntry{url, identity.hash, identity.meta, {}};
  };
  if (config().get_bool("run", "warm", false)) {
    impl_->scripts = std::make_unique<workers::WarmScripts>(impl_->root, cat(impl_->tmp_dir, "/pivot"), cat(impl_->tmp_dir, "/pivot/preload"));
    impl_->project->scripts = impl_->scripts.get();
  }
  if (!s.python_files.empty() || python().is_live()) {
    python().use(s.python_files, [&s](const std::string& file) { return s.params(file); });
    impl_->project->callables = &python().runner();
  }
  return *impl_->project;
}

void Workspace::ignore_outs(const model::Stage& stage) {
  for (const auto& out : stage.outs) {
    if (!out.cache || path::is_url(out.file) || path::is_absolute(out.file)) continue;
    const auto file = absolute(out.file);
    const auto stat = disk().stat(file);
    git_ignore().add(file, stat && stat->type == FileType::dir);
  }
}

void Workspace::write_dvc_file(const model::Stage& stage) {
  const auto file = absolute(stage.file);
  const auto old = disk().read(file).value_or("");
  const auto text = exporters::write_dvc_file(stage, old);
  if (text != old) disk().write_atomic(file, text);
  note_written(stage.file);
}

void Workspace::note_written(const std::string& file) { impl_->written.insert(file); }

bool Workspace::needs_recovery() { return !engine::orphaned_asides(disk(), cat(impl_->tmp_dir, "/pivot/aside")).empty(); }

void Workspace::recover() {
  if (!needs_recovery()) return;
  const auto folder = cat(impl_->tmp_dir, "/pivot/aside");
  lock().acquire();
  // An output that the killed run had already recorded is newer than the one that was set aside.
  engine::recover_asides(disk(), folder, [this](const std::string& file) {
    const auto [owner, index] = stages().outs().find(path::relative(file, impl_->root));
    if (owner < 0) return disk().lstat(file).has_value();
    const auto& stage = stages().stages[static_cast<std::size_t>(owner)];
    const auto* record = lockbook().find(stage);
    const auto* entry = record != nullptr ? engine::find_entry(record->outs, stage.outs[static_cast<std::size_t>(index)].path) : nullptr;
    return entry != nullptr && store().matches(file, entry->hash, entry->meta);
  });
  lock().release();
}

void Workspace::finish() {
  if (impl_->python) impl_->python->finish();
  if (impl_->project) impl_->project->callables = nullptr, impl_->project->scripts = nullptr;
  impl_->scripts.reset();
  if (impl_->lockbook && impl_->lockbook->pending()) {
    lock().acquire();
    impl_->lockbook->refresh();
    impl_->lockbook->write(true);
  }
  if (impl_->store) impl_->store->flush();
  const bool wrote = impl_->lockbook && (!impl_->lockbook->dvc.written().empty() || !impl_->lockbook->python.written().empty());
  if (impl_->snapshot) impl_->snapshot->save(!wrote);
  if (impl_->known && impl_->stages && impl_->snapshot) impl_->known->save(*impl_->stages, lockbook(), store(), impl_->snapshot->id(), impl_->started_ns);
  if (impl_->lock) impl_->lock->release();
}

std::string Workspace::git_hint() {
  auto files = impl_->written;
  if (impl_->lockbook)
    for (const auto* list : {&impl_->lockbook->dvc.written(), &impl_->lockbook->python.written()})
      for (const auto& [file, yes] : *list) files.insert(file);
  if (impl_->git_ignore)
    for (const auto& file : impl_->git_ignore->touched()) files.insert(path::relative(file, impl_->root));
  if (files.empty() || !git().exists()) return "";
  if (config().get_bool("core", "autostage", false)) {
    std::vector<std::string> paths;
    for (const auto& file : files)
      if (disk().lstat(absolute(file))) paths.push_back(absolute(file));
    git().add(paths);
    return "";
  }
  std::string list;
  for (const auto& file : files) list += cat(" ", shell_quote(path::relative(file, impl_->cwd)));
  return cat("\nTo track the changes with git, run:\n\n\tgit add", list,
             "\n\nTo enable auto staging, run:\n\n\tdvc config core.autostage true");
}

}  // namespace pivot::workspace
