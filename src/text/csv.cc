#include "text/csv.h"

#include <algorithm>
#include <array>

namespace pivot::text::csv {

namespace {

bool ends_line(char c) { return c == '\n' || c == '\r'; }

/// A cell that begins with a quote; `at` goes behind it. What follows the closing quote belongs to the cell as it stands.
std::string take_quoted(std::string_view content, std::size_t& at, char delimiter) {
  std::string out;
  bool is_open = true;
  for (++at; at < content.size(); ++at) {
    const char c = content[at];
    if (is_open && c != '"') {
      out += c;
    } else if (is_open && at + 1 < content.size() && content[at + 1] == '"') {
      out += c;
      ++at;
    } else if (is_open) {
      is_open = false;
    } else if (c == delimiter || ends_line(c)) {
      break;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Cells parse(std::string_view content, char delimiter) {
  Cells out;
  std::array<bool, 256> ends_cell{};
  for (const char c : {delimiter, '\n', '\r'}) ends_cell[static_cast<unsigned char>(c)] = true;
  // Mostly every line has as many cells as the first.
  const auto lines = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n')) + 1;
  const auto first = content.substr(0, content.find('\n'));
  out.ends.reserve(lines);
  out.cells.reserve(lines * (static_cast<std::size_t>(std::count(first.begin(), first.end(), delimiter)) + 1));
  std::size_t at = 0;
  while (at < content.size()) {
    if (ends_line(content[at])) {
      ++at;
      continue;
    }
    for (bool more = true; more;) {
      if (at < content.size() && content[at] == '"') {
        out.cells.push_back(out.unquoted.emplace_back(take_quoted(content, at, delimiter)));
      } else {
        const auto from = at;
        while (at < content.size() && !ends_cell[static_cast<unsigned char>(content[at])]) ++at;
        out.cells.push_back(content.substr(from, at - from));
      }
      more = at < content.size() && content[at] == delimiter;
      if (more) ++at;
    }
    out.ends.push_back(out.cells.size());
  }
  return out;
}

}  // namespace pivot::text::csv
