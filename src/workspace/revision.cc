#include "workspace/revision.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "git/git.h"
#include "git/tree_disk.h"
#include "workspace/dvc_ignore.h"
#include "workspace/gitignore.h"
#include "workspace/lockbooks.h"
#include "workspace/project_files.h"
#include "workspace/recorded_stages.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

namespace {

using Seen = WatchingDisk::Seen;
constexpr std::size_t kMostImports = 8;

/// The names of a folder that decide what is imported, in order.
std::string names_digest(Disk& disk, const std::string& folder) {
  std::string names;
  for (const auto& entry : disk.list(folder)) {
    const bool is_dir = entry.type == FileType::dir;
    if (is_dir || entry.name == "dvc.yaml" || entry.name == "pipeline.py" || entry.name == "pivot.yaml" || entry.name.ends_with(".dvc"))
      names += cat(entry.name, is_dir ? "/\n" : "\n");
  }
  return names;
}

}  // namespace

bool ImportMemory::stands(git::TreeDisk& disk, const Entry& entry) {
  std::string same;  // a folder that is the same object: nothing below it differs
  for (const auto& look : entry.looks) {
    if (!same.empty() && look.file.size() > same.size() && look.file.starts_with(same) && look.file[same.size()] == '/') continue;
    const auto id = disk.object_id(look.file);
    if (id == look.id) {
      if (look.kind == Seen::names) same = look.file;
      continue;
    }
    if (look.kind == Seen::absent || look.kind == Seen::content || id.empty()) return false;
    const auto stat = disk.stat(look.file);
    if (!stat || (stat->type == FileType::dir) != (look.kind == Seen::names || !look.digest.empty())) return false;
    if (look.kind == Seen::names && names_digest(disk, look.file) != look.digest) return false;
  }
  return true;
}

const Imported* ImportMemory::find(git::TreeDisk& disk) const {
  for (auto it = entries_.rbegin(); it != entries_.rend(); ++it)
    if (stands(disk, **it)) return &(*it)->imported;
  return nullptr;
}

void ImportMemory::keep(git::TreeDisk& disk, const std::map<std::string, Seen>& seen, Imported imported) {
  auto entry = std::make_unique<Entry>();
  for (const auto& [file, kind] : seen) {
    const auto id = disk.object_id(file);
    if (id.empty() && kind != Seen::absent) return;  // a file outside of Git took part: nothing says whether it stays the same
    std::string digest;
    if (kind == Seen::names) digest = names_digest(disk, file);
    if (kind == Seen::present && disk.stat(file)->type == FileType::dir) digest = "/";
    entry->looks.push_back({file, kind, id, std::move(digest)});
  }
  entry->imported = std::move(imported);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMostImports) entries_.erase(entries_.begin());
}

/// What Git ignores plays no part in a commit.
struct Revision::NoGit {
  explicit NoGit(Disk& disk) : git(""), ignore(disk, git, "/") {}
  git::Git git;
  GitIgnore ignore;
};

Revision::Revision(Workspace& live, std::string commit, ImportMemory& memory) : live_(live), commit_(std::move(commit)), memory_(memory) {
  if (is_workspace()) return;
  tree_ = live_.git().tree(commit_);
  watching_ = std::make_unique<WatchingDisk>(*tree_);
}

Revision::~Revision() = default;

bool Revision::is_project() { return is_workspace() || !live_.is_project() || tree_->stat(live_.dvc_dir()).has_value(); }

Disk& Revision::disk() { return is_workspace() ? live_.disk() : *tree_; }

DvcIgnore& Revision::ignore() {
  if (is_workspace()) return live_.ignore();
  if (!ignore_) ignore_ = std::make_unique<DvcIgnore>(*watching_, live_.root());
  return *ignore_;
}

