#include "text/yaml/scalar_writer.h"

#include <cstdio>

#include "text/yaml/characters.h"

namespace pivot::text::yaml {

namespace {

// The slow ways work on code points, as widths are counted in them.
std::u32string decode(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) out += next_code_point(p, end);
  return out;
}

void put(Sink& sink, std::u32string_view text) {
  for (const char32_t c : text) append_utf8(sink.out, c);
  sink.column += static_cast<int>(text.size());
}

// The emitter breaks lines at these; carriage returns are special characters for it.
bool is_text_break(char32_t c) { return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }

void put_break(Sink& sink, char32_t c) {
  if (c == U'\n') return sink.line_break();
  append_utf8(sink.out, c);
  sink.whitespace = sink.indention = true;
  sink.column = 0;
}

std::string_view double_quote_escape(char32_t c) {
  switch (c) {
    case 0: return "\\0";
    case 7: return "\\a";
    case 8: return "\\b";
    case 9: return "\\t";
    case 10: return "\\n";
    case 11: return "\\v";
    case 12: return "\\f";
    case 13: return "\\r";
    case 27: return "\\e";
    case U'"': return "\\\"";
    case U'\\': return "\\\\";
    case 0x85: return "\\N";
    case 0x2028: return "\\L";
    case 0x2029: return "\\P";
    default: return "";
  }
}

bool needs_escape(char32_t c) {
  if (c < 0x80) return c < 0x20 || c == 0x7f || c == U'"' || c == U'\\';
  return c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff || !is_printable(c);
}

void put_escape(Sink& sink, char32_t c) {
  const std::string_view known = double_quote_escape(c);
  if (!known.empty()) return sink.put(known);
  char buffer[16];
  const char* format = c <= 0xff ? "\\x%02X" : c <= 0xffff ? "\\u%04X" : "\\U%08X";
  std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(c));
  sink.put(buffer);
}

/// The next place of one character at or behind a position that only grows.
class NextOf {
 public:
  NextOf(const std::u32string& text, char32_t c) : text_(text), c_(c) {}
  std::size_t from(std::size_t position) {
    if (!known_ || (at_ != std::u32string::npos && at_ < position)) {
      at_ = text_.find(c_, position);
      known_ = true;
    }
    return at_;
  }

 private:
  const std::u32string& text_;
  const char32_t c_;
  std::size_t at_ = 0;
  bool known_ = false;
};

/// Folds double-quoted text. A line that ends in the middle needs a backslash, unless the break falls on a blank that
/// reading will give back.
class DoubleQuoteWriter {
 public:
  DoubleQuoteWriter(Sink& sink, std::u32string text)
      : sink_(sink), text_(std::move(text)), space_(text_, U' '), newline_(text_, U'\n'), quote_(text_, U'"'),
        apostrophe_(text_, U'\'') {}

  void run(bool split) {
    const std::size_t size = text_.size();
    for (std::size_t end = 0; end <= size; ++end) {
      if (end == size || needs_escape(text_[end])) {
        flush(end);
        if (end == size) break;
        put_escape(sink_, text_[end]);
        start_ = end + 1;
      }
      const bool inside = end > 0 && end + 1 < size;
      if (!split || !inside || (text_[end] != U' ' && start_ < end)) continue;
      if (sink_.column + static_cast<int>(end) - static_cast<int>(start_) > kBestWidth) fold(end);
    }
  }

 private:
  void flush(std::size_t end) {
    if (start_ >= end) return;
    put(sink_, std::u32string_view(text_).substr(start_, end - start_));
    start_ = end;
  }

  void fold(std::size_t end) {
    const bool backslash = needs_backslash(end);
    flush(end);
    if (backslash) sink_.put("\\");
    sink_.write_indent();
    sink_.whitespace = sink_.indention = false;
    if (text_[start_] != U' ') return;
    if (backslash)
      sink_.put("\\");
    else
      ++start_;
  }

  bool needs_backslash(std::size_t end) {
    std::size_t place = space_.from(end);
    if (place == std::u32string::npos) return true;
    const std::size_t line = newline_.from(end);
    if (line < place) place = line;
    if (place + 1 >= text_.size()) return true;
    const char32_t next = text_[place + 1];
    if (text_[place] == U'\n' && next != U' ') return true;
    const bool quotes = quote_.from(end) < place || apostrophe_.from(end) < place;
    const bool two_blanks = text_[end - 1] == U' ' && text_[end] == U' ';
    return quotes || next == U' ' || next == U'\n' || two_blanks || start_ == end;
  }

  Sink& sink_;
  const std::u32string text_;
  NextOf space_, newline_, quote_, apostrophe_;
  std::size_t start_ = 0;
};

/// The hints behind `|` and `>`; `extra` receives the indentation that the text itself needs at the root.
std::string block_hints(std::u32string_view text, bool at_root, int& extra, bool& keeps) {
  std::string hints;
  extra = 0;
  keeps = false;
  if (text.empty()) return hints;
  if (text[0] == U' ' || is_text_break(text[0])) {
    extra = 2;
    hints += '2';
  } else if (at_root) {
    // A line that looks like a document mark must be indented.
    for (const std::u32string_view mark : {U"---", U"..."}) {
      for (std::size_t at = text.find(mark); at != std::u32string_view::npos; at = text.find(mark, at + 1)) {
        const bool at_line_start = at == 0 || text[at - 1] == U'\n';
        const bool ends =
            at + 3 < text.size() && (text[at + 3] == U' ' || text[at + 3] == U'\r' || text[at + 3] == U'\n');
        if (at_line_start && ends) extra = 2;
      }
    }
  }
  if (!is_text_break(text.back())) {
    hints += '-';
  } else if (text.size() == 1 || is_text_break(text[text.size() - 2])) {
    hints += '+';
    keeps = true;
  }
  return hints;
}

