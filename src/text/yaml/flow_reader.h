// The scalars and one-line flow collections of the fast reader (see block_reader.h).
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"
#include "text/yaml.h"

namespace pivot::text::yaml {

/// Each function is false when it gives up: the general way then reads the text again and reports what is wrong.
class InlineScalars {
 public:
  explicit InlineScalars(const Limits& limits) : limits_(limits) {}
  bool count_node() { return ++nodes_ <= limits_.nodes; }
  /// True when plain text can begin so.
  static bool starts_plain(std::string_view text);
  /// The value of plain text.
  static bool plain(std::string_view text, bool is_key, Value& out);
  /// Quoted text from its opening quote to behind its closing one; over several lines when `multiline`.
  static bool quoted(const char*& p, const char* end, bool multiline, std::string& out);
  /// A flow collection on one line.
  bool flow(const char*& p, const char* eol, Value& out, int depth);

 private:
  bool flow_sequence(const char*& p, const char* eol, Value& out, int depth);
  bool flow_mapping(const char*& p, const char* eol, Value& out, int depth);
  bool flow_value(const char*& p, const char* eol, Value& out, int depth);

  const Limits& limits_;
  std::size_t nodes_ = 0;
};

}  // namespace pivot::text::yaml