void Revision::import() {
  no_git_ = std::make_unique<NoGit>(*tree_);
  if (const auto* known = memory_.find(*tree_)) {
    stages_ = std::make_unique<Collection>(*tree_, live_.root(), live_.cwd(), ignore(), no_git_->ignore, *known);
    return;
  }
  const auto load_python = [this](Collection& collection) {
    if (!live_.runs_code()) return recorded_stages(*tree_, live_.root(), collection.python_files);
    std::vector<model::Stage> found;
    for (const auto& stage : live_.stages().stages)
      if (stage.callable && tree_->stat(live_.absolute(StageLockbook::file_of(stage)))) found.push_back(stage);
    return found;
  };
  watching_->watch(true);
  stages_ = std::make_unique<Collection>(*watching_, live_.root(), live_.cwd(), ignore(), no_git_->ignore, live_.parsing(), load_python);
  watching_->watch(false);
  // Which Python stages there are hangs on locks that the import doesn't look at through this disk.
  if (stages_->python_files.empty()) memory_.keep(*tree_, watching_->seen(), stages_->imported());
}

Collection& Revision::stages() {
  if (is_workspace()) return live_.stages();
  if (!stages_) import();
  return *stages_;
}

Lockbooks& Revision::lockbook() {
  if (is_workspace()) return live_.lockbook();
  if (!lockbook_) lockbook_ = std::make_unique<Lockbooks>(*tree_, live_.root(), live_.cwd());
  return *lockbook_;
}

ProjectFiles& Revision::files() {
  if (!files_) files_ = std::make_unique<ProjectFiles>(*this);
  return *files_;
}

std::optional<std::string> Revision::read(const std::string& file) {
  const auto p = live_.absolute(file);
  const auto stat = disk().stat(p);
  return stat && stat->type != FileType::dir ? disk().read(p) : std::nullopt;
}

std::string Revision::content_id(const std::string& file) { return is_workspace() ? "" : tree_->object_id(live_.absolute(file)); }

void refuse_without_git() {
  throw Error("Only supported for Git repositories. If you're seeing this error in a Git repo, try updating the DVC configuration with "
              "`dvc config core.no_scm false`.");
}

std::string Revisions::resolve(const std::string& name) {
  if (name == "workspace") return "";
  if (!live_.git().exists()) refuse_without_git();
  auto sha = live_.git().resolve(name);
  if (!sha) throw UnknownRevision(cat("unknown Git revision '", name, "'"));
  return *std::move(sha);
}

std::vector<NamedRevision> Revisions::choose(const RevisionChoice& choice) {
  if (!choice.any()) return {{"", ""}};
  std::vector<NamedRevision> out{{"workspace", ""}};
  auto& git = live_.git();
  std::vector<std::string> names;
  for (const auto& name : choice.named)
    if (name != "workspace") names.push_back(name);
  auto add = [&](const std::vector<std::string>& more) { names.insert(names.end(), more.begin(), more.end()); };
  if (choice.all_branches) add(git.branches());
  if (choice.all_tags) add(git.tags());
  if (choice.all_commits) add(git.commits());
  std::map<std::string, std::size_t> places;
  for (const auto& name : names) {
    const auto commit = resolve(name);
    const auto [it, fresh] = places.try_emplace(commit, out.size());
    if (!fresh) {
      if (it->second != 0) out[it->second].name += cat(",", name);
      continue;
    }
    if (!live_.is_project() || git.tree(commit)->stat(live_.dvc_dir())) {
      out.push_back({name, commit});
    } else {
      it->second = 0;
    }
  }
  return out;
}

Revision& Revisions::at(const std::string& commit) {
  for (auto& revision : open_)
    if (revision->commit() == commit) return *revision;
  // The workspace stays: commands compare with it again and again.
  if (open_.size() >= kMostOpen) open_.erase(open_[0]->is_workspace() ? open_.begin() + 1 : open_.begin());
  open_.push_back(std::make_unique<Revision>(live_, commit, memory_));
  return *open_.back();
}

}  // namespace pivot::workspace
