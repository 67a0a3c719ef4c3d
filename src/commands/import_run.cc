#include "commands/import_run.h"

#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "base/temporary_folder.h"
#include "exporters/dvc_file_value.h"
#include "exporters/dvc_lock.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/config.h"
#include "workspace/config_file.h"
#include "workspace/data_objects.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using workspace::SourceRepository;
using workspace::UrlData;
using workspace::Workspace;

constexpr const char* kOverride = " already exists locally. \nTo override it, re-run with '--force'.";

std::string wdir_of(Workspace& ws, const model::Stage& stage) { return ws.absolute(stage.wdir.empty() ? "." : stage.wdir); }

std::string text_of(const Value& map, std::string_view key) {
  const auto* found = map.is_map() ? map.as_map().find(key) : nullptr;
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

std::vector<std::pair<std::string, std::string>> fs_settings(const model::Dep& dep) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto* config = dep.extra.is_map() ? dep.extra.as_map().find("fs_config") : nullptr;
  if (config == nullptr || !config->is_map()) return out;
  for (const auto& [key, value] : config->as_map().items)
    if (key.is_string()) out.emplace_back(key.as_string(), value.is_string() ? value.as_string() : value.is_bool() ? (value.as_bool() ? "true" : "false") : "");
  return out;
}

std::string work_folder(Workspace& ws) { return cat(ws.tmp_dir(), "/pivot/import-", std::to_string(::getpid())); }

/// What an import with versions was made of; empty where none are recorded.
std::vector<model::CloudFile> recorded_versions(const model::Dep& dep) {
  if (model::has_files(dep.extra)) return model::files_of(dep.extra);
  const auto file = model::file_of(dep.hash, dep.meta, dep.extra);
  return file.version.empty() ? std::vector<model::CloudFile>{} : std::vector<model::CloudFile>{file};
}

void import_url(Session& session, model::Stage& stage, const ImportWish& wish) {
  auto& ws = session.workspace();
  auto& dep = stage.deps.front();
  auto& out = stage.outs.front();
  const std::unique_ptr<UrlData> own(wish.source == nullptr ? new UrlData(url_source(ws, stage, wish.jobs)) : nullptr);
  auto& source = own ? *own : *wish.source;
  if (!source.look()) throw Error(cat("dependency '", shown_source(session, stage), "' does not exist"));
  std::optional<UrlData::Identity> content;
  if (wish.to_remote) {
    workspace::Remotes remotes(ws, wish.remote, wish.jobs);
    content = send_directly(session, source, remotes.open(remotes.name_for("")));
  } else if (!wish.no_download) {
    const auto target = ws.absolute(out.file);
    source.download(ws.disk(), target);
    const auto hashed = wish.commit ? ws.store().commit(target) : *ws.store().hash(target);
    content = {hashed.hash, hashed.meta};
  }
  const auto identity = source.identify(ws, content);
  dep.hash = identity.hash;
  dep.meta = identity.meta;
  if (!identity.versions.empty()) {
    const bool is_file = identity.versions.front().relpath.empty();
    dep.extra = is_file ? model::with_version(dep.extra, identity.versions.front()) : model::with_files(dep.extra, identity.versions);
    out.push = false;
  }
  out.extra = model::without_versions(out.extra);
  out.hash = content ? content->hash : model::Hash{};
  out.meta = content ? content->meta : model::Meta{};
}

void import_from_repository(Session& session, model::Stage& stage, const ImportWish& wish) {
  auto& ws = session.workspace();
  auto& dep = stage.deps.front();
  auto& out = stage.outs.front();
  if (wish.to_remote) throw Error("Data imported from other DVC or Git repositories can't be updated with --to-remote");
  auto where = source_wish(ws, stage, false, wish.jobs);
  if (wish.no_download) {
    dep.repo.as_map().set("rev_lock", workspace::current_commit(where.url, where.base, where.rev));
    out.hash = {};
    out.meta = {};
    return;
  }
  SourceRepository source(where);
  const auto content = source.fetch(dep.path);
  const auto target = ws.absolute(out.file);
  if (content && content->hash.name == "md5") {
    ws.store().checkout(target, content->hash, content->meta, {.force = true});
  } else {
    replace_path(ws.disk(), target, [&](const std::string& incoming) { source.copy_to(dep.path, incoming); });
  }
  const auto hashed = ws.store().commit(target);
  out.hash = hashed.hash;
  out.meta = hashed.meta;
  dep.repo.as_map().set("rev_lock", source.commit());
}

std::vector<std::pair<std::string, std::string>> options_of(const Map& map) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, value] : map.items)
    if (!value.is_container()) out.emplace_back(python_str(key), value.is_bool() ? (value.as_bool() ? "true" : "false") : python_str(value));
  return out;
}

