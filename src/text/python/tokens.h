// Python's tokens, as far as constants need them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivot::text::python {

enum class TokenKind : unsigned char { name, number, string, bytes, formatted, op, newline, indent, dedent, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  ///< strings and bytes: their value
  int line = 0;
};

/// Throws Error (with the line) for what Python's tokenizer refuses.
std::vector<Token> tokenize(std::string_view text);

/// The value between the quotes. `raw` keeps backslashes, `bytes` knows no \u and \N.
std::string unescape(std::string_view body, bool raw, bool bytes, int line);

[[noreturn]] void fail(const char* problem, int line);

}  // namespace pivot::text::python
