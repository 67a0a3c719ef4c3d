#include "base/value.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace pivot {

Value::Value(List v) : data_(std::make_shared<List>(std::move(v))) {}
Value::Value(Map v) : data_(std::make_shared<Map>(std::move(v))) {}

const Value* Map::find(std::string_view key) const {
  for (const auto& [k, v] : items)
    if (k.is_string() && k.as_string() == key) return &v;
  return nullptr;
}

Value* Map::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Map::set(std::string_view key, Value value) {
  if (Value* old = find(key)) return *old = std::move(value);
  items.emplace_back(Value(key), std::move(value));
  return items.back().second;
}

bool Map::erase(std::string_view key) {
  for (auto it = items.begin(); it != items.end(); ++it)
    if (it->first.is_string() && it->first.as_string() == key) {
      items.erase(it);
      return true;
    }
  return false;
}

const void* Value::identity() const {
  if (auto* l = std::get_if<ListPtr>(&data_)) return l->get();
  if (auto* m = std::get_if<MapPtr>(&data_)) return m->get();
  return nullptr;
}

Value Value::clone() const {
  if (is_list()) {
    List copy;
    copy.reserve(as_list().size());
    for (const auto& v : as_list()) copy.push_back(v.clone());
    return copy;
  }
  if (is_map()) {
    Map copy;
    copy.items.reserve(as_map().size());
    for (const auto& [k, v] : as_map().items) copy.items.emplace_back(k.clone(), v.clone());
    return copy;
  }
  return *this;
}

namespace {

bool is_number(const Value& v) { return v.is_bool() || v.is_int() || v.is_real(); }

double as_number(const Value& v) {
  if (v.is_bool()) return v.as_bool() ? 1 : 0;
  return v.is_int() ? static_cast<double>(v.as_int()) : v.as_real();
}

bool numbers_equal(const Value& a, const Value& b) {
  if (!a.is_real() && !b.is_real()) {
    auto whole = [](const Value& v) { return v.is_bool() ? std::int64_t{v.as_bool()} : v.as_int(); };
    return whole(a) == whole(b);
  }
  return as_number(a) == as_number(b);
}

bool maps_equal(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto& [key, value] = a.items[i];
    // The usual case: both sides have the same order.
    if (python_equal(key, b.items[i].first)) {
      if (!python_equal(value, b.items[i].second)) return false;
      continue;
    }
    bool found = false;
    for (const auto& [k, v] : b.items)
      if (python_equal(key, k)) {
        if (!python_equal(value, v)) return false;
        found = true;
        break;
      }
    if (!found) return false;
  }
  return true;
}

}  // namespace

bool python_equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return numbers_equal(a, b);
  if (a.kind() != b.kind()) return false;
  if (a.identity() != nullptr && a.identity() == b.identity()) return true;
  switch (a.kind()) {
    case Value::Kind::null: return true;
    case Value::Kind::string: return a.as_string() == b.as_string();
    case Value::Kind::big_integer:
    case Value::Kind::date:
    case Value::Kind::bytes: return a.as_tagged() == b.as_tagged();
    case Value::Kind::map: return maps_equal(a.as_map(), b.as_map());
    case Value::Kind::list: break;
    default: return false;
  }
  const auto &x = a.as_list(), &y = b.as_list();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!python_equal(x[i], y[i])) return false;
  return true;
}

std::string python_float_repr(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const auto e = text.find('e');
  int exponent = 0;
  const char* first = text.data() + e + 1;
  if (*first == '+') ++first;
  std::from_chars(first, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 16) {
    // Scientific form as it is, with at least two digits of exponent.
    std::string out(text.substr(0, e));
    std::snprintf(buffer, sizeof buffer, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
    return out + buffer;
  }
  end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::fixed).ptr;
  std::string out(buffer, end);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string python_str_repr(std::string_view s) {
  const char quote = s.find('\'') != s.npos && s.find('"') == s.npos ? '"' : '\'';
  std::string out(1, quote);
  for (char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (u < 0x20 || u == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02x", u);
      out += buffer;
    } else {
      out += c;
    }
  }
  return out + quote;
}

std::string python_str(const Value& v) { return v.is_string() ? v.as_string() : python_repr(v); }

std::string python_repr(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::null: return "None";
    case Value::Kind::boolean: return v.as_bool() ? "True" : "False";
    case Value::Kind::integer: return std::to_string(v.as_int());
    case Value::Kind::real: return python_float_repr(v.as_real());
    case Value::Kind::string: return python_str_repr(v.as_string());
    case Value::Kind::big_integer:
    case Value::Kind::date: return v.as_tagged();
    case Value::Kind::bytes: return "b" + python_str_repr(v.as_tagged());
    case Value::Kind::list: {
      std::string out = "[";
      for (const auto& item : v.as_list()) out += (out.size() > 1 ? ", " : "") + python_repr(item);
      return out + "]";
    }
    case Value::Kind::map: break;
  }
  std::string out = "{";
  for (const auto& [k, item] : v.as_map().items)
    out += (out.size() > 1 ? ", " : "") + python_repr(k) + ": " + python_repr(item);
  return out + "}";
}

}  // namespace pivot
