// Tables of delimited text, read as Python's csv module reads them.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pivot::text::csv {

/// The cells of every line, one after the other; empty lines are left out. Views go into the content that was parsed, or into `unquoted`.
struct Cells {
  std::vector<std::string_view> cells;
  std::vector<std::size_t> ends;     ///< of each record, in `cells`
  std::deque<std::string> unquoted;  ///< cells that had quotes
  bool plain = false;  ///< all is printable ASCII without `"` and `\\`
  std::size_t records() const { return ends.size(); }
  std::size_t begin_of(std::size_t record) const { return record == 0 ? 0 : ends[record - 1]; }
  std::size_t width_of(std::size_t record) const { return ends[record] - begin_of(record); }
};

/// Quotes `"` around a cell may hold the delimiter, line ends and doubled quotes. `content` has to outlive the cells.
Cells parse(std::string_view content, char delimiter);

}  // namespace pivot::text::csv
