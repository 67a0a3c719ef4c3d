// Plain tables as DVC prints them: left-aligned columns, two blanks between, a header at least two wider than its word.
#pragma once

#include <string>
#include <vector>

#include "base/value.h"

namespace pivot::commands {

/// Rows of cells under a header; "" when there are no rows. `markdown`: a GitHub table, of the header alone when there are no rows.
std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows, bool markdown);

/// A cell: floats as Python's round(x, precision) gives them, None as "-", containers as Python prints them with their floats rounded.
std::string rounded_cell(const Value& value, int precision);

/// Nested maps as dotted keys: {"a": {"b": 1}} -> {"a.b": 1}. Empty maps leave nothing.
Map flatten(const Value& value);

}  // namespace pivot::commands
