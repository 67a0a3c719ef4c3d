// Where the YAML emitter writes: the text with the column, and the few flags that decide about blanks and line breaks.
#pragma once

#include <string>
#include <string_view>

#include "base/strings.h"

namespace pivot::text::yaml {

inline constexpr int kBestWidth = 80;

struct Sink {
  std::string& out;
  int column = 0;            ///< in code points
  int indent = -1;           ///< current indentation; -1 above the root
  bool whitespace = true;    ///< the last character was a blank
  bool indention = true;     ///< only indentation and indicators ("- ", "? ") stand on this line so far
  bool no_newline = false;   ///< the next write_indent stays on this line
  bool open_ended = false;   ///< the document needs "..." at its end

  void put(std::string_view text, int width) {
    out.append(text);
    column += width;
  }
  /// Text of ASCII characters.
  void put(std::string_view text) { put(text, static_cast<int>(text.size())); }

  /// An indicator such as "-" or ":", with a blank in front where one is needed.
  void indicator(std::string_view text, bool need_whitespace, bool is_whitespace = false, bool is_indention = false) {
    if (!whitespace && need_whitespace) put(" ");
    put(text);
    whitespace = is_whitespace;
    indention = indention && is_indention;
    open_ended = false;
  }

  void line_break() {
    out += '\n';
    whitespace = indention = true;
    column = 0;
  }

  /// Goes to the current indentation, on a new line unless this one holds nothing else.
  void write_indent() {
    const int target = indent < 0 ? 0 : indent;
    if (!indention || column > target || (column == target && !whitespace)) {
      if (no_newline)
        no_newline = false;
      else
        line_break();
    }
    if (column < target) {
      whitespace = true;
      out.append(static_cast<std::size_t>(target - column), ' ');
      column = target;
    }
  }
};

}  // namespace pivot::text::yaml
