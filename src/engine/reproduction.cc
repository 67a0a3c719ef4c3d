#include "engine/reproduction.h"

#include <algorithm>

#include "base/clock.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/explanation.h"
#include "engine/saving.h"
#include "engine/stage_log.h"

namespace pivot::engine {

struct Reproduction::Task {
  model::StageId id = 0;
  TaskState state = TaskState::waiting;
  std::vector<std::string> commands;  ///< one shell text each
  std::size_t next = 0;               ///< index of the command to start next
  std::vector<PlainCommand> plain;    ///< of the line that runs, when it needs no shell
  std::size_t plain_next = 0;
  std::int64_t line_started_ns = 0;
  int attempt = 0;
  std::int64_t started_ns = 0;
  std::vector<Event> held;            ///< parallel runs: printed when the stage ends
  std::unique_ptr<Aside> aside;
  std::unique_ptr<StageLog> log;      ///< Python stages
  CallableReport report;              ///< of the last run of a Python stage
  bool warm = false;                  ///< the command that runs is a script in a warm worker
  bool cold = false;                  ///< a worker refused its commands
};

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The texts that are each given to a shell of their own: every line of a string, every item of a list.
std::vector<std::string> shell_texts(const Value& cmd) {
  if (cmd.is_string()) return python_splitlines(cmd.as_string());
  std::vector<std::string> out;
  if (cmd.is_list())
    for (const auto& item : cmd.as_list()) {
      if (!item.is_string()) throw Error(cat("the command list has an item that is not a string: ", python_repr(item)));
      out.push_back(item.as_string());
    }
  return out;
}

}  // namespace

Reproduction::Reproduction(Project& project, Locks& locks, Recorder& recorder, EventSink events, RunOptions options)
    : project_(project), locks_(locks), recorder_(recorder), events_(std::move(events)), options_(std::move(options)), scan_(project),
      plain_(options_.always_shell ? std::vector<std::string>{} : options_.shell) {
  processes_.on_output = [this](int index, std::string_view text) {
    auto& task = *tasks_[at(index)];
    if (task.log) task.log->append(text);
    emit(task, StageOutput{project_.address(task.id), std::string(text)});
  };
}

Reproduction::~Reproduction() = default;

void Reproduction::emit(Task& task, Event event) {
  if (options_.jobs > 1 && task.state != TaskState::unchanged) {
    task.held.push_back(std::move(event));
  } else {
    events_(event);
  }
}

void Reproduction::flush_events(Task& task) {
  for (const auto& event : task.held) events_(event);
  task.held.clear();
}

Reproduction::Result Reproduction::run(const std::vector<model::StageId>& plan) {
  task_of_.assign(project_.stages.size(), -1);
  for (auto id : plan) {
    task_of_[at(id)] = static_cast<int>(tasks_.size());
    tasks_.push_back(std::make_unique<Task>());
    tasks_.back()->id = id;
  }
  while (first_open_ < tasks_.size() || running_ > 0) {
    if (InterruptGuard::received() != 0) {
      stopping_ = true;
      result_.interrupted = true;
    }
    if (!stopping_ && start_ready_tasks()) continue;
    if (running_ == 0) break;
    wait_for_commands();
  }
  if (error_) throw *error_;
  if (!result_.failed.empty() && options_.on_error == OnError::keep_going)
    throw Error(result_.failed.size() == 1 ? cat("failed to reproduce ", quoted_list(result_.failed))
                                           : cat("failed to reproduce stages: ", quoted_list(result_.failed)));
  return result_;
}

/// While commands run the repository's lock is free; it is taken for a moment when results have waited long enough to be written.
void Reproduction::wait_for_commands() {
  constexpr double kPace = 0.1, kIdle = 5;  // seconds
  locks_.release();
  const auto end = processes_.wait(project_.lockbook.pending() ? kPace : kIdle);
  if (!end && !project_.lockbook.pending()) return;
  locks_.acquire();
  project_.lockbook.refresh();
  if (end) on_end(*end);
  project_.lockbook.write(false);
}