/// {core: {...}, remote: {name: {...}}}
workspace::ConfigSections config_of_map(const Map& map) {
  workspace::ConfigSections out;
  for (const auto& [group, settings] : map.items) {
    if (!settings.is_map()) continue;
    if (python_str(group) != "remote") {
      out.push_back({python_str(group), "", options_of(settings.as_map())});
      continue;
    }
    for (const auto& [name, options] : settings.as_map().items)
      if (options.is_map()) out.push_back({"remote", lower(python_str(name)), options_of(options.as_map())});
  }
  return out;
}

}  // namespace

workspace::ConfigSections config_of_file(const std::string& file, const std::string& base) {
  auto place = path::normalize(path::join(base, file));
  if (const auto stat = real_disk().stat(place); stat && stat->type == FileType::dir) place = cat(place, "/config");
  if (!real_disk().stat(place)) throw Error(cat("[Errno 2] No such file or directory: ", python_str_repr(file)));
  return workspace::ConfigFile::read(real_disk(), place).sections();
}

UrlData url_source(Workspace& ws, const model::Stage& stage, int jobs) {
  const auto& dep = stage.deps.front();
  return UrlData(&ws, dep.path, wdir_of(ws, stage), {fs_settings(dep), jobs});
}

std::vector<std::pair<std::string, std::string>> settings_of(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    out.emplace_back(lower(word.substr(0, equals)), equals == word.npos ? "" : word.substr(equals + 1));
  }
  return out;
}

void add_settings(const Args& args, const std::string& cwd, workspace::SourceRepository::Wish& wish) {
  wish.remote = args.value("remote");
  wish.remote_settings = settings_of(args.values("remote_config"));
  if (const auto file = args.value("config")) wish.settings = config_of_file(*file, cwd);
}

int jobs_of(const Args& args) { return std::atoi(args.value_or("jobs", "0").c_str()); }

std::string destination(Session& session, const std::string& out, const std::string& name, bool force) {
  auto place = path::normalize(path::join(session.cwd(), out.empty() ? name : out));
  const auto stat = real_disk().stat(place);
  if (!out.empty() && stat && stat->type == FileType::dir) place = path::join(place, name);
  if (const auto there = real_disk().lstat(place); there && !force)
    throw Error(cat("The ", there->type == FileType::dir ? "directory" : "file", " '", path::relative(place, session.cwd()), "'", kOverride));
  return place;
}

std::string shown_source(Session& session, const model::Stage& stage) {
  const auto& dep = stage.deps.front();
  if (dep.repo.is_map()) return cat(dep.path, " (", text_of(dep.repo, "url"), ")");
  if (path::is_url(dep.path)) return dep.path;
  auto& ws = session.workspace();
  const auto file = path::normalize(path::join(wdir_of(ws, stage), dep.path));
  return path::is_inside(file, ws.root()) ? path::relative(path::relative(file, ws.root()), ws.cwd()) : file;
}

model::Stage new_import(Session& session, const std::string& typed, const std::string& name, bool force) {
  auto& ws = session.workspace();
  if (name.empty() || name == "." || name == "..") throw Error("the URL names no file: give the destination too");
  auto file = workspace::to_root(ws, typed.empty() ? name : typed);
  if (!path::is_absolute(file) && !typed.empty()) {
    const auto stat = ws.disk().stat(ws.absolute(file));
    if (stat && stat->type == FileType::dir && (typed.ends_with("/") || !ws.disk().stat(ws.absolute(cat(file, ".dvc")))))
      file = path::normalize(path::join(file, name));
  }
  const auto shown = path::is_absolute(file) ? file : path::relative(file, ws.cwd());
  if (path::is_absolute(file) || file == ".")
    throw workspace::outside_project(shown, "data-management/importing-external-data");
  const auto folder = path::dirname(file).empty() ? std::string(".") : path::dirname(file);
  if (!ws.disk().stat(ws.absolute(folder))) throw Error(cat("stage working dir '", ws.absolute(folder), "' does not exist"));
  if (const auto there = ws.disk().lstat(ws.absolute(file)); there && !force)
    throw Error(cat("The ", there->type == FileType::dir ? "directory" : "file", " '", shown, "'", kOverride));
  model::Stage stage;
  stage.file = cat(file, ".dvc");
  stage.wdir = folder;
  stage.frozen = true;
  for (const auto& other : ws.stages().stages)
    for (const auto& out : other.outs)
      if (other.file != stage.file && (path::is_inside(out.file, file) || path::is_inside(file, out.file)))
        throw Error(cat("Cannot import to '", shown, "', because it is overlapping with other DVC tracked output: '", path::relative(out.file, ws.cwd()),
                        "' of ", other.address_from(ws.cwd())));
  if (ws.stages().git_ignored(stage.file)) throw Error(cat("bad DVC file name '", path::relative(stage.file, ws.cwd()), "' is git-ignored."));
  model::Out out;
  out.path = path::basename(file);
  out.file = file;
  stage.outs.push_back(std::move(out));
  return stage;
}

