// Flags that every command has, and those of the program itself: written down once.
#pragma once

#include "commands/spec/rows.h"

namespace pivot::commands::spec {

/// -q and -v, which exclude each other.
std::span<const FlagRow> verbosity_flags();
/// DVC's flags for its own developers: accepted, without effect, never shown.
std::span<const FlagRow> debugging_flags();
/// -V, --cd, --wait-for-lock and ours: in front of the command only.
std::span<const FlagRow> program_flags();
/// --global, --system, --project, --local: which configuration file is meant.
std::span<const FlagRow> level_flags();
/// -h as `help` words it.
FlagRow help_flag();

}  // namespace pivot::commands::spec
