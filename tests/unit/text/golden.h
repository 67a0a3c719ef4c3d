// The golden cases of the text readers: loading them, and the values behind their tagged JSON.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/strings.h"
#include "base/value.h"
#include "text/json.h"

namespace pivot::golden {

inline std::string read_source_file(const std::string& path) {
  const char* root = std::getenv("PIVOT_SOURCE_ROOT");
  std::ifstream file(std::string(root ? root : ".") + "/" + path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

/// The list of cases of a file below tests/golden/.
inline List cases(const std::string& name) {
  return text::json::parse(read_source_file("tests/golden/" + name)).as_list();
}

inline const std::string& text_of(const Value& one, const char* key) { return one.as_map().find(key)->as_string(); }

Value untag(const Value& v);

/// {"$float": "1.0"} and the like; nullopt-like: a null when the map is none of them.
inline bool untag_scalar(const std::string& kind, const Value& content, Value& out) {
  if (kind == "$float") {
    out = Value(std::strtod(content.as_string().c_str(), nullptr));
  } else if (kind == "$int") {
    out = Value::tagged(Value::Kind::big_integer, content.as_string());
  } else if (kind == "$date" || kind == "$datetime") {
    std::string date = content.as_string();
    if (date.size() > 10) date[10] = ' ';
    if (date.find(':') == 2) date = content.as_string();  // a time of day
    out = Value::tagged(Value::Kind::date, date);
  } else if (kind == "$bytes_hex") {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < content.as_string().size(); i += 2)
      bytes += static_cast<char>(std::stoi(content.as_string().substr(i, 2), nullptr, 16));
    out = Value::tagged(Value::Kind::bytes, bytes);
  } else if (kind == "$map") {
    Map map;
    for (const auto& pair : content.as_list())
      map.items.emplace_back(untag(pair.as_list()[0]), untag(pair.as_list()[1]));
    out = std::move(map);
  } else if (kind == "$set") {
    Map map;
    for (const auto& item : content.as_list()) map.items.emplace_back(untag(item), Value());
    out = std::move(map);
  } else {
    return false;
  }
  return true;
}

/// Tagged JSON to the value that it stands for (a set is a map of nulls, as our YAML reader gives it).
inline Value untag(const Value& v) {
  if (v.is_list()) {
    List list;
    for (const auto& item : v.as_list()) list.push_back(untag(item));
    return list;
  }
  if (!v.is_map()) return v;
  Value out;
  if (v.as_map().size() == 1 && untag_scalar(v.as_map().items[0].first.as_string(), v.as_map().items[0].second, out))
    return out;
  Map map;
  for (const auto& [key, value] : v.as_map().items) map.items.emplace_back(key, untag(value));
  return map;
}

/// A text that tells types, order and NaN apart, for comparing values.
inline std::string show(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::date: return "date(" + v.as_tagged() + ")";
    case Value::Kind::bytes: return "bytes(" + to_hex(v.as_tagged()) + ")";
    case Value::Kind::real: return "real(" + python_float_repr(v.as_real()) + ")";
    case Value::Kind::string: return text::json::quote(v.as_string());
    case Value::Kind::list: {
      std::string out = "[";
      for (const auto& item : v.as_list()) out += show(item) + ", ";
      return out + "]";
    }
    case Value::Kind::map: {
      std::string out = "{";
      for (const auto& [key, value] : v.as_map().items) out += show(key) + ": " + show(value) + ", ";
      return out + "}";
    }
    default: return python_str(v);
  }
}

}  // namespace pivot::golden
