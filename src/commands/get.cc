// `pivot get` and `pivot get-url`: data from elsewhere, without a record.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "base/temporary_folder.h"
#include "commands/copy_out.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "workspace/source_repository.h"
#include "workspace/url_data.h"

namespace pivot::commands {

namespace {

void get(Session& session, const Args& args) {
  const auto wanted = args.value_or("path", "");
  const auto name = path::basename(path::normalize(path::join("/", wanted)));
  const auto target = args.flag("show_url") ? path::join(session.cwd(), name) : destination(session, args.value_or("out", ""), name, args.flag("force"));
  auto& disk = real_disk();
  const auto folder = path::dirname(target);
  if (!disk.stat(folder)) disk.make_dirs(folder);
  const TemporaryFolder cache(real_disk(), temporary_name(folder));
  workspace::SourceRepository::Wish wish{.url = args.value_or("url", ""), .base = session.cwd(), .rev = args.value("rev"), .cache_dir = cache.path(),
                                         .jobs = jobs_of(args), .hard_links = true};
  add_settings(args, session.cwd(), wish);
  workspace::SourceRepository source(std::move(wish));
  if (args.flag("show_url")) return session.out().info(source.storage_url(wanted));
  copy_out(source, wanted, target, cache.path());
}

/// The project around the current folder, if there is one: get-url and list-url work without.
workspace::Workspace* project_around(Session& session) {
  auto& ws = session.workspace(true);
  return ws.is_project() ? &ws : nullptr;
}

void get_url(Session& session, const Args& args, const std::string& url) {
  workspace::UrlData source(project_around(session), url, session.cwd(), {settings_of(args.values("fs_config")), jobs_of(args)});
  const auto target = destination(session, args.value_or("out", ""), workspace::name_in_url(url), args.flag("force"));
  if (!source.look()) throw Error(cat("The path '", url, "' does not exist"));
  source.download(real_disk(), target);
}

}  // namespace

Outcome run_get(Session& session, const Args& args) {
  const auto url = args.value_or("url", ""), wanted = args.value_or("path", "");
  try {
    get(session, args);
  } catch (Error& e) {
    if (args.flag("show_url") || (e.kind() != ErrorKind::failure && e.kind() != ErrorKind::config)) throw;
    const bool no_repository = e.message().starts_with("SCM error");
    throw Error(cat("failed to get '", wanted, "'", no_repository ? "" : cat(" from '", url, "'"), " - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  return {};
}

Outcome run_get_url(Session& session, const Args& args) {
  const auto url = args.value_or("url", "");
  try {
    get_url(session, args, url);
  } catch (Error& e) {
    if (e.kind() != ErrorKind::failure && e.kind() != ErrorKind::config) throw;
    throw Error(cat("failed to get '", url, "' - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  return {};
}

}  // namespace pivot::commands
