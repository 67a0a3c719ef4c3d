#include "text/yaml/block_reader.h"

#include <cstring>

#include "text/yaml/constructor.h"
#include "text/yaml/flow_reader.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

// Keys may have 1,024 characters; the rule itself is the scanner's business.
constexpr std::ptrdiff_t kLongestKey = 1000;
constexpr std::size_t kUsualSize = 4;  // entries that a collection gets room for at once

/// True when the text holds only characters that need no thought: no tabs, no control characters, no line breaks but
/// \n.
bool is_ordinary_text(std::string_view text) {
  unsigned char bad = 0, high = 0;
  for (const char signed_c : text) {
    const auto c = static_cast<unsigned char>(signed_c);
    bad |= static_cast<unsigned char>((c < 0x20) & (c != '\n')) | static_cast<unsigned char>(c == 0x7f);
    high |= c & 0x80;
  }
  if (bad != 0) return false;
  if (high == 0) return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
    if (at(0) == 0xc2 && at(1) < 0xa0) return false;                                        // C1, U+0085
    if (at(0) == 0xe2 && at(1) == 0x80 && (at(2) == 0xa8 || at(2) == 0xa9)) return false;   // U+2028, U+2029
    if (at(0) == 0xef && (at(1) == 0xbb || (at(1) == 0xbf && at(2) >= 0xbe))) return false; // U+FEFF, U+FFFE, U+FFFF
  }
  return true;
}

class BlockReader {
 public:
  BlockReader(std::string_view text, const Limits& limits)
      : at_(text.data()), end_(text.data() + text.size()), scalars_(limits), limits_(limits) {}

  std::optional<Value> run() {
    next_line();
    if (done_) return Value();
    Value value;
    if (!block(indent_, value) || !done_) return std::nullopt;
    return value;
  }

 private:
  // --- lines: `at_` is at the first character of a line that holds something, `indent_` its column

  void next_line() {
    while (at_ < end_) {
      const char* p = at_;
      while (p < end_ && *p == ' ') ++p;
      if (p == end_) break;
      if (*p == '#' || *p == '\n') {
        at_ = line_end(p);
        if (at_ < end_) ++at_;
        continue;
      }
      indent_ = static_cast<int>(p - at_);
      at_ = p;
      return;
    }
    at_ = end_;
    indent_ = -1;
    done_ = true;
  }
  const char* line_end(const char* p) const {
    const void* found = std::memchr(p, '\n', static_cast<std::size_t>(end_ - p));
    return found ? static_cast<const char*>(found) : end_;
  }
  /// Goes behind the end of this line and to the next one that holds something.
  void finish_line(const char* eol) {
    at_ = eol < end_ ? eol + 1 : end_;
    next_line();
  }
  /// Only blanks and a comment up to the end of the line.
  bool is_rest(const char* p, const char* eol) const {
    const char* q = p;
    while (q < eol && *q == ' ') ++q;
    return q == eol || (*q == '#' && q > p);
  }
  bool is_dash(const char* p) const { return *p == '-' && (p + 1 == end_ || p[1] == ' ' || p[1] == '\n'); }
  bool is_document_mark(const char* p) const {
    return end_ - p >= 3 &&
           ((p[0] == '-' && p[1] == '-' && p[2] == '-') || (p[0] == '.' && p[1] == '.' && p[2] == '.'));
  }

  // --- blocks; each leaves `at_` at the line behind it and is false when it gives up

  bool block(int column, Value& out) {
    if (++depth_ >= limits_.depth || !scalars_.count_node()) return false;
    if (column == 0 && (is_document_mark(at_) || *at_ == '%')) return false;
    const bool ok = is_dash(at_) ? sequence(column, out) : mapping(column, out);
    --depth_;
    return ok;
  }