bool Reproduction::ready(const Task& task) const {
  for (auto id : project_.graph.upstream(task.id)) {
    const auto index = task_of_[at(id)];
    if (index < 0) continue;
    const auto state = tasks_[at(index)]->state;
    // What a frozen stage reads may come later in the plan: it doesn't wait for it.
    if ((state == TaskState::waiting || state == TaskState::running) && !project_.stage(task.id).frozen) return false;
  }
  return true;
}

bool Reproduction::mutex_free(const Task& task) const {
  const auto& wanted = project_.stage(task.id).settings.mutex;
  if (wanted.empty()) return true;
  for (auto i = first_open_; i < tasks_.size(); ++i) {
    if (tasks_[i]->state != TaskState::running) continue;
    for (const auto& name : project_.stage(tasks_[i]->id).settings.mutex)
      if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) return false;
  }
  return true;
}

bool Reproduction::start_ready_tasks() {
  bool progress = false;
  for (auto i = first_open_; i < tasks_.size() && !stopping_; ++i) {
    auto& task = *tasks_[i];
    if (task.state != TaskState::waiting) continue;
    if (running_ >= options_.jobs) break;
    if (!ready(task) || !mutex_free(task)) {
      if (options_.jobs == 1) break;
      continue;
    }
    try {
      start(task);
    } catch (const Error& e) {
      // A lock that can't be read is no failure of the stage: its own error leaves here.
      if (task.state == TaskState::waiting) project_.lockbook.find(project_.stage(task.id));
      fail(task, e.message());
    }
    progress = true;
    if (InterruptGuard::received() != 0) return true;
  }
  while (first_open_ < tasks_.size() && tasks_[first_open_]->state != TaskState::waiting && tasks_[first_open_]->state != TaskState::running)
    ++first_open_;
  return progress;
}

void Reproduction::start(Task& task) {
  ++looked_at_;
  const auto& stage = project_.stage(task.id);
  if (stage.frozen && !stage.is_import())
    emit(task, Note{cat("stage: '", project_.address(task.id), "' is frozen. Its dependencies are not going to be reproduced."), true});
  bool force = options_.force;
  if (options_.force_downstream)
    for (auto id : project_.graph.upstream(task.id)) {
      const auto index = task_of_[at(id)];
      force = force || (index >= 0 && tasks_[at(index)]->state == TaskState::changed);
    }
  Scan::Options look{options_.explain ? Scan::Depth::all : Scan::Depth::first, options_.allow_missing, options_.explain};
  auto verdict = this->look(task, look);
  if (options_.explain) explain(task, verdict);
  const bool whatever = force || options_.even_unchanged;
  if (!whatever && !verdict.changed()) {
    task.state = TaskState::unchanged;
    emit(task, StageSkipped{project_.address(task.id), stage.is_data()});
    return finish(task, TaskState::unchanged);
  }
  if (!options_.dry) {
    locks_.acquire();
    if (project_.lockbook.refresh() && !force) verdict = this->look(task, look);
    if (!whatever && !verdict.changed()) return finish(task, TaskState::unchanged);
  }
  if (options_.interactive &&
      !recorder_.confirm(cat("Going to reproduce stage: '", project_.address(task.id), "'. Are you sure you want to continue?")))
    throw Error("reproduction aborted by the user");
  if (options_.puller && !options_.dry && pull(task, force)) return;
  if (stage.is_import() && !stage.frozen) return import(task, force);
  if (stage.frozen || !stage.has_action()) return verify(task);
  if (!force && restore(task)) return;
  launch(task);
}

Verdict Reproduction::look(const Task& task, const Scan::Options& options) {
  const auto& stage = project_.stage(task.id);
  auto verdict = scan_.look(task.id, options);
  if (stage.is_import() && !stage.frozen && options_.importer && (!verdict.changed() || options.depth == Scan::Depth::all) && options_.importer->moved(stage))
    verdict.reasons.push_back({Reason::Kind::dep, Change::modified, options_.importer->source(stage)});
  return verdict;
}

