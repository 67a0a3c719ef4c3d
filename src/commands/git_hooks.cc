// `pivot git-hook`: what the installed hooks call. Outside of a project they do nothing: a hook of a repository also runs at commits where
// the project isn't there yet.
#include <cstdlib>

#include "base/error.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"
#include "workspace/root.h"

namespace pivot::commands {

namespace {

/// Another command with nothing but its defaults.
Outcome run_plain(Session& session, std::string_view name) {
  const auto spec = find_command(name);
  if (!spec || !spec->run) throw Error("'dvc " + std::string(name) + "' is not available in pivot yet").with_hint("git push --no-verify leaves the hook out");
  Args args;
  for (const auto& flag : spec->flags)
    if (!flag.default_value.empty()) args.defaults[flag.dest] = {flag.default_value};
  for (const auto& flag : spec->flags)
    if (flag.kind == Flag::Kind::store_false) args.defaults[flag.dest] = {"1"};
  return spec->run(session, args);
}

bool is_project(const Session& session) { return workspace::find_root_if_any(session.cwd()).has_value(); }

/// A checkout of branches (flag 1) and not of files; the pre-commit tool tells it in a variable.
bool is_branch_checkout(const Args& args) {
  const auto& words = args.values("args");
  if (words.size() >= 3) return words[2] == "1";
  const char* type = getenv("PRE_COMMIT_CHECKOUT_TYPE");
  return type != nullptr && std::string_view(type) == "1";
}

}  // namespace

Outcome run_git_hook_pre_commit(Session& session, const Args&) {
  if (!is_project(session)) return {};
  return run_plain(session, "status");
}

Outcome run_git_hook_post_checkout(Session& session, const Args& args) {
  if (!is_project(session) || !is_branch_checkout(args)) return {};
  auto& ws = session.workspace();
  for (const auto* state : {"/rebase-merge", "/rebase-apply"})
    if (ws.disk().stat(ws.git().git_dir() + state)) return {};
  return run_plain(session, "checkout");
}

Outcome run_git_hook_pre_push(Session& session, const Args&) {
  if (!is_project(session)) return {};
  return run_plain(session, "push");
}

}  // namespace pivot::commands
