// From a finished stage to a record, and from a record back to the workspace.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/scan.h"
#include "engine/seams.h"

namespace pivot::engine {

/// What a finished stage asks of the project's files; workspace/ does it.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Adds the cached outs to .gitignore. Throws Error when an out is tracked by Git.
  virtual void ignore_outs(const model::Stage& stage) = 0;
  /// A *.dvc file with new hashes in its outs is written.
  virtual void write_data_stage(const model::Stage& stage) = 0;
  /// A record in the form that a lock and the run cache hold, and back.
  virtual Value lock_value(const model::StageRecord& record) = 0;
  virtual model::StageRecord read_record(const Value& value) = 0;
  /// Asks the user (--interactive); false without a terminal.
  virtual bool confirm(const std::string& question) = 0;
};

/// Stages whose result the run cache may hold: a command, deps or params, and outs, none persistent, all local and inside the repository.
bool can_use_run_cache(const model::Stage& stage);

/// Stages whose result goes into the run cache: the same without an uncached data out.
bool may_save_run(const model::Stage& stage);

/// The record as the run cache holds it: without versions of remotes.
model::StageRecord run_cache_record(model::StageRecord record);

/// Hashes deps, params and outs into a record; puts cached outs into the cache.
class Saver {
 public:
  struct Options {
    bool commit = true;
    bool allow_missing = false;
  };
  Saver(Project& project, Scan& scan, Options options) : project_(project), scan_(scan), options_(options) {}
  model::StageRecord record(const model::Stage& stage);
  /// A copy of a *.dvc stage with the hashes of what is in the workspace.
  model::Stage data_stage(const model::Stage& stage);
  /// Deps and params of a stage without its outs.
  model::StageRecord inputs(const model::Stage& stage);
  /// Throws as inputs() does, but hashes nothing.
  void check_deps(const model::Stage& stage);
  /// What the run of a Python stage told; null: the record's own, if any, stays.
  const CallableReport* report = nullptr;
  /// Told about an empty file or folder (name relative to the cwd).
  std::function<void(const std::string&)> on_empty;

 private:
  model::LockEntry dep_entry(const model::Dep& dep, const model::StageRecord* old);
  model::LockEntry out_entry(const model::Out& out, const model::LockEntry* old);
  model::LockEntry url_entry(const std::string& written, const std::string& url, const std::string& what);
  [[noreturn]] void throw_missing_dep(const model::Stage& stage, const model::Dep& dep) const;
  void collect_callable(const model::Stage& stage, const model::StageRecord* old, model::StageRecord& record);
  void collect_params(const model::Stage& stage, model::StageRecord& record);
  store::Hashed hash_or_throw(const std::string& file, const std::string& what);
  void note_if_empty(const std::string& file, const store::Hashed& hashed);
  Project& project_;
  Scan& scan_;
  Options options_;
};

/// Brings the content of a record's outs into the cache; what can't be had stays away.
using RecordFetch = std::function<void(const model::Stage& stage, const model::StageRecord& record)>;

/// Finds outputs that need not be made again.
class Restorer {
 public:
  struct Options {
    bool run_cache = true;
    bool dry = false;
    RecordFetch fetch = nullptr;  ///< asked when the cache lacks what the run cache names
  };
  Restorer(Project& project, Scan& scan, Recorder& recorder, Options options)
      : project_(project), scan_(scan), recorder_(recorder), options_(options) {}
  /// The record whose outs are all in the cache: the lock's own when only outs are missing, else the run cache's.
  std::optional<model::StageRecord> find(model::StageId id);
  void checkout(const model::Stage& stage, const model::StageRecord& record);

 private:
  Project& project_;
  Scan& scan_;
  Recorder& recorder_;
  Options options_;
};

}  // namespace pivot::engine
