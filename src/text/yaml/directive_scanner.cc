// Directives, anchors, aliases and tags.
#include "base/strings.h"
#include "text/yaml/characters.h"
#include "text/yaml/scanner.h"

namespace pivot::text::yaml {

namespace {

constexpr const char* kDirective = "while scanning a directive";

bool is_word_char(char32_t c) { return is_digit(c) || is_letter(c) || c == U'-' || c == U'_'; }

}  // namespace

void Scanner::scan_directive() {
  const Position start = reader_.mark();
  reader_.forward();
  std::size_t length = 0;
  while (is_word_char(reader_.peek(length)) || reader_.peek(length) == U':' || reader_.peek(length) == U'.') ++length;
  auto bad_name = [&] {
    fail(kDirective, start,
         cat("expected alphabetic or numeric character, but found ", char_repr(reader_.peek(length))));
  };
  if (length == 0) bad_name();
  Token token;
  token.kind = TokenKind::directive;
  token.start = start;
  token.text = to_utf8(reader_.prefix(length));
  reader_.forward(length);
  length = 0;
  if (!is_end_or_space(reader_.peek())) bad_name();
  if (token.text == "YAML") {
    scan_yaml_directive(token);
  } else if (token.text == "TAG") {
    scan_tag_directive(token);
  } else {
    while (!is_end(reader_.peek())) reader_.forward();
  }
  token.end = reader_.mark();
  scan_rest_of_line(kDirective, start, nullptr);
  tokens_.add(std::move(token));
}

int Scanner::scan_version_number(const Position& start) {
  if (!is_digit(reader_.peek()))
    fail(kDirective, start, cat("expected a digit, but found ", char_repr(reader_.peek())));
  int number = 0;
  while (is_digit(reader_.peek())) {
    number = number > 100'000'000 ? number : number * 10 + static_cast<int>(reader_.peek() - U'0');
    reader_.forward();
  }
  return number;
}

void Scanner::scan_yaml_directive(Token& token) {
  while (reader_.peek() == U' ') reader_.forward();
  auto bad = [&] {
    fail(kDirective, token.start, cat("expected a digit or '.', but found ", char_repr(reader_.peek())));
  };
  token.major = scan_version_number(token.start);
  if (reader_.peek() != U'.') bad();
  reader_.forward();
  token.minor = scan_version_number(token.start);
  if (!is_end_or_space(reader_.peek())) bad();
  major_ = token.major;
  minor_ = token.minor;
}

void Scanner::scan_tag_directive(Token& token) {
  while (reader_.peek() == U' ') reader_.forward();
  token.handle = scan_tag_handle("directive", token.start);
  token.has_handle = true;
  auto bad = [&] { fail(kDirective, token.start, cat("expected ' ', but found ", char_repr(reader_.peek()))); };
  if (reader_.peek() != U' ') bad();
  while (reader_.peek() == U' ') reader_.forward();
  token.style = 't';
  std::string prefix = scan_tag_uri("directive", token.start);
  if (!is_end_or_space(reader_.peek())) bad();
  token.text = std::move(prefix);
}

// Only a comment may follow; `comment` receives it with the blanks in front.
void Scanner::scan_rest_of_line(const char* context, const Position& start, std::string* comment) {
  std::string text;
  while (reader_.peek() == U' ') {
    text += ' ';
    reader_.forward();
  }
  if (reader_.peek() == U'#') {
    while (!is_end(reader_.peek())) {
      append_utf8(text, reader_.peek());
      reader_.forward();
    }
    if (comment) *comment = std::move(text);
  }
  if (!is_end(reader_.peek()))
    fail(context, start, cat("expected a comment or a line break, but found ", char_repr(reader_.peek())));
  reader_.take_break();
}

void Scanner::scan_anchor(TokenKind kind) {
  const Position start = reader_.mark();
  const char* context = kind == TokenKind::alias ? "while scanning an alias" : "while scanning an anchor";
  reader_.forward();
  std::size_t length = 0;
  while (is_anchor_char(reader_.peek(length))) ++length;
  if (length == 0)
    fail(context, start, cat("expected alphabetic or numeric character, but found ", char_repr(reader_.peek())));
  std::string name = to_utf8(reader_.prefix(length));
  reader_.forward(length);
  const char32_t c = reader_.peek();
  if (!is_end_or_blank(c) &&
      (c >= 0x80 || std::string_view("?:,[]{}%@`").find(static_cast<char>(c)) == std::string_view::npos))
    fail(context, start, cat("expected alphabetic or numeric character, but found ", char_repr(c)));
  push(kind, start).text = std::move(name);
}

void Scanner::scan_tag() {
  const Position start = reader_.mark();
  Token token;
  token.kind = TokenKind::tag;
  token.start = start;
  std::string short_handle = "!";
  if (reader_.peek(1) == U'!') {
    short_handle = "!!";
    reader_.forward();
  }
  if (reader_.peek(1) == U'<') {
    reader_.forward(2);
    token.text = scan_tag_uri("tag", start);
    if (reader_.peek() != U'>')
      fail("while parsing a tag", start, cat("expected '>' but found ", char_repr(reader_.peek())));
    reader_.forward();
  } else if (is_end_or_blank(reader_.peek(1))) {
    token.text = short_handle;
    reader_.forward();
  } else {
    std::size_t length = 1;
    while (!is_end_or_space(reader_.peek(length)) && reader_.peek(length) != U'!') ++length;
    token.has_handle = true;
    if (reader_.peek(length) == U'!') {
      token.handle = scan_tag_handle("tag", start);
    } else {
      token.handle = short_handle;
      reader_.forward();
    }
    token.text = scan_tag_uri("tag", start);
  }
  if (!is_end_or_space(reader_.peek()))
    fail("while scanning a tag", start, cat("expected ' ', but found ", char_repr(reader_.peek())));
  token.end = reader_.mark();
  tokens_.add(std::move(token));
}

std::string Scanner::scan_tag_handle(const char* name, const Position& start) {
  const std::string context = cat("while scanning an ", name);
  if (reader_.peek() != U'!') fail(context.c_str(), start, cat("expected '!', but found ", char_repr(reader_.peek())));
  std::size_t length = 1;
  if (reader_.peek(1) != U' ') {
    while (is_word_char(reader_.peek(length))) ++length;
    if (reader_.peek(length) != U'!') {
      reader_.forward(length);
      fail(context.c_str(), start, cat("expected '!' but found ", char_repr(reader_.peek())));
    }
    ++length;
  }
  std::string handle = to_utf8(reader_.prefix(length));
  reader_.forward(length);
  return handle;
}

std::string Scanner::scan_tag_uri(const char* name, const Position& start) {
  std::string uri;
  while (true) {
    const char32_t c = reader_.peek();
    const bool listed =
        c != 0 && c < 0x80 &&
        std::string_view("-;/?:@&=+$,_.!~*'()[]%").find(static_cast<char>(c)) != std::string_view::npos;
    if (!is_digit(c) && !is_letter(c) && !listed && !(c == U'#' && !is_yaml_1_1())) break;
    if (c == U'%') {
      uri += scan_uri_escapes(name, start);
    } else {
      uri += static_cast<char>(c);
      reader_.forward();
    }
  }
  if (uri.empty())
    fail(cat("while parsing an ", name).c_str(), start, cat("expected URI, but found ", char_repr(reader_.peek())));
  return uri;
}

// Keeps the escapes as written in round trips, decodes them otherwise.
std::string Scanner::scan_uri_escapes(const char* name, const Position& start) {
  std::string bytes, raw;
  const Position mark = reader_.mark();
  while (reader_.peek() == U'%') {
    reader_.forward();
    unsigned value = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      const char32_t c = reader_.peek(k);
      if (!is_hex(c))
        fail(cat("while scanning an ", name).c_str(), start,
             cat("expected URI escape sequence of 2 hexdecimal numbers, but found ", char_repr(c)));
      value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - U'0' : (c | 0x20) - U'a' + 10);
    }
    bytes += static_cast<char>(value);
    raw += '%';
    raw += to_utf8(reader_.prefix(2));
    reader_.forward(2);
  }
  if (invalid_utf8(bytes) != std::string::npos)
    throw SyntaxError(cat("while scanning an ", name), start, "'utf-8' codec can't decode the escaped bytes", mark,
                      "ScannerError");
  return keep_comments_ ? raw : bytes;
}

}  // namespace pivot::text::yaml
