// How a failure looks to the user and what it does to the exit code.
#pragma once

#include "base/error.h"
#include "cli/parser.h"
#include "cli/usage.h"
#include "ui/printer.h"

namespace pivot::cli {

/// DVC's exit code of a kind.
int exit_code(ErrorKind kind);

/// DVC catches failures of these commands itself: 1 instead of 255.
bool fails_with_one(std::string_view command);

/// Prints an error as DVC does and returns its exit code.
int report(const Error& error, const Look& look, ui::Printer& printer);

/// A wrong command line: the command's help, then the message.
int report(const UsageError& error, const Look& look, ui::Printer& printer);

}  // namespace pivot::cli
