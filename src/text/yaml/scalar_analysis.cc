#include <array>

#include "text/yaml/characters.h"
#include "text/yaml/scalar_writer.h"

namespace pivot::text::yaml {

namespace {

enum Class : unsigned char { ordinary, space, newline, colon, hash, flow, quote, high, special };

constexpr std::array<unsigned char, 256> make_classes() {
  std::array<unsigned char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = special;
  for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = high;
  table[0x7f] = special;
  table[' '] = space;
  table['\n'] = newline;
  table[':'] = colon;
  table['#'] = hash;
  table['\''] = quote;
  for (const char c : {',', '[', ']', '{', '}'}) table[static_cast<unsigned char>(c)] = flow;
  return table;
}
constexpr auto kClasses = make_classes();

bool is_wide_break(char32_t c) { return c == 0x85 || c == 0x2028 || c == 0x2029; }

// What the first characters forbid.
void check_start(std::string_view s, bool& block, bool& flow_indicator) {
  const char first = s[0];
  const bool blank_follows = s.size() == 1 || s[1] == ' ';
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(first) != std::string_view::npos || s.starts_with("---") ||
      s.starts_with("...")) {
    block = flow_indicator = true;
  } else if (first == '?' || first == ':') {
    if (s.size() == 1) flow_indicator = true;
    if (blank_follows) block = true;
  } else if (first == '-' && blank_follows) {
    block = flow_indicator = true;
  }
}

/// Goes through a text once and notes what its characters forbid.
class TextScan {
 public:
  explicit TextScan(std::string_view s) : begin_(s.data()), end_(s.data() + s.size()) {
    check_start(s, block_, flow_);
  }

  void run() {
    for (const char* p = begin_; p < end_; ++p) {
      auto kind = kClasses[static_cast<unsigned char>(*p)];
      if (kind == ordinary) {
        previous_break_ = false;
        do {
          if (++p == end_) return;
          kind = kClasses[static_cast<unsigned char>(*p)];
        } while (kind == ordinary);
      }
      p = look(p, kind);
    }
  }

  void finish(ScalarAnalysis& a) const {
    a.prefers_double = prefers_double_;
    a.multiline = multiline_;
    a.width = static_cast<int>(end_ - begin_ - continuation_);
    const char first = *begin_, last = end_[-1];
    const bool edge = first == ' ' || first == '\n' || last == ' ' || last == '\n' || edge_break_;
    a.single_quoted = !break_space_ && !special_ && !space_break_;
    a.block_plain = a.single_quoted && !edge && !multiline_ && !block_;
    a.flow_plain = a.single_quoted && !edge && !multiline_ && !flow_;
  }

 private:
  /// One character that is not ordinary; gives its last byte.
  const char* look(const char* p, unsigned char kind) {
    bool is_break = false;
    switch (kind) {
      case space:
        if (previous_break_) break_space_ = true;
        break;
      case newline:
        is_break = prefers_double_ = true;
        break;
      case colon:
        // (The first character was looked at before: in flow context a blank behind it does not matter.)
        if (p > begin_ && (p + 1 == end_ || p[1] == ' ')) block_ = flow_ = true;
        break;
      case hash:
        if (p > begin_ && p[-1] == ' ') block_ = flow_ = true;
        break;
      case flow: flow_ = true; break;
      case quote: prefers_double_ = true; break;
      case high: {
        const char* next = p;
        const char32_t c = next_code_point(next, end_);
        is_break = is_wide_break(c);
        if (!is_break && (c < 0xa0 || c == 0xfeff || !is_printable(c))) special_ = true;
        if (is_break && (p == begin_ || next == end_)) edge_break_ = true;
        if (is_break && p > begin_ && p[-1] == ' ') space_break_ = true;
        continuation_ += next - p - 1;
        p = next - 1;
        break;
      }
      default: special_ = true;
    }
    if (kind == newline && p > begin_ && p[-1] == ' ') space_break_ = true;
    multiline_ = multiline_ || is_break;
    previous_break_ = is_break;
    return p;
  }

  const char* const begin_;
  const char* const end_;
  bool block_ = false, flow_ = false;  ///< indicators that forbid plain text in that context
  bool special_ = false, multiline_ = false, prefers_double_ = false;
  bool break_space_ = false, space_break_ = false, edge_break_ = false, previous_break_ = false;
  std::ptrdiff_t continuation_ = 0;  ///< bytes of characters behind their first
};

}  // namespace

bool is_simple_text(std::string_view s) {
  if (s.empty()) return false;
  const char first = s[0];
  const bool good_start = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                          (first >= '0' && first <= '9') || first == '/' || first == '_';
  if (!good_start) return false;
  for (const char c : s)
    if (kClasses[static_cast<unsigned char>(c)] != ordinary) return false;
  return true;
}

ScalarAnalysis analyze_scalar(std::string_view s) {
  ScalarAnalysis a;
  if (s.empty()) {
    a.empty = true;
    a.flow_plain = false;
    return a;
  }
  TextScan scan(s);
  scan.run();
  scan.finish(a);
  return a;
}

}  // namespace pivot::text::yaml
