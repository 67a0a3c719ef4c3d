// `pivot artifacts get`: an artifact of a repository, in a folder or behind a URL.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "base/temporary_folder.h"
#include "commands/artifact.h"
#include "commands/copy_out.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "commands/session.h"

namespace pivot::commands {

namespace {

std::size_t count_files(const std::string& place) {
  auto& disk = real_disk();
  const auto stat = disk.lstat(place);
  if (!stat || stat->type != FileType::dir) return stat ? 1 : 0;
  std::size_t out = 0;
  for (const auto& entry : disk.list(place)) out += count_files(cat(place, "/", entry.name));
  return out;
}

void get_artifact(Session& session, const Args& args, const Artifact& wanted) {
  workspace::SourceRepository::Wish wish;
  wish.url = args.value_or("url", "");
  wish.base = session.cwd();
  wish.jobs = jobs_of(args);
  add_settings(args, session.cwd(), wish);
  std::string file;
  {
    workspace::SourceRepository newest({.url = wish.url, .base = wish.base});
    wish.rev = artifact_commit(newest.workspace().git(), wanted);
    file = artifact_path(newest.revisions().at(*wish.rev), wanted);
  }
  if (args.flag("show_url")) return session.out().info(workspace::SourceRepository(std::move(wish)).storage_url(file));
  const auto target = destination(session, args.value_or("out", ""), path::basename(file), args.flag("force"));
  real_disk().make_dirs(path::dirname(target));
  const TemporaryFolder cache(real_disk(), temporary_name(path::dirname(target)));
  wish.cache_dir = cache.path();
  wish.hard_links = true;
  workspace::SourceRepository source(std::move(wish));
  copy_out(source, file, target, cache.path());
  session.out().info(cat("Downloaded ", std::to_string(count_files(target)), " file(s) to '", path::relative(target, session.cwd()), "'"));
}

}  // namespace

Outcome run_artifacts_get(Session& session, const Args& args) {
  const auto name = args.value_or("name", ""), url = args.value_or("url", "");
  const Artifact wanted{name, args.value_or("rev", ""), args.value_or("stage", "")};
  if (!wanted.version.empty() && !wanted.stage.empty()) throw Error("Artifact version and stage are mutually exclusive.");
  try {
    get_artifact(session, args, wanted);
  } catch (const workspace::NoRepository& e) {
    throw Error(cat("failed to get '", name, "' - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  } catch (const NoArtifact& e) {
    throw Error(cat("failed to get '", name, "' from '", url, "' - Failed to download artifact '", name, "' via DVC remote: ", e.message()), ErrorKind::refusal);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    throw Error(cat("failed to get '", name, "' from '", url, "' - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  return {};
}

}  // namespace pivot::commands
