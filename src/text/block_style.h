// YAML in the emitter's own block style (one `key: value` or `- item` a line), read and checked by lines: what DVC's lock files
// consist of, at memory speed. Everything else is for text/yaml.h.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pivot::text {

/// Takes the next line (without its end) off `rest`; false at the end.
inline bool take_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const auto* end = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
  const auto length = end == nullptr ? rest.size() : static_cast<std::size_t>(end - rest.data());
  line = rest.substr(0, length);
  rest.remove_prefix(end == nullptr ? length : length + 1);
  return true;
}

/// Number of leading blanks.
inline std::size_t indent_of(std::string_view line) {
  std::size_t n = 0;
  while (n < line.size() && line[n] == ' ') ++n;
  return n;
}

/// One line of a block map: "  - path: x" has indent 2, dash, key "path", value "x".
struct BlockLine {
  std::size_t indent = 0;  ///< of the dash or the key
  bool dash = false;
  bool has_key = false;    ///< false: a plain list item, all in `value`
  std::string_view key;    ///< as written
  std::string_view value;  ///< without surrounding blanks
};
/// Splits at the first ": " (or a final ":"); a quoted key must not hold one. nullopt for blank lines and comments.
std::optional<BlockLine> split_line(std::string_view line);

/// A plain scalar that goes on over more lines (each with its end), folded to one text; nullopt: not a simple one.
std::optional<std::string> join_plain_lines(std::string_view first, std::string_view more);

/// True when `block` (whole lines; a map whose keys stand at `indent`) is surely exactly what loading and dumping it would write.
bool is_normal_block(std::string_view block, std::size_t indent);

}  // namespace pivot::text
