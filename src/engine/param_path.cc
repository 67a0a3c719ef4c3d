#include "engine/param_path.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::engine {

namespace {

using Parts = std::span<const std::string_view>;

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// A whole number of the file against a part: as a number where the part is one, as a pattern otherwise.
bool number_matches(std::int64_t number, const std::string& as_text, std::string_view part) {
  if (const auto wanted = whole_number(part)) return *wanted == number;
  return fnmatch_python(as_text, part);
}

bool key_matches(const Value& key, std::string_view part) {
  if (key.is_string()) return fnmatch_python(key.as_string(), part);
  if (key.is_bool()) return number_matches(key.as_bool() ? 1 : 0, python_str(key), part);
  return key.is_int() && number_matches(key.as_int(), python_str(key), part);
}

bool index_matches(std::size_t index, std::size_t length, std::string_view part) {
  const auto i = static_cast<std::int64_t>(index), n = static_cast<std::int64_t>(length);
  if (const auto wanted = whole_number(part)) return *wanted == i || *wanted == i - n;
  return fnmatch_python(std::to_string(i), part);
}

class Search {
 public:
  explicit Search(std::string_view key) : key_(key) {}
  const Value* found() const { return found_; }

  void look(const Value& node, Parts parts) {
    if (parts.empty()) return take(node);
    const auto rest = parts.subspan(1);
    const bool any_depth = parts.front() == "**";
    if (any_depth) look(node, rest);
    const auto part = any_depth ? std::string_view("*") : parts.front();
    const auto next = any_depth ? parts : rest;
    if (node.is_map()) {
      for (const auto& [key, value] : node.as_map().items)
        if (key_matches(key, part)) look(value, next);
    } else if (node.is_list()) {
      const auto& list = node.as_list();
      for (std::size_t i = 0; i < list.size(); ++i)
        if (index_matches(i, list.size(), part)) look(list[i], next);
    }
  }

 private:
  void take(const Value& node) {
    if (found_ != nullptr) throw Error(cat("dpath.get() globs must match only one leaf: ", key_), ErrorKind::unexpected);
    found_ = &node;
  }
  std::string_view key_;
  const Value* found_ = nullptr;
};

}  // namespace

const Value* find_param(const Value& root, std::string_view key) {
  auto path = key;
  while (path.starts_with('.')) path.remove_prefix(1);
  const auto parts = split(path, '.');
  if (std::count(parts.begin(), parts.end(), "**") > 1)
    throw Error(cat("Invalid glob. Only one '**' is permitted per glob: ", key), ErrorKind::unexpected);
  Search search(key);
  search.look(root, parts);
  return search.found();
}

}  // namespace pivot::engine
