#include "text/simple_scalar.h"

#include <charconv>
#include <cstring>

#include "text/yaml.h"

namespace pivot::text {

namespace {

enum CharacterClass : unsigned char {
  kNever = 0,      ///< control characters, and lead bytes under which unprintable characters live
  kInside = 1,     ///< fine anywhere but first
  kFirst = 2,      ///< fine first as well
  kWatch = 3,      ///< ':' '#' ' ': depends on the neighbour
  kNumberish = 4,  ///< first: may start something else than a string
};

struct ClassTable {
  unsigned char of[256] = {};
};

constexpr ClassTable make_classes() {
  ClassTable table{};
  for (int c = 0x20; c < 0x7F; ++c) table.of[c] = kInside;
  for (int c = 'a'; c <= 'z'; ++c) table.of[c] = table.of[c - 32] = kFirst;
  for (int c = 0xC3; c <= 0xF4; ++c) table.of[c] = kFirst;
  for (int c = 0x80; c <= 0xBF; ++c) table.of[c] = kInside;
  // Below these lead bytes there are U+0080..U+009F, U+2028 and U+2029, U+FEFF and U+FFFE.
  table.of[0xC2] = table.of[0xE2] = table.of[0xEF] = kNever;
  for (const char c : {'/', '_', '$', '(', ')', ';', '^', '\\'}) table.of[static_cast<unsigned char>(c)] = kFirst;
  for (int c = '0'; c <= '9'; ++c) table.of[c] = kNumberish;
  for (const char c : {'.', '+', '-', '~', '=', '<', 't', 'T', 'f', 'F', 'n', 'N'}) {
    table.of[static_cast<unsigned char>(c)] = kNumberish;
  }
  for (const char c : {':', '#', ' '}) table.of[static_cast<unsigned char>(c)] = kWatch;
  return table;
}

constexpr ClassTable kClasses = make_classes();

unsigned char class_of(char c) { return kClasses.of[static_cast<unsigned char>(c)]; }

/// Text that starts like a number, null or bool: true when one character settles that it is none.
bool settled_as_text(std::string_view s) {
  const char first = s[0];
  if (first == '-' || first == '+' || first == '~' || first == '=' || first == '<') return false;
  if (first >= 'A' && first != '_') return s.size() > 5;  // longer than "false" and "null"
  if (s.size() > 1 && first == '0' && (s[1] == 'x' || s[1] == 'o' || s[1] == 'b')) return false;
  if (first == '.' && s.size() <= 4) return s.size() > 1 && s[1] == '/';
  return s.find_first_not_of("0123456789_.eE+-:tTzZ ") != std::string_view::npos;
}

bool characters_are_simple(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto kind = class_of(s[i]);
    if (kind == kNever) return false;
    if (kind != kWatch) continue;
    const char next = i + 1 < s.size() ? s[i + 1] : ' ';
    if (s[i] == ':' && next == ' ') return false;
    if (s[i] == ' ' && (next == '#' || i + 1 == s.size())) return false;
  }
  return true;
}

std::optional<Value> read_number(std::string_view s) {
  const auto unsigned_part = s.starts_with('-') ? s.substr(1) : s;
  if (const auto integer = read_simple_integer(unsigned_part)) {
    if (*integer == 0 && s.size() > 1) return std::nullopt;
    return Value(s.starts_with('-') ? -*integer : *integer);
  }
  if (unsigned_part.empty() || unsigned_part[0] < '0' || unsigned_part[0] > '9') return std::nullopt;
  if (unsigned_part.find_first_not_of("0123456789.e+-") != std::string_view::npos) return std::nullopt;
  const auto dot = unsigned_part.find('.');
  const auto exponent = unsigned_part.find('e');
  if (dot == std::string_view::npos && exponent == std::string_view::npos) return std::nullopt;
  // "1.2.3" and dates keep to the general reader: only what is consumed whole is a number here.
  double value = 0;
  const auto [end, failure] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (failure != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return Value(value);
}

}  // namespace

bool is_simple_text(std::string_view s) {
  if (s.empty()) return false;
  const auto first = class_of(s[0]);
  if (first != kFirst && first != kNumberish) return false;
  if (!characters_are_simple(s)) return false;
  if (first == kFirst) return true;
  if (s.starts_with("---") || s.starts_with("...")) return false;  // quoted, wherever it stands
  if (settled_as_text(s)) return true;
  if (s[0] == '-' && (s.size() == 1 || s[1] == ' ')) return false;
  return !yaml::resolves_to_other_type(s);
}

std::optional<std::int64_t> read_simple_integer(std::string_view s) {
  constexpr std::size_t kMostDigits = 18;
  if (s.empty() || s.size() > kMostDigits || (s[0] == '0' && s.size() > 1)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : s) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<Value> read_simple_scalar(std::string_view s) {
  if (s.empty()) return Value();
  if (s == "true") return Value(true);
  if (s == "false") return Value(false);
  if (s[0] == '\'') {
    if (s.size() < 2 || s.back() != '\'') return std::nullopt;
    const auto inner = s.substr(1, s.size() - 2);
    if (inner.find('\'') != std::string_view::npos) return std::nullopt;
    for (const char c : inner) {
      if (class_of(c) == kNever) return std::nullopt;
    }
    return Value(inner);
  }
  if (s[0] == '-' || (s[0] >= '0' && s[0] <= '9')) {
    if (auto number = read_number(s)) return number;
  }
  if (is_simple_text(s)) return Value(s);
  return std::nullopt;
}

std::optional<std::string_view> read_simple_key(std::string_view s) {
  constexpr std::size_t kMostPlain = 120;  // longer keys are written with "? "
  if (s.size() > kMostPlain) return std::nullopt;
  if (!s.empty() && s[0] == '\'') {
    if (s.size() < 2 || s.back() != '\'') return std::nullopt;
    const auto inner = s.substr(1, s.size() - 2);
    if (inner.find('\'') != std::string_view::npos) return std::nullopt;
    return characters_are_simple(inner) || inner.empty() ? std::optional(inner) : std::nullopt;
  }
  return is_simple_text(s) ? std::optional(s) : std::nullopt;
}

}  // namespace pivot::text
