#include "text/ignore.h"

#include "base/strings.h"

namespace pivot::text {
namespace {

/// Result of matching a rest of the pattern with a rest of the text. Both aborts stop the stars further out from trying
/// longer matches that cannot help; without them a pattern like *a*a*a*b takes exponential time.
enum class Glob : unsigned char {
  match,
  no_match,
  abort_segment,  ///< the text ran into a slash: only a ** further out can help
  abort_all,      ///< the text is used up, or the pattern is broken
};

constexpr std::size_t kNone = std::string_view::npos;

bool in_class(std::string_view name, unsigned char c) {
  const bool lower = c >= 'a' && c <= 'z';
  const bool upper = c >= 'A' && c <= 'Z';
  const bool digit = c >= '0' && c <= '9';
  const bool graph = c > ' ' && c < 0x7f;
  if (name == "alnum") return lower || upper || digit;
  if (name == "alpha") return lower || upper;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < ' ' || c == 0x7f;
  if (name == "digit") return digit;
  if (name == "graph") return graph;
  if (name == "lower") return lower;
  if (name == "print") return graph || c == ' ';
  if (name == "punct") return graph && !lower && !upper && !digit;
  if (name == "space") return c == ' ' || (c >= '\t' && c <= '\r');
  if (name == "upper") return upper;
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  return false;
}

bool is_class_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                         "lower", "print", "punct", "space", "upper", "xdigit"};
  for (const auto& known : kNames)
    if (name == known) return true;
  return false;
}

/// A bracket expression; `p` stands behind its '['. Sets `end` behind the ']', or to kNone when the expression is
/// broken.
bool match_bracket(std::string_view pattern, std::size_t p, unsigned char c, std::size_t& end) {
  end = kNone;
  bool negated = false;
  if (p < pattern.size() && (pattern[p] == '!' || pattern[p] == '^')) {
    negated = true;
    ++p;
  }
  bool matched = false;
  unsigned char previous = 0;  // start of a possible range, 0: none
  for (bool first = true;; first = false) {
    if (p >= pattern.size()) return false;
    auto now = static_cast<unsigned char>(pattern[p]);
    if (now == ']' && !first) break;
    if (now == '-' && previous != 0 && p + 1 < pattern.size() && pattern[p + 1] != ']') {
      now = static_cast<unsigned char>(pattern[++p]);
      if (now == '\\') {
        if (++p >= pattern.size()) return false;
        now = static_cast<unsigned char>(pattern[p]);
      }
      if (c >= previous && c <= now) matched = true;
      previous = 0;
      ++p;
      continue;
    }
    if (now == '[' && p + 1 < pattern.size() && pattern[p + 1] == ':') {
      const auto close = pattern.find(']', p + 2);
      if (close == kNone) return false;
      if (close > p + 2 && pattern[close - 1] == ':') {
        const auto name = pattern.substr(p + 2, close - 1 - (p + 2));
        if (!is_class_name(name)) return false;
        if (in_class(name, c)) matched = true;
        previous = 0;
        p = close + 1;
        continue;
      }
      // no ":]" : an ordinary '['
    } else if (now == '\\') {
      if (++p >= pattern.size()) return false;
      now = static_cast<unsigned char>(pattern[p]);
    }
    if (c == now) matched = true;
    previous = now;
    ++p;
  }
  end = p + 1;
  return matched != negated && c != '/';
}

Glob glob(std::string_view pattern, std::size_t p, std::string_view text, std::size_t t);

/// The pattern from a star on; `p` stands at the star.
Glob glob_star(std::string_view pattern, std::size_t p, std::string_view text, std::size_t t) {
  const std::size_t first = p;
  while (p < pattern.size() && pattern[p] == '*') ++p;
  const bool at_start = first == 0 || pattern[first - 1] == '/';
  const bool at_end = p == pattern.size() || pattern[p] == '/';
  const bool double_star = p - first >= 2 && at_start && at_end;
  if (double_star && p < pattern.size()) {
    // "**/": no folder at all is fine too
    const Glob none = glob(pattern, p + 1, text, t);
    if (none == Glob::match) return none;
  }
  if (p == pattern.size()) {
    if (double_star || text.find('/', t) == kNone) return Glob::match;
    return Glob::abort_segment;
  }
  if (!double_star && pattern[p] == '/') {
    // only the next slash can follow
    const auto slash = text.find('/', t);
    if (slash == kNone) return Glob::abort_all;
    return glob(pattern, p, text, slash);
  }
  for (; t < text.size(); ++t) {
    const Glob rest = glob(pattern, p, text, t);
    if (rest == Glob::match || rest == Glob::abort_all) return rest;
    if (rest == Glob::abort_segment && !double_star) return rest;
    if (!double_star && text[t] == '/') return Glob::abort_segment;
  }
  // What follows the star wants at least one more character, unless it can match nothing.
  return glob(pattern, p, text, t) == Glob::match ? Glob::match : Glob::abort_all;
}

