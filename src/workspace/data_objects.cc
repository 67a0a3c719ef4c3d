#include "workspace/data_objects.h"

#include <fnmatch.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/scan.h"
#include "workspace/config.h"
#include "workspace/lockbooks.h"
#include "workspace/remote_bridge.h"

namespace pivot::workspace {
namespace {

/// The part of an output that a target names: nullopt when the output is none of it.
bool narrow(const Target& target, const model::Out& out, store::WantedObject& wanted) {
  if (!target.filter || path::is_inside(out.file, *target.filter)) return true;
  if (!path::is_inside(*target.filter, out.file)) return false;
  wanted.subpath = path::relative(*target.filter, out.file);
  return true;
}

std::string no_version_info(const std::string& shown, const std::string& address, bool exists) {
  auto text = cat("Output '", shown, "'(stage: '", address, "') is missing version info. Cache for it will not be collected. ",
                  "Use `dvc repro` to get your pipeline up to date.");
  if (exists) text += cat("\nYou can also use `dvc commit ", address, "` to associate existing '", shown, "' with stage: '", address, "'.");
  return text;
}

/// Stages and outputs whose name or path a pattern matches.
std::vector<std::string> expand(Workspace& ws, Collection& stages, const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const auto& pattern : patterns) {
    const auto hit = [&](const std::string& name) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; };
    for (const auto& stage : stages.stages) {
      const auto address = stage.address_from(ws.cwd());
      if (hit(address)) out.push_back(address);
      for (const auto& o : stage.outs)
        if (const auto shown = path::relative(o.file, ws.cwd()); !path::is_absolute(o.file) && hit(shown)) out.push_back(shown);
    }
  }
  return out;
}

}  // namespace

std::vector<Target> wanted_targets(Workspace& ws, Collection& stages, const DataScope& scope) {
  Targets resolver(stages, ws.root(), ws.cwd());
  const auto names = scope.glob ? expand(ws, stages, scope.targets) : scope.targets;
  if (scope.glob && names.empty()) return {};
  return resolver.outs(names, scope.recursive, scope.with_deps);
}

std::vector<DataObject> data_objects(Workspace& ws, Collection& stages, Lockbooks& locks, const std::vector<Target>& targets,
                                     const DataWarning& warn) {
  std::vector<DataObject> out;
  for (const auto& target : targets) {
    const auto& stage = stages.stages[static_cast<std::size_t>(target.stage)];
    const auto* record = stage.is_data() ? nullptr : locks.find(stage);
    for (const auto& o : stage.outs) {
      if (!o.cache || path::is_url(o.file)) continue;
      DataObject object;
      if (!narrow(target, o, object.wanted)) continue;
      object.wanted.hash = o.hash;
      object.meta = o.meta;
      object.extra = o.extra;
      object.file = o.file;
      object.stage = target.stage;
      object.kind = o.kind;
      if (!stage.is_data()) {
        const auto* entry = record != nullptr ? engine::find_entry(record->outs, o.path) : nullptr;
        object.wanted.hash = entry != nullptr ? entry->hash : model::Hash{};
        object.meta = entry != nullptr ? entry->meta : model::Meta{};
        object.extra = entry != nullptr ? entry->extra : Value{};
      }
      object.size = object.meta.size;
      if (!object.wanted.hash.known()) {
        if (warn) warn(no_version_info(path::relative(o.file, ws.cwd()), stage.address_from(ws.cwd()), ws.disk().lstat(ws.absolute(o.file)).has_value()));
        continue;
      }
      object.wanted.name = path::is_absolute(o.file) ? o.file : path::relative(o.file, ws.cwd());
      object.remote = lower(o.remote);
      object.push = o.push;
      object.from_repository = stage.is_import() && stage.deps.front().repo.is_map();
      if (stage.is_import()) object.import = std::make_shared<model::Stage>(stage);
      out.push_back(std::move(object));
    }
  }
  return out;
}

std::vector<DataObject> data_objects(Workspace& ws, const DataScope& scope, const DataWarning& warn) {
  auto out = data_objects(ws, ws.stages(), ws.lockbook(), wanted_targets(ws, ws.stages(), scope), warn);
  if (!scope.revisions.any()) return out;
  Revisions revisions(ws);
  for (const auto& named : revisions.choose(scope.revisions)) {
    if (named.commit.empty()) continue;
    auto& revision = revisions.at(named.commit);
    std::vector<Target> targets;
    try {
      targets = wanted_targets(ws, revision.stages(), scope);
    } catch (const Error&) {
      continue;  // that revision has no such target, or a broken file
    }
    auto more = data_objects(ws, revision.stages(), revision.lockbook(), targets, {});
    for (auto& object : more) object.stage = -1;
    out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return out;
}

std::string remote_index_file(Workspace& ws, const std::string& url) {
  return cat(ws.tmp_dir(), "/pivot/remotes/", to_hex(md5(url)));
}

bool Remotes::has_default() { return chosen_ || ws_.config().default_remote(); }

std::string Remotes::name_for(const std::string& own) {
  if (chosen_) return lower(*chosen_);
  if (!own.empty()) return own;
  if (auto name = ws_.config().default_remote()) return *name;
  throw NoDefaultRemote(cat("configuration error - config file error: no remote specified in ", ws_.root(),
                            ". Create a default remote with\n    dvc remote add -d <remote name> <remote url>"), ErrorKind::config);
}

bool Remotes::concerns(const DataObject& object) const { return !chosen_ || object.remote.empty() || object.remote == lower(*chosen_); }

Remotes::Opened& Remotes::find(const std::string& name) {
  for (auto& opened : opened_)
    if (opened->name == name) return *opened;
  const auto config = ws_.config().remote(name);
  store::RemoteSettings settings{config.name, config.url, config.options, jobs_, bridge_starter(&ws_)};
  if (const auto* jobs = settings.find("jobs"); jobs_ == 0 && jobs != nullptr) settings.jobs = std::atoi(jobs->c_str());
  auto opened = std::make_unique<Opened>();
  const auto is_true = [&](std::string_view key) { return lower(settings.get(key)) == "true"; };
  opened->is_worktree = is_true("worktree");
  opened->keeps_versions = opened->is_worktree || is_true("version_aware");
  if (opened->is_worktree && lower(settings.get("version_aware")) == "false")
    throw Error("config file error: worktree remotes require version_aware cloud", ErrorKind::config);
  opened->name = name;
  opened->url = config.url;
  opened->remote = store::open_remote(std::move(settings), ws_.disk());
  return *opened_.emplace_back(std::move(opened));
}

store::Remote& Remotes::open(const std::string& name) { return *find(name).remote; }
const std::string& Remotes::url(const std::string& name) { return find(name).url; }

}  // namespace pivot::workspace
