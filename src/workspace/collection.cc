#include "workspace/collection.h"

#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/params_file.h"
#include "workspace/dvc_ignore.h"
#include "workspace/gitignore.h"
#include "workspace/python_pipelines.h"

namespace pivot::workspace {

Collection::Collection(Disk& disk, const std::string& root, const std::string& cwd, DvcIgnore& ignore, GitIgnore& git_ignore,
                       importers::dvc::ParsingOptions parsing, const PythonLoader& load_python,
                       bool load_always)
    : disk_(disk), root_(root), cwd_(cwd), ignore_(ignore), git_ignore_(git_ignore), parsing_(parsing) {
  collect(".");
  out_paths_.clear();
  if (!load_python || (python_files.empty() && !load_always)) return;
  auto from_python = load_python(*this);
  drop_exported(from_python);
  for (auto& stage : from_python) {
    stages.push_back(std::move(stage));
    index(static_cast<model::StageId>(stages.size() - 1));
  }
}

Collection::Collection(Disk& disk, const std::string& root, const std::string& cwd, DvcIgnore& ignore, GitIgnore& git_ignore,
                       Imported imported)
    : stages(std::move(imported.stages)), files(std::move(imported.files)), python_files(std::move(imported.python_files)), disk_(disk), root_(root), cwd_(cwd), ignore_(ignore),
      git_ignore_(git_ignore) {
  for (const auto& [file, sections] : files) by_file_[file];
  for (std::size_t i = 0; i < stages.size(); ++i) index(static_cast<model::StageId>(i));
}

/// Stages of dvc.yaml that `pivot export` made of these: the Python ones count. What it made of one that is gone is nobody's.
void Collection::drop_exported(const std::vector<model::Stage>& from_python) {
  std::unordered_map<std::string, bool> addresses;
  for (const auto& stage : from_python) addresses.emplace(stage.callable->address, true);
  const auto is_of_python = [&](const model::Stage& stage) {
    const auto& of = stage.settings.exports;
    if (of.empty() || addresses.count(of) != 0) return !of.empty();
    const auto pipeline = of.substr(0, of.rfind(':'));
    if (std::find(python_files.begin(), python_files.end(), pipeline) == python_files.end()) return false;
    warnings.push_back(cat("stage '", stage.address(), "' was exported from '", of, "', which is gone from '", pipeline, "': it is left out. Run `pivot export` to take it out of '", stage.file, "'."));
    return true;
  };
  if (std::erase_if(stages, is_of_python) == 0) return;
  for (auto& [file, index] : by_file_) index.clear();
  groups.clear();
  for (std::size_t i = 0; i < stages.size(); ++i) index(static_cast<model::StageId>(i));
}

void Collection::index(model::StageId id) {
  const auto& stage = stages[static_cast<std::size_t>(id)];
  by_file_[stage.file].emplace(stage.name, id);
  if (const auto mark = stage.name.find('@'); mark != stage.name.npos)
    groups[cat(stage.file, ":", stage.name.substr(0, mark))].push_back(id);
}

std::optional<std::string> Collection::read(const std::string& file) const {
  return disk_.read(path::is_absolute(file) ? file : cat(root_, "/", file));
}

/// Folders are entered in the order of the directory, as DVC does; data folders and ignored ones are not.
void Collection::collect(const std::string& folder) {
  const auto prefix = folder == "." ? std::string() : cat(folder, "/");
  std::vector<std::string> folders;
  for (const auto& entry : disk_.list(folder == "." ? root_ : cat(root_, "/", folder))) {
    if (entry.type == FileType::dir) {
      folders.push_back(entry.name);
    } else if (entry.name == "dvc.yaml" || (entry.name.size() > 4 && entry.name.ends_with(".dvc"))) {
      if (ignore_.entry_ignored(folder, entry.name, false)) continue;
      load(prefix + entry.name);
    } else if (PythonPipelines::is_pipeline_name(entry.name) && !ignore_.entry_ignored(folder, entry.name, false)) {
      const auto content = read(prefix + entry.name);
      if (content && PythonPipelines::is_ours(entry.name, *content)) python_files.push_back(prefix + entry.name);
    }
  }
  for (const auto& name : folders) {
    const auto file = prefix + name;
    if (out_paths_.count(file) != 0 || ignore_.entry_ignored(folder, name, true)) continue;
    if (git_ignore_.folder_ignored(cat(root_, "/", file))) continue;
    collect(file);
  }
}

void Collection::load(const std::string& file) {
  if (git_ignored(file)) return;
  const auto content = read(file);
  if (!content) return;
  const auto first = stages.size();
  by_file_[file];
  if (file.ends_with(".dvc")) {
    stages.push_back(importers::dvc::load_dvc_file(file, *content, parsing_));
  } else {
    refuse_ignored_lock(file);
    importers::dvc::FileReader reader{[this](const std::string& p) { return read(p); }};
    auto loaded = importers::dvc::load_dvc_yaml(file, *content, reader, parsing_);
    for (auto& stage : loaded.stages) stages.push_back(std::move(stage));
    for (auto& w : loaded.warnings) warnings.push_back(std::move(w));
    files.emplace_back(file, std::move(loaded.sections));
  }
  for (auto i = first; i < stages.size(); ++i) {
    index(static_cast<model::StageId>(i));
    for (const auto& out : stages[i].outs) {
      check_out(out);
      out_paths_.emplace(out.file, true);
    }
  }
}

/// What can't be an output: files of DVC's own, what .dvcignore or DVC itself ignores, and whatever holds the repository: it would be moved
/// out of the way, repository and all, before a stage runs.
void Collection::check_out(const model::Out& out) {
  if (path::is_url(out.file)) return;
  if (out.path.ends_with(".dvc") || path::basename(out.path) == "dvc.yaml") throw Error(cat("DVC file '", out.path, "' cannot be an output."));
  if (out.file == "." || (path::is_absolute(out.file) && path::is_inside(root_, out.file)))
    throw Error(cat("the output '", out.path, "' would hold the whole repository"));
  if (path::is_absolute(out.file)) return;
  auto found = ignore_.find_pattern(out.file, false);
  if (!found || !found->ignored) found = ignore_.find_pattern(out.file, true);
  if (!found || !found->ignored) return;
  const auto stat = disk_.stat(cat(root_, "/", out.file));
  if (stat) found = ignore_.find_pattern(out.file, stat->type == FileType::dir);
  if (found && found->ignored) throw Error(cat("Path '", root_, "/", out.file, "' is ignored by ", found->address()));
}

void Collection::reindex() {
  outs_.reset();
  graph_.reset();
  checked_ = false;
}

const model::OutIndex& Collection::outs() {
  if (!outs_) outs_ = std::make_unique<model::OutIndex>(stages);
  return *outs_;
}

const model::Graph& Collection::graph() {
  if (!graph_) graph_ = std::make_unique<model::Graph>(stages, outs());
  return *graph_;
}

void Collection::check() {
  if (checked_) return;
  model::check_graph(stages, outs(), graph(), cwd_);
  checked_ = true;
}

model::StageId Collection::find(const std::string& file, const std::string& name) const {
  const auto it = by_file_.find(file);
  if (it == by_file_.end()) return -1;
  const auto hit = it->second.find(name);
  return hit == it->second.end() ? -1 : hit->second;
}

std::vector<model::StageId> Collection::of_file(const std::string& file) const {
  std::vector<model::StageId> out;
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages[i].file == file) out.push_back(static_cast<model::StageId>(i));
  return out;
}

bool Collection::has_file(const std::string& file) const { return by_file_.count(file) != 0; }

/// As in DVC: results that Git doesn't keep would be lost on colleagues.
void Collection::refuse_ignored_lock(const std::string& file) const {
  const auto folder = path::dirname(file);
  const auto lock = folder.empty() ? std::string("dvc.lock") : cat(folder, "/dvc.lock");
  if (git_ignored(lock)) throw Error(cat("'", root_, "/", lock, "' is git-ignored."));
}

bool Collection::git_ignored(const std::string& file) const { return git_ignore_.ignored(cat(root_, "/", file), false); }

std::shared_ptr<const Value> Collection::params(const std::string& file) {
  if (const auto it = params_.find(file); it != params_.end()) return it->second;
  std::shared_ptr<const Value> value;
  if (const auto content = read(file)) value = std::make_shared<const Value>(text::parse_params(*content, path::relative(file, cwd_)));
  return params_.emplace(file, value).first->second;
}

}  // namespace pivot::workspace
