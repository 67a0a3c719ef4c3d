#include <unistd.h>

#include <cstdlib>

#include "base/path.h"
#include "base/strings.h"
#include "workers/python_runner.h"

namespace pivot::workers {

namespace {

bool is_executable(const std::string& file) { return ::access(file.c_str(), X_OK) == 0; }

}  // namespace

std::string find_interpreter(const std::string& root, const std::string& wanted) {
  if (!wanted.empty()) {
    // A relative path is meant from the root; a bare name is looked up on PATH.
    return wanted.find('/') == std::string::npos || path::is_absolute(wanted) ? wanted : cat(root, "/", wanted);
  }
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder != '\0')
      if (auto file = cat(folder, "/bin/python"); is_executable(file)) return file;
  if (auto file = cat(root, "/.venv/bin/python"); is_executable(file)) return file;
  return "python3";
}

}  // namespace pivot::workers
