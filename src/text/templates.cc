#include "text/templates.h"

#include <cstring>

#include "base/strings.h"

namespace pivot::text {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

std::size_t code_point_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

/// The size of a letter or digit of Latin-1 at `at` (what the parser's error message calls a word), 0 when there is none.
std::size_t word_character(std::string_view s, std::size_t at) {
  const auto c = static_cast<unsigned char>(s[at]);
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return 1;
  if ((c != 0xC2 && c != 0xC3) || at + 1 >= s.size()) return 0;
  const unsigned code = (c & 0x1Fu) << 6 | (static_cast<unsigned char>(s[at + 1]) & 0x3Fu);
  const bool letter = code == 0xAA || code == 0xB2 || code == 0xB3 || code == 0xB5 || code == 0xB9 || code == 0xBA ||
                      (code >= 0xC0 && code != 0xD7 && code != 0xF7);
  return letter ? 2 : 0;
}

std::string found_word(std::string_view s, std::size_t at) {
  std::size_t end = at;
  for (int n = 0; n < 16 && end < s.size(); ++n) {
    const auto size = word_character(s, end);
    if (size == 0) break;
    end += size;
  }
  if (end == at) end = std::min(s.size(), at + code_point_size(static_cast<unsigned char>(s[at])));
  return replace_all(python_str_repr(s.substr(at, end - at)), "\\\\", "\\");
}

[[noreturn]] void raise_expression(std::string_view expression, std::size_t at, std::string_view expected) {
  const auto text = cat("${", expression, "}");
  const auto char_at = utf8_length(expression.substr(0, at)) + 2;
  throw TemplateError(TemplateProblem::parse,
                      cat(text, "\n", std::string(char_at, ' '), "^\nParseException: Expected ", expected, ", found ",
                          found_word(text, at + 2), "  (at char ", std::to_string(char_at), "), (line:1, col:",
                          std::to_string(char_at + 1), ")"));
}

/// Length of the run at `at` that can be a word of an expression.
std::size_t word_length(std::string_view s, std::size_t at) {
  const auto end = s.find_first_of(".[]", at);
  return (end == std::string_view::npos ? s.size() : end) - at;
}

void flatten_into(const Map& map, const std::string& prefix, std::vector<std::pair<std::string, const Value*>>& out) {
  for (const auto& [key, value] : map.items) {
    auto name = prefix.empty() ? python_str(key) : cat(prefix, ".", python_str(key));
    if (value.is_map()) {
      flatten_into(value.as_map(), name, out);
    } else {
      out.emplace_back(std::move(name), &value);
    }
  }
}

std::string flag_text(const std::string& key, const List& list, const TemplateStyle& style) {
  std::string out;
  bool first = true;
  for (const auto& element : list) {
    if (element.is_container()) {
      throw TemplateError(TemplateProblem::parse, cat("Cannot interpolate nested iterable in '", key, "'"));
    }
    if (first || style.append_lists) out += cat("--", key, " ");
    out += element.is_string() ? shell_quote(element.as_string()) : python_str(element);
    out += ' ';
    first = false;
  }
  return out;
}

/// A map as command line flags, flattened with dots.
std::string flags_text(const Map& map, const TemplateStyle& style) {
  std::vector<std::pair<std::string, const Value*>> flat;
  flatten_into(map, "", flat);
  std::string out;
  for (const auto& [key, value] : flat) {
    if (value->is_bool()) {
      if (value->as_bool()) {
        out += cat("--", key, " ");
      } else if (style.boolean_optional) {
        out += cat("--no-", key, " ");
      }
    } else if (value->is_list()) {
      out += flag_text(key, value->as_list(), style);
    } else {
      out += cat("--", key, " ", value->is_string() ? shell_quote(value->as_string()) : python_str(*value), " ");
    }
  }
  while (!out.empty() && is_space(out.back())) out.pop_back();
  return out;
}

}  // namespace

std::vector<TemplateSpan> find_templates(std::string_view s) {
  std::vector<TemplateSpan> out;
  std::size_t at = 0;
  while ((at = s.find("${", at)) != std::string_view::npos) {
    if (at > 0 && s[at - 1] == '\\') {
      ++at;
      continue;
    }
    const auto close = s.find_first_of("}\n", at + 2);
    if (close == std::string_view::npos) break;
    if (s[close] == '\n') {
      at = close + 1;
      continue;
    }
    out.push_back({at, close + 1, s.substr(at + 2, close - at - 2)});
    at = close + 1;
  }
  return out;
}

bool has_template(std::string_view s) {
  return std::memchr(s.data(), '$', s.size()) != nullptr && !find_templates(s).empty();
}

bool is_exact_template(std::string_view s) {
  if (!s.starts_with("${") || !s.ends_with("}")) return false;
  const auto spans = find_templates(s);
  return spans.size() == 1 && spans[0].begin == 0 && spans[0].end == s.size();
}

bool contains_template(const Value& value) {
  if (value.is_string()) return has_template(value.as_string());
  if (value.is_list()) {
    for (const auto& element : value.as_list()) {
      if (contains_template(element)) return true;
    }
  } else if (value.is_map()) {
    for (const auto& [key, element] : value.as_map().items) {
      if (contains_template(key) || contains_template(element)) return true;
    }
  }
  return false;
}

std::string parse_expression(std::string_view inner) {
  std::string expanded;
  if (inner.find('\t') != std::string_view::npos) {
    expanded = expand_tabs(inner);  // the expression parser sees blanks
    inner = expanded;
  }
  std::size_t at = word_length(inner, 0);
  if (at == 0) raise_expression(inner, 0, "!W:(.[])");
  std::string joined(inner.substr(0, at));
  while (at < inner.size()) {
    auto start = at;
    while (start < inner.size() && is_space(inner[start])) ++start;
    if (start == inner.size()) break;
    const char kind = inner[start];
    const auto length = kind == '.' || kind == '[' ? word_length(inner, start + 1) : 0;
    const auto end = start + 1 + length;
    const bool closed = kind == '.' || (end < inner.size() && inner[end] == ']');
    if (length == 0 || !closed) raise_expression(inner, start, "end of text");
    joined += '.';
    joined.append(inner.substr(start + 1, length));
    at = kind == '[' ? end + 1 : end;
  }
  return joined;
}

void check_expressions(const Value& value) {
  if (value.is_string()) {
    const auto& s = value.as_string();
    if (std::memchr(s.data(), '$', s.size()) == nullptr) return;
    for (const auto& span : find_templates(s)) parse_expression(span.inner);
  } else if (value.is_list()) {
    for (const auto& element : value.as_list()) check_expressions(element);
  } else if (value.is_map()) {
    for (const auto& [key, element] : value.as_map().items) {
      check_expressions(key);
      check_expressions(element);
    }
  }
}

std::string template_text(const Value& value, const TemplateStyle& style) {
  if (value.is_string()) return value.as_string();
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_map()) return flags_text(value.as_map(), style);
  return python_str(value);
}

}  // namespace pivot::text
