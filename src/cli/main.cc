// The program: everything happens in cli/dispatch.
#include <csignal>
#include <string>
#include <vector>

#include "cli/dispatch.h"

namespace {

void ignore(int) {}

}  // namespace

int main(int argc, char** argv) {
  // A handler that does nothing, not SIG_IGN: a write to a closed pipe then fails with EPIPE here, while the commands
  // of stages start with the default again (handlers do not survive exec, SIG_IGN would).
  std::signal(SIGPIPE, ignore);
  return pivot::cli::run(std::vector<std::string>(argv, argv + argc));
}
