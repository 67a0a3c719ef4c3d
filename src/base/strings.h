// Strings: joining, splitting, trimming, quoting. UTF-8 throughout; code points only where a function says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivot {

/// Concatenates string-like pieces in one allocation.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  out.reserve((std::string_view(parts).size() + ... + 0));
  (out.append(std::string_view(parts)), ...);
  return out;
}

std::vector<std::string_view> split(std::string_view s, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view s);
bool starts_with(std::string_view s, std::string_view prefix);
bool ends_with(std::string_view s, std::string_view suffix);
/// ASCII only.
std::string lower(std::string_view s);
/// RFC 4648, with padding.
std::string base64(std::string_view bytes);
/// Python's str.expandtabs(8).
std::string expand_tabs(std::string_view s);
std::string replace_all(std::string_view s, std::string_view from, std::string_view to);
/// Python's shlex.quote.
std::string shell_quote(std::string_view s);
/// Lines as Python's str.splitlines() cuts them (\n, \r, \r\n, \v, \f, \x1c-\x1e, U+0085, U+2028, U+2029), without the ends.
std::vector<std::string> python_splitlines(std::string_view s);
/// Offset of the first byte that is not valid UTF-8, or npos.
std::size_t invalid_utf8(std::string_view s);
/// Python's fnmatch.fnmatchcase: *, ?, [seq], [!seq]; `*` also matches '/'.
bool fnmatch_python(std::string_view name, std::string_view pattern);
/// Number of code points.
std::size_t utf8_length(std::string_view s);
/// Lower-case hex of raw bytes.
std::string to_hex(std::string_view bytes);

}  // namespace pivot
