// What differs between two texts, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivot::text {

/// The lines of both in one list, each with "-", "+" or " " in front. Costs lines × lines: for the length of a function, not of a data file.
std::vector<std::string> line_diff(std::string_view before, std::string_view after);

}  // namespace pivot::text
