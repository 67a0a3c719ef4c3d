// One line that says how far a transfer is.
#pragma once

#include <string>
#include <string_view>

#include "commands/command.h"

namespace pivot::ui {

inline constexpr std::string_view kEraseLine = "\r\x1b[K";

/// "Pushing  [#####.....]  120/240 files  31.0 MB  12.4 MB/s  0:03 left", as wide as fits.
std::string transfer_bar(const commands::TransferStep& step, int width);
/// Columns of the terminal behind a descriptor; 80 when it doesn't say.
int terminal_width(int fd);

}  // namespace pivot::ui
