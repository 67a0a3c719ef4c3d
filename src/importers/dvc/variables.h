// The variables of a dvc.yaml: params.yaml, files and inline maps of its `vars`, merged as DVC merges them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "importers/dvc/dvc_importer.h"
#include "text/templates.h"

namespace pivot::importers::dvc {

/// Reads params and vars files, each one once.
class VariableFiles {
 public:
  VariableFiles(const FileReader& reader, std::string cwd) : reader_(reader), cwd_(std::move(cwd)) {}
  /// The content of a file (relative to the root) as a value, null pointer when it is absent. Throws DVC's "unable to read" errors.
  const Value* load(const std::string& file);
  const std::vector<std::string>& files_read() const { return files_read_; }
  const std::string& cwd() const { return cwd_; }

 private:
  const FileReader& reader_;
  std::string cwd_;
  std::unordered_map<std::string, std::optional<Value>> loaded_;
  std::vector<std::string> files_read_;
};

/// A context that knows which files went into it.
class Variables {
 public:
  explicit Variables(VariableFiles& files) : files_(&files) {}
  /// The same for one stage, which adds its own; `parent` must outlive it.
  static Variables below(const Variables& parent) {
    Variables out(*parent.files_);
    out.context = text::TemplateContext(&parent.context);
    out.imports_ = parent.imports_;
    return out;
  }
  /// params.yaml of a folder, when it exists.
  void load_default(const std::string& folder);
  /// The entries of a `vars` section; `stage` is empty for the top-level one. Throws TemplateError.
  void load(const List& entries, const std::string& folder, const std::string& stage);
  text::TemplateContext context;

 private:
  using Keys = std::optional<std::vector<std::string>>;  ///< absent: the whole file
  void load_file(const std::string& item, const std::string& folder);
  void check_loaded(const Keys& loaded, const std::string& item, const Keys& keys) const;

  VariableFiles* files_;
  std::unordered_map<std::string, Keys> imports_;
};

}  // namespace pivot::importers::dvc
