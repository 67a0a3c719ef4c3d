// The reader is our own and not nlohmann's: Python reads NaN, Infinity and lone surrogates, and its error texts are
// what users see; nlohmann's grammar can do neither.
#include "text/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "base/error.h"
#include "base/strings.h"
#include "text/yaml/characters.h"

namespace pivot::text::json {

namespace {

// Python's own reader gives up near this depth.
constexpr int kDeepest = 1000;

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Value document() {
    if (text_.starts_with("\xef\xbb\xbf")) fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    skip_blanks();
    Value value = read_value();
    skip_blanks();
    if (at_ != text_.size()) fail("Extra data", at_);
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& problem, std::size_t where) const {
    const std::string_view before = text_.substr(0, where);
    const auto lines = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const auto last = before.rfind('\n');
    const auto column =
        static_cast<int>(utf8_length(last == std::string_view::npos ? before : before.substr(last + 1)));
    throw Error(cat(problem, ": line ", std::to_string(lines + 1), " column ", std::to_string(column + 1), " (char ",
                    std::to_string(utf8_length(before)), ")"))
        .with_place(Place{name_, lines + 1, column + 1});
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Value read_value() {
    switch (peek()) {
      case '"': return read_string();
      case '{': return read_map();
      case '[': return read_list();
      case 'n':
        if (take_word("null")) return Value();
        break;
      case 't':
        if (take_word("true")) return Value(true);
        break;
      case 'f':
        if (take_word("false")) return Value(false);
        break;
      case 'N':
        if (take_word("NaN")) return Value(std::numeric_limits<double>::quiet_NaN());
        break;
      case 'I':
        if (take_word("Infinity")) return Value(std::numeric_limits<double>::infinity());
        break;
      case '-':
        if (take_word("-Infinity")) return Value(-std::numeric_limits<double>::infinity());
        return read_number();
      default:
        if (peek() >= '0' && peek() <= '9') return read_number();
    }
    fail("Expecting value", at_);
  }

  Value read_number() {
    const std::size_t start = at_;
    auto is_digit = [this](std::size_t i) { return i < text_.size() && text_[i] >= '0' && text_[i] <= '9'; };
    std::size_t end = at_ + (peek() == '-' ? 1 : 0);
    if (!is_digit(end)) fail("Expecting value", start);
    if (text_[end] == '0')
      ++end;
    else
      while (is_digit(end)) ++end;
    bool real = false;
    auto take_digits = [&](std::size_t from) {
      if (!is_digit(from)) return;
      real = true;
      for (end = from; is_digit(end);) ++end;
    };
    if (end < text_.size() && text_[end] == '.') take_digits(end + 1);
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool has_sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      take_digits(end + (has_sign ? 2 : 1));
    }
    at_ = end;
    const std::string digits(text_.substr(start, end - start));
    if (real) return Value(std::strtod(digits.c_str(), nullptr));
    std::int64_t number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc()) return Value(number);
    return Value::tagged(Value::Kind::big_integer, digits);
  }

  Value read_list() {
    if (++depth_ > kDeepest) fail("maximum recursion depth exceeded", at_);
    List list;
    ++at_;
    skip_blanks();
    if (peek() == ']') {
      ++at_;
    } else {
      while (true) {
        list.push_back(read_value());
        skip_blanks();
        if (peek() == ']') break;
        if (peek() != ',') fail("Expecting ',' delimiter", at_);
        ++at_;
        skip_blanks();
      }
      ++at_;
    }
    --depth_;
    return list;
  }

