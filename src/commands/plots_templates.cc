// `pivot plots templates`: the names of the templates that come with the program, or one of them.
#include "base/error.h"
#include "base/strings.h"
#include "commands/plots/template.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "text/json.h"

namespace pivot::commands {

Outcome run_plots_templates(Session& session, const Args& args) {
  session.workspace(true);
  std::string names;
  const auto wanted = args.value("template");
  for (const auto& known : plots::built_in_templates()) {
    if (wanted && known.name == *wanted) return {0, cat(text::json::dump(text::json::parse(known.json)), "\n")};
    names += cat(known.name, "\n");
  }
  if (wanted) throw Error(cat("Unexpected template: ", *wanted, "."), ErrorKind::refusal);
  session.out().output(names);
  return {};
}

}  // namespace pivot::commands
