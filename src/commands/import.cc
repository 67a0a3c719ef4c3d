// `pivot import` and `pivot import-url`: data from elsewhere into the project, with a record of where it came from.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "exporters/dvc_lock.h"
#include "workspace/config.h"
#include "workspace/repo_lock.h"
#include "workspace/url_data.h"

namespace pivot::commands {

namespace {

void finish(Session& session, model::Stage& stage, bool has_checksum) {
  auto& ws = session.workspace();
  if (has_checksum) stage.md5 = exporters::import_md5(stage);
  save_import(session, stage);
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
}

void check_url_flags(const Args& args) {
  if (args.flag("to_remote") && (args.flag("no_exec") || args.flag("no_download") || args.flag("version_aware")))
    throw Error("--no-exec/--no-download/--version-aware cannot be combined with --to-remote");
  if (!args.flag("to_remote") && args.given("remote")) throw Error("--remote can't be used without --to-remote");
}

void import_url(Session& session, const Args& args, const std::string& url) {
  check_url_flags(args);
  auto& ws = session.workspace();
  ws.lock().acquire();
  auto stage = new_import(session, args.value_or("out", ""), workspace::name_in_url(url), args.flag("force"));
  if (url.starts_with("remote://")) ws.config().remote(url.substr(9, url.find('/', 9) - 9));  // is there one?
  model::Dep dep;
  dep.path = url;
  if (!path::is_url(url)) {
    // As seen from the *.dvc file; paths outside of the project stay as they were typed.
    const auto target = path::normalize(path::join(session.cwd(), url));
    const auto folder = ws.absolute(stage.wdir);
    dep.path = path::is_absolute(url) && !path::is_inside(target, ws.root()) ? url : path::relative(target, folder);
  }
  dep.file = path::is_url(url) ? url : path::normalize(path::join(ws.absolute(stage.wdir), dep.path));
  if (path::is_inside(dep.file, ws.root())) dep.file = path::relative(dep.file, ws.root());
  const auto settings = settings_of(args.values("fs_config"));
  if (!settings.empty() || args.flag("version_aware")) {
    Map config, extra;
    for (const auto& [key, value] : settings) config.set(key, value);
    if (args.flag("version_aware")) config.set("version_aware", true);
    extra.set("fs_config", Value(std::move(config)));
    dep.extra = Value(std::move(extra));
  }
  stage.deps.push_back(std::move(dep));
  if (!args.flag("no_exec"))
    bring_in(session, stage, {args.flag("no_download"), args.flag("to_remote"), args.value("remote"), jobs_of(args)});
  finish(session, stage, !args.flag("no_exec"));
}

/// What is recorded of --config, --remote and --remote-config.
void add_config(Map& repo, const Args& args) {
  const auto file = args.value("config"), remote = args.value("remote");
  Map options;
  for (const auto& [key, value] : settings_of(args.values("remote_config"))) options.set(key, value);
  if (file && remote && !options.empty()) throw Error("Can't specify config path together with both remote and remote_config");
  if (file) repo.set("config", *file);
  if (remote && !options.empty()) {
    Map core, remotes, config;
    core.set("remote", *remote);
    remotes.set(*remote, Value(std::move(options)));
    config.set("core", Value(std::move(core)));
    config.set("remote", Value(std::move(remotes)));
    repo.set("config", Value(std::move(config)));
  } else if (remote) {
    repo.set("remote", *remote);
  } else if (!options.empty()) {
    repo.set("remote", Value(std::move(options)));
  }
}

void import_from_repository(Session& session, const Args& args, const std::string& url, const std::string& wanted) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  auto name = path::basename(path::normalize(wanted));
  auto stage = new_import(session, args.value_or("out", ""), name, args.flag("force"));
  model::Dep dep;
  dep.path = wanted;
  Map repo;
  repo.set("url", url);
  if (const auto rev = args.value("rev")) repo.set("rev", *rev);
  add_config(repo, args);
  dep.repo = Value(std::move(repo));
  stage.deps.push_back(std::move(dep));
  if (!args.flag("no_exec")) bring_in(session, stage, {args.flag("no_download"), false, std::nullopt, jobs_of(args)});
  finish(session, stage, !args.flag("no_exec"));
}

}  // namespace

Outcome run_import_url(Session& session, const Args& args) {
  const auto url = args.value_or("url", "");
  session.workspace();
  try {
    import_url(session, args, url);
  } catch (Error& e) {
    if (e.kind() != ErrorKind::failure && e.kind() != ErrorKind::config) throw;
    const auto why = workspace::without_config_prefix(e.message());
    throw Error(cat("failed to import ", url, ". You could also try downloading it manually, and adding it with `dvc add`. - ", why),
                ErrorKind::refusal)
        .with_hint(e.hint());
  }
  return {};
}

Outcome run_import(Session& session, const Args& args) {
  const auto url = args.value_or("url", ""), wanted = args.value_or("path", "");
  session.workspace();
  try {
    import_from_repository(session, args, url, wanted);
  } catch (Error& e) {
    if (e.kind() != ErrorKind::failure && e.kind() != ErrorKind::config) throw;
    // Without the repository there is nothing to say about the path in it.
    const bool no_repository = e.message().starts_with("SCM error");
    const auto why = workspace::without_config_prefix(e.message());
    throw Error(cat("failed to import '", wanted, "'", no_repository ? " - " : cat(" from '", url, "'. - "), why), ErrorKind::refusal)
        .with_hint(e.hint());
  }
  return {};
}

}  // namespace pivot::commands
