// Plain, quoted and block scalars.
#include "base/strings.h"
#include "text/yaml/characters.h"
#include "text/yaml/scanner.h"

namespace pivot::text::yaml {

namespace {

constexpr const char* kQuoted = "while scanning a quoted scalar";
constexpr const char* kDouble = "while scanning a double-quoted scalar";
constexpr const char* kBlock = "while scanning a block scalar";

void append(std::string& out, std::u32string_view text) {
  const std::size_t start = out.size();
  out.resize(start + text.size());
  char* to = out.data() + start;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= 0x80) {
      out.resize(start + i);
      for (const char32_t c : text.substr(i)) append_utf8(out, c);
      return;
    }
    *to++ = static_cast<char>(text[i]);
  }
}

// What a one-letter escape stands for; NUL for 'none' ('0' is tested by the caller).
char32_t escaped(char32_t c) {
  switch (c) {
    case U'a': return 7;
    case U'b': return 8;
    case U't':
    case U'\t': return 9;
    case U'n': return 10;
    case U'v': return 11;
    case U'f': return 12;
    case U'r': return 13;
    case U'e': return 27;
    case U' ': return U' ';
    case U'"': return U'"';
    case U'/': return U'/';
    case U'\\': return U'\\';
    case U'N': return 0x85;
    case U'_': return 0xa0;
    case U'L': return 0x2028;
    case U'P': return 0x2029;
    default: return 0;
  }
}

}  // namespace

void Scanner::scan_flow_scalar(char quote) {
  const Position start = reader_.mark();
  const bool is_double = quote == '"';
  std::string text;
  reader_.forward();
  scan_quoted_text(is_double, start, text);
  while (reader_.peek() != static_cast<char32_t>(quote)) {
    scan_quoted_spaces(start, text);
    scan_quoted_text(is_double, start, text);
  }
  reader_.forward();
  Token& token = push(TokenKind::scalar, start);
  token.text = std::move(text);
  token.style = quote;
}

// Everything up to the next blank, line break or closing quote.
void Scanner::scan_quoted_text(bool is_double, const Position& start, std::string& out) {
  while (true) {
    std::size_t length = 0;
    while (true) {
      const char32_t c = reader_.peek(length);
      if (is_end_or_blank(c) || c == U'\'' || c == U'"' || c == U'\\' || c == 0xfeff) break;
      ++length;
    }
    append(out, reader_.prefix(length));
    reader_.skip(length);
    const char32_t c = reader_.peek();
    if (c == 0xfeff) {
      append_utf8(out, c);
      reader_.forward();
    } else if (!is_double && c == U'\'' && reader_.peek(1) == U'\'') {
      out += '\'';
      reader_.forward(2);
    } else if ((is_double && c == U'\'') || (!is_double && (c == U'"' || c == U'\\'))) {
      out += static_cast<char>(c);
      reader_.forward();
    } else if (is_double && c == U'\\') {
      reader_.forward();
      scan_escape(start, out);
    } else {
      return;
    }
  }
}

void Scanner::scan_escape(const Position& start, std::string& out) {
  const char32_t c = reader_.peek();
  const std::size_t digits = c == U'x' ? 2 : c == U'u' ? 4 : c == U'U' ? 8 : 0;
  if (c == U'0' || escaped(c) != 0) {
    append_utf8(out, c == U'0' ? 0 : escaped(c));
    reader_.forward();
  } else if (digits != 0) {
    reader_.forward();
    std::uint64_t code = 0;
    for (std::size_t k = 0; k < digits; ++k) {
      const char32_t d = reader_.peek(k);
      if (!is_hex(d))
        fail(kDouble, start,
             cat("expected escape sequence of ", std::to_string(digits), " hexdecimal numbers, but found ",
                 char_repr(d)));
      code = code * 16 + (is_digit(d) ? d - U'0' : (d | 0x20) - U'a' + 10);
    }
    if (code > 0x10ffff)
      throw SyntaxError(kDouble, start, "chr() arg not in range(0x110000)", reader_.mark(), "ValueError");
    append_utf8(out, static_cast<char32_t>(code));
    reader_.forward(digits);
  } else if (is_break(c)) {
    reader_.take_break();
    out += scan_quoted_breaks(start);
  } else {
    fail(kDouble, start, cat("found unknown escape character ", char_repr(c)));
  }
}

