// `ask_password`: the user types it.
#pragma once

#include <string>

namespace pivot::store {

/// Asks at the terminal, without showing what is typed. Throws Error without a terminal; `remote` is the name for its hint.
std::string ask_password(const std::string& remote, const std::string& question);

}  // namespace pivot::store
