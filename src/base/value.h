// A dynamic value as YAML, JSON, TOML and Python constants give it: the currency between `text/` and everything else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pivot {

class Value;
using List = std::vector<Value>;

/// A mapping that keeps its order. Keys are values (YAML allows 1, true, null); almost all are strings.
class Map {
 public:
  using Item = std::pair<Value, Value>;
  std::vector<Item> items;
  /// The value under a string key, or nullptr. Linear: build an index for hot look-ups in big maps.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Replaces the value of a string key in place, or appends it.
  Value& set(std::string_view key, Value value);
  /// Drops a string key; false when it was not there.
  bool erase(std::string_view key);
  bool empty() const;
  std::size_t size() const;
};

/// Copies of a list or map share the container, like Python references: an alias in YAML is the same object.
/// Use clone() for a deep copy.
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, real, string, big_integer, date, bytes, list, map };
  /// Texts that are not strings: a big integer's decimal digits, a date or timestamp as YAML prints it, raw bytes.
  struct Tagged {
    Kind kind;
    std::string text;
  };

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool v) : data_(v) {}
  Value(int v) : data_(static_cast<std::int64_t>(v)) {}
  Value(std::int64_t v) : data_(v) {}
  Value(double v) : data_(v) {}
  Value(const char* v) : data_(std::string(v)) {}
  Value(std::string v) : data_(std::move(v)) {}
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(List v);
  Value(Map v);
  static Value tagged(Kind kind, std::string text) {
    Value v;
    v.data_ = Tagged{kind, std::move(text)};
    return v;
  }

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_int() const { return kind() == Kind::integer; }
  bool is_real() const { return kind() == Kind::real; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_map() const { return kind() == Kind::map; }
  bool is_container() const { return is_list() || is_map(); }

  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(data_); }
  double as_real() const { return std::get<double>(data_); }
  const std::string& as_string() const { return std::get<std::string>(data_); }
  /// The text of a big_integer, date or bytes value.
  const std::string& as_tagged() const { return std::get<Tagged>(data_).text; }
  const List& as_list() const { return *std::get<ListPtr>(data_); }
  List& as_list() { return *std::get<ListPtr>(data_); }
  const Map& as_map() const { return *std::get<MapPtr>(data_); }
  Map& as_map() { return *std::get<MapPtr>(data_); }
  /// Identity of a container (equal for two aliases of one object), nullptr for scalars.
  const void* identity() const;
  /// Deep copy.
  Value clone() const;

 private:
  using ListPtr = std::shared_ptr<List>;
  using MapPtr = std::shared_ptr<Map>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Tagged, ListPtr, MapPtr> data_;
};

inline Value::Kind Value::kind() const {
  switch (data_.index()) {
    case 0: return Kind::null;
    case 1: return Kind::boolean;
    case 2: return Kind::integer;
    case 3: return Kind::real;
    case 4: return Kind::string;
    case 5: return std::get_if<Tagged>(&data_)->kind;
    case 6: return Kind::list;
    default: return Kind::map;
  }
}

inline bool Map::empty() const { return items.empty(); }
inline std::size_t Map::size() const { return items.size(); }

/// Python's `==`: 1 == 1.0 == True, maps compare without order, lists with it; NaN differs from itself.
bool python_equal(const Value& a, const Value& b);
/// Python's `str(x)` of a scalar (True, None, 1e-05) and repr of containers.
std::string python_str(const Value& v);
/// Python's `repr(x)`.
std::string python_repr(const Value& v);
/// Shortest round-trip digits in Python's form: 1e-05, 100000.0, inf, nan.
std::string python_float_repr(double v);
/// Python's repr of a string: quotes chosen as Python does, escapes for unprintables.
std::string python_str_repr(std::string_view s);

}  // namespace pivot
