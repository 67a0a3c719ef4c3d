#include "text/python_constants.h"

#include <span>

#include "base/error.h"
#include "base/strings.h"
#include "text/python/literal.h"
#include "text/python/tokens.h"

namespace pivot::text {

namespace {

using python::Token;
using python::TokenKind;

/// Walks the statements of a file and keeps the assignments of literals.
class ConstantReader {
 public:
  explicit ConstantReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Map run() {
    Map result;
    block(result, false, TokenKind::end);
    return result;
  }

 private:
  const Token& here() const { return tokens_[at_]; }
  bool is_op(std::size_t i, std::string_view op) const {
    return tokens_[i].kind == TokenKind::op && tokens_[i].text == op;
  }
  bool is_name(std::size_t i, std::string_view name) const {
    return tokens_[i].kind == TokenKind::name && tokens_[i].text == name;
  }
  static int depth_change(const Token& token) {
    if (token.kind != TokenKind::op || token.text.size() != 1) return 0;
    const char c = token.text[0];
    return c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
  }

  /// Statements up to a token of kind `last`, which is taken. `only_self`: the body of an __init__.
  void block(Map& result, bool only_self, TokenKind last) {
    while (here().kind != last) {
      if (here().kind == TokenKind::end) return;
      if (here().kind == TokenKind::indent) python::fail("unexpected indent", here().line);
      statement(result, only_self);
    }
    if (last != TokenKind::end) ++at_;
  }

  void statement(Map& result, bool only_self) {
    if (is_name(at_, "class") && tokens_[at_ + 1].kind == TokenKind::name) {
      const std::string name = tokens_[at_ + 1].text;
      Map members;
      compound(&members, false);
      result.set(name, std::move(members));
    } else if (is_name(at_, "def")) {
      if (is_name(at_ + 1, "__init__")) {
        Map members;
        compound(&members, true);
        for (auto& [key, value] : members.items) result.set(key.as_string(), std::move(value));
      } else {
        compound(nullptr, false);
      }
    } else if (is_compound_keyword()) {
      compound(nullptr, false);
    } else {
      simple_line(&result, only_self);
    }
  }

  bool is_compound_keyword() const {
    for (const std::string_view word :
         {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "async"})
      if (is_name(at_, word)) return true;
    // "match" and "case" are names elsewhere: their line ends in a colon and a block follows.
    if (!is_name(at_, "match") && !is_name(at_, "case")) return false;
    std::size_t i = at_;
    while (tokens_[i].kind != TokenKind::newline && tokens_[i].kind != TokenKind::end) ++i;
    return is_op(i - 1, ":") && tokens_[i].kind == TokenKind::newline && tokens_[i + 1].kind == TokenKind::indent;
  }

  /// A header up to its colon, then the body: on the same line or as a block. Without `result` the body is skipped.
  void compound(Map* result, bool only_self) {
    const int line = here().line;
    int depth = 0;
    bool in_lambda = false;
    for (; here().kind != TokenKind::newline && here().kind != TokenKind::end; ++at_) {
      depth += depth_change(here());
      if (depth == 0 && is_name(at_, "lambda")) in_lambda = true;
      if (depth != 0 || !is_op(at_, ":")) continue;
      if (!in_lambda) break;
      in_lambda = false;
    }
    if (!is_op(at_, ":")) python::fail("expected ':'", line);
    ++at_;
    if (here().kind != TokenKind::newline) return simple_line(result, only_self);
    ++at_;
    if (here().kind != TokenKind::indent) python::fail("expected an indented block", here().line);
    ++at_;
    Map skipped;
    block(result ? *result : skipped, only_self, TokenKind::dedent);
  }

  /// Statements that are separated by semicolons, up to the end of the line.
  void simple_line(Map* result, bool only_self) {
    int depth = 0;
    std::size_t start = at_;
    for (;; ++at_) {
      const bool ends = here().kind == TokenKind::newline || here().kind == TokenKind::end;
      depth += depth_change(here());
      if (!ends && !(depth == 0 && is_op(at_, ";"))) continue;
      if (at_ > start) {
        if (start_of_compound(start)) python::fail("invalid syntax", tokens_[start].line);
        if (result) assignment(*result, only_self, std::span(tokens_).subspan(start, at_ - start));
      }
      start = at_ + 1;
      if (!ends) continue;
      if (here().kind == TokenKind::newline) ++at_;
      return;
    }
  }

  bool start_of_compound(std::size_t i) const {
    return is_name(i, "class") || is_name(i, "def") || is_name(i, "if") || is_name(i, "for") || is_name(i, "while") ||
           is_name(i, "with") || is_name(i, "try");
  }

  void assignment(Map& result, bool only_self, std::span<const Token> tokens) {
    std::size_t equals = 0, equals_count = 0, colon = 0;
    int depth = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      depth += depth_change(tokens[i]);
      if (depth != 0 || tokens[i].kind != TokenKind::op) continue;
      if (tokens[i].text == "=" && equals_count++ == 0) equals = i;
      if (tokens[i].text == ":" && equals_count == 0 && colon == 0) colon = i;
      if (tokens[i].text == ":=") python::fail("invalid syntax", tokens[i].line);
    }
    if (equals_count == 0) return;
    if (equals == 0 || equals + 1 == tokens.size()) python::fail("invalid syntax", tokens[0].line);
    if (equals_count > 1) return;  // x = y = 1 is not read
    const std::string name = target(tokens.first(colon != 0 ? colon : equals), only_self);
    if (name.empty()) return;
    if (auto value = python::literal(tokens.subspan(equals + 1))) result.set(name, std::move(*value));
  }

  /// `x`, `self.x` or either in parentheses; empty for what is no parameter.
  static std::string target(std::span<const Token> tokens, bool only_self) {
    while (tokens.size() > 2 && tokens.front().text == "(" && tokens.back().text == ")")
      tokens = tokens.subspan(1, tokens.size() - 2);
    auto name_at = [&](std::size_t i) { return tokens[i].kind == TokenKind::name; };
    if (tokens.size() == 1 && name_at(0) && !only_self) return tokens[0].text;
    if (tokens.size() == 3 && name_at(0) && tokens[0].text == "self" && tokens[1].text == "." && name_at(2))
      return tokens[2].text;
    return "";
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

Value parse_python_constants(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) python::fail("invalid non-printable character U+FEFF", 1);
  std::string unix_text = replace_all(text, "\r\n", "\n");
  for (char& c : unix_text)
    if (c == '\r') c = '\n';
  return ConstantReader(python::tokenize(unix_text)).run();
}

}  // namespace pivot::text
