#include <charconv>

#include "base/error.h"
#include "base/strings.h"
#include "text/python/tokens.h"
#include "text/yaml/characters.h"

namespace pivot::text::python {

namespace {

// Appends a code of an escape: a byte of bytes, a code point of a string.
void append_code(std::string& out, std::uint32_t code, bool bytes) {
  if (bytes)
    out += static_cast<char>(code & 0xff);
  else
    yaml::append_utf8(out, code);
}

std::uint32_t hex_code(std::string_view body, std::size_t& at, std::size_t digits, int line) {
  const std::string_view text = body.substr(std::min(at, body.size()), digits);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
  if (text.size() < digits || error != std::errc() || end != text.data() + digits || code > 0x10ffff)
    fail("(unicode error) truncated or illegal escape", line);
  at += digits;
  return code;
}

std::string_view simple_escape(char c) {
  switch (c) {
    case '\\': return "\\";
    case '\'': return "'";
    case '"': return "\"";
    case 'a': return "\a";
    case 'b': return "\b";
    case 'f': return "\f";
    case 'n': return "\n";
    case 'r': return "\r";
    case 't': return "\t";
    case 'v': return "\v";
    default: return "";
  }
}

}  // namespace

std::string unescape(std::string_view body, bool raw, bool bytes, int line) {
  if (bytes)
    for (const char c : body)
      if (static_cast<unsigned char>(c) >= 0x80) fail("bytes can only contain ASCII literal characters", line);
  if (raw) return std::string(body);
  std::string out;
  for (std::size_t at = 0; at < body.size();) {
    const char c = body[at++];
    if (c != '\\' || at >= body.size()) {
      out += c;
      continue;
    }
    const char e = body[at++];
    if (e == '\n') continue;
    if (const auto simple = simple_escape(e); !simple.empty()) {
      out += simple;
    } else if (e >= '0' && e <= '7') {
      std::uint32_t code = static_cast<std::uint32_t>(e - '0');
      for (int k = 0; k < 2 && at < body.size() && body[at] >= '0' && body[at] <= '7'; ++k)
        code = code * 8 + static_cast<std::uint32_t>(body[at++] - '0');
      append_code(out, code, bytes);
    } else if (e == 'x') {
      append_code(out, hex_code(body, at, 2, line), bytes);
    } else if (!bytes && (e == 'u' || e == 'U')) {
      append_code(out, hex_code(body, at, e == 'u' ? 4 : 8, line), false);
    } else {
      // Unknown escapes stay (as do \N{...}: the table of names is not worth its megabyte).
      out += '\\';
      out += e;
    }
  }
  return out;
}

}  // namespace pivot::text::python
