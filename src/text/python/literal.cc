#include "text/python/literal.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/strings.h"
#include "text/yaml/constructor.h"

namespace pivot::text::python {

namespace {

class LiteralParser {
 public:
  explicit LiteralParser(std::span<const Token> tokens) : tokens_(tokens) {}

  std::optional<Value> run() {
    auto value = expression_list("");
    if (!value || at_ != tokens_.size()) return std::nullopt;
    return value;
  }

 private:
  bool at(std::string_view op) const {
    return at_ < tokens_.size() && tokens_[at_].kind == TokenKind::op && tokens_[at_].text == op;
  }
  bool take(std::string_view op) {
    if (!at(op)) return false;
    ++at_;
    return true;
  }
  bool at_kind(TokenKind kind) const { return at_ < tokens_.size() && tokens_[at_].kind == kind; }

  /// One expression, or a tuple when commas follow; `close` is what may end it behind a last comma.
  std::optional<Value> expression_list(std::string_view close) {
    auto first = expression();
    if (!first || !at(",")) return first;
    List list{*first};
    while (take(",")) {
      if (at_ == tokens_.size() || (!close.empty() && at(close))) break;
      auto next = expression();
      if (!next) return std::nullopt;
      list.push_back(std::move(*next));
    }
    return Value(std::move(list));
  }

  std::optional<Value> expression() {
    if (at("+") || at("-")) return number(true);
    if (at_kind(TokenKind::number)) return number(false);
    if (at_kind(TokenKind::string) || at_kind(TokenKind::bytes) || at_kind(TokenKind::formatted)) return string();
    if (at_kind(TokenKind::name)) return word();
    if (take("(")) {
      if (take(")")) return Value(List{});
      auto value = expression_list(")");
      if (!value || !take(")")) return std::nullopt;
      return value;
    }
    if (take("[")) return members("]");
    if (take("{")) return map_or_set();
    return std::nullopt;
  }

  std::optional<Value> members(std::string_view close) {
    List list;
    while (!take(close)) {
      auto item = expression();
      if (!item) return std::nullopt;
      list.push_back(std::move(*item));
      if (!take(",") && !at(close)) return std::nullopt;
    }
    return Value(std::move(list));
  }

  static void check_hashable(const Value& key, int line) {
    if (key.is_map()) fail("unhashable type: 'dict'", line);
  }

  std::optional<Value> map_or_set() {
    Map map;
    yaml::KeyIndex index(map.items);
    if (take("}")) return Value(std::move(map));
    const int line = tokens_[at_ - 1].line;
    bool is_set = false;
    for (bool first = true; !take("}"); first = false) {
      auto key = expression();
      if (!key) return std::nullopt;
      check_hashable(*key, line);
      if (first) is_set = !at(":");
      if (!is_set && !take(":")) return std::nullopt;
      auto value = is_set ? std::optional<Value>(Value()) : expression();
      if (!value) return std::nullopt;
      const std::size_t known = index.find(*key);
      if (known != yaml::KeyIndex::npos) {
        map.items[known].second = std::move(*value);
      } else {
        map.items.emplace_back(std::move(*key), std::move(*value));
        index.added();
      }
      if (!take(",") && !at("}")) return std::nullopt;
    }
    if (!is_set) return Value(std::move(map));
    List list;
    for (auto& [key, value] : map.items) list.push_back(std::move(key));
    return Value(std::move(list));
  }

  std::optional<Value> word() {
    const std::string& text = tokens_[at_++].text;
    if (text == "None") return Value();
    if (text == "True") return Value(true);
    if (text == "False") return Value(false);
    if (text == "set" && take("(") && take(")")) return Value(List{});
    return std::nullopt;
  }

  std::optional<Value> string() {
    std::string out;
    bool bytes = tokens_[at_].kind == TokenKind::bytes, formatted = false;
    for (; at_kind(TokenKind::string) || at_kind(TokenKind::bytes) || at_kind(TokenKind::formatted); ++at_) {
      if ((tokens_[at_].kind == TokenKind::bytes) != bytes)
        fail("cannot mix bytes and nonbytes literals", tokens_[at_].line);
      formatted = formatted || tokens_[at_].kind == TokenKind::formatted;
      out += tokens_[at_].text;
    }
    if (formatted) return std::nullopt;
    if (bytes) return Value::tagged(Value::Kind::bytes, std::move(out));
    return Value(std::move(out));
  }

  std::optional<Value> number(bool has_sign) {
    const bool negative = has_sign && at("-");
    if (has_sign) ++at_;
    if (!at_kind(TokenKind::number)) return std::nullopt;
    const std::string real = tokens_[at_++].text;
    const bool complex = (real.back() | 0x20) == 'j' && !is_hex(real);
    if (!complex && (at("+") || at("-"))) {
      // "1+2j"
      const std::string sign = tokens_[at_++].text;
      if (!at_kind(TokenKind::number) || (tokens_[at_].text.back() | 0x20) != 'j' || is_hex(tokens_[at_].text))
        return std::nullopt;
      return Value(cat("(", negative ? "-" : "", real, sign, tokens_[at_++].text, ")"));
    }
    if (complex) return Value(negative ? "-" + real : real);
    return real_or_integer(real, negative);
  }

  static bool is_hex(const std::string& text) { return text.size() > 1 && text[0] == '0' && (text[1] | 0x20) == 'x'; }

  static Value real_or_integer(const std::string& text, bool negative) {
    if (!is_hex(text) && text.find_first_of(".eE") != std::string::npos) {
      const double value = std::strtod(text.c_str(), nullptr);
      return Value(negative ? -value : value);
    }
    return yaml::integer_value(negative ? "-" + lower(text) : lower(text), false, yaml::Mark{});
  }

  const std::span<const Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Value> literal(std::span<const Token> tokens) { return LiteralParser(tokens).run(); }

}  // namespace pivot::text::python
