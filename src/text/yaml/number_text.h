// The texts that numbers and timestamps keep in a round trip.
#pragma once

#include <string>
#include <string_view>

#include "text/yaml.h"

namespace pivot::text::yaml {

/// An integer as ruamel writes it back: prefix, underscores and leading zeros kept, "+" dropped.
std::string integer_text(std::string_view text, bool old, const Mark& where);
/// A float: its own text, but for .inf and .nan. (Known difference: ruamel cuts digits off some.)
std::string real_text(std::string_view text, bool old, const Mark& where);
/// A timestamp: normalised, with its "T" and its zone as written.
std::string timestamp_text_kept(std::string_view text, const Mark& where);

}  // namespace pivot::text::yaml
