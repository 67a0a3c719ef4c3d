#include <cmath>
#include <functional>

#include "text/yaml/constructor.h"

namespace pivot::text::yaml {

namespace {

constexpr std::size_t kLinear = 12;

std::size_t hash_number(double v) { return std::hash<double>{}(v == 0 ? 0.0 : v); }

}  // namespace

std::size_t python_hash(const Value& key) {
  switch (key.kind()) {
    case Value::Kind::null: return 1;
    case Value::Kind::boolean: return hash_number(key.as_bool() ? 1 : 0);
    case Value::Kind::integer: return hash_number(static_cast<double>(key.as_int()));
    case Value::Kind::real: return hash_number(key.as_real());
    case Value::Kind::string: return std::hash<std::string>{}(key.as_string());
    case Value::Kind::list: {
      std::size_t hash = 17;
      for (const auto& v : key.as_list()) hash = hash * 31 + python_hash(v);
      return hash;
    }
    case Value::Kind::map: return key.as_map().size();
    default: return std::hash<std::string>{}(key.as_tagged());
  }
}

std::size_t KeyIndex::find(const Value& key) {
  if (items_.size() <= kLinear) {
    if (key.is_string()) {
      const std::string& text = key.as_string();
      for (std::size_t i = 0; i < items_.size(); ++i)
        if (items_[i].first.is_string() && items_[i].first.as_string() == text) return i;
      return npos;
    }
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (python_equal(items_[i].first, key)) return i;
    return npos;
  }
  if (by_hash_.empty())
    for (std::size_t i = 0; i < items_.size(); ++i) by_hash_.emplace(python_hash(items_[i].first), i);
  const auto [from, to] = by_hash_.equal_range(python_hash(key));
  for (auto it = from; it != to; ++it)
    if (python_equal(items_[it->second].first, key)) return it->second;
  return npos;
}

void KeyIndex::added() {
  if (!by_hash_.empty()) by_hash_.emplace(python_hash(items_.back().first), items_.size() - 1);
}

}  // namespace pivot::text::yaml
