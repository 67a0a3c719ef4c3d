// Nodes to values: ruamel's safe constructor.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/value.h"
#include "text/yaml/node.h"

namespace pivot::text::yaml {

/// The value of a whole document; null for an empty one.
Value construct(Document& document, const Limits& limits);

/// The value of scalar text of type null, boolean, integer, real, timestamp or str. Throws SyntaxError at `where` for
/// text that Python would refuse (error class "ValueError" and the like).
Value scalar_value(CoreTag tag, std::string_view text, bool old, const Mark& where);

/// An integer from its text with sign, underscores and prefix; big ones become tagged decimal digits.
Value integer_value(std::string_view text, bool old, const Mark& where);
double real_value(std::string_view text, bool old, const Mark& where);
/// A date or timestamp as Python's isoformat(' ') prints it.
std::string timestamp_text(std::string_view text, const Mark& where);

/// Finds keys of a growing mapping by Python's equality (1 == 1.0 == True); linear for a few, hashed for many.
class KeyIndex {
 public:
  explicit KeyIndex(const std::vector<std::pair<Value, Value>>& items) : items_(items) {}
  /// Position of an equal key, or npos; call `added()` after appending to the items.
  std::size_t find(const Value& key);
  void added();
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  const std::vector<std::pair<Value, Value>>& items_;
  std::unordered_multimap<std::size_t, std::size_t> by_hash_;
};

/// Equal for keys that are equal in Python.
std::size_t python_hash(const Value& key);

}  // namespace pivot::text::yaml
