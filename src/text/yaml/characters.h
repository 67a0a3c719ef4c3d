// Character classes of the YAML reader. The reader works on code points, the emitter on UTF-8 bytes.
#pragma once

#include <string>
#include <string_view>

namespace pivot::text::yaml {

/// The line breaks that ruamel knows.
inline bool is_break(char32_t c) {
  return c == U'\n' || c == U'\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
/// A line break or the end of the text (a NUL stands there).
inline bool is_end(char32_t c) { return c == 0 || is_break(c); }
inline bool is_end_or_space(char32_t c) { return c == U' ' || is_end(c); }
inline bool is_end_or_blank(char32_t c) { return c == U' ' || c == U'\t' || is_end(c); }
inline bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
inline bool is_letter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
inline bool is_hex(char32_t c) { return is_digit(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F'); }
/// What may stand unescaped in a stream.
inline bool is_printable(char32_t c) {
  return (c >= 0x20 && c <= 0x7e) || c == U'\n' || c == U'\t' || c == U'\r' || c == 0x85 ||
         (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}
/// What may stand in an anchor name.
inline bool is_anchor_char(char32_t c) {
  if (c == U',' || c == U'[' || c == U']' || c == U'{' || c == U'}') return false;
  return (c >= 0x21 && c <= 0x7e) || (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd && c != 0xfeff) ||
         (c >= 0x10000 && c <= 0x10ffff);
}

/// Appends one code point as UTF-8 (a surrogate too, as Python's chr() allows them in an escape).
inline void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// Decodes the code point at `p` < `end` and moves `p` behind it. A byte that is not UTF-8 gives a lone surrogate, as
/// Python's "surrogateescape" does.
inline char32_t next_code_point(const char*& p, const char* end) {
  const auto c = static_cast<unsigned char>(*p++);
  if (c < 0x80) return c;
  const int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
  const bool good_start = c >= 0xc2 && c <= 0xf4 && end - p >= more;
  char32_t code = c & (0x3f >> more);
  for (int i = 0; good_start && i < more; ++i) {
    const auto next = static_cast<unsigned char>(p[i]);
    if ((next & 0xc0) != 0x80) return 0xdc00 + c;
    code = (code << 6) | (next & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (!good_start || code < kLeast[more] || code > 0x10ffff) return 0xdc00 + c;
  p += more;
  return code;
}

std::string to_utf8(std::u32string_view text);
/// Python's repr of one character, as ruamel's messages show it.
std::string char_repr(char32_t c);

}  // namespace pivot::text::yaml
