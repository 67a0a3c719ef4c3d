// Commands on the repository itself: settings, remotes, hooks. Flags, dests and defaults are those of
// DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kCacheDir[] = {
  on("-u --unset", "Remove the setting."),
  word("value",
      "New cache folder; relative paths count from the current folder. Prints the present one when "
      "missing.").many("?"),
};

constexpr FlagRow kCacheMigrate[] = {
  on("--dvc-files", "Rewrite .dvc and dvc.lock entries of version 2 as well."),
  on("--dry", "Only say what would be done."),
};

constexpr FlagRow kCompletion[] = {
  opt("-s --shell", "Shell to write the script for.").choose("bash zsh").otherwise("bash"),
};

constexpr FlagRow kConfig[] = {
  on("-u --unset", "Remove the option."),
  on("-l --list", "Print all options that are set."),
  on("--show-origin", "Print the file that sets each value."),
  word("name", "section.option, or remote.name.option for a remote.").many("?"),
  word("value", "New value.").many("?"),
};

constexpr FlagRow kDaemonAnalytics[] = {
  word("target", "Report file."),
};

constexpr FlagRow kDestroy[] = {
  on("-f --force", "Do not ask."),
};

constexpr FlagRow kGitHookPreCommit[] = {
  word("args", "Arguments that Git passes to the hook.").many("*"),
};

constexpr FlagRow kGitHookPostCheckout[] = {
  word("args", "Arguments that Git passes to the hook.").many("*"),
};

constexpr FlagRow kGitHookPrePush[] = {
  word("args", "Arguments that Git passes to the hook.").many("*"),
};

constexpr FlagRow kGitHookMergeDriver[] = {
  opt("--ancestor", "Common version.").required(),
  opt("--our", "Our version.").required(),
  opt("--their", "Their version.").required(),
};

constexpr FlagRow kInit[] = {
  on("--no-scm", "Use no version control."),
  on("-f --force", "Replace an existing .dvc folder; its cache is lost."),
  on("--subdir", "Allow a folder below the root of the Git repository."),
  on("--python", "Start with a small Python pipeline that works.").to("example").ours(),
  word("directory", "Folder to initialize.").many("?").otherwise("."),
};

constexpr FlagRow kInstall[] = {
  on("--use-pre-commit-tool", "Install through the pre-commit tool."),
};

constexpr FlagRow kRemoteAdd[] = {
  on("-d --default", "Make it the default remote."),
  on("-f --force", "Overwrite a remote of the same name."),
  word("name", "Name of the remote."),
  word("url", "Where the data lives: a path, s3://, gs://, azure://, ssh://, http(s):// and others."),
};

constexpr FlagRow kRemoteDefault[] = {
  on("-u --unset", "There is no default remote any more."),
  word("name", "Name of the remote; prints the present one when missing.").many("?"),
};

constexpr FlagRow kRemoteModify[] = {
  on("-u --unset", "Remove the option."),
  word("name", "Name of the remote."),
  word("option", "Option to set."),
  word("value", "New value.").many("?"),
};

constexpr FlagRow kRemoteRemove[] = {
  word("name", "Remote to remove."),
};

constexpr FlagRow kRemoteRename[] = {
  word("name", "Remote to rename."),
  word("new", "New name."),
};

constexpr FlagRow kStudioLogin[] = {
  opt("-H --hostname", "Address of the Studio server."),
  opt("-s --scopes", "What the token may do."),
  opt("-n --name", "Name of the token."),
  on("--no-open", "Print the address instead of opening the browser."),
};

constexpr FlagRow kMergeLock[] = {
  word("ancestor", "Common version."),
  word("ours", "Our version; the result is written to it."),
  word("theirs", "Their version."),
  word("path", "Name of the file, for messages.").many("?"),
};

constexpr FlagRow kHelp[] = {
  word("topic", "Command to explain.").many("*"),
};

constexpr FlagRow kCommands[] = {
  on("--json", "Print JSON."),
};

}  // namespace