workspace::SourceRepository::Wish source_wish(Workspace& ws, const model::Stage& stage, bool locked, int jobs) {
  const auto& repo = stage.deps.front().repo;
  SourceRepository::Wish out;
  out.url = text_of(repo, "url");
  // DVC takes a path from where it is called; the record says no more. So look there, at the root, and beside the *.dvc file.
  for (const auto& base : {ws.absolute(ws.cwd()), ws.root(), wdir_of(ws, stage)}) {
    if (out.base.empty()) out.base = base;
    if (path::is_url(out.url) || !ws.disk().stat(path::normalize(path::join(base, out.url)))) continue;
    out.base = base;
    break;
  }
  const auto* config = repo.as_map().find("config");
  const auto* remote = repo.as_map().find("remote");
  if (config != nullptr && config->is_string()) out.settings = config_of_file(config->as_string(), ws.absolute(ws.cwd()));
  if (config != nullptr && config->is_map()) out.settings = config_of_map(config->as_map());
  if (remote != nullptr && remote->is_map()) out.remote_settings = options_of(remote->as_map());
  if (remote != nullptr && remote->is_string()) out.remote = remote->as_string();
  auto rev = text_of(repo, locked ? "rev_lock" : "rev");
  if (rev.empty() && locked) rev = text_of(repo, "rev");
  if (!rev.empty()) out.rev = rev;
  out.committed = true;
  out.cache_dir = ws.config().cache_dir();
  out.jobs = jobs;
  return out;
}

void bring_in(Session& session, model::Stage& stage, const ImportWish& wish) {
  auto& ws = session.workspace();
  if (!wish.to_remote)
    session.out().info(cat("Importing '", shown_source(session, stage), "' -> '", path::relative(stage.outs.front().file, ws.cwd()), "'"));
  take_in(session, stage, wish);
}

void take_in(Session& session, model::Stage& stage, const ImportWish& wish) {
  if (stage.deps.front().repo.is_map()) import_from_repository(session, stage, wish);
  else import_url(session, stage, wish);
}

UrlData::Identity send_directly(Session& session, UrlData& data, store::Remote& remote) {
  auto& ws = session.workspace();
  const TemporaryFolder work(ws.disk(), work_folder(ws));
  ws.disk().make_dirs(work.path());
  return data.send_to(remote, ws.disk(), work.path());
}

bool fetch_import(Session& session, const model::Stage& stage, int jobs, std::string& why) {
  auto& ws = session.workspace();
  const auto& dep = stage.deps.front();
  const auto& out = stage.outs.front();
  const TemporaryFolder work(ws.disk(), work_folder(ws));
  ws.disk().make_dirs(work.path());
  const auto place = cat(work.path(), "/data");
  try {
    if (dep.repo.is_map()) {
      SourceRepository source(source_wish(ws, stage, true, jobs));
      const auto content = source.fetch(dep.path);
      if (content && content->hash == out.hash) return true;
      source.copy_to(dep.path, place);
    } else {
      auto source = url_source(ws, stage, jobs);
      if (auto recorded = recorded_versions(dep); !recorded.empty()) source.pin(recorded);
      source.partials = cat(ws.tmp_dir(), "/pivot/import.");  // the work folder goes with this process
      source.download(ws.disk(), place);
    }
  } catch (const Error& e) {
    why = e.message();
    return false;
  }
  if (ws.store().keep(place).hash == out.hash) return true;
  why = cat("'", shown_source(session, stage), "' has other content by now");
  return false;
}

bool is_partial_import(const model::Stage& stage) {
  return stage.is_import() && !stage.outs.front().hash.known() && (stage.deps.front().repo.is_map() || !stage.deps.front().path.empty());
}

void fill_partial_import(Session& session, const model::Stage& stage, int jobs) {
  auto& ws = session.workspace();
  const auto& dep = stage.deps.front();
  const auto target = ws.absolute(stage.outs.front().file);
  if (dep.repo.is_map()) {
    SourceRepository source(source_wish(ws, stage, true, jobs));
    source.fetch(dep.path);
    replace_path(ws.disk(), target, [&](const std::string& incoming) { source.copy_to(dep.path, incoming); });
    return;
  }
  auto source = url_source(ws, stage, jobs);
  if (auto recorded = recorded_versions(dep); !recorded.empty()) source.pin(recorded);
  else if (dep.hash.known() && source.identify(ws, std::nullopt).hash != dep.hash)
    throw Error(cat("'", shown_source(session, stage), "' has other content by now"));
  source.download(ws.disk(), target);
}

void save_import(Session& session, model::Stage& stage) {
  auto& ws = session.workspace();
  ws.ignore_outs(stage);
  ws.write_dvc_file(stage);
}

}  // namespace pivot::commands
