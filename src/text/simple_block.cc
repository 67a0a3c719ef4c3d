#include "text/simple_block.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "text/block_style.h"
#include "text/simple_scalar.h"

namespace pivot::text {

namespace {

/// Deeper documents are for the general reader and its limits.
constexpr int kMostDepth = 64;

/// Thrown where the text is out of this reader's depth.
struct Unsure {};

struct Line {
  std::size_t indent;
  std::string_view text;  ///< without indentation and trailing blanks
  bool after_gap;         ///< a blank line or a comment stands before it
};

std::string_view drop_trailing_blanks(std::string_view s) {
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

std::string_view drop_leading_blanks(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  return s;
}

bool is_dash(std::string_view s) { return s[0] == '-' && (s.size() == 1 || s[1] == ' '); }

/// The end of a quoted scalar at the start of `s` (behind the closing quote); escapes and doubled quotes are not for here.
std::size_t quoted_end(std::string_view s) {
  const auto close = s.find(s[0], 1);
  if (close == std::string_view::npos) throw Unsure();
  if (s[0] == '"' && s.substr(0, close).find('\\') != std::string_view::npos) throw Unsure();
  if (s[0] == '\'' && close + 1 < s.size() && s[close + 1] == '\'') throw Unsure();
  return close + 1;
}

/// What is inside the quotes.
Value quoted_value(std::string_view s) {
  const auto inner = s.substr(1, s.size() - 2);
  for (const char c : inner) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) throw Unsure();
  }
  return Value(inner);
}

Value plain_value(std::string_view s) {
  auto value = read_simple_scalar(s);
  if (!value) throw Unsure();
  return std::move(*value);
}

bool is_null_text(std::string_view s) { return s == "null" || s == "~"; }

/// A map under construction: keys must differ.
class MapBuilder {
 public:
  void add(Value key, Value value) {
    constexpr std::size_t kFew = 12;
    const auto& name = key.as_string();
    if (map_.items.size() < kFew) {
      for (const auto& item : map_.items) {
        if (item.first.as_string() == name) throw Unsure();
      }
    } else {
      if (names_.empty()) {
        for (const auto& item : map_.items) names_.insert(item.first.as_string());
      }
      if (!names_.insert(name).second) throw Unsure();
    }
    map_.items.emplace_back(std::move(key), std::move(value));
  }
  Value take() { return Value(std::move(map_)); }

 private:
  Map map_;
  std::unordered_set<std::string> names_;
};

/// One-line [a, b] and {a: b}.
class FlowReader {
 public:
  explicit FlowReader(std::string_view s) : rest_(s) {}

  Value read_all() {
    auto value = read(0);
    const auto behind = drop_leading_blanks(rest_);
    if (!behind.empty() && (behind[0] != '#' || behind.size() == rest_.size())) throw Unsure();
    return value;
  }

 private:
  Value read(int depth) {
    if (depth > kMostDepth || rest_.empty()) throw Unsure();
    if (rest_[0] == '[') return read_list(depth);
    if (rest_[0] == '{') return read_map(depth);
    return read_scalar();
  }

  Value read_list(int depth) {
    List out;
    for (bool more = open(']'); more; more = next(']')) out.push_back(read(depth + 1));
    return Value(std::move(out));
  }

  Value read_map(int depth) {
    MapBuilder out;
    for (bool more = open('}'); more; more = next('}')) {
      auto key = read_scalar();
      if (!key.is_string() || !rest_.starts_with(": ")) throw Unsure();
      rest_ = drop_leading_blanks(rest_.substr(1));
      out.add(std::move(key), read(depth + 1));
    }
    return out.take();
  }

  /// Behind the bracket; false when it is closed at once.
  bool open(char close) {
    rest_ = drop_leading_blanks(rest_.substr(1));
    if (rest_.empty()) throw Unsure();
    if (rest_[0] != close) return true;
    rest_.remove_prefix(1);
    return false;
  }

  /// Behind an element; false at the closing bracket.
  bool next(char close) {
    rest_ = drop_leading_blanks(rest_);
    if (rest_.empty() || (rest_[0] != close && rest_[0] != ',')) throw Unsure();
    const bool more = rest_[0] == ',';
    rest_.remove_prefix(1);
    if (!more) return false;
    if (!rest_.starts_with(' ')) throw Unsure();
    rest_ = drop_leading_blanks(rest_);
    return true;
  }

  Value read_scalar() {
    if (rest_.empty()) throw Unsure();
    if (rest_[0] == '\'' || rest_[0] == '"') {
      const auto end = quoted_end(rest_);
      auto value = quoted_value(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return value;
    }
    std::size_t end = 0;
    while (end < rest_.size() && std::string_view(",[]{}").find(rest_[end]) == std::string_view::npos &&
           !(rest_[end] == ':' && (end + 1 == rest_.size() || std::string_view(" ,[]{}").find(rest_[end + 1]) != std::string_view::npos))) {
      ++end;
    }
    const auto text = drop_trailing_blanks(rest_.substr(0, end));
    // A dash or question mark first means other things here than in block context.
    if (text.empty() || text[0] == '-' || text[0] == '?' || text[0] == ':') throw Unsure();
    if (text.find(" #") != std::string_view::npos) throw Unsure();
    rest_.remove_prefix(end);
    return is_null_text(text) ? Value() : plain_value(text);
  }

  std::string_view rest_;
};

class BlockReader {
 public:
  explicit BlockReader(std::string_view text) {
    lines_.reserve(text.size() / 24);
    std::string_view line;
    bool gap = true;
    while (take_line(text, line)) {
      const auto indent = indent_of(line);
      const auto content = drop_trailing_blanks(line.substr(indent));
      if (content.empty() || content[0] == '#') {
        gap = true;
        continue;
      }
      if (indent == 0 && (content.starts_with("---") || content.starts_with("...") || content[0] == '%')) {
        if (content != "---" || !lines_.empty()) throw Unsure();
        continue;
      }
      lines_.push_back({indent, content, gap});
      gap = false;
    }
  }