  Value read_map() {
    if (++depth_ > kDeepest) fail("maximum recursion depth exceeded", at_);
    Map map;
    std::unordered_map<std::string, std::size_t> places;  // for big maps
    ++at_;
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      --depth_;
      return map;
    }
    while (true) {
      if (peek() != '"') fail("Expecting property name enclosed in double quotes", at_);
      std::string key = read_string();
      skip_blanks();
      if (peek() != ':') fail("Expecting ':' delimiter", at_);
      ++at_;
      skip_blanks();
      add(map, places, std::move(key), read_value());
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_blanks();
    }
    ++at_;
    --depth_;
    return map;
  }

  // Of two equal keys the last value counts, at the place of the first.
  static void add(Map& map, std::unordered_map<std::string, std::size_t>& places, std::string key, Value value) {
    constexpr std::size_t kLinear = 16;
    if (map.size() < kLinear) {
      map.set(key, std::move(value));
      return;
    }
    if (places.empty())
      for (std::size_t i = 0; i < map.size(); ++i) places.emplace(map.items[i].first.as_string(), i);
    const auto [it, fresh] = places.emplace(std::move(key), map.size());
    if (fresh)
      map.items.emplace_back(Value(it->first), std::move(value));
    else
      map.items[it->second].second = std::move(value);
  }

  std::string read_string() {
    const std::size_t start = at_++;
    std::string out;
    while (true) {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_.substr(from, at_ - from));
      if (at_ >= text_.size()) fail("Unterminated string starting at", start);
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] != '\\') fail("Invalid control character at", at_);
      read_escape(start, out);
    }
  }

  void read_escape(std::size_t start, std::string& out) {
    const std::size_t where = at_;
    ++at_;
    if (at_ >= text_.size()) fail("Unterminated string starting at", start);
    const char c = text_[at_++];
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
    if (const auto i = kLetters.find(c); i != std::string_view::npos) {
      out += kMeaning[i];
      return;
    }
    if (c != 'u') fail("Invalid \\escape", where);
    char32_t code = read_hex(where);
    const bool high = code >= 0xd800 && code <= 0xdbff;
    if (high && text_.substr(at_).starts_with("\\u")) {
      const std::size_t second_at = at_;
      at_ += 2;
      const char32_t second = read_hex(second_at);
      if (second >= 0xdc00 && second <= 0xdfff)
        code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
      else
        at_ = second_at;
    }
    yaml::append_utf8(out, code);
  }

  char32_t read_hex(std::size_t where) {
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() < 4 || error != std::errc() || end != digits.data() + 4)
      fail("Invalid \\uXXXX escape", where + 1);
    at_ += 4;
    return code;
  }

  const std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

void append_escaped(std::string& out, char32_t c) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 15];
}

std::string number_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v < 0 ? "-Infinity" : "Infinity";
  return python_float_repr(v);
}

// What json.dumps makes of a key.
std::string key_text(const Value& key) {
  switch (key.kind()) {
    case Value::Kind::string: return key.as_string();
    case Value::Kind::null: return "null";
    case Value::Kind::boolean: return key.as_bool() ? "true" : "false";
    case Value::Kind::real: return number_text(key.as_real());
    default: return python_str(key);
  }
}

class Writer {
 public:
  Writer(std::string& out, const Style& style) : out_(out), style_(style) {}

