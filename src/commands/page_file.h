// A page on the disk: its address, and a browser for it.
#pragma once

#include <string>

#include "commands/command.h"

namespace pivot::commands {

/// "file:///..." of an absolute path.
std::string file_uri(const std::string& file);
/// Opens an address with the desktop's opener, which returns at once; says so when that fails.
bool open_in_browser(Reporter& out, const std::string& uri);

}  // namespace pivot::commands