  bool sequence(int column, Value& out) {
    List list;
    list.reserve(kUsualSize);
    while (!done_ && indent_ == column && is_dash(at_)) {
      const char* p = at_ + 1;
      const char* const eol = line_end(p);
      list.emplace_back();
      if (is_rest(p, eol)) {
        finish_line(eol);
        if (done_ || indent_ <= column) continue;
        if (!block(indent_, list.back())) return false;
        continue;
      }
      while (*p == ' ') ++p;
      const int inner = column + static_cast<int>(p - at_);
      if (is_dash(p) || key_end(p, eol) != nullptr) {
        // A collection that starts on the line of the dash.
        at_ = p;
        indent_ = inner;
        if (!block(inner, list.back())) return false;
      } else if (!inline_value(p, eol, column, list.back())) {
        return false;
      }
    }
    out = Value(std::move(list));
    return done_ || indent_ < column || (indent_ == column && !is_dash(at_));
  }

  bool mapping(int column, Value& out) {
    Map map;
    map.items.reserve(kUsualSize);
    KeyIndex index(map.items);
    while (!done_ && indent_ == column) {
      if (is_dash(at_) || (column == 0 && is_document_mark(at_))) return false;
      const char* const eol = line_end(at_);
      const char* const colon = key_end(at_, eol);
      if (colon == nullptr) return false;
      Value key;
      if (!read_key(colon, key) || index.find(key) != KeyIndex::npos) return false;
      map.items.emplace_back(std::move(key), Value());
      index.added();
      Value& value = map.items.back().second;
      if (is_rest(colon + 1, eol)) {
        finish_line(eol);
        if (done_ || indent_ < column) continue;
        const bool indentless = indent_ == column && is_dash(at_);
        if (indent_ == column && !indentless) continue;
        if (!block(indent_, value)) return false;
      } else {
        const char* p = colon + 1;
        while (*p == ' ') ++p;
        if (!inline_value(p, eol, column, value)) return false;
      }
    }
    out = Value(std::move(map));
    return done_ || indent_ < column;
  }

  // --- keys

  /// The colon behind the key that starts at `p`, or nullptr when there is none on this line.
  const char* key_end(const char* p, const char* eol) const {
    if (*p == '"' || *p == '\'') {
      const auto* close = static_cast<const char*>(std::memchr(p + 1, *p, static_cast<std::size_t>(eol - p - 1)));
      if (close == nullptr) return nullptr;
      const char* q = close + 1;
      while (q < eol && *q == ' ') ++q;
      return is_colon(q, eol) ? q : nullptr;
    }
    for (const char* q = p; q < eol; ++q) {
      q = static_cast<const char*>(std::memchr(q, ':', static_cast<std::size_t>(eol - q)));
      if (q == nullptr) return nullptr;
      if (!is_colon(q, eol)) continue;
      // A comment in front of the colon makes it no key.
      for (const char* c = p; c + 1 < q; ++c)
        if (c[0] == ' ' && c[1] == '#') return nullptr;
      return q;
    }
    return nullptr;
  }
  static bool is_colon(const char* q, const char* eol) {
    return q < eol && *q == ':' && (q + 1 == eol || q[1] == ' ');
  }

  bool read_key(const char* colon, Value& key) {
    if (colon - at_ > kLongestKey || !scalars_.count_node()) return false;
    const char* stop = colon;
    while (stop > at_ && stop[-1] == ' ') --stop;
    const std::string_view text(at_, static_cast<std::size_t>(stop - at_));
    if (text.empty()) return false;
    if (text[0] == '"' || text[0] == '\'') {
      const std::string_view inner = text.substr(1, text.size() - 2);
      if (inner.find(text[0]) != std::string_view::npos || inner.find('\\') != std::string_view::npos) return false;
      key = Value(inner);
      return true;
    }
    return InlineScalars::starts_plain(text) && scalars_.plain(text, true, key);
  }

  // --- values on the line of their key or dash; `column` is that of the collection around

  bool inline_value(const char* p, const char* eol, int column, Value& out) {
    switch (*p) {
      case '"':
      case '\'': return quoted_value(p, column, out);
      case '[':
      case '{': {
        const char* q = p;
        if (!scalars_.flow(q, eol, out, depth_) || !is_rest(q, eol)) return false;
        finish_line(eol);
        return done_ || indent_ <= column;
      }
      case '|':
      case '>': return block_scalar(p, eol, column, out);
      default: return plain_value(p, eol, column, out);
    }
  }

