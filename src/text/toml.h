// TOML, read by toml++ into values in document order.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace pivot::text::toml_file {

/// Reads a document. Dates and times become Kind::date texts as Python prints them. Throws Error with line and column.
Value parse(std::string_view text, const std::string& name = "");

}  // namespace pivot::text::toml_file
