// The help of a command: usage, description, positionals, options; and the list of commands.
#pragma once

#include <string>

#include "cli/usage.h"

namespace pivot::cli {

/// The whole text that `--help` prints.
std::string help(const commands::Spec& spec, const Look& look);

}  // namespace pivot::cli
