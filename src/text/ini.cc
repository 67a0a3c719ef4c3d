#include "text/ini.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/strings.h"
#include "base/value.h"

namespace pivot::text {

namespace {

constexpr std::string_view kNamed[] = {"remote", "machine", "db"};
constexpr std::string_view kSpaces = " \t\n\r\v\f";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }

std::string_view skip_spaces(std::string_view s) {
  while (!s.empty() && is_space(s[0])) s.remove_prefix(1);
  return s;
}

std::string_view trim_spaces(std::string_view s) {
  s = skip_spaces(s);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

/// Only blanks and a comment.
bool is_rest(std::string_view s) {
  s = skip_spaces(s);
  return s.empty() || s[0] == '#';
}

std::string unquote(std::string_view s) {
  if (!s.empty() && s.front() == s.back() && (s[0] == '"' || s[0] == '\''))
    return std::string(s.size() < 2 ? "" : s.substr(1, s.size() - 2));
  return std::string(s);
}

/// configobj's value pattern: members that end in commas, perhaps a last one, perhaps a comment. Members are tried in
/// the order of its alternatives, shortest first, so that `"a"b"` is read as it reads it.
class ValuePattern {
 public:
  explicit ValuePattern(std::string_view text) : text_(text) {}
  std::vector<std::string_view> members;
  std::optional<std::string_view> last;
  bool empty_list = false;

  bool match() {
    if (match_from(0)) return true;
    members.clear();
    last.reset();
    empty_list = text_.starts_with(',') && is_rest(text_.substr(1));
    return empty_list;
  }

 private:
  bool match_from(std::size_t at) {
    return try_quoted(at, true) || try_unquoted(at, true) || try_quoted(at, false) || try_unquoted(at, false) ||
           try_without(at);
  }

  /// `as_member`: a comma must follow, and then the rest of the list.
  bool accept(std::size_t at, std::size_t end, bool as_member) {
    const std::string_view item = text_.substr(at, end - at), rest = text_.substr(end);
    if (!as_member) {
      if (!is_rest(rest)) return false;
      last = item;
      return true;
    }
    std::string_view behind = skip_spaces(rest);
    if (!behind.starts_with(',')) return false;
    behind = skip_spaces(behind.substr(1));
    members.push_back(item);
    if (match_from(text_.size() - behind.size())) return true;
    members.pop_back();
    return false;
  }

  bool try_quoted(std::size_t at, bool as_member) {
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return false;
    for (std::size_t end = text_.find(text_[at], at + 1); end != std::string_view::npos;
         end = text_.find(text_[at], end + 1))
      if (accept(at, end + 1, as_member)) return true;
    return false;
  }

  bool try_unquoted(std::size_t at, bool as_member) {
    if (at >= text_.size() || std::string_view("'\",#").find(text_[at]) != std::string_view::npos) return false;
    if (!as_member && is_space(text_[at])) return false;
    for (std::size_t end = at + 1; end <= text_.size(); ++end) {
      if (accept(at, end, as_member)) return true;
      if (end < text_.size() && (text_[end] == ',' || (as_member && text_[end] == '#'))) return false;
    }
    return false;
  }

  bool try_without(std::size_t at) {
    if (!is_rest(text_.substr(at))) return false;
    if (at == 0 || text_[at - 1] != ',') last = text_.substr(at, 0);
    return true;
  }

  const std::string_view text_;
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find_first_of("\r\n", at);
      if (end == std::string_view::npos) end = text.size();
      lines_.push_back(text.substr(at, end - at));
      at = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
    }
  }

  Ini run() {
    for (at_ = 0; at_ < lines_.size(); ++at_) {
      const std::string_view line = trim_spaces(lines_[at_]);
      if (line.empty() || line[0] == '#' || section_line() || keyword_line()) continue;
      add_error(cat("Invalid line (", python_str_repr(lines_[at_]), ") (matched as neither section nor keyword)"));
    }
    report_errors();
    return std::move(ini_);
  }

 private:
  void add_error(const std::string& problem) {
    if (errors_++ == 0) {
      first_error_ = problem;
      first_line_ = at_ + 1;
    }
  }

  void report_errors() const {
    if (errors_ == 0) return;
    const std::string where = cat(" at line ", std::to_string(first_line_), ".");
    throw Error(errors_ == 1 ? first_error_ + where : cat("Parsing failed with several errors.\nFirst error", where),
                ErrorKind::config)
        .with_place(Place{"", static_cast<int>(first_line_), 0});
  }

  // --- sections

  /// Counts the closing brackets; nullopt when something else than a comment follows them.
  static std::optional<int> closing_brackets(std::string_view s) {
    int count = 0;
    for (std::string_view rest = skip_spaces(s); rest.starts_with(']'); rest = skip_spaces(s)) {
      ++count;
      s = rest.substr(1);
    }
    if (count == 0 || !is_rest(s)) return std::nullopt;
    return count;
  }