void Scanner::scan_quoted_spaces(const Position& start, std::string& out) {
  std::size_t length = 0;
  while (reader_.peek(length) == U' ' || reader_.peek(length) == U'\t') ++length;
  const std::string blanks = to_utf8(reader_.prefix(length));
  reader_.skip(length);
  if (reader_.peek() == 0) fail(kQuoted, start, "found unexpected end of stream");
  if (!is_break(reader_.peek())) {
    out += blanks;
    return;
  }
  const char32_t line_break = reader_.take_break();
  const std::string breaks = scan_quoted_breaks(start);
  if (line_break != U'\n') {
    append_utf8(out, line_break);
  } else if (breaks.empty()) {
    out += ' ';
  }
  out += breaks;
}

std::string Scanner::scan_quoted_breaks(const Position& start) {
  std::string breaks;
  while (true) {
    if ((reader_.at_triple(U'-') || reader_.at_triple(U'.')) && is_end_or_blank(reader_.peek(3)))
      fail(kQuoted, start, "found unexpected document separator");
    while (reader_.peek() == U' ' || reader_.peek() == U'\t') reader_.forward();
    if (!is_break(reader_.peek())) return breaks;
    append_utf8(breaks, reader_.take_break());
  }
}

// How far the plain text goes on this line without a blank.
std::size_t Scanner::plain_length() const {
  std::size_t length = 0;
  const bool flow = in_flow(), old = is_yaml_1_1();
  while (true) {
    const char32_t c = reader_.peek(length);
    if (is_end_or_blank(c)) return length;
    if (c == U':') {
      // Inside flow collections, too, a colon ends the text only in front of a blank.
      if (is_end_or_blank(reader_.peek(length + 1))) return length;
    } else if (flow && (c == U',' || c == U'[' || c == U']' || c == U'{' || c == U'}' || (c == U'?' && old))) {
      return length;
    }
    ++length;
  }
}

void Scanner::scan_plain() {
  const Position start = reader_.mark();
  Position end = start;
  const int indent = indent_ + 1;
  std::string text, spaces;
  while (reader_.peek() != U'#') {
    const std::size_t length = plain_length();
    if (length == 0) break;
    allow_simple_key_ = false;
    text += spaces;
    append(text, reader_.prefix(length));
    reader_.skip_text(length);
    end = reader_.mark();
    spaces.clear();
    if (!scan_plain_spaces(spaces) || spaces.empty()) break;
    if (reader_.peek() == U'#' || (!in_flow() && reader_.column() < indent)) break;
  }
  Token& token = push(TokenKind::scalar, start);
  token.end = end;
  token.text = std::move(text);
  token.plain = true;
  if (keep_comments_ && spaces.starts_with('\n')) {
    // Empty lines behind the text.
    token.comments = std::make_shared<Comments>();
    token.comments->post = std::make_shared<Comment>();
    token.comments->post->text = spaces + '\n';
    token.comments->post->line = start.line;
    token.comments->post->column = start.column;
  }
}

// Reads the blanks and breaks behind a plain word into `spaces` as they would stand in the text; false when a document
// mark follows.
bool Scanner::scan_plain_spaces(std::string& spaces) {
  std::size_t length = 0;
  while (reader_.peek(length) == U' ') ++length;
  reader_.skip(length);
  if (!is_break(reader_.peek())) {
    spaces.append(length, ' ');
    return true;
  }
  auto at_document = [this] {
    return (reader_.at_triple(U'-') || reader_.at_triple(U'.')) && is_end_or_blank(reader_.peek(3));
  };
  const char32_t line_break = reader_.take_break();
  allow_simple_key_ = true;
  if (at_document()) return false;
  std::string breaks;
  while (reader_.peek() == U' ' || is_break(reader_.peek())) {
    if (reader_.peek() == U' ') {
      reader_.forward();
      continue;
    }
    append_utf8(breaks, reader_.take_break());
    if (at_document()) return false;
  }
  if (line_break != U'\n') {
    append_utf8(spaces, line_break);
  } else if (breaks.empty()) {
    spaces += ' ';
  }
  spaces += breaks;
  return true;
}

void Scanner::scan_block_scalar(char style) {
  const Position start = reader_.mark();
  reader_.forward();
  int chomping = 0, increment = 0;
  scan_block_header(start, chomping, increment);
  std::string header_comment;
  scan_rest_of_line(kBlock, start, &header_comment);

  int min_indent = indent_ + 1, indent = 0;
  Position end = reader_.mark();
  std::u32string breaks;
  if (increment == 0) {
    int max_indent = 0;
    breaks = scan_block_indentation(max_indent, end);
    indent = std::max(min_indent, max_indent);
  } else {
    min_indent = std::max(min_indent, 1);
    indent = min_indent + increment - 1;
    breaks = scan_block_breaks(indent, end);
  }
  std::string text;
  char32_t line_break = 0;
  scan_block_lines(style, indent, min_indent, text, line_break, breaks, end);
  if (chomping >= 0 && line_break != 0) append_utf8(text, line_break);
  if (chomping > 0) append(text, breaks);

  Token token;
  token.kind = TokenKind::scalar;
  token.start = start;
  token.end = end;
  token.text = std::move(text);
  token.style = style;
  if (keep_comments_) keep_block_comments(token, chomping > 0 ? U"" : breaks, header_comment);
  tokens_.add(std::move(token));
}

