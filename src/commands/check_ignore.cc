// `pivot check-ignore`: which paths .dvcignore hides, and by which pattern.
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/dvc_ignore.h"

namespace pivot::commands {
namespace {

struct Options {
  bool details = false;
  bool non_matching = false;
};

Options checked_options(const Args& args) {
  const bool details = args.flag("details"), non_matching = args.flag("non_matching"), from_stdin = args.flag("stdin");
  const auto& targets = args.values("targets");
  if (targets.empty() && !from_stdin) throw Error("`targets` or `--stdin` needed");
  if (!targets.empty() && from_stdin) throw Error("cannot have both `targets` and `--stdin`");
  if (non_matching && !details) throw Error("`--non-matching` is only valid with `--details`");
  if (args.flag("all") && !details) throw Error("`--all` is only valid with `--details`");
  return {details, non_matching};
}

/// True when the target is ignored, or, with details, when any pattern speaks of it.
bool check(Session& session, const std::string& target, const Options& options) {
  auto& ws = session.workspace();
  const auto whole = path::normalize(path::join(session.cwd(), target));
  const auto stat = ws.disk().stat(whole);
  const auto file = path::relative(whole, ws.root());
  std::optional<workspace::DvcIgnore::Found> found;
  if (!path::escapes(file) && file != ".") found = ws.ignore().find(file, stat && stat->type == FileType::dir);
  if (!options.details) {
    if (found && found->ignored) session.out().info(target);
    return found && found->ignored;
  }
  if (found) {
    const auto where = found->source.empty() ? "" : cat(found->source, ":", std::to_string(found->line));
    // The built-in patterns are those of DVC: .git, .dvc/, .hg/.
    const bool folder_pattern = found->source.empty() && (found->pattern == ".dvc" || found->pattern == ".hg");
    session.out().info(cat(where, ":", found->pattern, folder_pattern ? "/" : "", "\t", target));
  } else if (options.non_matching) {
    session.out().info(cat("::\t", target));
  }
  return found.has_value();
}

std::string read_stdin() {
  std::string out;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::read(0, buffer, sizeof buffer)) > 0) out.append(buffer, static_cast<std::size_t>(n));
  return out;
}

}  // namespace

Outcome run_check_ignore(Session& session, const Args& args) {
  session.workspace();
  const auto options = checked_options(args);
  auto targets = args.values("targets");
  if (args.flag("stdin")) {
    const auto text = read_stdin();
    for (auto line : split(text, '\n'))
      if (!line.empty()) targets.emplace_back(line);
  }
  bool any = false;
  for (const auto& target : targets) any = check(session, target, options) || any;
  return {any ? 0 : 1, ""};
}

}  // namespace pivot::commands
