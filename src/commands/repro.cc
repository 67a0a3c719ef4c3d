// `pivot repro`: brings the pipeline up to date.
#include <charconv>
#include <csignal>
#include <unistd.h>

#include <unordered_map>

#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strings.h"
#include "commands/event_log.h"
#include "commands/run_functions.h"
#include "commands/import_for_runs.h"
#include "commands/pull_for_runs.h"
#include "commands/session.h"
#include "engine/reproduction.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/config.h"
#include "workspace/lockbooks.h"
#include "workspace/python_pipelines.h"
#include "workspace/known_verdicts.h"
#include "workspace/repo_lock.h"
#include "workspace/run_times.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

/// Binds the engine's wishes to the workspace.
class WorkspaceRecorder : public engine::Recorder {
 public:
  WorkspaceRecorder(Workspace& ws, Reporter& out) : ws_(ws), out_(out) {}
  void ignore_outs(const model::Stage& stage) override { ws_.ignore_outs(stage); }
  void write_data_stage(const model::Stage& stage) override { ws_.write_dvc_file(stage); }
  Value lock_value(const model::StageRecord& record) override { return exporters::lock_value(record); }
  model::StageRecord read_record(const Value& value) override { return importers::dvc::read_record(value); }
  bool confirm(const std::string& question) override { return out_.confirm(question); }

 private:
  Workspace& ws_;
  Reporter& out_;
};

/// The user's shell with the flags by which DVC keeps start-up files out.
std::vector<std::string> user_shell() {
  const char* env = getenv("SHELL");
  const std::string shell = env != nullptr && *env != '\0' ? env : "/bin/sh";
  const auto name = path::basename(shell);
  if (name == "bash") return {shell, "--noprofile", "--norc", "-c"};
  if (name == "zsh") return {shell, "--no-rcs", "-c"};
  if (name == "fish") return {shell, "--no-config", "-c"};
  return {shell, "-c"};
}

int wanted_jobs(Workspace& ws, const Args& args) {
  auto number = [](const std::string& text, const std::string& where) {
    int n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || n < 1)
      throw Error(cat("invalid number of jobs '", text, "' in ", where), ErrorKind::config).with_hint("give a whole number from 1 on");
    return n;
  };
  if (const auto j = args.value("jobs")) return number(*j, "--jobs");
  if (const char* env = getenv("PIVOT_JOBS"); env != nullptr && *env != '\0') return number(env, "PIVOT_JOBS");
  if (const auto j = ws.config().get("run", "jobs")) return number(*j, "run.jobs");
  return 1;
}

engine::RunOptions run_options(Workspace& ws, const Args& args) {
  engine::RunOptions o;
  o.force = args.flag("force");
  o.force_downstream = args.flag("force_downstream");
  o.interactive = args.flag("interactive");
  o.dry = args.flag("dry");
  o.no_commit = args.flag("no_commit");
  o.no_run_cache = args.flag("no_run_cache");
  o.allow_missing = args.flag("allow_missing");
  o.explain = args.flag("explain");
  o.keep_failed_outs = args.flag("keep_failed_outs");
  const auto on_error = args.value_or("on_error", "fail");
  o.on_error = on_error == "keep-going" ? engine::OnError::keep_going
               : on_error == "ignore"   ? engine::OnError::ignore
                                        : engine::OnError::fail;
  o.jobs = o.dry ? 1 : wanted_jobs(ws, args);
  o.shell = user_shell();
  o.always_shell = ws.config().get_bool("run", "always_shell", false);
  if (getenv("DVC_ROOT") == nullptr) o.env.emplace_back("DVC_ROOT", ws.root());
  return o;
}

/// "train.lr=0.1": the value is read as YAML.
std::pair<std::string, Value> override_of(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0 || text.find('.') > equals)
    throw Error(cat("--set-param: '", text, "' is not STAGE.PARAM=VALUE"), ErrorKind::usage);
  try {
    return {text.substr(0, equals), text::yaml::load(text.substr(equals + 1))};
  } catch (const text::yaml::SyntaxError& e) {
    throw Error(cat("--set-param: '", text, "': ", e.problem()), ErrorKind::usage);
  }
}

workspace::PythonOptions python_options(Workspace& ws, const Args& args) {
  workspace::PythonOptions o;
  o.interpreter = args.value_or("python", "");
  o.executor = args.value_or("executor", "");
  for (const auto& text : args.values("set_param")) o.overrides.push_back(override_of(text));
  o.reuse = args.flag("reuse");
  o.strict = args.flag("strict");
  if (const auto host = args.value("python_host")) o.host = std::atoi(host->c_str());
  o.jobs = wanted_jobs(ws, args);
  return o;
}

std::vector<model::StageId> wanted_plan(Workspace& ws, const Args& args, bool is_plain) {
  engine::PlanOptions options;
  options.everything = args.flag("all_pipelines");
  options.pipelines = args.flag("pipeline");
  options.downstream = args.flag("downstream");
  options.single_item = args.flag("single_item");
  auto& collection = ws.stages();
  std::vector<model::StageId> ids;
  if (!options.everything) {
    workspace::Targets targets(collection, ws.root(), ws.cwd());
    ids = targets.stages(args.values("targets"), args.flag("recursive"), args.flag("glob"));
    // As DVC: a pattern without a match, or an empty dvc.yaml, means the whole repository.
    if (ids.empty()) options.everything = true;
  }
  // Whoever found all unchanged had checked the same stages.
  if (!options.single_item && !(is_plain && ws.known().has_plan())) collection.check();
  return engine::make_plan(ws.project(), ids, options);
}