  void write(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::null: out_ += "null"; break;
      case Value::Kind::boolean: out_ += value.as_bool() ? "true" : "false"; break;
      case Value::Kind::integer: out_ += std::to_string(value.as_int()); break;
      case Value::Kind::real: out_ += number_text(value.as_real()); break;
      case Value::Kind::string: append_quoted(out_, value.as_string(), style_.ensure_ascii); break;
      case Value::Kind::big_integer: out_ += value.as_tagged(); break;
      // Python refuses both unless asked for default=str, which gives this.
      case Value::Kind::date: append_quoted(out_, value.as_tagged(), style_.ensure_ascii); break;
      case Value::Kind::bytes: append_quoted(out_, python_str(value), style_.ensure_ascii); break;
      case Value::Kind::list: write_list(value.as_list()); break;
      case Value::Kind::map: write_map(value.as_map()); break;
    }
  }

 private:
  void new_line() {
    if (style_.indent < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(style_.indent * level_), ' ');
  }
  void separate(bool first) {
    if (!first) out_ += style_.indent < 0 ? ", " : ",";
    new_line();
  }

  void write_list(const List& list) {
    if (list.empty()) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    ++level_;
    bool first = true;
    for (const auto& item : list) {
      separate(first);
      write(item);
      first = false;
    }
    --level_;
    new_line();
    out_ += ']';
  }

  std::vector<const Map::Item*> ordered(const Map& map) const {
    std::vector<const Map::Item*> items;
    items.reserve(map.size());
    bool strings = true, numbers = true;
    for (const auto& item : map.items) {
      items.push_back(&item);
      strings = strings && item.first.is_string();
      numbers = numbers && (item.first.is_int() || item.first.is_real() || item.first.is_bool());
    }
    if (!style_.sort_keys) return items;
    auto number = [](const Value& v) {
      return v.is_int() ? static_cast<double>(v.as_int()) : v.is_real() ? v.as_real() : v.as_bool() ? 1.0 : 0.0;
    };
    std::stable_sort(items.begin(), items.end(), [&](const Map::Item* a, const Map::Item* b) {
      if (strings) return a->first.as_string() < b->first.as_string();
      if (numbers) return number(a->first) < number(b->first);
      return key_text(a->first) < key_text(b->first);  // (Python refuses mixed keys)
    });
    return items;
  }

  void write_map(const Map& map) {
    if (map.empty()) {
      out_ += "{}";
      return;
    }
    out_ += '{';
    ++level_;
    bool first = true;
    for (const Map::Item* item : ordered(map)) {
      separate(first);
      append_quoted(out_, key_text(item->first), style_.ensure_ascii);
      out_ += ": ";
      write(item->second);
      first = false;
    }
    --level_;
    new_line();
    out_ += '}';
  }

  std::string& out_;
  const Style style_;
  int level_ = 0;
};

}  // namespace

Value parse(std::string_view text, const std::string& name) { return Reader(text, name).document(); }

std::string dump(const Value& value, const Style& style) {
  std::string out;
  Writer(out, style).write(value);
  return out;
}

namespace {

/// Eight characters that stand for themselves in JSON: printable ASCII but `"` and `\\`. (May say no to some that do.)
bool is_plain(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x8080808080808080u;
  const auto has_zero = [](std::uint64_t v) { return (v - kOnes) & ~v & kHigh; };
  const auto below_blank = (eight - kOnes * 0x20) & ~eight & kHigh;
  return ((eight & kHigh) | has_zero(eight ^ (kOnes * '"')) | has_zero(eight ^ (kOnes * '\\')) | has_zero(eight ^ (kOnes * 0x7f)) | below_blank) == 0;
}

}  // namespace

void append_quoted(std::string& out, std::string_view s, bool ensure_ascii) {
  out += '"';
  const char* p = s.data();
  const char* const end = p + s.size();
  while (p < end) {
    const char* from = p;
    for (std::uint64_t eight = 0; static_cast<std::size_t>(end - p) >= sizeof eight; p += sizeof eight) {
      std::memcpy(&eight, p, sizeof eight);
      if (!is_plain(eight)) break;
    }
    while (p < end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20 &&
           !(ensure_ascii && static_cast<unsigned char>(*p) >= 0x7f))
      ++p;
    out.append(from, static_cast<std::size_t>(p - from));
    if (p == end) break;
    char32_t c = yaml::next_code_point(p, end);
    switch (c) {
      case U'"': out += "\\\""; break;
      case U'\\': out += "\\\\"; break;
      case U'\n': out += "\\n"; break;
      case U'\r': out += "\\r"; break;
      case U'\t': out += "\\t"; break;
      case U'\f': out += "\\f"; break;
      case U'\b': out += "\\b"; break;
      default:
        if (c >= 0x10000) {
          append_escaped(out, 0xd800 + ((c - 0x10000) >> 10));
          c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        append_escaped(out, c);
    }
  }
  out += '"';
}

std::string quote(std::string_view s, bool ensure_ascii) {
  std::string out;
  out.reserve(s.size() + 2);
  append_quoted(out, s, ensure_ascii);
  return out;
}

}  // namespace pivot::text::json
