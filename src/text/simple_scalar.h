// One-line YAML scalars of the common kind, read without the general parser. Whatever is unusual is "unsure" and goes there instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"

namespace pivot::text {

/// True when the text, written plain as a whole value on one line, surely reads as the string it is, and is also what the emitter would
/// write for that string (apart from folding). False means: not sure.
bool is_simple_text(std::string_view s);

/// The value of a one-line scalar: simple text, plain decimal integers, floats like 0.5 and 1e-05, true, false, nothing (null), and
/// '...' without quotes inside. nullopt: not sure.
std::optional<Value> read_simple_scalar(std::string_view s);

/// The value of a key as it stands in front of ": ", a string in all cases; nullopt: not sure.
std::optional<std::string_view> read_simple_key(std::string_view s);

/// A decimal integer without sign, leading zeros or separators; nullopt otherwise.
std::optional<std::int64_t> read_simple_integer(std::string_view s);

}  // namespace pivot::text