void Reproduction::import(Task& task, bool force) {
  const auto& stage = project_.stage(task.id);
  if (!options_.importer) throw Error(cat("'", project_.address(task.id), "' is an import, and nothing here can bring it in"));
  emit(task, StageImported{project_.address(task.id), options_.importer->source(stage), path::relative(stage.outs.front().file, project_.cwd)});
  if (!options_.dry) {
    const auto reasons = scan_.look(task.id, {Scan::Depth::all, false, false}).reasons;
    const bool moved = std::any_of(reasons.begin(), reasons.end(), [](const Reason& reason) { return reason.kind == Reason::Kind::dep; });
    options_.importer->bring_in(stage, force || moved, !options_.no_commit);
    scan_.forget_outs(task.id);
  }
  ++result_.executed;
  finish(task, TaskState::changed);
}

/// Fetches what is only missing here. True when nothing is left to do.
bool Reproduction::pull(Task& task, bool force) {
  const auto& stage = project_.stage(task.id);
  if (!force && !look(task, {Scan::Depth::first, true, false}).changed()) {
    emit(task, Note{cat("Pulling data for stage: '", project_.address(task.id), "'")});
    std::vector<std::string> outs;
    for (const auto& out : stage.outs) outs.push_back(out.file);
    options_.puller->pull(outs);
    scan_.forget_outs(task.id);
    // Of an import it is enough to have what is recorded: its source may be gone.
    const bool is_there = std::all_of(stage.outs.begin(), stage.outs.end(),
                                      [&](const model::Out& out) { return project_.disk.stat(project_.absolute(out.file)).has_value(); });
    if (is_there && !scan_.look(task.id, {Scan::Depth::first, stage.is_import(), false}).changed()) {
      finish(task, TaskState::unchanged);
      return true;
    }
    emit(task, Note{cat("Unable to pull data for stage: '", project_.address(task.id), "'")});
  }
  std::vector<std::string> missing;
  if (stage.has_action() && !stage.frozen)
    for (const auto& dep : stage.deps)
      if (!path::is_url(dep.file) && !project_.disk.stat(project_.absolute(dep.file))) missing.push_back(dep.file);
  if (!missing.empty()) options_.puller->pull(missing);
  return false;
}

void Reproduction::verify(Task& task) {
  const auto& stage = project_.stage(task.id);
  if (options_.dry) return finish(task, TaskState::changed);
  emit(task, StageVerified{project_.address(task.id), stage.frozen});
  std::vector<std::string> missing;
  for (const auto& out : stage.outs)
    if (!project_.disk.stat(project_.absolute(out.file))) missing.push_back(path::relative(out.file, project_.cwd));
  if (!missing.empty() && !options_.no_commit && !options_.allow_missing)
    throw Error(cat("missing data '", missing.size() == 1 ? "source" : "sources", "': ", join(missing, ", ")));
  Saver saver(project_, scan_, {.commit = !options_.no_commit, .allow_missing = options_.no_commit || options_.allow_missing});
  if (stage.is_data()) {
    recorder_.write_data_stage(saver.data_stage(stage));
  } else {
    auto made = saver.record(stage);
    if (!options_.no_commit) save_run_cache(stage, made);
    record(task, std::move(made));
  }
  scan_.forget_outs(task.id);
  ++result_.executed;
  finish(task, TaskState::changed);
}

bool Reproduction::restore(Task& task) {
  const auto& stage = project_.stage(task.id);
  const bool by_run_cache = can_use_run_cache(stage);
  if (!by_run_cache && (!stage.callable || stage.always_changed)) return false;
  Restorer restorer(project_, scan_, recorder_, {.run_cache = by_run_cache && !options_.no_run_cache, .dry = options_.dry,
                                                        .fetch = options_.puller ? options_.puller->fetch : nullptr});
  const auto found = restorer.find(task.id);
  if (!found) return false;
  emit(task, StageRestored{project_.address(task.id)});
  ++result_.executed;
  if (!options_.dry) {
    restorer.checkout(stage, *found);
    scan_.forget_outs(task.id);
    Saver saver(project_, scan_, {.commit = !options_.no_commit, .allow_missing = false});
    auto now = saver.record(stage);
    if (!options_.no_commit) save_run_cache(stage, now);
    record(task, std::move(now));
  }
  finish(task, TaskState::changed);
  return true;
}

