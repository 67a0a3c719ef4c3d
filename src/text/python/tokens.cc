#include "text/python/tokens.h"

#include "base/error.h"
#include "base/strings.h"

namespace pivot::text::python {

void fail(const char* problem, int line) {
  throw Error(cat(problem, " (line ", std::to_string(line), ")")).with_place(Place{"", line, 0});
}

namespace {

constexpr int kDeepest = 200;  // Python: "too many nested parentheses"
constexpr int kTab = 8;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      if (line_start_ && brackets_.empty() && !begin_line()) continue;
      next();
    }
    if (!brackets_.empty()) fail("'(' was never closed", line_);
    if (!tokens_.empty() && tokens_.back().kind != TokenKind::newline && tokens_.back().kind != TokenKind::dedent)
      push(TokenKind::newline);
    while (indents_.size() > 1) {
      indents_.pop_back();
      push(TokenKind::dedent);
    }
    push(TokenKind::end);
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void push(TokenKind kind, std::string text = "") { tokens_.push_back(Token{kind, std::move(text), line_}); }

  /// Handles the indentation of a line; false when the line holds nothing.
  bool begin_line() {
    int column = 0, plain_column = 0;  // the second counts a tab as one
    for (; peek() == ' ' || peek() == '\t' || peek() == '\f'; ++at_) {
      column = peek() == '\t' ? (column / kTab + 1) * kTab : peek() == '\f' ? 0 : column + 1;
      plain_column = peek() == '\f' ? 0 : plain_column + 1;
    }
    if (peek() == '#') skip_comment();
    if (peek() == '\n') {
      ++at_;
      ++line_;
      return false;
    }
    if (at_ >= text_.size()) return false;
    line_start_ = false;
    const auto [indent, plain_indent] = indents_.back();
    if (column == indent) {
      if (plain_column != plain_indent) fail("inconsistent use of tabs and spaces in indentation", line_);
    } else if (column > indent) {
      if (plain_column <= plain_indent) fail("inconsistent use of tabs and spaces in indentation", line_);
      indents_.emplace_back(column, plain_column);
      push(TokenKind::indent);
    } else {
      while (column < indents_.back().first) {
        indents_.pop_back();
        push(TokenKind::dedent);
      }
      if (column != indents_.back().first) fail("unindent does not match any outer indentation level", line_);
    }
    return true;
  }

  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  void next() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\f') {
      ++at_;
    } else if (c == '#') {
      skip_comment();
    } else if (c == '\n') {
      if (brackets_.empty()) {
        push(TokenKind::newline);
        line_start_ = true;
      }
      ++at_;
      ++line_;
    } else if (c == '\\') {
      if (peek(1) != '\n') fail("unexpected character after line continuation character", line_);
      at_ += 2;
      ++line_;
      if (at_ >= text_.size()) fail("unexpected EOF while parsing", line_);
    } else if (is_name_start(c)) {
      name_or_string();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '"' || c == '\'') {
      string("");
    } else {
      op();
    }
  }

  void name_or_string() {
    const std::size_t start = at_;
    while (is_name_char(peek())) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if ((peek() == '"' || peek() == '\'') && is_string_prefix(word)) return string(lower(word));
    push(TokenKind::name, std::string(word));
  }

  static bool is_string_prefix(std::string_view word) {
    const std::string p = lower(word);
    for (const std::string_view known : {"r", "u", "b", "f", "br", "rb", "fr", "rf"})
      if (p == known) return true;
    return false;
  }

  void string(const std::string& prefix) {
    const int first_line = line_;
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    const std::size_t start = at_;
    while (true) {
      if (at_ >= text_.size())
        fail(triple ? "unterminated triple-quoted string literal" : "unterminated string literal", first_line);
      const char c = peek();
      if (c == '\n') {
        if (!triple) fail("unterminated string literal", first_line);
        ++line_;
      }
      if (c == '\\') {
        if (peek(1) == '\n') ++line_;
        ++at_;
      } else if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        break;
      }
      ++at_;
    }
    const std::string_view body = text_.substr(start, at_ - start);
    at_ += triple ? 3 : 1;
    const bool raw = prefix.find('r') != std::string::npos, bytes = prefix.find('b') != std::string::npos;
    if (prefix.find('f') != std::string::npos)
      push(TokenKind::formatted);
    else
      push(bytes ? TokenKind::bytes : TokenKind::string, unescape(body, raw, bytes, first_line));
  }

  /// Digits with single underscores between them.
  void digits(bool (*is_one)(char), bool may_be_empty = false) {
    const std::size_t start = at_;
    while (is_one(peek()) || (peek() == '_' && at_ > start && is_one(peek(1)))) ++at_;
    if ((at_ == start && !may_be_empty) || peek() == '_') fail("invalid decimal literal", line_);
  }

  void number() {
    const std::size_t start = at_;
    const char letter = static_cast<char>(peek(1) | 0x20);
    if (peek() == '0' && (letter == 'x' || letter == 'o' || letter == 'b')) {
      at_ += 2;
      if (peek() == '_') ++at_;
      if (letter == 'x')
        digits([](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
      if (letter == 'o') digits([](char c) { return c >= '0' && c <= '7'; });
      if (letter == 'b') digits([](char c) { return c == '0' || c == '1'; });
    } else {
      decimal_number(start);
    }
    if (is_name_char(peek()) && !at_operator_word()) fail("invalid decimal literal", line_);
    push(TokenKind::number, replace_all(text_.substr(start, at_ - start), "_", ""));
  }

  /// "1if x else 2" is allowed (still).
  bool at_operator_word() const {
    for (const std::string_view word : {"and", "else", "for", "if", "in", "is", "not", "or"})
      if (text_.substr(at_).starts_with(word) && !is_name_char(peek(word.size()))) return true;
    return false;
  }

  void decimal_number(std::size_t start) {
    if (is_digit(peek())) digits(is_digit);
    const std::string_view whole = text_.substr(start, at_ - start);
    bool real = false;
    if (peek() == '.') {
      real = true;
      ++at_;
      digits(is_digit, true);
    }
    if ((peek() | 0x20) == 'e') {
      const std::size_t skip = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (is_digit(peek(skip))) {
        real = true;
        at_ += skip;
        digits(is_digit);
      }
    }
    if ((peek() | 0x20) == 'j') {
      real = true;
      ++at_;
    }
    if (!real && whole.size() > 1 && whole[0] == '0' && whole.find_first_not_of("0_") != std::string_view::npos)
      fail("leading zeros in decimal integer literals are not permitted", line_);
  }

  void op() {
    const char c = peek();
    constexpr std::string_view kTwo[] = {"==", "!=", "<=", ">=", ":=", "->", "+=", "-=", "*=", "/=", "%=",
                                         "&=", "|=", "^=", "@=", "**", "//", "<<", ">>"};
    constexpr std::string_view kThree[] = {"...", "**=", "//=", "<<=", ">>="};
    std::size_t length = 1;
    for (const auto two : kTwo)
      if (text_.substr(at_).starts_with(two)) length = 2;
    for (const auto three : kThree)
      if (text_.substr(at_).starts_with(three)) length = 3;
    if (length == 1 && std::string_view("()[]{}+-*/%@&|^~<>.,:;=").find(c) == std::string_view::npos)
      fail("invalid syntax", line_);
    if (c == '(' || c == '[' || c == '{') {
      brackets_.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
      if (brackets_.size() > kDeepest) fail("too many nested parentheses", line_);
    } else if (c == ')' || c == ']' || c == '}') {
      if (brackets_.empty() || brackets_.back() != c) fail("unmatched bracket", line_);
      brackets_.pop_back();
    }
    push(TokenKind::op, std::string(text_.substr(at_, length)));
    at_ += length;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_start_ = true;
  std::string brackets_;  ///< the closing ones that are still due
  std::vector<std::pair<int, int>> indents_{{0, 0}};
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Tokenizer(text).run(); }

}  // namespace pivot::text::python
