// `pivot init`: makes a folder a DVC repository.
#include <cerrno>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/example_project.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"

namespace pivot::commands {
namespace {

constexpr std::string_view kIgnoredByGit = "/config.local\n/tmp\n/cache\n";
/// The same words as DVC's, so that a file that nobody has touched is the same from both.
constexpr std::string_view kDvcIgnore =
    "# Add patterns of files dvc should ignore, which could improve\n"
    "# the performance. Learn more at\n"
    "# https://dvc.org/doc/user-guide/dvcignore\n";

/// DVC's words too: its documents are those of our commands.
constexpr std::string_view kWhatNext =
    "What's next?\n"
    "------------\n"
    "- Check out the documentation: <https://dvc.org/doc>\n"
    "- Get help and share ideas: <https://dvc.org/chat>\n"
    "- Star us on GitHub: <https://github.com/treeverse/dvc>";

[[noreturn]] void fail(std::string_view what) {
  throw Error(cat("failed to initiate DVC - ", what), ErrorKind::refusal);
}

/// The Git repository that the new one goes into; throws when there is none although one is wanted.
void require_git(const git::Git& git, const std::string& root, bool subdir) {
  if (git.exists() && (subdir || git.root() == root)) return;
  fail(cat(root,
           " is not tracked by any supported SCM tool (e.g. Git). Use `--no-scm` if you don't want to use any SCM or "
           "`--subdir` if initializing inside a subdirectory of a parent SCM repository."));
}

/// Writes what a repository starts with; gives the files that belong into Git.
std::vector<std::string> write_files(Disk& disk, const std::string& root, bool no_scm) {
  const auto dvc_dir = cat(root, "/.dvc");
  disk.make_dirs(cat(dvc_dir, "/tmp"));
  disk.write(cat(dvc_dir, "/tmp/btime"), "");
  disk.write(cat(dvc_dir, "/config"), no_scm ? "[core]\n    no_scm = True\n" : "");
  std::vector<std::string> out{cat(dvc_dir, "/config")};
  if (!no_scm) {
    disk.write(cat(dvc_dir, "/.gitignore"), kIgnoredByGit);
    out.push_back(cat(dvc_dir, "/.gitignore"));
  }
  const auto ignore_file = cat(root, "/.dvcignore");
  if (!disk.lstat(ignore_file)) disk.write(ignore_file, kDvcIgnore);
  out.push_back(ignore_file);
  return out;
}

}  // namespace

Outcome run_init(Session& session, const Args& args) {
  auto& disk = real_disk();
  const bool no_scm = args.flag("no_scm"), subdir = args.flag("subdir");
  if (no_scm && subdir) throw Error("Cannot initialize repo with `--no-scm` and `--subdir`");
  const auto folder = args.value_or("directory", ".");
  const auto root = path::normalize(path::join(session.cwd(), folder));
  git::Git git(no_scm ? "" : root);
  if (!no_scm) require_git(git, root, subdir);
  const auto dvc_dir = cat(root, "/.dvc");
  const bool exists = disk.lstat(dvc_dir).has_value(), example = args.flag("example"), force = args.flag("force");
  if (exists && !force && !example) fail(cat("'", path::relative(dvc_dir, session.cwd()), "' exists. Use `-f` to force."));
  const auto told = example ? cat("An example pipeline is in ", join(write_example_project(disk, root), ", "), ". Run it with `pivot repro`.\n") : "";
  if (exists && !force) {  // a repository that gets an example, and keeps all that it has
    session.out().info(told);
    return {};
  }
  if (exists) disk.remove_tree(dvc_dir);
  const auto files = write_files(disk, root, no_scm);
  if (!no_scm) git.add(files);
  session.out().info("Initialized DVC repository.\n");
  if (!no_scm) session.out().info("You can now commit the changes to git.\n");
  session.out().info(kWhatNext);
  if (example) session.out().info(told);
  return {};
}

}  // namespace pivot::commands