void Reproduction::launch(Task& task) {
  const auto& stage = project_.stage(task.id);
  task.commands = stage.callable ? std::vector<std::string>{stage.callable->address} : shell_texts(stage.cmd);
  if (options_.dry) {
    emit(task, StageStarted{project_.address(task.id)});
    for (const auto& command : task.commands) emit(task, CommandStarted{project_.address(task.id), command});
    ++result_.executed;
    return finish(task, TaskState::changed);
  }
  if (!options_.force) Saver(project_, scan_, {}).check_deps(stage);
  task.aside = std::make_unique<Aside>(project_.disk, cat(project_.root, "/.dvc/tmp/pivot/aside"), task_of_[at(task.id)]);
  task.state = TaskState::running;
  locks_.begin_stage(stage);
  task.started_ns = monotonic_ns();
  try {
    clear_outs(task);
  } catch (const Error&) {
    task.aside->bring_back();  // fail() takes what stands at an out's place for the command's work
    throw;
  }
  emit(task, StageStarted{project_.address(task.id)});
  ++running_;
  next_command(task);
}

/// A stage starts without its old outs; persistent ones stay and become writable.
void Reproduction::clear_outs(Task& task) {
  for (const auto& out : project_.stage(task.id).outs) {
    if (path::is_url(out.file)) continue;
    const auto file = project_.absolute(out.file);
    if (out.persist) {
      if (project_.disk.stat(file)) project_.store.unprotect(file);
    } else {
      task.aside->move(file);
    }
  }
}

void Reproduction::next_command(Task& task) {
  const auto& stage = project_.stage(task.id);
  if (task.next == task.commands.size()) {
    --running_;
    return save(task);
  }
  const auto& text = task.commands[task.next++];
  emit(task, CommandStarted{project_.address(task.id), text});
  if (stage.callable) return start_callable(task);
  auto command = shell_command(task);
  task.plain.clear();
  try {
    if (start_warm(task, text, command)) return;
  } catch (...) {
    --running_;
    throw;
  }
  task.plain = plain_.commands(text, command);
  task.plain_next = 0;
  task.line_started_ns = monotonic_ns();
  continue_line(task, std::move(command));
}

Command Reproduction::shell_command(const Task& task) const {
  const auto& stage = project_.stage(task.id);
  Command command;
  command.argv = options_.shell;
  command.cwd = project_.absolute(stage.wdir);
  command.env = options_.env;
  command.env.emplace_back("DVC_STAGE", project_.address(task.id));
  for (const auto& pair : stage.settings.env) command.env.push_back(pair);
  command.capture = options_.jobs > 1;
  command.take_terminal = !command.capture;
  return command;
}

void Reproduction::continue_line(Task& task, Command command) {
  const auto index = task_of_[at(task.id)];
  auto timeout = project_.stage(task.id).settings.timeout;
  if (timeout > 0) timeout = std::max(0.001, timeout - static_cast<double>(monotonic_ns() - task.line_started_ns) / 1e9);
  std::size_t begin = 0;
  while (task.plain_next < task.plain.size()) {
    const auto& plain = task.plain[task.plain_next++];
    const bool is_last = task.plain_next == task.plain.size();
    if (plain_.echo(plain, command)) {
      if (is_last) return next_command(task);
      continue;
    }
    if (plain_.start(plain, is_last, command, index, timeout, processes_)) return;
    begin = plain.begin;
    task.plain.clear();
  }
  command.argv.push_back(task.commands[task.next - 1].substr(begin));
  try {
    processes_.start(index, command, timeout);
  } catch (...) {
    --running_;
    throw;
  }
}

