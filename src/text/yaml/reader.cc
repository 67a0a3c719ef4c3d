#include "text/yaml/reader.h"

#include <cstdio>

#include "text/yaml/characters.h"

namespace pivot::text::yaml {

namespace {

[[noreturn]] void throw_unprintable(char32_t c, int line, int column) {
  char text[96];
  std::snprintf(text, sizeof text, "unacceptable character #x%04x: special characters are not allowed",
                static_cast<unsigned>(c));
  throw SyntaxError("", std::nullopt, text, Mark{line, column}, "ReaderError");
}

}  // namespace

Reader::Reader(std::string_view utf8) {
  text_.resize(utf8.size());
  const char* p = utf8.data();
  const char* const end = p + utf8.size();
  char32_t* out = text_.data();
  int line = 0, column = 0;
  while (p < end) {
    const char32_t c = next_code_point(p, end);
    if (!is_printable(c)) throw_unprintable(c, line, column);
    if (c == 0xfeff) has_bom_ = true;
    *out++ = c;
    ++column;
    if (c == U'\n') {
      ++line;
      column = 0;
    }
  }
  text_.resize(static_cast<std::size_t>(out - text_.data()));
}

void Reader::forward(std::size_t length) {
  for (; length > 0 && index_ < text_.size(); --length) {
    const char32_t c = text_[index_++];
    // As ruamel counts: U+0085, U+2028 and U+2029 break lines in YAML but do not count as lines.
    if (c == U'\n' || (c == U'\r' && peek() != U'\n')) {
      ++line_;
      column_ = 0;
    } else if (c != 0xfeff) {
      ++column_;
    }
  }
}

char32_t Reader::take_break() {
  const char32_t c = peek();
  if (c == U'\r' && peek(1) == U'\n') {
    forward(2);
    return U'\n';
  }
  if (c == U'\r' || c == U'\n' || c == 0x85) {
    forward();
    return U'\n';
  }
  if (c == 0x2028 || c == 0x2029) {
    forward();
    return c;
  }
  return 0;
}

}  // namespace pivot::text::yaml
