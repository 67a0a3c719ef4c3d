// Scalar texts to values, as the functions of ruamel's SafeConstructor do it.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/strings.h"
#include "text/yaml/constructor.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

[[noreturn]] void fail(std::string problem, const Mark& where, const char* error_class) {
  throw SyntaxError("", std::nullopt, std::move(problem), where, error_class);
}

std::string without_underscores(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (c != '_') out += c;
  return out;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

// Decimal digits of a big number in any base: schoolbook, in limbs of nine digits.
std::string to_decimal(std::string_view digits, int base) {
  std::vector<std::uint32_t> limbs(1, 0);
  for (const char c : digits) {
    std::uint64_t carry = static_cast<std::uint64_t>(digit_value(c));
    for (auto& limb : limbs) {
      const std::uint64_t v = static_cast<std::uint64_t>(limb) * static_cast<std::uint64_t>(base) + carry;
      limb = static_cast<std::uint32_t>(v % 1'000'000'000);
      carry = v / 1'000'000'000;
    }
    if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
  }
  std::string out = std::to_string(limbs.back());
  char buffer[16];
  for (std::size_t i = limbs.size() - 1; i-- > 0;) {
    std::snprintf(buffer, sizeof buffer, "%09u", limbs[i]);
    out += buffer;
  }
  return out;
}

// Python's int(text, base) of digits that the pattern has let through.
Value to_integer(std::string_view digits, int base, bool negative, const Mark& where) {
  // Python refuses to convert longer decimal texts; for other bases the limit keeps the conversion cheap.
  constexpr std::size_t kMostDigits = 4300;
  for (const char c : digits)
    if (digit_value(c) >= base) digits = "";
  if (digits.empty())
    fail(cat("invalid literal for int() with base ", std::to_string(base)), where, "ValueError");
  if (digits.size() > kMostDigits)
    fail("Exceeds the limit (4300 digits) for integer string conversion", where, "ValueError");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  constexpr std::uint64_t kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error == std::errc() && value <= kMost) {
    const auto number = static_cast<std::int64_t>(value);
    return negative ? Value(-number) : Value(number);
  }
  if (error == std::errc() && negative && value == kMost + 1) return Value(std::numeric_limits<std::int64_t>::min());
  std::string text = to_decimal(digits, base);
  if (text.size() > kMostDigits)
    fail("Exceeds the limit (4300 digits) for integer string conversion", where, "ValueError");
  return Value::tagged(Value::Kind::big_integer, negative ? "-" + text : text);
}

double to_double(const std::string& text, const Mark& where) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool looks_right = !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
  if (!looks_right || end != text.c_str() + text.size() || text.find_first_of("xXpP") != std::string::npos)
    fail(cat("could not convert string to float: ", python_str_repr(text)), where, "ValueError");
  return value;
}

// "1:30:00" in base 60.
double sexagesimal(std::string_view text, const Mark& where) {
  double value = 0;
  for (const auto part : split(text, ':')) value = value * 60 + to_double(std::string(part), where);
  return value;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

void add_second(Timestamp& t, const Mark& where) {
  if (++t.second < 60) return;
  t.second = 0;
  if (++t.minute < 60) return;
  t.minute = 0;
  if (++t.hour < 24) return;
  t.hour = 0;
  if (++t.day <= days_in_month(t.year, t.month)) return;
  t.day = 1;
  if (++t.month <= 12) return;
  t.month = 1;
  if (++t.year > 9999) fail("date value out of range", where, "OverflowError");
}

void check_date(const Timestamp& t, const Mark& where) {
  if (t.year < 1) fail(cat("year ", std::to_string(t.year), " is out of range"), where, "ValueError");
  if (t.month < 1 || t.month > 12) fail("month must be in 1..12", where, "ValueError");
  if (t.day < 1 || t.day > days_in_month(t.year, t.month)) fail("day is out of range for month", where, "ValueError");
  if (t.hour > 23) fail("hour must be in 0..23", where, "ValueError");
  if (t.minute > 59) fail("minute must be in 0..59", where, "ValueError");
  if (t.second > 59) fail("second must be in 0..59", where, "ValueError");
}

// "+2", "-05:30" or "Z" as isoformat prints it.
std::string zone_text(std::string_view zone, const Mark& where) {
  if (zone.empty()) return "";
  if (zone == "Z") return "+00:00";
  int hours = 0, minutes = 0;
  const auto colon = zone.find(':');
  const auto hour_text = zone.substr(1, colon == std::string_view::npos ? colon : colon - 1);
  std::from_chars(hour_text.data(), hour_text.data() + hour_text.size(), hours);
  if (colon != std::string_view::npos)
    std::from_chars(zone.data() + colon + 1, zone.data() + zone.size(), minutes);
  const int total = hours * 60 + minutes;
  if (total >= 24 * 60)
    fail("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).", where,
         "ValueError");
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", zone[0] == '-' && total != 0 ? '-' : '+', total / 60,
                total % 60);
  return buffer;
}

}  // namespace

