#include "text/block_style.h"

#include <cstring>
#include <vector>

#include "base/strings.h"
#include "text/simple_scalar.h"
#include "text/yaml.h"

namespace pivot::text {

namespace {

/// The emitter folds lines that would get longer than this many columns.
constexpr std::size_t kWidth = 80;

std::string_view trim_blanks(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

/// Checks that lines have the indentation, the spelling and the folding that the emitter gives them.
class NormalBlock {
 public:
  NormalBlock(std::string_view block, std::size_t indent) : rest_(block) { levels_.push_back({indent, false}); }

  bool check() {
    std::string_view line;
    while (true) {
      const char* start = rest_.data();
      if (!take_line(rest_, line)) return true;
      if (!check_line(line, start)) return false;
    }
  }

 private:
  struct Level {
    std::size_t indent;
    bool list;
  };

  bool check_line(std::string_view line, const char* start) {
    const auto parts = split_line(line);
    if (!parts || line.back() == '\r' || !enter_level(*parts)) return false;
    if (parts->dash && parts->has_key) levels_.push_back({parts->indent + 2, false});
    if (parts->has_key && !is_normal_key(parts->key)) return false;
    // One blank behind the colon, none at the end: else only the comparison with what the emitter writes can tell.
    const bool exact = line.size() == parts->indent + (parts->dash ? 2 : 0) + parts->key.size() + (parts->has_key ? 1 : 0) +
                                          parts->value.size() + (parts->has_key && !parts->value.empty() ? 1 : 0);
    opens_ = parts->has_key && parts->value.empty();
    if (opens_ && line.back() == ':' && line.size() <= kWidth && !continues(*parts)) return true;
    opens_ = false;
    if (exact && line.size() <= kWidth && !continues(*parts) && is_normal_scalar(parts->value)) return true;
    return check_folded(*parts, start);
  }

  /// Closes levels down to the line's own, or opens the one that the line before announced.
  bool enter_level(const BlockLine& parts) {
    if (opens_ && (parts.indent == levels_.back().indent + 2 || (parts.dash && parts.indent == levels_.back().indent))) {
      if (parts.dash && parts.indent != levels_.back().indent) return false;
      levels_.push_back({parts.indent, parts.dash});
      return true;
    }
    while (levels_.size() > 1 && (levels_.back().indent > parts.indent ||
                                  (levels_.back().indent == parts.indent && levels_.back().list && !parts.dash))) {
      levels_.pop_back();
    }
    return levels_.back().indent == parts.indent && levels_.back().list == parts.dash;
  }

  static bool is_normal_key(std::string_view key) {
    const auto text = read_simple_key(key);
    return text && (key[0] != '\'' || yaml::resolves_to_other_type(*text));
  }

  static bool is_normal_scalar(std::string_view value) {
    if (value == "true" || value == "false" || is_simple_text(value)) return true;
    if (value.starts_with('\'')) {
      const auto scalar = read_simple_scalar(value);
      if (!scalar || value.find("  ") != std::string_view::npos) return false;
      return yaml::resolves_to_other_type(scalar->as_string());
    }
    // Round trips keep the text of numbers.
    const auto scalar = read_simple_scalar(value);
    return scalar && (scalar->is_int() || scalar->is_real());
  }

  /// True when the scalar of this line goes on in the next one.
  bool continues(const BlockLine& parts) const {
    auto rest = rest_;
    std::string_view next;
    if (!take_line(rest, next)) return false;
    const auto own = parts.indent + (parts.dash && parts.has_key ? 2 : 0);
    if (indent_of(next) <= own) return false;
    if (!parts.has_key || !parts.value.empty()) return true;
    // "key:" with a deeper line is a map, unless that is no "key:" line at all: then a long first word was pushed down.
    const auto split = split_line(next);
    return split && !split->has_key && !split->dash;
  }

  /// A scalar over several lines, or in unusual spelling: normal when the emitter writes it just so.
  bool check_folded(const BlockLine& parts, const char* start) {
    const auto own = parts.indent + (parts.dash && parts.has_key ? 2 : 0);
    std::string_view line;
    const char* more = rest_.data();
    for (auto rest = rest_; take_line(rest, line) && indent_of(line) > own; rest_ = rest) {}
    const std::string_view continuation(more, static_cast<std::size_t>(rest_.data() - more));
    const std::string_view raw(start, static_cast<std::size_t>(rest_.data() - start));
    auto value = folded_value(parts, continuation, raw);
    if (!value) return false;
    scratch_.clear();
    if (!parts.has_key) {
      // An item is written as the only one of a list; what comes first is the line of the list's key.
      yaml::dump_entry(scratch_, Value("k"), Value(List{std::move(*value)}), static_cast<int>(own));
      return std::string_view(scratch_).substr(own + 3) == raw;
    }
    yaml::dump_entry(scratch_, Value(*read_simple_key(parts.key)), *value, static_cast<int>(own));
    const auto skip = parts.dash ? own : 0;
    return std::string_view(scratch_).substr(skip) == raw.substr(skip);
  }

  /// The text of a scalar over several lines or in quotes; nullopt for anything else.
  static std::optional<Value> folded_value(const BlockLine& parts, std::string_view more, std::string_view raw) {
    if (auto joined = join_plain_lines(parts.value, more)) return Value(std::move(*joined));
    const auto own = parts.indent + (parts.dash && parts.has_key ? 2 : 0);
    try {
      auto value = yaml::load(parts.dash && parts.has_key ? cat(std::string(own, ' '), raw.substr(own)) : std::string(raw));
      if (value.is_map() && value.as_map().size() == 1) value = Value(value.as_map().items.front().second);
      if (value.is_list() && value.as_list().size() == 1) value = Value(value.as_list().front());
      if (value.is_string()) return value;
    } catch (const yaml::SyntaxError&) {
      // Not a whole document by itself: the general parser will say whether it is one in its place.
    }
    return std::nullopt;
  }

  std::string_view rest_;
  std::vector<Level> levels_;
  bool opens_ = false;
  std::string scratch_;
};

}  // namespace

std::optional<BlockLine> split_line(std::string_view line) {
  BlockLine out;
  out.indent = indent_of(line);
  line.remove_prefix(out.indent);
  if (line.empty() || line[0] == '#') return std::nullopt;
  if (line[0] == '-' && (line.size() == 1 || line[1] == ' ')) {
    out.dash = true;
    line.remove_prefix(line.size() == 1 ? 1 : 2);
    if (line.starts_with(' ') || line.starts_with("- ")) return std::nullopt;  // other indentation, or a list in a list
  }
  std::size_t from = 0;
  if (line.starts_with('\'') || line.starts_with('"')) {
    const auto close = line.find(line[0], 1);
    if (close == std::string_view::npos || close + 1 == line.size() || line[close + 1] != ':') {
      out.value = trim_blanks(line);
      return out;
    }
    from = close;
  }
  auto colon = line.find(':', from);
  while (colon != std::string_view::npos && colon + 1 < line.size() && line[colon + 1] != ' ') {
    colon = line.find(':', colon + 1);
  }
  if (colon == std::string_view::npos) {
    out.value = trim_blanks(line);
    return out;
  }
  out.has_key = true;
  out.key = line.substr(0, colon);
  out.value = trim_blanks(line.substr(colon + 1));
  return out;
}

std::optional<std::string> join_plain_lines(std::string_view first, std::string_view more) {
  std::string out(first);
  std::string_view line;
  while (take_line(more, line)) {
    const auto piece = trim_blanks(line);
    if (piece.empty()) return std::nullopt;
    if (!out.empty()) out += ' ';
    out += piece;
  }
  if (!is_simple_text(out)) return std::nullopt;
  return out;
}

bool is_normal_block(std::string_view block, std::size_t indent) {
  return block.ends_with('\n') && NormalBlock(block, indent).check();
}

}  // namespace pivot::text
