#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/strings.h"
#include "text/templates.h"

namespace pivot::text {

namespace {

/// Maps with more entries than this get a hash index when they are searched.
constexpr std::size_t kIndexedSize = 16;

bool has_only_string_keys(const Value& value) {
  if (value.is_list()) {
    return std::all_of(value.as_list().begin(), value.as_list().end(), has_only_string_keys);
  }
  if (!value.is_map()) return true;
  return std::all_of(value.as_map().items.begin(), value.as_map().items.end(),
                     [](const Map::Item& item) { return item.first.is_string() && has_only_string_keys(item.second); });
}

Value drop_other_keys(const Value& value) {
  if (value.is_list()) {
    List out;
    for (const auto& element : value.as_list()) out.push_back(drop_other_keys(element));
    return Value(std::move(out));
  }
  if (!value.is_map()) return value;
  Map out;
  for (const auto& [key, element] : value.as_map().items) {
    if (key.is_string()) out.items.emplace_back(key, drop_other_keys(element));
  }
  return Value(std::move(out));
}

/// Templates can only name string keys: others are left out, as DVC does.
Value with_string_keys(const Value& value) { return has_only_string_keys(value) ? value : drop_other_keys(value); }

std::string_view strip(std::string_view s) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); };
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

/// Python's int() of a list index: sign, digits, single underscores between digits.
std::optional<std::int64_t> list_index(std::string_view s) {
  std::string digits;
  if (!s.empty() && (s[0] == '-' || s[0] == '+')) {
    if (s[0] == '-') digits = "-";
    s.remove_prefix(1);
  }
  char previous = '_';
  for (const char c : s) {
    if (c == '_' ? previous == '_' : c < '0' || c > '9') return std::nullopt;
    if (c != '_') digits += c;
    previous = c;
  }
  if (previous == '_') return std::nullopt;
  std::int64_t out = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

const Value* element_at(const List& list, std::string_view index) {
  auto i = list_index(index);
  if (!i) return nullptr;
  const auto size = static_cast<std::int64_t>(list.size());
  if (*i < 0) *i += size;
  return *i < 0 || *i >= size ? nullptr : &list[static_cast<std::size_t>(*i)];
}

const Value* plain_find(const Value& map, const std::vector<std::string>& path) {
  const Value* at = &map;
  for (const auto& key : path) {
    at = at->is_map() ? at->as_map().find(key) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

/// Only scalars may stand in a text or a stage value; a map may stand in a command.
void check_interpolable(const Value& value, const TemplateContext::Options& options) {
  if (options.key.empty() || !value.is_container() || (value.is_map() && options.key == "cmd")) return;
  throw TemplateError(TemplateProblem::parse,
                      cat("Cannot interpolate data of type '", value.is_list() ? "list" : "dict", "'"));
}

bool may_hold_template(std::string_view s) { return std::memchr(s.data(), '$', s.size()) != nullptr; }

bool may_hold_template(const Value& value) {
  if (value.is_string()) return may_hold_template(std::string_view(value.as_string()));
  if (value.is_list()) {
    return std::any_of(value.as_list().begin(), value.as_list().end(), [](const Value& v) { return may_hold_template(v); });
  }
  if (!value.is_map()) return false;
  return std::any_of(value.as_map().items.begin(), value.as_map().items.end(), [](const Map::Item& item) {
    return may_hold_template(item.first) || may_hold_template(item.second);
  });
}

}  // namespace

const Value* TemplateContext::find_in(const Value& map, std::string_view key) const {
  const auto& items = map.as_map().items;
  if (items.size() <= kIndexedSize) return map.as_map().find(key);
  auto& index = indexes_[map.identity()];
  if (index.map.is_null()) {
    index.map = map;
    index.positions.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].first.is_string()) index.positions.emplace(items[i].first.as_string(), i);
    }
  }
  const auto found = index.positions.find(key);
  return found == index.positions.end() ? nullptr : &items[found->second].second;
}

const Value* TemplateContext::find(std::string_view key) const {
  const auto own = variables_.find(key);
  if (own != variables_.end()) return &own->second;
  return parent_ == nullptr ? nullptr : parent_->find(key);
}

const Value* TemplateContext::find_temporary(std::string_view key) const {
  for (const auto& [name, value] : temporary_) {
    if (name == key) return &value;
  }
  return parent_ == nullptr ? nullptr : parent_->find_temporary(key);
}

/// The first map that has a path made it: nothing is ever overwritten.
const std::string* TemplateContext::source_of(const std::vector<std::string>& path) const {
  if (parent_ != nullptr) {
    if (const auto* source = parent_->source_of(path)) return source;
  }
  for (const auto& layer : layers_) {
    if (plain_find(layer.map, path) != nullptr) return &layer.source;
  }
  return nullptr;
}

