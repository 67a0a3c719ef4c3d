// YAML as DVC reads and writes it (ruamel.yaml 0.19, YAML 1.2): reader, emitter, round trip with edits, places of
// nodes. The scanner is our own, in the design of PyYAML and ruamel.yaml: yaml-cpp reports neither comments nor
// scalar styles nor ruamel's error texts, and reads other values in a dozen corners (see the golden files); it is
// also ten times slower. Bytes are held to ../tests/golden/yaml/*.json, which were made by real DVC.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/value.h"

namespace pivot::text::yaml {

/// Where a node stands; both count from 0.
struct Mark {
  int line = 0;
  int column = 0;
};

/// A syntax error with ruamel's parts: "while scanning a quoted scalar" at `context_mark`, "found ..." at
/// `problem_mark`.
class SyntaxError : public Error {
 public:
  SyntaxError(std::string context, std::optional<Mark> context_mark, std::string problem,
              std::optional<Mark> problem_mark, std::string error_class);
  const std::string& context() const { return context_; }
  const std::optional<Mark>& context_mark() const { return context_mark_; }
  const std::string& problem() const { return problem_; }
  const std::optional<Mark>& problem_mark() const { return problem_mark_; }
  /// "ScannerError", "ParserError", "ComposerError", "ConstructorError", "DuplicateKeyError", "ReaderError":
  /// ruamel's, for which DVC says "... is invalid."; or, where Python's own conversion fails, "ValueError",
  /// "KeyError", "IndexError", "TypeError", "OverflowError", "AssertionError": DVC reports these as unexpected
  /// errors.
  const std::string& error_class() const { return error_class_; }

 private:
  std::string context_, problem_, error_class_;
  std::optional<Mark> context_mark_, problem_mark_;
};

/// Limits against hostile input: deeper nesting or more nodes (aliases counted as expanded) is a SyntaxError.
struct Limits {
  int depth = 1000;
  std::size_t nodes = 10'000'000;
};

/// The safe loader: one document to a value; an empty one gives null. Throws SyntaxError. Text must be valid UTF-8 (a
/// BOM is allowed).
Value load(std::string_view text, const Limits& limits = {});

/// A step of a path into a document: a key or an index.
using Step = std::variant<std::string, std::size_t>;
/// Where the node at `path` stands (its key for a map entry when `of_key`), reparsing the text; nullopt when there is
/// none.
std::optional<Mark> locate(std::string_view text, const std::vector<Step>& path, bool of_key = false);

/// ruamel's round-trip dump of fresh data (block style, width 80, offset 0): "k: v\n".
std::string dump(const Value& value);
/// The same for one `key: value` pair nested at `indent` columns (as in dvc.lock under `stages:`, indent 2); ends
/// with a newline. A container that occurs twice in the entry gets an anchor `&id001`; `last_anchor` counts on across
/// the entries of a file.
void dump_entry(std::string& out, const Value& key, const Value& value, int indent, int* last_anchor = nullptr);
/// One change to a document: the value at `path` becomes `value` (missing mappings on the way are made, a list may
/// grow by one at its end), or is erased when there is none. The comments of a replaced value stay, those of an
/// erased entry go.
struct Edit {
  std::vector<Step> path;
  std::optional<Value> value;
};
/// load (round trip) + `edits` + dump: keeps comments, quotes re-decided, blocks and flow kept. Known difference to
/// DVC: floats keep their text (DVC cuts digits off). What is false in Python (an empty text, null, 0) becomes "{}"
/// as in DVC.
std::string roundtrip(std::string_view text, const std::vector<Edit>& edits = {});

/// True when the plain text would be read as something else than a string under YAML 1.2 as ruamel resolves it.
bool resolves_to_other_type(std::string_view plain);

}  // namespace pivot::text::yaml