  bool section_line() {
    std::string_view s = skip_spaces(lines_[at_]);
    int opened = 0;
    while (s.starts_with('[')) {
      ++opened;
      s = skip_spaces(s.substr(1));
    }
    if (opened == 0 || s.empty()) return false;
    const char quote = s[0] == '"' || s[0] == '\'' ? s[0] : '\0';
    for (std::size_t end = 1; end < s.size(); ++end) {
      if (quote != '\0') {
        if (s[end] != quote || trim_spaces(s.substr(1, end - 1)).empty()) continue;
      }
      const std::size_t name_end = quote != '\0' ? end + 1 : end;
      const auto closed = closing_brackets(s.substr(name_end));
      if (!closed) continue;
      add_section(unquote(s.substr(0, name_end)), opened, *closed);
      return true;
    }
    return false;
  }

  void add_section(const std::string& name, int opened, int closed) {
    if (opened != closed) return add_error("Cannot compute the section depth");
    if (opened > (current_ ? 2 : 1)) return add_error("Section too nested");
    // DVC's schema has no nested sections; it refuses them when it validates.
    if (opened > 1) return add_error(cat("Section '", name, "' is nested: not expected in a DVC config"));
    for (const auto& known : names_)
      if (known == name) return add_error("Duplicate section name");
    names_.push_back(name);
    keys_.clear();
    const std::string lowered = lower(name);
    current_ = find_or_add(lowered);
    current_->values.clear();
    current_->lists.clear();
  }

  Ini::Section* find_or_add(const std::string& name) {
    for (auto& section : ini_.sections)
      if (section.name == name) return &section;
    ini_.sections.emplace_back().name = name;
    return &ini_.sections.back();
  }

  // --- keys

  bool keyword_line() {
    const std::string_view line = lines_[at_], s = skip_spaces(line);
    if (s.empty()) return false;
    if (keyword_from(s)) return true;
    // As in configobj's pattern, a blank in front may become the key's first character.
    return s.size() < line.size() && keyword_from(line.substr(line.size() - s.size() - 1));
  }

  bool keyword_from(std::string_view s) {
    if (s[0] == '=') return false;
    const char quote = s[0] == '"' || s[0] == '\'' ? s[0] : '\0';
    for (std::size_t end = 1; end < s.size(); ++end) {
      if (quote != '\0' && s[end] != quote) continue;
      const std::size_t key_end = quote != '\0' ? end + 1 : end;
      const std::string_view rest = skip_spaces(s.substr(key_end));
      if (!rest.starts_with('=')) continue;
      add_key(unquote(s.substr(0, key_end)), skip_spaces(rest.substr(1)));
      return true;
    }
    return false;
  }

  void add_key(const std::string& key, std::string_view text) {
    std::string value;
    std::optional<std::vector<std::string>> list;
    if (text.starts_with("'''") || text.starts_with("\"\"\"")) {
      if (!read_multiline(text, value)) return add_error("Parse error in multiline value");
    } else if (!read_value(text, value, list)) {
      return add_error("Parse error in value");
    }
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return add_error("Duplicate keyword name");
    keys_.push_back(key);
    if (!current_) current_ = find_or_add("");
    if (current_->name.empty()) names_.push_back(key);  // a section must not have the name of such a key
    store(lower(key), std::move(value), std::move(list));
  }

  void store(std::string key, std::string value, std::optional<std::vector<std::string>> list) {
    std::erase_if(current_->lists, [&](const auto& item) { return item.first == key; });
    if (list) {
      value = join(*list, ",");
      current_->lists.emplace_back(key, std::move(*list));
    }
    for (auto& [k, v] : current_->values)
      if (k == key) {
        v = std::move(value);
        return;
      }
    current_->values.emplace_back(std::move(key), std::move(value));
  }

  static bool read_value(std::string_view text, std::string& value, std::optional<std::vector<std::string>>& list) {
    ValuePattern pattern(text);
    if (!pattern.match()) return false;
    if (pattern.members.empty() && !pattern.empty_list) {
      if (!pattern.last) return false;
      value = unquote(*pattern.last);
      return true;
    }
    list.emplace();
    for (const auto member : pattern.members) list->push_back(unquote(member));
    if (pattern.last && !pattern.last->empty()) list->push_back(unquote(*pattern.last));
    return true;
  }

