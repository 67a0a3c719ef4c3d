// Another program that is run to its end: pivot itself, real DVC, Git, the user's Python.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pivot::commands::validation {

struct ToolRun {
  int code = 0;        ///< exit code, or -N for signal N
  std::string output;  ///< stdout and stderr as they came
  double seconds = 0;
};

/// Runs it in `cwd` (absolute), apart from the Git hook or stage that we may be called from. Throws Error when it can't be started, and
/// when we are interrupted (it then was too).
ToolRun run_tool(std::vector<std::string> argv, const std::string& cwd, const std::vector<std::pair<std::string, std::string>>& env = {});
/// Did it end with 0? Also "no" when there is no such program.
bool run_quietly(const std::vector<std::string>& argv, const std::string& cwd);

/// This very program, absolute.
std::string own_program();
/// Real DVC: `typed` if given, else the `dvc` of PATH that isn't ourselves. Throws Error with how to get it.
std::string find_dvc(const std::string& typed, const std::string& cwd);

}  // namespace pivot::commands::validation
