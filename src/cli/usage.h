// The usage line of a command, laid out as argparse does.
#pragma once

#include <string>

#include "commands/command.h"

namespace pivot::cli {

/// How the program was called and how wide the terminal is: what texts about the command line need to know.
struct Look {
  std::string program = "pivot";  ///< "pivot", or "dvc" when linked under that name
  std::size_t width = 80;         ///< columns
};

/// "usage: pivot stage add [-h] ..." with its line breaks and a final newline.
std::string usage(const commands::Spec& spec, const Look& look);

/// An option's words after its name (" <path>", " [<n>]"), or a positional as a usage line shows it ("[targets ...]").
std::string words_of(const commands::Flag& flag);

/// "{add,default,modify}" or, for the program, "command".
std::string subcommand_words(const commands::Spec& group);

}  // namespace pivot::cli
