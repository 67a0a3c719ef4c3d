// dvc.yaml, *.dvc and dvc.lock -> model. No text of these formats is known outside this folder and exporters/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::importers::dvc {

/// How the importer sees files: content by path relative to the root (or absolute), nullopt when absent. Injected, so that a revision
/// in Git can be imported like the workspace.
struct FileReader {
  std::function<std::optional<std::string>(const std::string&)> read;
};

struct ParsingOptions {
  bool boolean_optional = false;  ///< parsing.bool
  bool append_lists = false;      ///< parsing.list
  std::string cwd = ".";          ///< relative to the root: the paths in messages are seen from here
  std::string root;               ///< absolute path of the root, for paths outside of it and absolute ones inside; may be empty
};

/// Top-level sections of a dvc.yaml besides stages, templates resolved.
struct Sections {
  Value metrics, params, plots, artifacts, datasets;
};

/// All of one dvc.yaml: validates (schema errors as DVC prints them), resolves vars, templates, foreach and matrix.
struct DvcYaml {
  std::vector<model::Stage> stages;  ///< generated ones expanded, in file order
  Sections sections;
  std::vector<std::string> warnings;
  std::vector<std::string> files_read;  ///< every params/vars file that took part
};
/// `file` is relative to the root ("sub/dvc.yaml"). Throws Error (validation kind for schema/syntax).
DvcYaml load_dvc_yaml(const std::string& file, std::string_view content, const FileReader& files, const ParsingOptions& options = {});

/// One *.dvc file. Of `options` only `cwd` and `root` count.
model::Stage load_dvc_file(const std::string& file, std::string_view content, const ParsingOptions& options = {});

/// One lock entry (also a run-cache entry) as a value -> record. Throws Error for a wrong shape.
model::StageRecord read_record(const Value& entry);

/// A dvc.lock: index of entries; each is parsed when asked for. DVC's narrow block style is read by lines; anything else through the
/// general reader.
class LockFile {
 public:
  /// Throws Error (validation) for a bad file, with file, line and column. `cwd`: see ParsingOptions.
  /// `is_known`: these very bytes were found good before; entries are checked when they are asked for.
  static LockFile parse(std::string content, const std::string& file, const std::string& cwd = ".", bool is_known = false);
  /// In file order.
  std::vector<std::string_view> names() const;
  /// Throws like parse() when the entry turns out to be bad.
  std::optional<model::StageRecord> find(std::string_view name) const;
  LockFile();
  ~LockFile();
  LockFile(LockFile&&) noexcept;
  LockFile& operator=(LockFile&&) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pivot::importers::dvc