// chomping: -1 strip, 0 clip, 1 keep; increment: the indentation indicator, 0 when there is none.
void Scanner::scan_block_header(const Position& start, int& chomping, int& increment) {
  auto take_chomping = [&] {
    if (reader_.peek() != U'+' && reader_.peek() != U'-') return;
    chomping = reader_.peek() == U'+' ? 1 : -1;
    reader_.forward();
  };
  auto take_increment = [&] {
    if (!is_digit(reader_.peek())) return;
    increment = static_cast<int>(reader_.peek() - U'0');
    if (increment == 0) fail(kBlock, start, "expected indentation indicator in the range 1-9, but found 0");
    reader_.forward();
  };
  take_chomping();
  take_increment();
  if (chomping == 0) take_chomping();
  if (!is_end_or_space(reader_.peek()))
    fail(kBlock, start, cat("expected chomping or indentation indicators, but found ", char_repr(reader_.peek())));
}

void Scanner::scan_block_lines(char style, int indent, int min_indent, std::string& text, char32_t& line_break,
                               std::u32string& breaks, Position& end) {
  const bool folded = style == '>';
  auto at_blank = [this] { return reader_.peek() == U' ' || reader_.peek() == U'\t'; };
  while (reader_.column() == indent && reader_.peek() != 0) {
    append(text, breaks);
    const bool leading_text = !at_blank();
    std::size_t length = 0;
    while (!is_end(reader_.peek(length))) ++length;
    append(text, reader_.prefix(length));
    reader_.skip_text(length);
    line_break = reader_.take_break();
    breaks = scan_block_breaks(indent, end);
    if (min_indent == 0 && (at_document_mark(U'-') || at_document_mark(U'.'))) return;
    if (reader_.column() != indent || reader_.peek() == 0) return;
    // Round trips mark the places where a line was folded with BEL, so that the emitter folds there again.
    if (keep_comments_ && folded && line_break == U'\n') text += '\a';
    if (folded && line_break == U'\n' && leading_text && !at_blank()) {
      if (breaks.empty()) text += ' ';
    } else if (line_break != 0) {
      append_utf8(text, line_break);
    }
  }
}

std::u32string Scanner::scan_block_indentation(int& max_indent, Position& end) {
  std::u32string breaks;
  int first_indent = -1;
  end = reader_.mark();
  while (reader_.peek() == U' ' || is_break(reader_.peek())) {
    if (reader_.peek() == U' ') {
      reader_.forward();
      max_indent = std::max(max_indent, reader_.column());
    } else {
      if (first_indent < 0) first_indent = reader_.column();
      breaks += reader_.take_break();
      end = reader_.mark();
    }
  }
  if (first_indent > 0 && max_indent > first_indent)
    throw SyntaxError("more indented follow up line than first in a block scalar", reader_.mark(), "", std::nullopt,
                      "ScannerError");
  return breaks;
}

std::u32string Scanner::scan_block_breaks(int indent, Position& end) {
  std::u32string breaks;
  end = reader_.mark();
  while (true) {
    while (reader_.column() < indent && reader_.peek() == U' ') reader_.forward();
    if (!is_break(reader_.peek())) return breaks;
    breaks += reader_.take_break();
    end = reader_.mark();
  }
}

// Empty lines and comments behind a block scalar that are not part of its value, and the comment behind its header.
void Scanner::keep_block_comments(Token& token, const std::u32string& trailing, const std::string& header_comment) {
  if (!header_comment.empty()) {
    auto comment = std::make_shared<Comment>();
    comment->text = header_comment;
    comment->header = true;
    token.comments = std::make_shared<Comments>();
    token.comments->pre = std::make_shared<std::vector<CommentPtr>>(1, comment);
  }
  if (trailing.empty()) return;
  auto post = std::make_shared<Comment>();
  post->line = token.end.line;
  post->column = token.end.column;
  append(post->text, trailing);
  Comment next;
  while (skip_to_next_token(&next)) {
    post->text.append(static_cast<std::size_t>(next.column), ' ');
    post->text += next.text;
  }
  if (!token.comments) token.comments = std::make_shared<Comments>();
  token.comments->post = std::move(post);
}

}  // namespace pivot::text::yaml
