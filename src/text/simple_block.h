// A quick reader for the YAML that people and tools mostly write: block maps and lists with one-line scalars, comments, short flow
// lists. It never reads anything differently from text/yaml.h: where it isn't sure, it says so.
#pragma once

#include <optional>
#include <string_view>

#include "base/value.h"

namespace pivot::text {

/// The document as yaml::load would give it, or nullopt when that has to be asked (also for every error).
std::optional<Value> load_simple_block(std::string_view text);

}  // namespace pivot::text
