#include "text/csv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>

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

/// Nothing but printable ASCII without `"` and `\\`, and the characters between cells. Without branches: the compiler makes vectors of it.
bool is_plain(std::string_view content, char delimiter) {
  signed char odd = 0;
  for (const signed char c : content) {
    const auto low = static_cast<signed char>(c < 0x20), between = static_cast<signed char>((c == '\n') | (c == '\r') | (c == delimiter));
    odd |= static_cast<signed char>((low & ~between) | (c == '"') | (c == '\\') | (c == 0x7f));
  }
  return odd == 0;
}

/// Where the cell that begins at `p` ends.
const char* end_of_cell(const char* p, const char* end, char delimiter) {
#ifdef __SSE2__
  const auto delimiters = _mm_set1_epi8(delimiter), feeds = _mm_set1_epi8('\n'), returns = _mm_set1_epi8('\r');
  for (; end - p >= 16; p += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_or_si128(_mm_cmpeq_epi8(bytes, feeds), _mm_cmpeq_epi8(bytes, returns)));
    if (const int mask = _mm_movemask_epi8(hits); mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  while (p < end && *p != delimiter && !ends_line(*p)) ++p;
  return p;
}

}  // namespace

Cells parse(std::string_view content, char delimiter) {
  Cells out;
  out.plain = is_plain(content, delimiter);
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
        at = static_cast<std::size_t>(end_of_cell(content.data() + at, content.data() + content.size(), delimiter) - content.data());
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