/// `pivot repro` at the root, or with options that make no difference while nothing changed.
bool is_plain(Workspace& ws, const Args& args) {
  if (ws.cwd() != "." || !args.values("targets").empty()) return false;
  for (const auto* option : {"all_pipelines", "pipeline", "downstream", "single_item", "force", "explain"})
    if (args.flag(option)) return false;
  if (args.given("set_param") || args.given("python_host")) return false;
  return true;
}

/// The short way when earlier commands found everything unchanged and all of that stands; false when it doesn't.
bool tell_unchanged(Workspace& ws, Reporter& out, const Args& args) {
  if (!ws.known().has_plan() || !ws.known().all_unchanged() || ws.needs_recovery()) return false;
  EventLog log(args.value("json_events"));
  for (const auto& planned : ws.known().plan()) {
    const engine::Event event = engine::StageSkipped{planned.address, planned.is_data};
    log.write(event);
    out.event(event);
  }
  out.info("Data and pipelines are up to date.");
  return true;
}

/// Keeps how long stages took, by their addresses from the root.
void keep_run_times(Workspace& ws, const std::vector<std::pair<std::string, double>>& ran) {
  if (ran.empty()) return;
  std::unordered_map<std::string, std::string> addresses;
  if (ws.cwd() != ".")
    for (const auto& stage : ws.stages().stages) addresses.emplace(stage.address_from(ws.cwd()), stage.address());
  auto runs = ran;
  for (auto& [address, seconds] : runs)
    if (const auto it = addresses.find(address); it != addresses.end()) address = it->second;
  workspace::RunTimes(ws.disk(), ws.run_times_file()).add(runs);
}

/// SIGTERM and SIGHUP end the process the way they would have without us, after everything is in order.
void end_by_signal_if_asked(Reporter& out) {
  const int number = InterruptGuard::received();
  if (number != SIGTERM && number != SIGHUP) return;
  out.flush();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

/// Runs the plan, keeps what it took, and leaves everything in order however it ends.
engine::Reproduction::Result reproduce(Session& session, const std::vector<model::StageId>& plan, const engine::RunOptions& options,
                                       EventLog& log) {
  auto& ws = session.workspace();
  if (!options.dry) ws.recover();
  WorkspaceRecorder recorder(ws, session.out());
  InterruptGuard guard;
  std::vector<std::pair<std::string, double>> ran;
  const auto close = [&] {
    keep_run_times(ws, ran);
    ws.finish();
    end_by_signal_if_asked(session.out());
  };
  auto sink = [&](const engine::Event& event) {
    log.write(event);
    if (const auto* end = std::get_if<engine::StageRan>(&event); end != nullptr && !options.dry) ran.emplace_back(end->stage, end->seconds);
    session.out().event(event);
  };
  engine::Reproduction reproduction(ws.project(), ws.lock(), recorder, sink, options);
  engine::Reproduction::Result result;
  try {
    result = reproduction.run(plan);
  } catch (...) {
    close();
    throw;
  }
  close();
  if (result.interrupted) throw Error("interrupted by the user", ErrorKind::interrupted);
  return result;
}

}  // namespace

void run_one_stage(Session& session, const std::string& name) {
  auto& ws = session.workspace();
  ws.forget_stages();
  const auto plan = engine::make_plan(ws.project(), workspace::Targets(ws.stages(), ws.root(), ws.cwd()).stages({name}, false, false), {.single_item = true});
  auto options = run_options(ws, {});
  options.even_unchanged = true;
  EventLog log(std::nullopt);
  try {
    reproduce(session, plan, options, log);
  } catch (const Error& e) {
    const auto context = cat("failed to reproduce '", name, "': ");
    if (e.message().starts_with(context)) throw Error(e.message().substr(context.size()), e.kind()).with_hint(e.hint());
    throw;
  }
}

Outcome run_repro(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.set_python(python_options(ws, args));
  const bool plain = is_plain(ws, args);
  if (plain && tell_unchanged(ws, session.out(), args)) return {};
  const auto plan = wanted_plan(ws, args, plain);
  if (plain) ws.known().note_plan(plan);
  for (const auto& warning : ws.stages().warnings) session.out().warning(warning);
  auto options = run_options(ws, args);
  options.importer = import_for_runs(session);
  if (args.flag("pull")) options.puller = pull_for_runs(session, !options.no_run_cache && !options.dry);
  EventLog log(args.value("json_events"));
  if (reproduce(session, plan, options, log).executed == 0) {
    session.out().info("Data and pipelines are up to date.");
    return {};
  }
  if (!options.dry)
    if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  session.out().info("Use `dvc push` to send your updates to remote storage.");
  return {};
}

}  // namespace pivot::commands
