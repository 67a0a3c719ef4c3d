// Parameter files of all the formats DVC knows, chosen by suffix: .json, .toml, .py, everything else YAML.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace pivot::text {

/// Parses the content of a parameter or vars file. `name` is for error texts. An empty YAML file gives null.
/// Python files: top-level constants and class attributes as DVC reads them (assignments of literals; class bodies and
/// `self.x` in __init__ become maps). TOML by toml++ in document order, JSON by json::parse.
Value parse_params(std::string_view content, const std::string& name);

}  // namespace pivot::text