  bool quoted_value(const char* p, int column, Value& out) {
    std::string text;
    const char* q = p;
    if (!scalars_.count_node() || !scalars_.quoted(q, end_, true, text)) return false;
    const char* const eol = line_end(q);
    if (!is_rest(q, eol)) return false;
    out = Value(std::move(text));
    finish_line(eol);
    return done_ || indent_ <= column;
  }

  /// Cuts trailing blanks and a comment off; false when a colon makes the text more than a scalar.
  static bool plain_part(const char* p, const char* eol, std::string_view& text, bool& has_comment) {
    const char* stop = eol;
    for (const char* q = p; q < eol; ++q) {
      if (*q == ':' && (q + 1 == eol || q[1] == ' ')) return false;
      if (*q == '#' && q > p && q[-1] == ' ') {
        stop = q;
        has_comment = true;
        break;
      }
    }
    while (stop > p && stop[-1] == ' ') --stop;
    text = std::string_view(p, static_cast<std::size_t>(stop - p));
    return true;
  }

  bool plain_value(const char* p, const char* eol, int column, Value& out) {
    bool has_comment = false;
    std::string_view text;
    if (!scalars_.count_node() || !plain_part(p, eol, text, has_comment) || !InlineScalars::starts_plain(text))
      return false;
    const char* const next = eol < end_ ? eol + 1 : end_;
    finish_line(eol);
    if (done_ || indent_ <= column) return scalars_.plain(text, false, out);
    // A deeper line goes on with the text, when it follows at once and no comment ended it.
    std::string whole(text);
    const char* expected = next;
    while (!done_ && indent_ > column) {
      if (has_comment || at_ - indent_ != expected) return false;
      const char* const part_end = line_end(at_);
      if (!plain_part(at_, part_end, text, has_comment)) return false;
      whole += ' ';
      whole += text;
      expected = part_end < end_ ? part_end + 1 : end_;
      finish_line(part_end);
    }
    return scalars_.plain(whole, false, out);
  }

  bool block_scalar(const char* p, const char* eol, int column, Value& out) {
    const bool folded = *p++ == '>';
    const bool strip = p < eol && *p == '-', keep = p < eol && *p == '+';
    if (strip || keep) ++p;
    if (p != eol || eol == end_ || end_[-1] != '\n' || !scalars_.count_node()) return false;
    at_ = eol + 1;
    int width = 0;
    std::string text;
    std::size_t breaks = 0;  // line ends that are not yet in the text
    bool previous_more = false;
    while (at_ < end_) {
      const char* q = at_;
      while (*q == ' ') ++q;
      const char* const stop = line_end(q);
      const int indent = static_cast<int>(q - at_);
      if (q == stop) {
        if (width == 0 && indent > 0) return false;
        if (width != 0 && indent > width) return false;
        ++breaks;
      } else {
        if (indent <= column) break;
        const bool first = width == 0;
        if (first) width = indent;
        if (indent < width) return false;
        const bool more = indent > width;
        if (folded && (more || previous_more || (first && breaks > 0))) return false;
        previous_more = more;
        if (folded && !first && breaks == 1)
          text += ' ';
        else
          text.append(folded && !first ? breaks - 1 : breaks, '\n');
        text.append(at_ + width, stop);
        breaks = 1;
      }
      at_ = stop + 1;
    }
    if (width == 0) return false;
    if (!strip) text.append(keep ? breaks : 1, '\n');
    out = Value(std::move(text));
    next_line();
    return done_ || indent_ <= column;
  }

  const char* at_;
  const char* const end_;
  int indent_ = 0;
  bool done_ = false;
  int depth_ = 0;
  InlineScalars scalars_;
  const Limits& limits_;
};

}  // namespace

std::optional<Value> read_block_style(std::string_view text, const Limits& limits) {
  if (!is_ordinary_text(text)) return std::nullopt;
  return BlockReader(text, limits).run();
}

}  // namespace pivot::text::yaml
