// Stage definitions of a dvc.yaml with vars, templates, foreach and matrix resolved: names and plain values, not yet stages.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "importers/dvc/dvc_importer.h"
#include "importers/dvc/variables.h"

namespace pivot::importers::dvc {

/// Resolves one checked document. Errors have DVC's texts: "failed to parse 'stages.a.cmd' in 'dvc.yaml': ...".
class Resolver {
 public:
  /// `file` is relative to the root. Loads the top-level variables.
  Resolver(const std::string& file, const Value& document, VariableFiles& files, const ParsingOptions& options);
  /// Calls `found` with the name and the resolved keys of every stage, generated ones expanded, in file order. Names come first: bad
  /// foreach or matrix data anywhere is reported before a bad stage.
  void resolve_stages(const std::function<void(const std::string&, const Map&)>& found);
  Sections resolve_sections();
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  /// One round of a foreach or matrix.
  struct Round {
    std::string suffix;  ///< behind the "@" of the name
    Value item;
    bool has_key = false;
  };
  struct Definition {
    enum class Kind : unsigned char { plain, foreach, matrix } kind = Kind::plain;
    std::string name;
    const Map* body = nullptr;   ///< the stage's keys; of a matrix stage with the matrix in it
    const Value* data = nullptr; ///< of foreach and matrix
    bool checked = false;
    std::vector<Round> rounds;
    std::unordered_map<std::string, std::size_t> round_of;
  };
  /// A value and whether it came out of a variable: DVC shows booleans of variables differently in names.
  struct Element {
    Value value;
    bool wrapped = false;
  };

  [[noreturn]] void fail(const text::TemplateError& error, const std::string& what) const;
  void check_vars_plain(const Value& vars, const std::string& where) const;
  void expand(Definition& definition);
  void expand_foreach(Definition& definition);
  void expand_matrix(Definition& definition);
  void add_round(Definition& definition, Round round) const;
  Element resolve_element(const Value& value, const std::string& where) const;
  static std::vector<Element> axis(const Value& written, const Element& whole);
  void warn_if_hidden(const std::vector<std::string>& names, const std::string& stage);
  void check_syntax(const Map& body, const std::string& name) const;
  Map resolve_one(const Definition& definition, const std::string& name, const Round* round);
  Map resolve_body(const Map& body, const std::string& name, const Variables& variables, bool skip_checks) const;
  std::string stage_folder(const Map& body, const std::string& name) const;
  Value resolve_section(const char* section, const std::string& name, const Value& value) const;
  Value resolve_list(const char* section) const;

  std::string folder_;   ///< of the file, relative to the root
  std::string shown_;    ///< the file as messages name it
  const Value& document_;
  text::TemplateStyle style_;
  Variables variables_;
  std::vector<std::string> warnings_;
};

}  // namespace pivot::importers::dvc
