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

}  // namespace

bool is_simple_text(std::string_view s) {
  if (s.empty()) return false;
  const char first = s[0];
  const bool good_start = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9') ||
                          first == '/' || first == '_';
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
  bool block = false, flow_indicator = false, has_special = false, break_space = false, space_break = false;
  bool edge_break = false;
  check_start(s, block, flow_indicator);
  std::size_t continuation = 0;
  const char* const begin = s.data();
  const char* const end = begin + s.size();
  bool previous_break = false;
  for (const char* p = begin; p < end; ++p) {
    auto kind = kClasses[static_cast<unsigned char>(*p)];
    if (kind == ordinary) {
      previous_break = false;
      do {
        if (++p == end) break;
        kind = kClasses[static_cast<unsigned char>(*p)];
      } while (kind == ordinary);
      if (p == end) break;
    }
    bool is_break = false;
    switch (kind) {
      case space:
        if (previous_break) break_space = true;
        break;
      case newline:
        is_break = a.prefers_double = true;
        if (p > begin && p[-1] == ' ') space_break = true;
        break;
      case colon:
        // (The first character was looked at above: there a blank behind it does not matter in flow context.)
        if (p > begin && (p + 1 == end || p[1] == ' ')) block = flow_indicator = true;
        break;
      case hash:
        if (p > begin && p[-1] == ' ') block = flow_indicator = true;
        break;
      case flow:
        flow_indicator = true;
        break;
      case quote:
        a.prefers_double = true;
        break;
      case high: {
        const char* next = p;
        const char32_t c = next_code_point(next, end);
        if (is_wide_break(c)) {
          is_break = true;
          if (p > begin && p[-1] == ' ') space_break = true;
        } else if (c < 0xa0 || c == 0xfeff || !is_printable(c)) {
          has_special = true;
        }
        if (is_break && (p == begin || next == end)) edge_break = true;
        continuation += static_cast<std::size_t>(next - p) - 1;
        p = next - 1;
        break;
      }
      default: has_special = true;
    }
    a.multiline = a.multiline || is_break;
    previous_break = is_break;
  }
  a.width = static_cast<int>(s.size() - continuation);
  const char first = s.front(), last = s.back();
  const bool edge = first == ' ' || first == '\n' || last == ' ' || last == '\n' || edge_break;
  if (edge || has_special || space_break || break_space || a.multiline) a.flow_plain = a.block_plain = false;
  if (flow_indicator) a.flow_plain = false;
  if (block) a.block_plain = false;
  if (break_space || has_special || space_break) a.single_quoted = false;
  return a;
}

}  // namespace pivot::text::yaml
