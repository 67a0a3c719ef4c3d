// A parameter's dotted name looked up in its file, as DVC does it: each part is a pattern.
#pragma once

#include <string_view>

#include "base/value.h"

namespace pivot::engine {

/// Looks up a dotted key ("train.lr", "layers.0", "layers.-1", "a*.x", "**.x"); nullptr when it is missing. Parts are fnmatch patterns,
/// one `**` stands for any number of parts. Throws Error when more than one value matches, in DVC's words. Keys that are neither strings
/// nor whole numbers are never found.
const Value* find_param(const Value& root, std::string_view key);

}  // namespace pivot::engine
