// JSON: reading as Python's json.loads does and writing exactly as its json.dumps does.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace pivot::text::json {

/// Reads one JSON document, NaN and Infinity tolerated like Python. Throws Error with line and column.
Value parse(std::string_view text, const std::string& name = "");

struct Style {
  bool sort_keys = false;
  int indent = -1;         ///< -1: one line with ", " and ": "
  bool ensure_ascii = true;
};
/// Python's json.dumps (floats as repr, NaN, Infinity). Non-string keys become strings as Python makes them.
std::string dump(const Value& value, const Style& style = {});
/// A JSON string literal with quotes.
std::string quote(std::string_view s, bool ensure_ascii = true);
/// The same, appended.
void append_quoted(std::string& out, std::string_view s, bool ensure_ascii = true);

}  // namespace pivot::text::json