  Value read() {
    if (lines_.empty()) return {};
    auto value = read_node(0);
    if (at_ != lines_.size()) throw Unsure();
    return value;
  }

 private:
  Value read_node(int depth) {
    if (depth > kMostDepth) throw Unsure();
    return is_dash(lines_[at_].text) ? read_list(depth) : read_map(depth);
  }

  /// Where the colon behind a key stands, npos when the text is no "key: value".
  static std::size_t key_end(std::string_view s) {
    std::size_t colon = s[0] == '\'' || s[0] == '"' ? quoted_end(s) : s.find(':');
    while (colon < s.size() && (s[colon] != ':' || (colon + 1 < s.size() && s[colon + 1] != ' '))) {
      if (s[0] == '\'' || s[0] == '"') return std::string_view::npos;
      colon = s.find(':', colon + 1);
    }
    return colon < s.size() ? colon : std::string_view::npos;
  }

  static Value read_key(std::string_view s) {
    if (s[0] == '\'' || s[0] == '"') return quoted_value(s);
    if (!is_simple_text(s)) throw Unsure();
    return Value(s);
  }

  Value read_map(int depth) {
    const auto indent = lines_[at_].indent;
    MapBuilder out;
    while (at_ < lines_.size() && lines_[at_].indent == indent && !is_dash(lines_[at_].text)) {
      const auto text = lines_[at_].text;
      const auto colon = key_end(text);
      if (colon == std::string_view::npos || colon == 0) throw Unsure();
      auto key = read_key(text.substr(0, colon));
      const auto value = drop_leading_blanks(text.substr(colon + 1));
      out.add(std::move(key), read_value(value, indent, depth, true));
    }
    if (at_ < lines_.size() && lines_[at_].indent > indent) throw Unsure();
    return out.take();
  }

  Value read_list(int depth) {
    const auto indent = lines_[at_].indent;
    List out;
    while (at_ < lines_.size() && lines_[at_].indent == indent && is_dash(lines_[at_].text)) {
      auto& line = lines_[at_];
      const auto item = drop_leading_blanks(line.text.substr(1));
      if (!item.empty() && (is_dash(item) || item[0] == '?')) throw Unsure();
      const bool is_map = !item.empty() && item[0] != '[' && item[0] != '{' && item[0] != '#' &&
                          key_end(item) != std::string_view::npos;
      if (is_map) {
        line.indent += static_cast<std::size_t>(item.data() - line.text.data());
        line.text = item;
        out.push_back(read_map(depth + 1));
        // What the item's map left must be the list's own level or less.
        if (at_ < lines_.size() && lines_[at_].indent > indent) throw Unsure();
      } else {
        out.push_back(read_value(item, indent, depth, false));
      }
    }
    if (at_ < lines_.size() && lines_[at_].indent > indent) throw Unsure();
    return Value(std::move(out));
  }

  /// The value that starts with `text` on the current line, in a map or list at `indent`; moves behind it.
  Value read_value(std::string_view text, std::size_t indent, int depth, bool in_map) {
    if (text.empty() || text[0] == '#') {
      ++at_;
      if (at_ == lines_.size()) return {};
      const auto& next = lines_[at_];
      const bool below = next.indent > indent || (in_map && next.indent == indent && is_dash(next.text));
      return below ? read_node(depth + 1) : Value();
    }
    if (text[0] == '[' || text[0] == '{') {
      auto value = FlowReader(text).read_all();
      advance_past_scalar(indent);
      return value;
    }
    if (text[0] == '\'' || text[0] == '"') {
      const auto end = quoted_end(text);
      const auto behind = drop_leading_blanks(text.substr(end));
      if (!behind.empty() && (behind[0] != '#' || behind.size() == text.size() - end)) throw Unsure();
      auto value = quoted_value(text.substr(0, end));
      advance_past_scalar(indent);
      return value;
    }
    return read_plain(text, indent);
  }

  Value read_plain(std::string_view text, std::size_t indent) {
    const auto comment = text.find(" #");
    if (comment != std::string_view::npos) {
      const auto value = drop_trailing_blanks(text.substr(0, comment));
      advance_past_scalar(indent);
      return is_null_text(value) ? Value() : plain_value(value);
    }
    ++at_;
    if (at_ == lines_.size() || lines_[at_].indent <= indent) return is_null_text(text) ? Value() : plain_value(text);
    std::string joined(text);
    for (; at_ < lines_.size() && lines_[at_].indent > indent; ++at_) {
      if (lines_[at_].after_gap) throw Unsure();
      joined += ' ';
      joined += lines_[at_].text;
    }
    if (!is_simple_text(joined)) throw Unsure();
    return Value(std::move(joined));
  }

  /// Behind a scalar that can't go on: the next line must not be deeper.
  void advance_past_scalar(std::size_t indent) {
    ++at_;
    if (at_ < lines_.size() && lines_[at_].indent > indent) throw Unsure();
  }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Value> load_simple_block(std::string_view text) {
  try {
    return BlockReader(text).read();
  } catch (const Unsure&) {
    return std::nullopt;
  }
}

}  // namespace pivot::text