/// fnmatch with '/' matched only by itself and by **, as git's ignore patterns want it; on bytes.
Glob glob(std::string_view pattern, std::size_t p, std::string_view text, std::size_t t) {
  while (p < pattern.size()) {
    char c = pattern[p];
    if (c == '*') return glob_star(pattern, p, text, t);
    if (t >= text.size()) return Glob::abort_all;
    if (c == '?') {
      if (text[t] == '/') return Glob::no_match;
    } else if (c == '[') {
      std::size_t end = kNone;
      const bool matched = match_bracket(pattern, p + 1, static_cast<unsigned char>(text[t]), end);
      if (end == kNone) return Glob::abort_all;
      if (!matched) return Glob::no_match;
      p = end - 1;
    } else {
      if (c == '\\') {
        if (++p >= pattern.size()) return Glob::abort_all;
        c = pattern[p];
      }
      if (text[t] != c) return Glob::no_match;
    }
    ++p;
    ++t;
  }
  return t == text.size() ? Glob::match : Glob::no_match;
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[\\") != kNone; }

/// Drops blanks at the end, but not one behind a backslash.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;  // behind the last character to keep
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) end = ++i + 1;
    else if (line[i] != ' ') end = i + 1;
  }
  return line.substr(0, end);
}

}  // namespace

IgnorePatterns::IgnorePatterns(std::string_view content) {
  if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
  while (!content.empty()) {
    const auto end = content.find('\n');
    add_line(content.substr(0, end));
    content.remove_prefix(end == content.npos ? content.size() : end + 1);
  }
}

void IgnorePatterns::add_line(std::string_view line) {
  if (auto rule = parse(line)) insert(*std::move(rule));
}

std::optional<IgnorePatterns::Rule> IgnorePatterns::parse(std::string_view line) {
  ++lines_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line[0] == '#') return std::nullopt;
  const std::string_view text = line = without_trailing_spaces(line);
  Rule rule{
      .pattern = {}, .text = std::string(text), .line = lines_, .negated = false, .dir_only = false, .anchored = false};
  if (line.starts_with('!')) {
    rule.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    rule.dir_only = true;
    line.remove_suffix(1);
  }
  rule.anchored = line.find('/') != line.npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return std::nullopt;
  rule.pattern = line;
  return rule;
}

void IgnorePatterns::insert(Rule rule) {
  if (rule.anchored && !has_wildcard(rule.pattern)) {
    const auto known = literals_.find(rule.pattern);
    // A later rule hides an earlier one of the same text completely, unless it is for folders only.
    if (known == literals_.end()) {
      literals_.emplace(rule.pattern, std::move(rule));
      return;
    }
    if (!rule.dir_only) {
      known->second = std::move(rule);
      return;
    }
  }
  rules_.push_back(std::move(rule));
}

void IgnorePatterns::add_dvc_line(std::string_view line) {
  auto rule = parse(line);
  if (!rule || (rule->dir_only && !rule->anchored && (rule->pattern == "*" || rule->pattern == "**"))) return;
  insert(*rule);
  if (rule->pattern.ends_with("/**")) {
    Rule folder = *rule;
    folder.pattern.resize(folder.pattern.size() - 3);
    folder.dir_only = true;
    rules_.push_back(std::move(folder));
  } else if (rule->negated) {
    rule->pattern = cat(rule->anchored ? "" : "**/", rule->pattern, "/**");
    rule->anchored = true;
    rules_.push_back(*std::move(rule));
  }
}

void IgnorePatterns::add_folder_line(std::string_view line) {
  auto rule = parse(line);
  if (!rule) return;
  insert(*rule);
  auto& pattern = rule->pattern;
  const auto length = pattern.size();
  while (pattern.ends_with("/*") || pattern.ends_with("/**")) pattern.resize(pattern.rfind('/'));
  if (pattern.size() == length || pattern.empty()) return;
  rule->dir_only = true;
  rules_.push_back(*std::move(rule));
}

IgnorePatterns::Match IgnorePatterns::match(std::string_view path, bool is_dir) const {
  const Rule* found = nullptr;
  if (!literals_.empty()) {
    const auto literal = literals_.find(path);
    if (literal != literals_.end() && (is_dir || !literal->second.dir_only)) found = &literal->second;
  }
  const auto slash = path.rfind('/');
  const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (found != nullptr && rule->line < found->line) break;
    if (rule->dir_only && !is_dir) continue;
    const std::string_view subject = rule->anchored ? path : name;
    const bool hit =
        has_wildcard(rule->pattern) ? glob(rule->pattern, 0, subject, 0) == Glob::match : rule->pattern == subject;
    if (!hit) continue;
    found = &*rule;
    break;
  }
  if (found == nullptr) return {};
  return {found->negated ? Verdict::included : Verdict::ignored, found->line, found->text};
}

IgnorePatterns::Match IgnorePatterns::match_with_parents(std::string_view path, bool is_dir) const {
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    Match parent = match(path.substr(0, slash), true);
    if (parent.verdict == Verdict::ignored) return parent;
  }
  return match(path, is_dir);
}

}  // namespace pivot::text
