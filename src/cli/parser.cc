#include "cli/parser.h"

#include "base/strings.h"

namespace pivot::cli {

Request parse(const std::vector<std::string>& words) {
  Request request;
  request.command = *commands::find_command("");
  std::vector<std::string> extras;
  auto rest = words;
  while (true) {
    auto level = parse_level(request.command, rest, request.args);
    extras.insert(extras.end(), level.extras.begin(), level.extras.end());
    if (level.what != Request::What::run) {
      request.what = level.what;
      return request;
    }
    if (!request.command.group) break;
    const auto name = commands::resolve_command(request.command.name, level.rest.front());
    request.command = *commands::find_command(*name);
    rest.assign(level.rest.begin() + 1, level.rest.end());
  }
  if (!extras.empty()) throw UsageError(cat("unrecognized arguments: ", join(extras, " ")), request.command.name);
  return request;
}

std::string display_name(const commands::Flag& flag) {
  if (!flag.names.empty()) return join(flag.names, "/");
  return flag.metavar.empty() ? flag.dest : flag.metavar;
}

std::string subcommand_metavar(const commands::Spec& group) {
  if (group.name.empty()) return "command";
  if (group.name != "experiments") return "cmd";
  // DVC spells the visible words out here, to leave its internal commands unmentioned.
  std::string out = "{";
  for (const auto& choice : commands::subcommands(group.name)) {
    if (choice.hidden) continue;
    if (out.size() > 1) out += ',';
    out += choice.word;
  }
  return out + "}";
}

}  // namespace pivot::cli
