// `${...}` templates: finding them, checking their expressions, turning values into text, and the context of variables that they
// are resolved against. Texts of errors are DVC's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"

namespace pivot::text {

/// What went wrong with a template or a context. DVC puts different contexts around different kinds.
enum class TemplateProblem : std::uint8_t {
  parse,           ///< bad expression, or data that can't be interpolated
  missing_key,     ///< "Could not find 'x'"
  redefined,       ///< a merge would overwrite a leaf
  already_loaded,  ///< the same file whole and in part
  reserved_key,    ///< `item` or `key` inside foreach and matrix
  source,          ///< a vars file that can't be used
  unexpected,      ///< what makes real DVC stop with "unexpected error"
};

class TemplateError : public Error {
 public:
  TemplateError(TemplateProblem problem, std::string message)
      : Error(std::move(message), problem == TemplateProblem::unexpected ? ErrorKind::unexpected : ErrorKind::failure),
        problem_(problem) {}
  TemplateProblem problem() const { return problem_; }
  /// DVC starts these on a new line behind "failed to parse ... in ...:".
  bool starts_new_line() const {
    return problem_ == TemplateProblem::parse || problem_ == TemplateProblem::redefined ||
           problem_ == TemplateProblem::already_loaded;
  }

 private:
  TemplateProblem problem_;
};

/// One `${inner}` in a text: bytes [begin, end).
struct TemplateSpan {
  std::size_t begin;
  std::size_t end;
  std::string_view inner;
};

/// All templates of a text: shortest match, none behind a backslash, none across a line end.
std::vector<TemplateSpan> find_templates(std::string_view s);
bool has_template(std::string_view s);
/// True when the text is one template and nothing else: then it takes the typed value.
bool is_exact_template(std::string_view s);
/// True when some string (or map key) inside holds a template.
bool contains_template(const Value& value);

/// Checks an expression (a.b[0].c) and gives its dotted form; throws TemplateError(parse) with expression, caret and reason.
std::string parse_expression(std::string_view inner);
/// Checks every expression in all strings and map keys of a value.
void check_expressions(const Value& value);

/// How values become text.
struct TemplateStyle {
  bool boolean_optional = false;  ///< false in a map gives --no-key instead of nothing
  bool append_lists = false;      ///< --key a --key b instead of --key a b
};
/// DVC's text of a value: true, None, 1e-05, a map as command line flags.
std::string template_text(const Value& value, const TemplateStyle& style = {});

/// The variables that templates see: merged maps, each with the name of its source, and temporary names (`item`, `key`) over them.
class TemplateContext {
 public:
  TemplateContext() = default;
  /// Sees everything of `parent`, which must outlive it and keep still; what is merged stays here.
  explicit TemplateContext(const TemplateContext* parent) : parent_(parent) {}
  /// Deep merge of a map; a leaf that exists already throws TemplateError(redefined), a temporary name TemplateError(reserved_key).
  /// Keys that aren't strings are dropped. `item` is the vars entry for the reserved-key message ("" for an inline map).
  void merge(const Value& map, const std::string& source, const std::string& item = "");
  /// The value at an expression; throws TemplateError(missing_key).
  const Value& select(std::string_view expression) const;
  /// A merged variable (temporary names don't count).
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// Temporary names hide merged ones until cleared, and may not be merged over.
  void set_temporary(std::vector<std::pair<std::string, Value>> names);
  void clear_temporary() { temporary_.clear(); }

  struct Options {
    std::string_view key;      ///< the stage key whose value this is; empty: anything may be interpolated
    bool skip_checks = false;  ///< expressions were checked before; errors then show them as written
    TemplateStyle style;
  };
  /// The value with every template resolved; parts without templates are shared, not copied.
  Value resolve(const Value& value, const Options& options) const;
  Value resolve_text(std::string_view s, const Options& options) const;

 private:
  struct Layer {
    Value map;
    std::string source;
  };
  /// Positions of the keys of a big map; keeps the map alive, as it is known by its address.
  struct Index {
    Value map;
    std::unordered_map<std::string_view, std::size_t> positions;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  const Value* find(std::string_view key) const;
  const Value* find_temporary(std::string_view key) const;
  const Value* find_in(const Value& map, std::string_view key) const;
  const std::string* source_of(const std::vector<std::string>& path) const;
  void check_reserved(const Value& map, const std::string& item) const;
  void merge_into(Value& into, const Value& update, std::vector<std::string>& path, const std::string& source) const;
  Value resolve_map(const Map& map, const Options& options) const;

  const TemplateContext* parent_ = nullptr;
  std::unordered_map<std::string, Value, TextHash, std::equal_to<>> variables_;
  std::vector<Layer> layers_;
  std::vector<std::pair<std::string, Value>> temporary_;
  mutable std::unordered_map<const void*, Index> indexes_;
};

}  // namespace pivot::text
