#include "cli/dispatch.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/path.h"
#include "base/strings.h"
#include "base/value.h"
#include "cli/failure.h"
#include "cli/help.h"
#include "cli/parser.h"
#include "commands/session.h"
#include "commands/version_text.h"
#include "ui/printer.h"

namespace pivot::cli {
namespace {

constexpr int kBrokenPipe = 141;

std::size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    const auto n = std::strtol(columns, nullptr, 10);
    if (n > 0) return static_cast<std::size_t>(n);
  }
  winsize size = {};
  if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// Linked as `dvc` we answer under that name, so that tools find what they look for.
Look look_of(const std::string& program) {
  Look look;
  look.program = path::basename(program) == "dvc" ? "dvc" : "pivot";
  return look;
}

void change_folder(const std::string& folder) {
  if (::chdir(folder.c_str()) == 0) return;
  throw Error(cat("[Errno ", std::to_string(errno), "] ", std::strerror(errno), ": ", python_str_repr(folder)),
              ErrorKind::unexpected);
}

std::string current_folder() {
  char folder[PATH_MAX];
  if (::getcwd(folder, sizeof folder) == nullptr)
    throw Error(cat("[Errno ", std::to_string(errno), "] ", std::strerror(errno)), ErrorKind::unexpected);
  return folder;
}

workspace::LockWait lock_wait_of(const commands::Args& args) {
  workspace::LockWait out;
  out.forever = args.flag("wait_for_lock");
  const auto seconds = args.value("lock_timeout");
  if (!seconds) return out;
  char* end = nullptr;
  out.seconds = std::strtod(seconds->c_str(), &end);
  if (seconds->empty() || *end != '\0' || !(out.seconds >= 0))
    throw UsageError(cat("argument --lock-timeout: invalid number of seconds: ", python_str_repr(*seconds)), "");
  return out;
}

/// The command that the words behind `help` name.
commands::Spec topic(const std::vector<std::string>& words) {
  std::string name;
  for (const auto& word : words) {
    const auto found = commands::resolve_command(name, word);
    if (!found) throw UsageError(cat("no such command: ", join(words, " ")), name);
    name = *found;
  }
  return *commands::find_command(name);
}

/// Under our own name a `list` that names no repository lists the stages. (To DVC that is a mistake, and to us when we are linked as `dvc`.)
Request parse_words(const std::vector<std::string>& words, const Look& look) {
  try {
    return parse(words);
  } catch (const UsageError&) {
    if (look.program == "dvc" || words.empty() || words.front() != "list") throw;
    auto stage_list = words;
    stage_list.insert(stage_list.begin(), "stage");
    try {
      return parse(stage_list);
    } catch (const UsageError&) {  // the first one tells what is wrong
    }
    throw;
  }
}

int run_command(const Request& request, const Look& look, ui::Printer& printer, const std::vector<std::string>& argv) {
  if (request.command.name == "help") {
    printer.output(help(topic(request.args.values("topic")), look));
    return 0;
  }
  if (const auto folder = request.args.value("cd"); folder && *folder != ".") change_folder(*folder);
  if (!request.command.run) throw Error(cat("'dvc ", request.command.name, "' is not available in pivot yet"));
  auto session = std::make_unique<commands::Session>(current_folder(), printer, lock_wait_of(request.args));
  session->quiet = request.args.count("quiet");
  session->verbose = request.args.count("verbose");
  session->command_line = join(argv, " ");
  const auto outcome = request.command.run(*session, request.args);
  session->close();
  // Taking thousands of stages apart costs a tenth of a no-op, and the process is about to end.
  [[maybe_unused]] static commands::Session* kept = nullptr;
  kept = session.release();
  printer.output(outcome.text);
  return outcome.exit_code;
}

/// Runs `body` and turns what it throws into messages.
template <typename Body>
int guarded(const Look& look, ui::Printer& printer, const std::string& command, Body body) {
  try {
    return body();
  } catch (const UsageError& error) {
    return report(error, look, printer);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) return report(UsageError(error.message(), command), look, printer);
    const int code = report(error, look, printer);
    return code == 255 && error.kind() != ErrorKind::unexpected && fails_with_one(command) ? 1 : code;
  } catch (const std::exception& error) {
    return report(Error(error.what(), ErrorKind::unexpected), look, printer);
  }
}

}  // namespace

int run(const std::vector<std::string>& argv) {
  auto look = look_of(argv.empty() ? "" : argv.front());
  look.width = terminal_width();
  Request request;
  int code = 0;
  {
    ui::Printer printer({});
    code = guarded(look, printer, "", [&] {
      request = parse_words({argv.begin() + (argv.empty() ? 0 : 1), argv.end()}, look);
      if (request.what == Request::What::version) printer.output(commands::version_line(look.program) + "\n");
      if (request.what == Request::What::help) printer.output(help(request.command, look));
      return 0;
    });
    printer.flush();
    if (printer.is_broken()) return kBrokenPipe;
    if (code != 0 || request.what != Request::What::run) return code;
  }
  ui::Printer printer({.quiet = request.args.count("quiet"), .verbose = request.args.count("verbose")});
  code = guarded(look, printer, request.command.name, [&] { return run_command(request, look, printer, argv); });
  printer.flush();
  return printer.is_broken() ? kBrokenPipe : code;
}

}  // namespace pivot::cli
