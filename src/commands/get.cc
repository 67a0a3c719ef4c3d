// `pivot get` and `pivot get-url`: data from elsewhere, without a record.
#include "base/error.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "store/store.h"
#include "workspace/source_repository.h"
#include "workspace/url_data.h"

namespace pivot::commands {

namespace {

/// A cache for one command, on the file system of the destination: what it holds is linked, not copied once more.
class BorrowedCache {
 public:
  explicit BorrowedCache(const std::string& folder) : path_(temporary_name(folder)) {}
  ~BorrowedCache() {
    try {
      real_disk().remove_tree(path_);
    } catch (const Error&) {  // the data has arrived all the same
    }
  }
  BorrowedCache(const BorrowedCache&) = delete;
  BorrowedCache& operator=(const BorrowedCache&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Files that were linked out of a cache get the mode of new files.
void make_writable(const std::string& place) {
  auto& disk = real_disk();
  const auto stat = disk.lstat(place);
  if (!stat || stat->type == FileType::symlink) return;
  if (stat->type == FileType::dir) {
    for (const auto& entry : disk.list(place)) make_writable(cat(place, "/", entry.name));
  } else {
    disk.chmod(place, (stat->mode & 0111) != 0 ? 0755 : 0644);
  }
}

void get(Session& session, const Args& args) {
  workspace::ConfigSections config;
  if (const auto file = args.value("config")) config = config_of_file(*file, session.cwd());
  const auto wanted = args.value_or("path", "");
  const auto name = path::basename(path::normalize(path::join("/", wanted)));
  const auto target = args.flag("show_url") ? path::join(session.cwd(), name) : destination(session, args.value_or("out", ""), name, args.flag("force"));
  auto& disk = real_disk();
  const auto folder = path::dirname(target);
  if (!disk.stat(folder)) disk.make_dirs(folder);
  const BorrowedCache cache(folder);
  workspace::SourceRepository source({.url = args.value_or("url", ""), .base = session.cwd(), .rev = args.value("rev"), .cache_dir = cache.path(),
                                      .remote = args.value("remote"), .config = std::move(config),
                                      .remote_options = settings_of(args.values("remote_config")), .jobs = jobs_of(args), .committed = false, .hard_links = true});
  if (args.flag("show_url")) return session.out().info(source.storage_url(wanted));
  const auto content = source.fetch(wanted);
  replace_path(disk, target, [&](const std::string& incoming) {
    if (!content) return source.copy_to(wanted, incoming);
    store::Options options;
    options.root = folder;
    options.cache_dir = cache.path();
    options.links = {store::LinkType::hardlink, store::LinkType::copy};
    store::Store placer(options, disk, [](const std::string&, bool) { return false; });
    placer.checkout(incoming, content->hash, content->meta, {.force = true});
    make_writable(incoming);
  });
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
