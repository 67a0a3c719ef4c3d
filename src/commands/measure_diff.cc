// The comparison of two revisions' values: DVC's rules, order made stable (files of the old revision first, keys sorted).
#include <algorithm>
#include <set>

#include "base/path.h"
#include "commands/measures.h"
#include "commands/table_text.h"
#include "text/json.h"

namespace pivot::commands {

namespace {

bool is_number(const Value& v) { return v.is_int() || v.is_real() || v.is_bool() || v.kind() == Value::Kind::big_integer; }

Value difference(const Value& before, const Value& after) {
  if (!is_number(before) || !is_number(after)) return {};
  auto whole = [](const Value& v) { return v.is_bool() ? std::int64_t{v.as_bool()} : v.is_int() ? v.as_int() : 0; };
  auto real = [&](const Value& v) {
    return v.is_real() ? v.as_real() : v.kind() == Value::Kind::big_integer ? std::strtod(v.as_tagged().c_str(), nullptr) : static_cast<double>(whole(v));
  };
  if (before.is_real() || after.is_real()) return real(after) - real(before);
  if (before.kind() == Value::Kind::big_integer || after.kind() == Value::Kind::big_integer)
    return python_equal(before, after) ? Value(0) : Value(real(after) - real(before));
  std::int64_t out = 0;
  if (__builtin_sub_overflow(whole(after), whole(before), &out)) return real(after) - real(before);
  return out;
}

/// Lists inside of maps are compared and shown as Python prints them.
Value without_lists(const Value& value) {
  if (value.is_list()) return python_repr(value);
  if (!value.is_map()) return value;
  Map out;
  for (const auto& [key, item] : value.as_map().items) out.items.emplace_back(key, without_lists(item));
  return out;
}

/// A file that holds one text: DVC reads it as JSON where that works.
Value parsed(const Value& value) {
  const auto plain = without_lists(value);
  if (!plain.is_string()) return plain;
  try {
    return text::json::parse(plain.as_string());
  } catch (const Error&) {
    return plain;
  }
}

void compare(Map& out, const std::string& key, const Value& before, const Value& after, bool with_unchanged) {
  if (before.is_list() && after.is_list() && before.as_list().size() == 1 && after.as_list().size() == 1)
    return compare(out, key, before.as_list()[0], after.as_list()[0], with_unchanged);
  if (!with_unchanged && python_equal(before, after)) return;
  Map entry;
  entry.set("old", before);
  entry.set("new", after);
  if (auto diff = difference(before, after); !diff.is_null()) entry.set("diff", std::move(diff));
  out.items.emplace_back(key, std::move(entry));
}

Map compare_files(const Value& old_raw, const Value& new_raw, bool with_unchanged) {
  Map out;
  const auto before = parsed(old_raw), after = parsed(new_raw);
  if (!before.is_map() && !after.is_map()) {
    compare(out, "", before, after, with_unchanged);
    return out;
  }
  // One side that is no map can't be taken apart.
  const auto keys_of = [](const Value& v) { return v.is_map() ? flatten(v) : Map{}; };
  const auto a = keys_of(before), b = keys_of(after);
  std::set<std::string> keys;
  for (const auto* side : {&a, &b})
    for (const auto& [key, value] : side->items) keys.insert(key.as_string());
  const auto at = [](const Value& whole, const Map& flat, const std::string& key) {
    if (!whole.is_map() && !whole.is_null()) return Value("unable to parse");
    const auto* found = flat.find(key);
    return found != nullptr ? *found : Value();
  };
  for (const auto& key : keys) compare(out, key, at(before, a, key), at(after, b, key), with_unchanged);
  return out;
}

const MeasuredFile* find_file(const Measures& measures, const std::string& file) {
  for (const auto& f : measures.files)
    if (f.file == file) return &f;
  return nullptr;
}

}  // namespace

Map measure_diff(const Measures& before, const Measures& after, const std::string& cwd, bool with_unchanged) {
  std::vector<std::string> files;
  for (const auto* side : {&before, &after})
    for (const auto& f : side->files)
      if (side == &before || find_file(before, f.file) == nullptr) files.push_back(f.file);
  Map out;
  for (const auto& file : files) {
    const auto* a = find_file(before, file);
    const auto* b = find_file(after, file);
    const auto data = [](const MeasuredFile* f) { return f != nullptr && !f->failure ? f->data : Value(Map{}); };
    auto changes = compare_files(data(a), data(b), with_unchanged);
    if (!changes.empty()) out.items.emplace_back(path::relative(file, cwd), std::move(changes));
  }
  return out;
}

}  // namespace pivot::commands
