// The command line, read as argparse reads it: abbreviations, clusters, `--x=y`, `--`, words between options.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "commands/command.h"

namespace pivot::cli {

/// A wrong command line. `command` is the one whose help is shown ("" is the program).
class UsageError : public Error {
 public:
  UsageError(std::string message, std::string command, bool about_verbosity = false)
      : Error(std::move(message), ErrorKind::usage), command_(std::move(command)), about_verbosity_(about_verbosity) {}
  const std::string& command() const { return command_; }
  /// -q met -v. DVC looks for these two first, with a parser of its own: two lines, no help, exit code 2.
  bool about_verbosity() const { return about_verbosity_; }

 private:
  std::string command_;
  bool about_verbosity_;
};

/// What the command line asks for.
struct Request {
  enum class What : unsigned char { run, help, version };
  What what = What::run;
  commands::Spec command;  ///< the one to run, or to show the help of
  commands::Args args;     ///< of the program and the command together
};

/// Reads argv without its first word. Throws UsageError.
Request parse(const std::vector<std::string>& words);

/// Reads the words of one command against its flags alone: what parse() does for each level.
struct Level {
  Request::What what = Request::What::run;
  std::vector<std::string> extras;  ///< words that nothing takes
  std::vector<std::string> rest;    ///< a group's subcommand word and all behind it
};
Level parse_level(const commands::Spec& spec, const std::vector<std::string>& words, commands::Args& args);

/// "-q/--quiet", as messages name a flag; a positional by its metavar.
std::string display_name(const commands::Flag& flag);

/// The word that stands for a group's subcommands in messages and usage lines.
std::string subcommand_metavar(const commands::Spec& group);

}  // namespace pivot::cli
