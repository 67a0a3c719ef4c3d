// Tables of delimited text, read as Python's csv module reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivot::text::csv {

using Record = std::vector<std::string>;
/// Cells of every line, empty lines left out. Quotes `"` around a cell may hold the delimiter, line ends and doubled quotes.
std::vector<Record> parse(std::string_view content, char delimiter);

}  // namespace pivot::text::csv