Value integer_value(std::string_view text, bool old, const Mark& where) {
  const std::string clean = without_underscores(text);
  std::string_view s = clean;
  if (s.empty()) fail("string index out of range", where, "IndexError");
  const bool negative = s[0] == '-';
  if (s[0] == '-' || s[0] == '+') s.remove_prefix(1);
  if (s.starts_with("0b")) return to_integer(s.substr(2), 2, negative, where);
  if (s.starts_with("0x")) return to_integer(s.substr(2), 16, negative, where);
  if (s.starts_with("0o")) return to_integer(s.substr(2), 8, negative, where);
  if (old && s.starts_with('0')) return to_integer(s, 8, negative, where);
  if (old && s.find(':') != std::string_view::npos) {
    const double value = sexagesimal(s, where);
    return Value(static_cast<std::int64_t>(negative ? -value : value));
  }
  return to_integer(s, 10, negative, where);
}

double real_value(std::string_view text, bool old, const Mark& where) {
  const std::string clean = lower(without_underscores(text));
  if (clean.empty()) fail("string index out of range", where, "IndexError");
  const bool signed_text = clean[0] == '-' || clean[0] == '+';
  const std::string body = signed_text ? clean.substr(1) : clean;
  const double sign = clean[0] == '-' ? -1 : 1;
  if (body == ".inf") return sign * std::numeric_limits<double>::infinity();
  if (body == ".nan") return std::numeric_limits<double>::quiet_NaN();
  if (old && body.find(':') != std::string::npos) return sign * sexagesimal(body, where);
  return sign * to_double(body, where);
}

std::string timestamp_text(std::string_view text, const Mark& where) {
  Timestamp t;
  if (!match_timestamp(text, t))
    fail(cat("failed to construct timestamp from \"", text, "\""), where, "ConstructorError");
  check_date(t, where);
  char buffer[80];
  if (!t.has_time) {
    std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", t.year, t.month, t.day);
    return buffer;
  }
  int micros = 0;
  for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < t.fraction.size() ? t.fraction[i] - '0' : 0);
  if (t.fraction.size() > 6 && t.fraction[6] > '4') ++micros;
  if (micros > 999'999) {
    micros = 0;
    add_second(t, where);
  }
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d %02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute,
                t.second);
  std::string out = buffer;
  if (micros != 0) {
    std::snprintf(buffer, sizeof buffer, ".%06d", micros);
    out += buffer;
  }
  return out + zone_text(t.zone, where);
}

Value scalar_value(CoreTag tag, std::string_view text, bool old, const Mark& where) {
  switch (tag) {
    case CoreTag::null: return Value();
    case CoreTag::integer: return integer_value(text, old, where);
    case CoreTag::real: return Value(real_value(text, old, where));
    case CoreTag::timestamp: return Value::tagged(Value::Kind::date, timestamp_text(text, where));
    case CoreTag::boolean: {
      const std::string word = lower(text);
      if (word == "true" || word == "yes" || word == "y" || word == "on") return Value(true);
      if (word == "false" || word == "no" || word == "n" || word == "off") return Value(false);
      fail(python_str_repr(word), where, "KeyError");
    }
    default: return Value(text);
  }
}

}  // namespace pivot::text::yaml
