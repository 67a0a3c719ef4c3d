// Which type a plain scalar has.
#pragma once

#include <string_view>

#include "text/yaml/node.h"

namespace pivot::text::yaml {

/// The type of plain text under YAML 1.2 as ruamel resolves it, or under 1.1 (`old`).
CoreTag resolve_plain(std::string_view text, bool old = false);

/// The parts of a timestamp; `month` 0 means that the text is none.
struct Timestamp {
  int year = 0, month = 0, day = 0;
  bool has_time = false;
  char separator = ' ';        ///< 'T' or 't' when written, ' ' otherwise
  int hour = 0, minute = 0, second = 0;
  std::string_view fraction;   ///< the digits behind the dot
  std::string_view zone;       ///< "Z", "+02:00" or empty
};
/// Matches the constructor's (wider) pattern; false when the text is no timestamp.
bool match_timestamp(std::string_view text, Timestamp& out);

}  // namespace pivot::text::yaml