std::span<const CommandRow> project_commands() {
  static constexpr CommandRow kRows[] = {
    {.name = "cache", .summary = "Commands for the cache.", .group = true},
    {.name = "cache dir", .summary = "Print or set the cache folder.", .flags = kCacheDir,
     .run = run_cache_dir, .has_levels = true},
    {.name = "cache migrate", .summary = "Bring a cache of version 2 to the layout of version 3.",
     .flags = kCacheMigrate, .run = run_cache_migrate},
    {.name = "completion", .summary = "Print a completion script for a shell.", .flags = kCompletion,
     .run = run_completion},
    {.name = "config", .summary = "Print or change settings.", .flags = kConfig, .run = run_config,
     .has_levels = true},
    {.name = "daemon", .summary = "Background tasks of DVC.", .group = true, .hidden = true, .plain = true},
    {.name = "daemon updater", .summary = "Look for a newer version."},
    {.name = "daemon analytics", .summary = "Send a usage report.", .flags = kDaemonAnalytics},
    {.name = "destroy", .summary = "Remove .dvc files, dvc.yaml files, settings and cache.", .flags = kDestroy,
     .run = run_destroy},
    {.name = "git-hook", .summary = "What the Git hooks call.", .group = true, .hidden = true, .plain = true},
    {.name = "git-hook pre-commit", .summary = "Runs before a commit.", .flags = kGitHookPreCommit, .run = run_git_hook_pre_commit},
    {.name = "git-hook post-checkout", .summary = "Runs after a checkout.", .flags = kGitHookPostCheckout,
     .run = run_git_hook_post_checkout},
    {.name = "git-hook pre-push", .summary = "Runs before a push.", .flags = kGitHookPrePush, .run = run_git_hook_pre_push},
    {.name = "git-hook merge-driver", .summary = "Merges .dvc files.", .flags = kGitHookMergeDriver, .run = run_git_hook_merge_driver},
    {.name = "init", .summary = "Make a folder a DVC repository.", .flags = kInit, .run = run_init},
    {.name = "install", .summary = "Install the Git hooks.", .flags = kInstall, .run = run_install},
    {.name = "remote", .summary = "Commands for remote storage.", .group = true},
    {.name = "remote add", .summary = "Add a remote.", .flags = kRemoteAdd,
     .run = run_remote_add, .has_levels = true},
    {.name = "remote default", .summary = "Print or set the default remote.", .flags = kRemoteDefault,
     .run = run_remote_default, .has_levels = true},
    {.name = "remote modify", .summary = "Change an option of a remote.", .flags = kRemoteModify,
     .run = run_remote_modify, .has_levels = true},
    {.name = "remote list", .summary = "List the remotes.", .run = run_remote_list,
     .has_levels = true},
    {.name = "remote remove", .summary = "Remove a remote.", .flags = kRemoteRemove,
     .run = run_remote_remove, .has_levels = true},
    {.name = "remote rename", .summary = "Rename a remote.", .flags = kRemoteRename,
     .run = run_remote_rename, .has_levels = true},
    {.name = "root", .summary = "Print the path to the root of the repository.", .run = run_root},
    {.name = "studio", .summary = "Commands for the Studio service.", .group = true},
    {.name = "studio login", .summary = "Get a token.", .flags = kStudioLogin},
    {.name = "studio logout", .summary = "Forget the token."},
    {.name = "studio token", .summary = "Print the token."},
    {.name = "version", .summary = "Print version and environment.", .run = run_version, .aliases = "doctor"},
    {.name = "help", .summary = "Show the help of a command.", .flags = kHelp, .ours = true},
    {.name = "merge-lock", .summary = "Git's merge driver for dvc.lock: merges it stage by stage.", .flags = kMergeLock, .run = run_merge_lock,
     .ours = true},
    {.name = "commands", .summary = "Print the tree of commands.", .flags = kCommands, .run = run_commands,
     .hidden = true, .ours = true},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
