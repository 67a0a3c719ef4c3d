// All stages of a repository: every dvc.yaml and *.dvc file of the workspace, imported.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/disk.h"
#include "importers/dvc/dvc_importer.h"
#include "model/graph.h"
#include "model/stage.h"

namespace pivot::workspace {

/// What the walk found, without indices.
struct Imported {
  std::vector<std::string> python_files;
  std::vector<model::Stage> stages;
  std::vector<std::pair<std::string, importers::dvc::Sections>> files;
};

class DvcIgnore;
class GitIgnore;

class Collection {
 public:
  /// Gives the stages of `collection.python_files`.
  using PythonLoader = std::function<std::vector<model::Stage>(Collection& collection)>;
  /// Walks the workspace and imports what it finds.
  Collection(Disk& disk, const std::string& root, const std::string& cwd, DvcIgnore& ignore, GitIgnore& git_ignore,
             importers::dvc::ParsingOptions parsing, const PythonLoader& load_python = {},
             bool load_always = false);
  /// Takes what an earlier command imported.
  Collection(Disk& disk, const std::string& root, const std::string& cwd, DvcIgnore& ignore, GitIgnore& git_ignore, Imported imported);

  std::vector<model::Stage> stages;
  /// The dvc.yaml files with their other sections, in the order found; path relative to the root.
  std::vector<std::pair<std::string, importers::dvc::Sections>> files;
  /// Python pipelines: pipeline.py and pivot.yaml files, in the order found; relative to the root.
  std::vector<std::string> python_files;
  /// For a snapshot.
  Imported imported() const { return {python_files, stages, files}; }
  /// Stage names that a foreach or matrix made: "train" -> its instances, by "file:group".
  std::unordered_map<std::string, std::vector<model::StageId>> groups;
  std::vector<std::string> warnings;

  const model::OutIndex& outs();
  const model::Graph& graph();
  /// DVC's checks of the whole graph; once. Throws Error.
  void check();
  /// The stage of a dvc.yaml by name, or of a *.dvc file ("" as name); -1 when there is none.
  model::StageId find(const std::string& file, const std::string& name) const;
  /// All stages of a file.
  std::vector<model::StageId> of_file(const std::string& file) const;
  bool has_file(const std::string& file) const;
  /// Git ignores this stage file (relative to the root), so it is none of ours.
  bool git_ignored(const std::string& file) const;
  /// Reads a parameter file (parsed once): nullptr when absent.
  std::shared_ptr<const Value> params(const std::string& file);
  /// After outs or stages were edited: builds indices anew.
  void reindex();

 private:
  void refuse_ignored_lock(const std::string& file) const;
  void collect(const std::string& folder);
  void load(const std::string& file);
  void index(model::StageId id);
  void drop_exported(const std::vector<model::Stage>& from_python);
  void check_out(const model::Out& out);
  std::optional<std::string> read(const std::string& file) const;

  Disk& disk_;
  std::string root_, cwd_;
  DvcIgnore& ignore_;
  GitIgnore& git_ignore_;
  importers::dvc::ParsingOptions parsing_;
  std::unordered_map<std::string, bool> out_paths_;   ///< while walking: folders that are outs are not entered
  std::unordered_map<std::string, std::unordered_map<std::string, model::StageId>> by_file_;
  std::unordered_map<std::string, std::shared_ptr<const Value>> params_;
  std::unique_ptr<model::OutIndex> outs_;
  std::unique_ptr<model::Graph> graph_;
  bool checked_ = false;
};

}  // namespace pivot::workspace
