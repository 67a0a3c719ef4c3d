#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
constexpr std::string_view kCoreNames[] = {"str",   "null",  "bool", "int", "float", "timestamp", "binary",
                                           "merge", "value", "seq",  "map", "set",   "omap",      "pairs"};

bool digit(char c) { return c >= '0' && c <= '9'; }

// A cursor for the small patterns below.
struct Matcher {
  std::string_view s;
  std::size_t i = 0;
  bool end() const { return i == s.size(); }
  char at() const { return i < s.size() ? s[i] : '\0'; }
  bool take(char c) {
    if (at() != c || end()) return false;
    ++i;
    return true;
  }
  bool take_sign() { return take('+') || take('-'); }
  template <typename Test>
  std::size_t take_while(Test test) {
    const std::size_t from = i;
    while (!end() && test(s[i])) ++i;
    return i - from;
  }
  std::size_t digits() { return take_while(digit); }
  std::size_t digits_or_underscores() {
    return take_while([](char c) { return digit(c) || c == '_'; });
  }
  /// Two digits, or one when `short_allowed`.
  bool number(int& out, std::size_t least, std::size_t most) {
    std::size_t n = 0;
    out = 0;
    while (n < most && digit(at())) {
      out = out * 10 + (s[i++] - '0');
      ++n;
    }
    return n >= least;
  }
};

bool all_of(std::string_view s, bool (*test)(char)) {
  for (const char c : s)
    if (!test(c)) return false;
  return true;
}

bool is_int(std::string_view s, bool old) {
  if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
  if (s.empty()) return false;
  auto octal = [](char c) { return (c >= '0' && c <= '7') || c == '_'; };
  if (s.size() > 2 && s[0] == '0' && s[1] == 'b')
    return all_of(s.substr(2), [](char c) { return c == '0' || c == '1' || c == '_'; });
  if (s.size() > 2 && s[0] == '0' && s[1] == 'x')
    return all_of(s.substr(2), [](char c) {
      return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
    });
  if (!old) {
    if (s.size() > 2 && s[0] == '0' && s[1] == 'o') return all_of(s.substr(2), octal);
    return all_of(s, [](char c) { return digit(c) || c == '_'; });
  }
  if (all_of(s, octal)) return true;
  if (s[0] < '1' || s[0] > '9') return false;
  Matcher m{s};
  m.digits_or_underscores();
  while (m.take(':')) {
    // [0-5]?[0-9]
    if (!digit(m.at())) return false;
    const bool tens = m.at() <= '5';
    ++m.i;
    if (tens && digit(m.at())) ++m.i;
  }
  return m.end();
}

bool is_exponent(Matcher& m, bool sign_needed) {
  if (m.end()) return true;
  if (!m.take('e') && !m.take('E')) return false;
  if (!m.take_sign() && sign_needed) return false;
  return m.digits() > 0 && m.end();
}

bool is_special_float(std::string_view s, bool has_sign) {
  if (s == ".inf" || s == ".Inf" || s == ".INF") return true;
  return !has_sign && (s == ".nan" || s == ".NaN" || s == ".NAN");
}

bool is_float(std::string_view s, bool old) {
  const bool has_sign = s[0] == '+' || s[0] == '-';
  const std::string_view body = has_sign ? s.substr(1) : s;
  if (body.empty()) return false;
  if (body[0] == '.') {
    if (is_special_float(body, has_sign)) return true;
    if (old && has_sign) return false;
    Matcher m{body, 1};
    return m.digits_or_underscores() > 0 && is_exponent(m, true);
  }
  if (!digit(body[0])) return false;
  Matcher m{body};
  m.digits_or_underscores();
  if (old && m.at() == ':') {
    while (m.take(':')) {
      if (!digit(m.at())) return false;
      const bool tens = m.at() <= '5';
      ++m.i;
      if (tens && digit(m.at())) ++m.i;
    }
    if (!m.take('.')) return false;
    m.digits_or_underscores();
    return m.end();
  }
  if (m.take('.')) {
    m.digits_or_underscores();
    return is_exponent(m, false);
  }
  return !m.end() && is_exponent(m, false);
}

// The resolver's pattern: a date needs two digits each, a time makes one digit enough.
bool is_timestamp(std::string_view s) {
  if (s.size() < 8 || s[4] != '-') return false;
  Timestamp t;
  if (!match_timestamp(s, t)) return false;
  return t.has_time || s.size() == 10;
}

bool is_old_bool(std::string_view s) {
  for (const std::string_view word :
       {"y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"})
    if (s == word) return true;
  return false;
}

}  // namespace

std::string core_tag_text(CoreTag tag) {
  return std::string(kPrefix).append(kCoreNames[static_cast<std::size_t>(tag)]);
}

CoreTag core_tag_from_text(std::string_view text) {
  if (!text.starts_with(kPrefix)) return CoreTag::other;
  text.remove_prefix(kPrefix.size());
  for (std::size_t i = 0; i < std::size(kCoreNames); ++i)
    if (text == kCoreNames[i]) return static_cast<CoreTag>(i);
  return CoreTag::other;
}

bool match_timestamp(std::string_view text, Timestamp& out) {
  Matcher m{text};
  auto skip_blanks = [&m] { return m.take_while([](char c) { return c == ' ' || c == '\t'; }); };
  if (!m.number(out.year, 4, 4) || !m.take('-')) return false;
  if (!m.number(out.month, 1, 2) || !m.take('-')) return false;
  if (!m.number(out.day, 1, 2)) return false;
  if (m.end()) return true;
  out.has_time = true;
  if (m.at() == 'T' || m.at() == 't') {
    out.separator = m.s[m.i++];
  } else if (skip_blanks() == 0) {
    return false;
  }
  if (!m.number(out.hour, 1, 2) || !m.take(':') || !m.number(out.minute, 2, 2) || !m.take(':') ||
      !m.number(out.second, 2, 2))
    return false;
  if (m.take('.')) {
    const std::size_t from = m.i;
    m.digits();
    out.fraction = text.substr(from, m.i - from);
  }
  if (m.end()) return true;
  skip_blanks();
  const std::size_t from = m.i;
  if (!m.take('Z')) {
    int part = 0;
    if (!m.take_sign() || !m.number(part, 1, 2)) return false;
    if (m.take(':') && !m.number(part, 2, 2)) return false;
  }
  out.zone = text.substr(from, m.i - from);
  return m.end();
}

CoreTag resolve_plain(std::string_view s, bool old) {
  if (s.empty()) return CoreTag::null;
  switch (s[0]) {
    case '~': return s.size() == 1 ? CoreTag::null : CoreTag::str;
    case '<': return s == "<<" ? CoreTag::merge : CoreTag::str;
    case '=': return s.size() == 1 ? CoreTag::value : CoreTag::str;
    case 'n':
    case 'N':
      if (s == "null" || s == "Null" || s == "NULL") return CoreTag::null;
      break;
    case 't':
    case 'T':
      if (s == "true" || s == "True" || s == "TRUE") return CoreTag::boolean;
      break;
    case 'f':
    case 'F':
      if (s == "false" || s == "False" || s == "FALSE") return CoreTag::boolean;
      break;
    case '+':
    case '-':
    case '.':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      if (is_float(s, old)) return CoreTag::real;
      if (s[0] != '.' && is_int(s, old)) return CoreTag::integer;
      if (digit(s[0]) && is_timestamp(s)) return CoreTag::timestamp;
      return CoreTag::str;
    default: break;
  }
  if (old && is_old_bool(s)) return CoreTag::boolean;
  return CoreTag::str;
}

}  // namespace pivot::text::yaml
