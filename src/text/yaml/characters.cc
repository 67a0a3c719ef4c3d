#include "text/yaml/characters.h"

#include "base/value.h"

namespace pivot::text::yaml {

std::string to_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

std::string char_repr(char32_t c) {
  if (c == 0x85) return "'\\x85'";
  if (c == 0xa0) return "'\\xa0'";
  if (c == 0x2028) return "'\\u2028'";
  if (c == 0x2029) return "'\\u2029'";
  if (c == 0xfeff) return "'\\ufeff'";
  std::string text;
  append_utf8(text, c);
  return python_str_repr(text);
}

}  // namespace pivot::text::yaml
