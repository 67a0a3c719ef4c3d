// One `repro`: takes the stages of a plan in order, lets the scan decide, restores or runs what changed, and records each result.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "engine/aside.h"
#include "engine/plain_command.h"
#include "engine/plan.h"
#include "engine/saving.h"
#include "engine/scan.h"
#include "engine/seams.h"

namespace pivot::engine {

enum class OnError : unsigned char { fail, keep_going, ignore };

/// `repro --pull`: what brings data from remotes; what is nowhere stays away.
struct Puller {
  /// Outputs of the project (their files), or parts of them, into the workspace.
  std::function<void(const std::vector<std::string>& files)> pull;
  /// The content of a record's outs into the cache.
  RecordFetch fetch;
};

/// What brings in the data of imports that aren't frozen.
struct Importer {
  /// The source, as messages name it.
  std::function<std::string(const model::Stage&)> source;
  /// Whether the source has moved on in a way that the scan doesn't see (other repositories, versions).
  std::function<bool(const model::Stage&)> moved;
  /// Into the workspace, the cache (unless `commit` is false) and the *.dvc file. `anew`: what the cache has won't do.
  std::function<void(const model::Stage&, bool anew, bool commit)> bring_in;
};

struct RunOptions {
  bool force = false;
  bool force_downstream = false;
  bool even_unchanged = false;  ///< run, or restore from the run cache, what has not changed
  bool interactive = false;
  bool dry = false;
  bool no_commit = false;
  bool no_run_cache = false;
  bool allow_missing = false;
  bool explain = false;
  bool keep_failed_outs = false;
  OnError on_error = OnError::fail;
  int jobs = 1;
  std::optional<Puller> puller;  ///< nullopt: only what is here counts
  std::optional<Importer> importer;  ///< nullopt: imports that aren't frozen fail when they changed
  std::vector<std::string> shell;  ///< {"/bin/bash", "--noprofile", "--norc", "-c"}: the command line is appended
  bool always_shell = false;       ///< also for lines that mean the same without one
  std::vector<std::pair<std::string, std::string>> env;
};

/// Where a stage stands. Only Reproduction::Task changes it.
enum class TaskState : unsigned char {
  waiting,    ///< something that it reads has not ended
  running,    ///< its command runs
  unchanged,  ///< ended: nothing to do
  changed,    ///< ended: ran, was restored or verified
  failed,     ///< ended: its command failed
  skipped,    ///< ended: something that it reads failed
};

class Reproduction {
 public:
  Reproduction(Project& project, Locks& locks, Recorder& recorder, EventSink events, RunOptions options);
  ~Reproduction();

  struct Result {
    int executed = 0;                     ///< stages that ran, were restored or verified
    std::vector<std::string> failed;      ///< addresses
    bool interrupted = false;
  };
  /// Throws Error "failed to reproduce 'x': ..." at the first failure (OnError::fail).
  Result run(const std::vector<model::StageId>& plan);

 private:
  struct Task;
  void start(Task& task);
  /// The scan's verdict, and what only the importer knows.
  Verdict look(const Task& task, const Scan::Options& options);
  void import(Task& task, bool force);
  bool restore(Task& task);
  void verify(Task& task);
  bool pull(Task& task, bool force);
  void launch(Task& task);
  /// Starts the next command of a running task, or saves it after the last. Counts the task as ended when it throws.
  void next_command(Task& task);
  /// Goes on with the line that runs: its next plain command, or the shell with all of it.
  void continue_line(Task& task, Command command);
  /// What a shell would get for the line that runs, without the line.
  Command shell_command(const Task& task) const;
  int line_code(Task& task, const ProcessEnd& end);
  void start_callable(Task& task);
  bool start_warm(Task& task, const std::string& text, const Command& command);
  void wait_for_commands();
  void on_end(const ProcessEnd& end);
  void save(Task& task);
  void record(Task& task, model::StageRecord record);
  model::StageRecord hash_deps(const model::Stage& stage);
  void commit_outs(Task& task, model::StageRecord& record);
  void save_run_cache(const model::Stage& stage, const model::StageRecord& record);
  void clear_outs(Task& task);
  void fail(Task& task, const std::string& message);
  void finish(Task& task, TaskState state);
  bool ready(const Task& task) const;
  bool mutex_free(const Task& task) const;
  bool start_ready_tasks();
  std::vector<std::string> skip_dependents(model::StageId id);
  void explain(const Task& task, const Verdict& verdict);
  void emit(Task& task, Event event);
  void flush_events(Task& task);

  Project& project_;
  Locks& locks_;
  Recorder& recorder_;
  EventSink events_;
  RunOptions options_;
  Scan scan_;
  PlainRunner plain_;
  ProcessSet processes_;
  std::vector<std::unique_ptr<Task>> tasks_;     ///< in the order of the plan
  std::vector<int> task_of_;                     ///< stage id -> index in tasks_, -1 not planned
  std::size_t first_open_ = 0;                   ///< tasks before it have ended
  std::size_t looked_at_ = 0;                    ///< tasks that were found unchanged or were started
  std::size_t callables_run_ = 0;                ///< of these, Python stages that ran
  int running_ = 0;
  bool stopping_ = false;
  std::optional<Error> error_;
  Result result_;
};

}  // namespace pivot::engine
