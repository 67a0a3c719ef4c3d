// How ruamel writes back the numbers and timestamps that it read in a round trip.
#include "text/yaml/number_text.h"

#include "base/strings.h"
#include "text/yaml/constructor.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

/// Where the underscores stood: every `group` digits from the right, and one at either end.
struct Underscores {
  bool any = false;
  std::size_t group = 0;
  bool front = false, back = false;
};

Underscores find_underscores(std::string_view text) {
  Underscores u;
  std::string_view body = text;
  while (body.ends_with('_')) body.remove_suffix(1);
  const auto last = body.rfind('_');
  if (last == std::string_view::npos) return u;
  u.any = true;
  u.group = body.size() - last - 1;
  return u;
}

std::string with_underscores(std::string digits, const Underscores& u) {
  if (!u.any) return digits;
  if (u.group > 0)
    for (std::size_t at = digits.size(); at > u.group;) digits.insert(at -= u.group, 1, '_');
  if (u.front) digits.insert(0, 1, '_');
  if (u.back) digits += '_';
  return digits;
}

std::string drop_zeros(std::string_view digits) {
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  return std::string(digits);
}

// Hexadecimal digits take the case of the first letter among them.
std::string one_case(std::string_view digits) {
  for (const char c : digits) {
    if (c >= 'A' && c <= 'F') {
      std::string upper(digits);
      for (char& d : upper)
        if (d >= 'a') d = static_cast<char>(d - 32);
      return upper;
    }
    if (c >= 'a') return lower(digits);
  }
  return std::string(digits);
}

bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

// 0b, 0o, 0x. (ruamel writes a negative one as "0x-1f", which it cannot read again; ours stays "-0x1f".)
std::string prefixed_text(std::string_view text, std::string_view digits, bool negative, bool old) {
  const char letter = digits[1];
  digits.remove_prefix(2);
  std::string body = letter == 'x' ? one_case(digits) : std::string(digits);
  if (old || digits[0] != '0') body = drop_zeros(body);
  Underscores u = find_underscores(text);
  u.front = text.size() > 2 && text[2] == '_';
  u.back = text.size() > 3 && text.back() == '_';
  const bool minus = negative && !is_zero(digits);
  return cat(minus ? "-0" : "0", std::string_view(&letter, 1), with_underscores(std::move(body), u));
}

}  // namespace

std::string integer_text(std::string_view text, bool old, const Mark& where) {
  const Value value = integer_value(text, old, where);  // reports what is no number
  std::string digits = replace_all(text, "_", "");
  const bool negative = digits[0] == '-';
  if (digits[0] == '-' || digits[0] == '+') digits.erase(0, 1);
  Underscores u = find_underscores(text);
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'o' || digits[1] == 'x'))
    return prefixed_text(text, digits, negative, old);
  if (old && digits.size() > 1 && digits[0] == '0') {
    // An octal number of YAML 1.1: "010" becomes "0o10".
    return cat(negative ? "-0o" : "0o", with_underscores(drop_zeros(digits), u));
  }
  if (old && digits.find(':') != std::string::npos) return python_str(value);
  if (digits[0] == '0') {
    // Leading zeros stay; of a negative number the sign takes the place of one.
    std::string body = digits;
    if (negative && !is_zero(digits)) body = "-" + (digits[0] == '0' ? digits.substr(1) : digits);
    u.back = text.size() > 1 && text.back() == '_';
    return with_underscores(std::move(body), u);
  }
  u.back = u.any && text.back() == '_';
  return with_underscores(negative ? "-" + digits : digits, u);
}

std::string real_text(std::string_view text, bool old, const Mark& where) {
  const double value = real_value(text, old, where);
  if (value != value) return ".nan";
  if (value - value != 0) return value < 0 ? "-.inf" : ".inf";
  if (old && text.find(':') != std::string_view::npos) return python_float_repr(value);
  return std::string(text);
}

std::string timestamp_text_kept(std::string_view text, const Mark& where) {
  Timestamp t;
  std::string out = timestamp_text(text, where);
  if (!match_timestamp(text, t) || !t.has_time) return out;
  const bool has_offset = !t.zone.empty() && t.zone != "Z";
  if (t.separator == ' ' && !has_offset) return out;
  if (t.separator != ' ') out[10] = 'T';
  if (!t.zone.empty()) out.replace(out.size() - 6, 6, t.zone);
  return out;
}

}  // namespace pivot::text::yaml
