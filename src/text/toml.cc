#include "text/toml.h"

#include <algorithm>
#include <cstdio>

// toml++ 3.3 asserts, or in release assumes, what broken input violates (a key that starts with an odd character): such input
// must end in an error like any other.
#include <stdexcept>
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : throw std::runtime_error("unexpected character"))
#pragma GCC diagnostic ignored "-Wterminate"  // the same macro stands in toml++'s noexcept accessors, where it never fires
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::text::toml_file {

namespace {

std::string date_text(const toml::date& d) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", static_cast<int>(d.year), static_cast<int>(d.month),
                static_cast<int>(d.day));
  return buffer;
}

std::string time_text(const toml::time& t) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d", static_cast<int>(t.hour), static_cast<int>(t.minute),
                static_cast<int>(t.second));
  std::string out = buffer;
  if (const unsigned micros = t.nanosecond / 1000; micros != 0) {
    std::snprintf(buffer, sizeof buffer, ".%06u", micros);
    out += buffer;
  }
  return out;
}

std::string date_time_text(const toml::date_time& t) {
  std::string out = cat(date_text(t.date), " ", time_text(t.time));
  if (!t.offset) return out;
  const int minutes = t.offset->minutes;
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                std::abs(minutes) % 60);
  return out + buffer;
}

Value to_value(const toml::node& node);

// toml++ sorts its tables; the places of the keys give the order of the document back.
Value to_value(const toml::table& table) {
  struct Entry {
    toml::source_position place;
    const toml::key* key;
    const toml::node* node;
  };
  std::vector<Entry> entries;
  for (auto&& [key, node] : table) entries.push_back(Entry{key.source().begin, &key, &node});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.place < b.place; });
  Map map;
  map.items.reserve(entries.size());
  for (const Entry& entry : entries)
    map.items.emplace_back(Value(std::string(entry.key->str())), to_value(*entry.node));
  return map;
}

Value to_value(const toml::array& array) {
  List list;
  list.reserve(array.size());
  for (const auto& item : array) list.push_back(to_value(item));
  return list;
}

Value to_value(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return to_value(*node.as_table());
    case toml::node_type::array: return to_value(*node.as_array());
    case toml::node_type::string: return Value(node.as_string()->get());
    case toml::node_type::integer: return Value(static_cast<std::int64_t>(node.as_integer()->get()));
    case toml::node_type::floating_point: return Value(node.as_floating_point()->get());
    case toml::node_type::boolean: return Value(node.as_boolean()->get());
    case toml::node_type::date: return Value::tagged(Value::Kind::date, date_text(node.as_date()->get()));
    case toml::node_type::time: return Value::tagged(Value::Kind::date, time_text(node.as_time()->get()));
    case toml::node_type::date_time:
      return Value::tagged(Value::Kind::date, date_time_text(node.as_date_time()->get()));
    default: return Value();
  }
}

}  // namespace

Value parse(std::string_view text, const std::string& name) {
  try {
    return to_value(toml::parse(text));
  } catch (const toml::parse_error& e) {
    const auto begin = e.source().begin;
    throw Error(std::string(e.description()))
        .with_place(Place{name, static_cast<int>(begin.line), static_cast<int>(begin.column)});
  } catch (const std::runtime_error& e) {
    throw Error(e.what()).with_place(Place{name, 0, 0});
  }
}

}  // namespace pivot::text::toml_file
