// Scalars as ruamel's emitter writes them: which style is possible, and the folding of each.
#pragma once

#include <string_view>

#include "text/yaml/sink.h"

namespace pivot::text::yaml {

/// What the characters of a text allow.
struct ScalarAnalysis {
  bool empty = false;
  bool multiline = false;      ///< holds a line break of any kind
  bool flow_plain = true;
  bool block_plain = true;
  bool single_quoted = true;
  bool prefers_double = false; ///< holds ' or \n
  int width = 0;               ///< in code points
};
ScalarAnalysis analyze_scalar(std::string_view text);
/// Quick test for the usual short text (a name, a path, a hash): plain in any context, ASCII, without blanks. A false
/// says nothing.
bool is_simple_text(std::string_view text);

/// `split` is false for simple keys: no folding of quoted text (plain words still move to the next line).
void write_plain(Sink& sink, std::string_view text, int width, bool split, bool at_root = false);
void write_single_quoted(Sink& sink, std::string_view text, int width, bool split);
void write_double_quoted(Sink& sink, std::string_view text, bool split);
/// Block scalars; `comment` stands behind the header. `at_root`: the scalar is the whole document.
void write_literal(Sink& sink, std::string_view text, std::string_view comment, bool at_root);
/// `text` has BEL in front of the blanks where it was folded before.
void write_folded(Sink& sink, std::string_view text, std::string_view comment, bool at_root);

}  // namespace pivot::text::yaml