/// `into` is replaced by a copy that holds the update too: other contexts may share the old map.
void TemplateContext::merge_into(Value& into, const Value& update, std::vector<std::string>& path,
                                 const std::string& source) const {
  if (!into.is_map() || !update.is_map()) {
    const auto* existing = source_of(path);
    throw TemplateError(TemplateProblem::redefined, cat("cannot redefine '", join(path, "."), "' from '", source,
                                                        "' as it already exists in '", existing ? *existing : source, "'"));
  }
  Map merged;
  merged.items = into.as_map().items;
  std::unordered_map<std::string, std::size_t> positions;
  for (std::size_t i = 0; i < merged.items.size(); ++i) positions.emplace(merged.items[i].first.as_string(), i);
  for (const auto& [key, value] : update.as_map().items) {
    const auto [known, fresh] = positions.emplace(key.as_string(), merged.items.size());
    if (fresh) {
      merged.items.emplace_back(key, value);
      continue;
    }
    path.push_back(key.as_string());
    merge_into(merged.items[known->second].second, value, path, source);
    path.pop_back();
  }
  into = Value(std::move(merged));
}

void TemplateContext::check_reserved(const Value& map, const std::string& item) const {
  std::vector<std::string> reserved;
  for (const TemplateContext* context = this; context != nullptr; context = context->parent_) {
    for (const auto& [name, value] : context->temporary_) {
      if (map.as_map().find(name) != nullptr) reserved.push_back(name);
    }
  }
  if (reserved.empty()) return;
  auto message = cat("attempted to modify reserved key", reserved.size() > 1 ? "s " : " ", join(reserved, " and "));
  if (!item.empty()) message += cat(" in '", item, "'");
  throw TemplateError(TemplateProblem::reserved_key, std::move(message));
}

void TemplateContext::merge(const Value& map, const std::string& source, const std::string& item) {
  auto update = with_string_keys(map);
  check_reserved(update, item);
  for (const auto& [key, value] : update.as_map().items) {
    const Value* existing = find(key.as_string());
    auto merged = existing == nullptr ? value : *existing;
    if (existing != nullptr) {
      std::vector<std::string> path{key.as_string()};
      merge_into(merged, value, path, source);
    }
    variables_.insert_or_assign(key.as_string(), std::move(merged));
  }
  layers_.push_back({std::move(update), source});
}

void TemplateContext::set_temporary(std::vector<std::pair<std::string, Value>> names) {
  temporary_ = std::move(names);
  for (auto& [name, value] : temporary_) value = with_string_keys(value);
}

const Value& TemplateContext::select(std::string_view expression) const {
  const auto fail = [&]() -> TemplateError {
    return {TemplateProblem::missing_key, cat("Could not find '", expression, "'")};
  };
  auto normal = replace_all(replace_all(expression, "[", "."), "]", "");
  const Value* at = nullptr;
  for (const auto segment : split(normal, '.')) {
    const auto key = strip(segment);
    if (at == nullptr) {
      at = find_temporary(key);
      if (at == nullptr) at = find(key);
    } else if (at->is_map()) {
      at = find_in(*at, key);
    } else {
      at = at->is_list() ? element_at(at->as_list(), key) : nullptr;
    }
    if (at == nullptr) throw fail();
  }
  return *at;
}

Value TemplateContext::resolve_text(std::string_view s, const Options& options) const {
  if (!may_hold_template(s)) return Value(s);
  const auto spans = find_templates(s);
  const auto value_of = [&](const TemplateSpan& span) -> const Value& {
    const auto& value = options.skip_checks ? select(span.inner) : select(parse_expression(span.inner));
    check_interpolable(value, options);
    return value;
  };
  if (spans.size() == 1 && spans[0].begin == 0 && spans[0].end == s.size()) return value_of(spans[0]);
  std::string out;
  std::size_t at = 0;
  for (const auto& span : spans) {
    out.append(s.substr(at, span.begin - at));
    out += template_text(value_of(span), options.style);
    at = span.end;
  }
  out.append(s.substr(at));
  // What stood behind a backslash was no template: the backslash has done its work.
  return Value(replace_all(out, "\\${", "${"));
}

Value TemplateContext::resolve_map(const Map& map, const Options& options) const {
  Map out;
  bool renamed = false;  // once a key was resolved, it and all later ones may meet an equal one
  for (const auto& [key, value] : map.items) {
    renamed = renamed || may_hold_template(key);
    auto name = resolve(key, options);
    if (name.is_container()) {
      throw TemplateError(TemplateProblem::unexpected, cat("unhashable type: '", name.is_list() ? "list" : "dict", "'"));
    }
    auto resolved = resolve(value, options);
    const auto same = !renamed ? out.items.end()
                               : std::find_if(out.items.begin(), out.items.end(), [&](const Map::Item& item) {
                                   return python_equal(item.first, name);
                                 });
    if (same != out.items.end()) {
      same->second = std::move(resolved);
    } else {
      out.items.emplace_back(std::move(name), std::move(resolved));
    }
  }
  return Value(std::move(out));
}

Value TemplateContext::resolve(const Value& value, const Options& options) const {
  if (!may_hold_template(value)) return value;
  if (value.is_string()) return resolve_text(value.as_string(), options);
  if (value.is_map()) return resolve_map(value.as_map(), options);
  List out;
  out.reserve(value.as_list().size());
  for (const auto& element : value.as_list()) out.push_back(resolve(element, options));
  return Value(std::move(out));
}

}  // namespace pivot::text
