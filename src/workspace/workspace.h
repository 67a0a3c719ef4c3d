// A project that is open: root, config, the imported pipeline, the store, the lockbook and the locks beside real DVC.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "model/stage.h"
#include "workspace/config_schema.h"

namespace pivot::git {
class Git;
}
namespace pivot::importers::dvc {
struct ParsingOptions;
}
namespace pivot::store {
class Store;
}
namespace pivot::engine {
struct Project;
class Scan;
}
namespace pivot::model {
struct Stage;
}

namespace pivot::workspace {

class Config;
class DvcIgnore;
class Collection;
class Lockbooks;
class GitIgnore;
class KnownVerdicts;
class PythonPipelines;
struct PythonOptions;
class RepoLock;
class Snapshot;

/// How long to wait for a lock that another process holds.
struct LockWait {
  bool forever = false;    ///< --wait-for-lock
  double seconds = 60;     ///< otherwise; DVC gives up after 3 (known difference: we wait and say so)
};

class Workspace {
 public:
  /// Finds the root from `cwd` upwards. Throws Error no_repo (253) or config (251). All that is written goes through `disk`.
  /// `without_project`: where there is none, the Git repository (else `cwd`) is taken for one that tracks nothing; nothing is written there.
  Workspace(const std::string& cwd, LockWait lock_wait, Disk& disk = real_disk(), bool without_project = false);
  ~Workspace();

  const std::string& root() const;      ///< absolute
  bool is_project() const;              ///< there is a .dvc folder
  const std::string& dvc_dir() const;   ///< <root>/.dvc
  const std::string& tmp_dir() const;   ///< <root>/.dvc/tmp
  std::string run_times_file() const { return tmp_dir() + "/pivot/run_times"; }
  const std::string& cwd() const;       ///< relative to the root, "." at the root
  std::string absolute(std::string_view file) const;  ///< of a repository path
  Disk& disk();
  const Config& config();
  DvcIgnore& ignore();
  store::Store& store();
  git::Git& git();                      ///< a null object when core.no_scm or no Git repository
  Snapshot& snapshot();
  /// How this project's dvc.yaml and *.dvc files are to be read.
  importers::dvc::ParsingOptions parsing();
  /// Every stage of the repository: parsed once, all dvc.yaml and *.dvc files; or as an earlier command parsed them.
  Collection& stages();
  Lockbooks& lockbook();
  /// What earlier commands found unchanged and what stands of it.
  KnownVerdicts& known();
  GitIgnore& git_ignore();
  /// The locks beside real DVC; taken by commands that write.
  RepoLock& lock();
  /// The Python pipelines; what the command line says of them is taken at the first call.
  PythonPipelines& python();
  /// Objects go to and come from this cache instead of the project's own, and nothing is remembered of its files. Before store() is called.
  void borrow_cache(std::string cache_dir, bool hard_links);
  /// Settings over those of the project's files. Before anything that they may concern is asked for. Throws Error (config).
  void lay_over_settings(const ConfigSections& settings);
  /// Before anything else is asked for.
  void set_python(PythonOptions options);
  /// Another's repository: its code is not run, its Python stages are what their locks tell.
  void run_no_code();
  bool runs_code() const;
  /// What the engine sees of us.
  engine::Project& project();
  /// Adds cached outs to .gitignore; remembers what changed for the hint at the end. Throws Error when Git tracks an out.
  void ignore_outs(const model::Stage& stage);
  /// Writes a *.dvc file (updated in place where it exists).
  void write_dvc_file(const model::Stage& stage);
  /// A file that Git should be told about (relative to the root).
  void note_written(const std::string& file);
  /// After a command has changed a dvc.yaml: stages() reads it again.
  void forget_stages();
  /// Removes files that a killed run left half way and puts its old outputs back.
  void recover();
  /// recover() has something to do.
  bool needs_recovery();
  /// Writes the pending lock entries and drops the repository lock.
  void finish();
  /// The hint "To track the changes with git, run: ..." for what was written, or `git add` when core.autostage is set; "" when nothing is to say.
  std::string git_hint();
  /// Names us in rwlock entries.
  std::string command_line;
  /// Told when we wait for another process.
  std::function<void(const std::string&)> on_wait;
  /// Told of what a user should know and no command asked for.
  std::function<void(const std::string&)> on_warning;
  const LockWait& lock_wait() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pivot::workspace