/// False when the command needs a shell, or a worker that once refused it.
bool Reproduction::start_warm(Task& task, const std::string& text, const Command& command) {
  if (project_.scripts == nullptr || task.cold) return false;
  const auto words = project_.scripts->words(text, command.env);
  if (words.empty()) return false;
  project_.scripts->start(task_of_[at(task.id)], words, command.cwd, command.env, project_.stage(task.id).settings.timeout, processes_);
  task.warm = true;
  return true;
}

void Reproduction::start_callable(Task& task) {
  const auto& stage = project_.stage(task.id);
  auto env = options_.env;
  env.emplace_back("DVC_STAGE", project_.address(task.id));
  for (const auto& pair : stage.settings.env) env.push_back(pair);
  task.log = std::make_unique<StageLog>(cat(project_.root, "/.dvc/tmp/pivot/logs"), stage.address());
  if (task.attempt == 0) ++callables_run_;
  // By the share that ran so far, rounded up.
  const auto expected = ((tasks_.size() - looked_at_) * callables_run_ + looked_at_ - 1) / looked_at_;
  try {
    project_.callables->start(task_of_[at(task.id)], stage, env, static_cast<int>(expected), processes_);
  } catch (...) {
    --running_;
    throw;
  }
}

/// The exit code of the line whose command ended so.
int Reproduction::line_code(Task& task, const ProcessEnd& end) {
  const int interrupt = InterruptGuard::received();
  // A shell that got our signal ended by it too, also when its command did not.
  if (interrupt != 0 && end.code == 0 && !end.timed_out) return -interrupt;
  if (interrupt != 0 || end.timed_out || task.plain.empty()) return end.code;
  const bool is_last = task.plain_next == task.plain.size();
  std::string message;
  const auto code = plain_.code_after_signal(end.code, task.plain[task.plain_next - 1], is_last, shell_command(task), message);
  if (message.empty()) return code;
  if (options_.jobs > 1) emit(task, StageOutput{project_.address(task.id), message});
  else plain_.say(message);
  return code;
}

void Reproduction::on_end(const ProcessEnd& end) {
  auto& task = *tasks_[at(end.id)];
  const auto& stage = project_.stage(task.id);
  try {
    if (stage.callable) task.report = project_.callables->take_report(end.id);
    if (std::exchange(task.warm, false)) {
      const auto report = project_.scripts->take_report(end.id);
      if (!report.note.empty()) emit(task, Note{report.note, true});
      if (report.refused) {
        task.cold = true;
        --task.next;
        return next_command(task);
      }
    }
    if (!task.report.note.empty()) emit(task, Note{task.report.note, true});
    const bool is_line_over = task.plain_next >= task.plain.size();
    const bool is_stopped = InterruptGuard::received() != 0 && !(is_line_over && task.next == task.commands.size());
    if (end.code == 0 && !end.timed_out && task.report.error.empty() && !is_stopped)
      return is_line_over ? next_command(task) : continue_line(task, shell_command(task));
    const auto code = line_code(task, end);
    --running_;
    auto message = cat("failed to run: ", task.commands[task.next - 1], ", ",
                       task.report.error.empty() ? cat("exited with ", std::to_string(code)) : task.report.error);
    if (end.timed_out) message += cat(" (its time limit of ", python_float_repr(stage.settings.timeout), " s was over)");
    else if (task.report.error == "killed by SIGKILL" && InterruptGuard::received() == 0)
      message += " (the kernel does so when memory runs out)";
    if (task.attempt < stage.settings.retries && InterruptGuard::received() == 0) {
      ++task.attempt;
      emit(task, StageRetried{project_.address(task.id), message, task.attempt, stage.settings.retries});
      for (const auto& out : stage.outs)
        if (!out.persist) project_.disk.remove_tree(project_.absolute(out.file));
      task.next = 0;
      ++running_;
      return next_command(task);
    }
    fail(task, message);
  } catch (const Error& e) {
    fail(task, e.message());
  }
}

