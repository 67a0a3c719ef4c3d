#include "commands/validation/tool.h"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strings.h"

namespace pivot::commands::validation {

ToolRun run_tool(std::vector<std::string> argv, const std::string& cwd, const std::vector<std::pair<std::string, std::string>>& env) {
  InterruptGuard guard;
  Command command;
  // What a Git hook or a stage of ours has set would lead the tool to the original workspace.
  command.argv = {"env"};
  for (const auto* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "DVC_ROOT", "PIVOT_EVENTS", "PIVOT_JOBS"}) {
    command.argv.emplace_back("-u");
    command.argv.emplace_back(name);
  }
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  command.cwd = cwd;
  command.env = env;
  const auto start = monotonic_ns();
  auto [code, output] = run_captured(std::move(command));
  ToolRun run{code, std::move(output)};
  run.seconds = static_cast<double>(monotonic_ns() - start) / 1e9;
  if (InterruptGuard::received() != 0) throw Error("interrupted by the user", ErrorKind::interrupted);
  if (run.code == 127 && run.output.starts_with("env:")) throw Error(cat("'", argv.front(), "' can't be started"));
  return run;
}

bool run_quietly(const std::vector<std::string>& argv, const std::string& cwd) {
  try {
    return run_tool(argv, cwd).code == 0;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    return false;
  }
}

std::string own_program() {
  std::error_code error;
  const auto real = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error("the path of this program can't be found out: /proc is not there");
  return real.string();
}

std::string find_dvc(const std::string& typed, const std::string& cwd) {
  if (!typed.empty()) {
    const auto file = path::normalize(path::join(cwd, typed));
    if (typed.find('/') != typed.npos || access(file.c_str(), X_OK) == 0) {
      if (access(file.c_str(), X_OK) == 0) return file;
      throw Error(cat("--dvc: there is no program '", typed, "'"));
    }
  }
  const auto name = typed.empty() ? std::string("dvc") : typed;
  const char* folders = getenv("PATH");
  std::error_code error;
  const auto own = std::filesystem::canonical("/proc/self/exe", error);
  for (const auto folder : split(folders != nullptr ? folders : "", ':')) {
    const auto file = cat(folder.empty() ? cwd : std::string(folder), "/", name);
    if (access(file.c_str(), X_OK) != 0 || std::filesystem::canonical(file, error) == own) continue;
    return file;
  }
  throw Error(cat("validation runs real DVC, and there is no `", name, "` in PATH"))
      .with_hint("install it (pip install dvc), name it with --dvc PATH, or compare with the recorded results: --against lock");
}

}  // namespace pivot::commands::validation
