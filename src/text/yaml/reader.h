// The text under the scanner: a cursor over code points that knows its line and column.
#pragma once

#include <string>
#include <string_view>

#include "text/yaml.h"

namespace pivot::text::yaml {

/// A Mark that also remembers its offset in code points (for the 1,024 characters that a simple key may have).
struct Position : Mark {
  std::size_t index = 0;
};

/// Holds the whole text decoded, with NULs behind it so that peeking a few characters ahead needs no check.
class Reader {
 public:
  /// Throws a SyntaxError ("ReaderError") at the first character that YAML forbids.
  explicit Reader(std::string_view utf8);

  char32_t peek(std::size_t ahead = 0) const {
    const std::size_t i = index_ + ahead;
    return i < text_.size() ? text_[i] : U'\0';
  }
  /// The next `length` characters.
  std::u32string_view prefix(std::size_t length) const { return std::u32string_view(text_).substr(index_, length); }
  /// True when the next three characters are `mark` thrice ("---", "...").
  bool at_triple(char32_t mark) const { return peek() == mark && peek(1) == mark && peek(2) == mark; }
  void forward(std::size_t length = 1);
  /// Moves over `length` characters that are known to hold no line break and no BOM.
  void skip(std::size_t length) {
    index_ += length;
    column_ += static_cast<int>(length);
  }
  /// Moves over `length` characters that are known to hold no line break.
  void skip_text(std::size_t length) {
    if (has_bom_)
      forward(length);
    else
      skip(length);
  }
  /// Moves over one line break and gives it as it is kept: "\n" for all but U+2028 and U+2029; NUL when there is none.
  char32_t take_break();
  Position mark() const { return Position{{line_, column_}, index_}; }
  int line() const { return line_; }
  int column() const { return column_; }
  std::size_t index() const { return index_; }

 private:
  std::u32string text_;
  bool has_bom_ = false;  ///< U+FEFF inside the text has no width
  std::size_t index_ = 0;
  int line_ = 0;
  int column_ = 0;
};

}  // namespace pivot::text::yaml