  bool read_multiline(std::string_view text, std::string& value) {
    const std::string_view quote = text.substr(0, 3);
    for (std::size_t end = text.find(quote, 3); end != std::string_view::npos; end = text.find(quote, end + 1)) {
      if (!is_rest(text.substr(end + 3))) continue;
      value = text.substr(3, end - 3);
      return true;
    }
    if (text.find(quote, 3) != std::string_view::npos) return false;
    value = text.substr(3);
    for (std::size_t i = at_ + 1; i < lines_.size(); ++i) {
      const std::string_view line = lines_[i];
      value += '\n';
      const std::size_t end = line.find(quote);
      if (end == std::string_view::npos) {
        value += line;
        continue;
      }
      value += line.substr(0, end);
      if (!is_rest(line.substr(end + 3))) return false;
      at_ = i;
      return true;
    }
    return false;
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  Ini ini_;
  Ini::Section* current_ = nullptr;
  std::vector<std::string> names_, keys_;  ///< as written: duplicates are told by these
  int errors_ = 0;
  std::string first_error_;
  std::size_t first_line_ = 0;
};

// configobj's _quote; keys and section names and list members never get triple quotes.
std::string quoted(const std::string& value, bool multiline) {
  if (value.empty()) return "\"\"";
  const bool apostrophe = value.find('\'') != std::string::npos, quote = value.find('"') != std::string::npos;
  const bool newline = value.find('\n') != std::string::npos;
  auto fail = [&] { throw Error(cat("Value \"", value, "\" cannot be safely quoted."), ErrorKind::config); };
  if (multiline && ((apostrophe && quote) || newline)) {
    if (value.find("\"\"\"") == std::string::npos) return cat("'''", value, "'''");
    if (value.find("'''") != std::string::npos) fail();
    return cat("\"\"\"", value, "\"\"\"");
  }
  if (newline) fail();
  constexpr std::string_view kEdges = " \r\n\v\t'\"";
  const bool plain = kEdges.find(value.front()) == std::string_view::npos &&
                     kEdges.find(value.back()) == std::string_view::npos &&
                     value.find_first_of(",#") == std::string::npos;
  if (plain) return value;
  if (apostrophe && quote) fail();
  return quote ? cat("'", value, "'") : cat("\"", value, "\"");
}

std::string value_text(const Ini::Section& section, const std::string& key, const std::string& value) {
  for (const auto& [name, members] : section.lists) {
    if (name != key || join(members, ",") != value) continue;
    if (members.empty()) return ",";
    if (members.size() == 1) return quoted(members[0], false) + ",";
    std::vector<std::string> texts;
    for (const auto& member : members) texts.push_back(quoted(member, false));
    return join(texts, ", ");
  }
  return quoted(value, true);
}

void write_section(std::string& out, const Ini::Section& section) {
  if (section.values.empty()) return;
  if (!section.name.empty()) out += cat("[", quoted(section.name, false), "]\n");
  for (const auto& [key, value] : section.values)
    out += cat(section.name.empty() ? "" : "    ", quoted(key, false), " = ", value_text(section, key, value), "\n");
}

/// "remote" for `remote "x"`, empty for plain sections.
std::string_view named_kind(const std::string& name) {
  for (const auto kind : kNamed)
    if (name.starts_with(kind) && name.ends_with('"') && name.find('"') != name.size() - 1 &&
        skip_spaces(std::string_view(name).substr(kind.size())).starts_with('"'))
      return kind;
  return "";
}

}  // namespace

Ini Ini::parse(std::string_view text, const std::string& name) {
  try {
    return Parser(text).run();
  } catch (Error& e) {
    Place place = e.place().value_or(Place{});
    place.file = name;
    throw e.with_place(std::move(place));
  }
}

const std::string* Ini::find(std::string_view section, std::string_view key) const {
  for (const auto& s : sections) {
    if (s.name != section) continue;
    for (const auto& [k, v] : s.values)
      if (k == key) return &v;
  }
  return nullptr;
}

void Ini::set(std::string_view section, std::string_view key, std::string value) {
  auto it = std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.name == section; });
  if (it == sections.end()) {
    sections.emplace_back().name = section;
    it = sections.end() - 1;
  }
  std::erase_if(it->lists, [&](const auto& item) { return item.first == key; });
  for (auto& [k, v] : it->values)
    if (k == key) {
      v = std::move(value);
      return;
    }
  it->values.emplace_back(std::string(key), std::move(value));
}

bool Ini::unset(std::string_view section, std::string_view key) {
  bool found = false;
  for (auto& s : sections) {
    if (s.name != section) continue;
    found = std::erase_if(s.values, [&](const auto& item) { return item.first == key; }) > 0 || found;
    std::erase_if(s.lists, [&](const auto& item) { return item.first == key; });
  }
  return found;
}

std::string Ini::dump() const {
  std::string out;
  for (const auto& section : sections)
    if (section.name.empty()) write_section(out, section);
  for (const auto& section : sections)
    if (!section.name.empty() && named_kind(section.name).empty()) write_section(out, section);
  for (const auto kind : kNamed)
    for (const auto& section : sections)
      if (named_kind(section.name) == kind) write_section(out, section);
  if (out.empty()) out = "\n";  // as configobj
  return out;
}

}  // namespace pivot::text
