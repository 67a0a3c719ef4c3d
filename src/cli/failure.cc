#include "cli/failure.h"

#include "base/strings.h"
#include "cli/help.h"

namespace pivot::cli {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refusal: return 1;
    case ErrorKind::config: return 251;
    case ErrorKind::interrupted: return 252;
    case ErrorKind::no_repo: return 253;
    case ErrorKind::usage: return 254;
    case ErrorKind::failure:
    case ErrorKind::validation:
    case ErrorKind::unexpected: break;
  }
  return 255;
}

bool fails_with_one(std::string_view command) {
  for (std::string_view name : {"add", "commit", "status", "remove", "move", "freeze", "unfreeze"})
    if (name == command) return true;
  return false;
}

int report(const Error& error, const Look& look, ui::Printer& printer) {
  if (error.kind() == ErrorKind::validation) {
    printer.plain_error(error.message());
  } else if (error.kind() == ErrorKind::unexpected) {
    printer.error(cat("unexpected error - ", error.message()));
    // Under DVC's name its closing lines too: scripts look for them. Its support is not ours, though.
    if (look.program == "dvc") {
      printer.plain_error("\nHaving any troubles? Hit us up at https://dvc.org/support, we are always happy to help!");
    }
  } else {
    printer.error(error.message());
  }
  if (!error.hint().empty()) printer.plain_error(cat("hint: ", error.hint()));
  return exit_code(error.kind());
}

int report(const UsageError& error, const Look& look, ui::Printer& printer) {
  if (error.about_verbosity()) {
    constexpr int kVerbosityConflict = 2;
    printer.plain_error(cat("usage: ", look.program, " [-q | -v]\n", look.program, ": error: ", error.message()));
    return kVerbosityConflict;
  }
  if (const auto spec = commands::find_command(error.command())) printer.output(help(*spec, look));
  printer.usage_error(error.message());
  return exit_code(ErrorKind::usage);
}

}  // namespace pivot::cli