void Reproduction::save(Task& task) {
  const auto& stage = project_.stage(task.id);
  scan_.forget_outs(task.id);
  Saver saver(project_, scan_, {.commit = !options_.no_commit, .allow_missing = options_.no_commit});
  saver.on_empty = [&](const std::string& name) { emit(task, Note{cat("'", name, "' is empty."), true}); };
  saver.report = &task.report;
  auto made = saver.record(stage);
  if (!options_.no_commit) save_run_cache(stage, made);
  record(task, std::move(made));
  task.aside->drop();
  ++result_.executed;
  emit(task, StageRan{project_.address(task.id), static_cast<double>(monotonic_ns() - task.started_ns) / 1e9});
  locks_.end_stage(stage);
  finish(task, TaskState::changed);
}

void Reproduction::record(Task& task, model::StageRecord made) {
  const auto& stage = project_.stage(task.id);
  recorder_.ignore_outs(stage);
  const auto effect = project_.lockbook.record(stage, made);
  const auto file = path::relative(effect.file, project_.cwd);
  if (effect.generated) emit(task, Note{cat("Generating lock file '", file, "'")});
  if (effect.updated) emit(task, Note{cat("Updating lock file '", file, "'")});
}

void Reproduction::save_run_cache(const model::Stage& stage, const model::StageRecord& made) {
  if (!may_save_run(stage)) return;
  // Uncached metrics and plots are kept too, or the entry could not bring them back.
  for (const auto& out : stage.outs)
    if (!out.cache) project_.store.keep(project_.absolute(out.file));
  project_.store.save_run(recorder_.lock_value(run_cache_record(made)));
}

void Reproduction::fail(Task& task, const std::string& message) {
  const auto address = project_.address(task.id);
  if (task.log) task.log->keep();
  if (task.aside) {
    if (options_.keep_failed_outs) {
      task.aside->drop();
    } else {
      for (const auto& out : project_.stage(task.id).outs)
        if (!out.persist && !task.aside->empty()) project_.disk.remove_tree(project_.absolute(out.file));
      task.aside->bring_back();
    }
    locks_.end_stage(project_.stage(task.id));
  }
  scan_.forget_outs(task.id);
  StageFailed failed{address, message, StageFailed::Effect::stops, {}};
  if (options_.on_error == OnError::ignore) {
    failed.effect = StageFailed::Effect::ignored;
    emit(task, failed);
    flush_events(task);
    task.state = TaskState::changed;
    return;
  }
  result_.failed.push_back(address);
  task.state = TaskState::failed;
  if (options_.on_error == OnError::keep_going) {
    failed.effect = StageFailed::Effect::skips_downstream;
    failed.skipped = skip_dependents(task.id);
  } else {
    stopping_ = true;
    if (!error_) error_ = Error(cat("failed to reproduce '", address, "': ", message));
  }
  emit(task, std::move(failed));
  flush_events(task);
}

std::vector<std::string> Reproduction::skip_dependents(model::StageId id) {
  std::vector<std::string> names;
  std::vector<model::StageId> stack{id};
  while (!stack.empty()) {
    const auto from = stack.back();
    stack.pop_back();
    for (auto to : project_.graph.downstream(from)) {
      const auto index = task_of_[at(to)];
      if (index < 0 || tasks_[at(index)]->state != TaskState::waiting || project_.stage(to).frozen) continue;
      tasks_[at(index)]->state = TaskState::skipped;
      names.push_back(project_.address(to));
      stack.push_back(to);
    }
  }
  return names;
}

void Reproduction::finish(Task& task, TaskState state) {
  task.state = state;
  flush_events(task);
  if (state == TaskState::changed) events_(Separator{});
}

void Reproduction::explain(const Task& task, const Verdict& verdict) {
  StageExplained explained{project_.address(task.id), {}};
  for (const auto& reason : verdict.reasons) explained.reasons.push_back(explanation(reason, project_.cwd));
  events_(explained);
}

}  // namespace pivot::engine