void begin_block(Sink& sink, char style, const std::string& hints, std::string_view comment, bool keeps) {
  sink.indicator(cat(std::string_view(&style, 1), hints, comment), true);
  if (keeps) sink.open_ended = true;
  sink.line_break();
}

}  // namespace

void write_plain(Sink& sink, std::string_view text, int width, bool split, bool at_root) {
  if (at_root) sink.open_ended = true;
  if (text.empty()) return;
  if (!sink.whitespace) sink.put(" ");
  sink.whitespace = sink.indention = false;
  if (sink.column + width <= kBestWidth) return sink.put(text, width);
  // Words go to the next line when they don't fit; the blank in front of them has been written by then.
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find(' ', start);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view word = text.substr(start, end - start);
    const int word_width = static_cast<int>(utf8_length(word));
    if (word_width + sink.column > kBestWidth && sink.indent >= 0 && sink.column > sink.indent) sink.write_indent();
    sink.put(word, word_width);
    start = end;
    while (end < text.size() && text[end] == ' ') ++end;
    if (start == end) break;
    if (end - start == 1 && sink.column >= kBestWidth && split) {
      sink.write_indent();
      sink.whitespace = sink.indention = false;
    } else {
      sink.put(text.substr(start, end - start));
    }
    start = end;
  }
}

void write_single_quoted(Sink& sink, std::string_view text, int width, bool split) {
  sink.indicator("'", true);
  // (Text with an apostrophe or a line break is rare here: double quotes take it.)
  if (sink.column + width <= kBestWidth && text.find_first_of("'\n\xc2\xe2") == std::string_view::npos) {
    sink.put(text, width);
    return sink.indicator("'", false);
  }
  const std::u32string wide = decode(text);
  const std::size_t size = wide.size();
  std::size_t start = 0;
  while (start < size) {
    std::size_t end = start;
    if (wide[start] == U' ') {
      while (end < size && wide[end] == U' ') ++end;
      if (end - start == 1 && sink.column > kBestWidth && split && start != 0 && end != size)
        sink.write_indent();
      else
        put(sink, std::u32string_view(wide).substr(start, end - start));
    } else if (is_text_break(wide[start])) {
      while (end < size && is_text_break(wide[end])) ++end;
      if (wide[start] == U'\n') sink.line_break();
      for (std::size_t i = start; i < end; ++i) put_break(sink, wide[i]);
      sink.write_indent();
    } else if (wide[start] == U'\'') {
      ++end;
      sink.put("''");
    } else {
      while (end < size && wide[end] != U' ' && wide[end] != U'\'' && !is_text_break(wide[end])) ++end;
      put(sink, std::u32string_view(wide).substr(start, end - start));
    }
    start = end;
  }
  sink.indicator("'", false);
}

void write_double_quoted(Sink& sink, std::string_view text, bool split) {
  sink.indicator("\"", true);
  DoubleQuoteWriter(sink, decode(text)).run(split);
  sink.indicator("\"", false);
}

void write_literal(Sink& sink, std::string_view text, std::string_view comment, bool at_root) {
  const std::u32string wide = decode(text);
  int extra = 0;
  bool keeps = false;
  const std::string hints = block_hints(wide, at_root, extra, keeps);
  begin_block(sink, '|', hints, comment, keeps);
  std::size_t start = 0;
  while (start < wide.size()) {
    std::size_t end = start;
    if (is_text_break(wide[start])) {
      put_break(sink, wide[start]);
      ++start;
      continue;
    }
    while (end < wide.size() && !is_text_break(wide[end])) ++end;
    if (at_root)
      sink.out.append(static_cast<std::size_t>(extra + std::max(sink.indent, 0)), ' ');
    else
      sink.write_indent();
    for (std::size_t i = start; i < end; ++i) append_utf8(sink.out, wide[i]);
    if (end == wide.size()) sink.line_break();
    start = end;
  }
}

void write_folded(Sink& sink, std::string_view text, std::string_view comment, bool at_root) {
  const std::u32string wide = decode(text);
  const std::size_t size = wide.size();
  int extra = 0;
  bool keeps = false;
  const std::string hints = block_hints(wide, at_root, extra, keeps);
  begin_block(sink, '>', hints, comment, keeps);
  bool leading_space = true, spaces = false, breaks = true;
  std::size_t start = 0;
  for (std::size_t end = 0; end <= size; ++end) {
    const bool done = end == size;
    const char32_t c = done ? 0 : wide[end];
    if (breaks) {
      if (done || (!is_text_break(c) && c != U'\a')) {
        if (!leading_space && !done && c != U' ' && wide[start] == U'\n') sink.line_break();
        leading_space = c == U' ';
        for (std::size_t i = start; i < end; ++i) put_break(sink, wide[i]);
        if (!done) sink.write_indent();
        start = end;
      }
    } else if (spaces) {
      if (c != U' ') {
        if (start + 1 == end && sink.column > kBestWidth)
          sink.write_indent();
        else
          put(sink, std::u32string_view(wide).substr(start, end - start));
        start = end;
      }
    } else if (done || c == U' ' || c == U'\a' || is_text_break(c)) {
      put(sink, std::u32string_view(wide).substr(start, end - start));
      if (c == U'\a') {
        // It was folded here: break again and drop the BEL and the blank.
        sink.line_break();
        sink.write_indent();
        end += 2;
      }
      if (done) sink.line_break();
      start = end;
    }
    if (!done) {
      breaks = is_text_break(c);
      spaces = c == U' ';
    }
  }
}

}  // namespace pivot::text::yaml
