// The same pipeline run by pivot and by real DVC, in two clean copies of the workspace, and what they made, compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/session.h"
#include "commands/validation/findings.h"

namespace pivot::commands::validation {

struct Options {
  std::vector<std::string> stages;  ///< as typed; none: every stage
  std::string dvc;                  ///< --dvc
  std::string jobs;                 ///< -j, for pivot
  bool against_lock = false;        ///< compare with what the locks say instead of with DVC
  bool keep = false;
  bool standalone = false;          ///< DVC runs a standalone export
  bool allow_nondeterministic = false;
  exporters::Tolerance tolerance;
};

/// Of the flags that `validate` and `export --validate` share. Throws Error (usage).
Options options_of(const Args& args);
/// Throws Error when one of the tools can't be run, or both fail.
Report validate(Session& session, const Options& options);
/// validate(), told as --json or --format say.
Outcome run_validation(Session& session, const Args& args);

}  // namespace pivot::commands::validation
