#include "workers/python_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/disk.h"
#include "base/error.h"
#include "base/strings.h"

namespace pivot::workers {

namespace {

std::string describe_error(const Value& error) {
  if (!error.is_map()) return "";
  auto text = text_field(error, "message");
  const auto file = text_field(error, "file");
  const auto& line = field(error, "line");
  if (!file.empty()) text += cat(" (", file, line.is_int() ? cat(":", std::to_string(line.as_int())) : "", ")");
  return text;
}

std::string signal_name(std::int64_t number) {
  const char* name = sigabbrev_np(static_cast<int>(number));
  return name == nullptr ? cat("signal ", std::to_string(number)) : cat("SIG", name);
}

}  // namespace

PythonRunner::PythonRunner(RunnerOptions options, std::unique_ptr<PythonHost> describing)
    : options_(std::move(options)) {
  warm_.host = std::move(describing);
}

PythonRunner::~PythonRunner() {
  for (auto& [id, run] : runs_)
    if (run.write_end >= 0) ::close(run.write_end);
  for (auto* shared : {&warm_, &interpreters_})
    if (shared->host) shared->host->close();
}

std::unique_ptr<PythonHost> PythonRunner::open_host(std::optional<std::vector<std::pair<std::string, std::string>>> environment) const {
  auto start = options_.start();
  start.environment = std::move(environment);
  auto host = std::make_unique<PythonHost>(start);
  host->send(options_.open());
  return host;
}

PythonHost& PythonRunner::shared_host(Shared& shared, ProcessSet& processes) {
  if (!shared.host) {
    shared.host = open_host();
    shared.listening = false;
  }
  if (!shared.listening) {
    shared.listening = true;
    processes.listen(shared.host->fd(), [this, &shared, &processes] {
      if (!shared.host->pump([&](const Value& message) { on_message(message, processes); })) on_shared_end(shared, processes);
    });
  }
  return *shared.host;
}

/// The run request; stdout and stderr of the stage are our pipe.
void PythonRunner::request(int id, PythonHost& host, const std::string& executor) {
  const auto& run = runs_.at(id);
  Map message;
  message.set("request", "run");
  message.set("id", static_cast<std::int64_t>(id));
  message.set("stage", run.address);
  message.set("executor", executor);
  if (executor == "warm") {
    message.set("ahead", static_cast<std::int64_t>(std::min(options_.ahead, run.expected)));
    if (!options_.reuse) message.set("expected", static_cast<std::int64_t>(run.expected));
  }
  message.set("reuse", options_.reuse);
  // Subinterpreters share one environment: the variables that we set for every stage can't reach them.
  if (executor != "interpreter" || run.own_environment) message.set("environment", run.environment);
  List files;
  for (const auto& file : run.files) files.emplace_back(file);
  message.set("files", Value(std::move(files)));
  message.set("fds", 1);
  host.send(Value(std::move(message)), {run.write_end});
}

void PythonRunner::start(int id, const model::Stage& stage, const std::vector<std::pair<std::string, std::string>>& env, int expected,
                         ProcessSet& processes) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_disk_error(errno, "pipe");
  auto& run = runs_[id];
  run = Run();
  run.address = stage.callable->address;
  run.files = stage.callable->files;
  run.expected = expected;
  run.write_end = ends[1];
  Map environment;
  for (const auto& [name, value] : env) environment.set(name, value);
  run.environment = Value(std::move(environment));
  run.own_environment = !stage.settings.env.empty();
  const auto executor = stage.callable->executor.empty() ? options_.executor : stage.callable->executor;
  processes.adopt(id, ends[0], stage.settings.timeout);
  try {
    if (executor == "process") {
      start_cold(id, executor, processes);
    } else {
      auto& shared = executor == "warm" ? warm_ : interpreters_;
      run.shared = &shared;
      request(id, shared_host(shared, processes), executor);
    }
  } catch (const Error& e) {
    lose(id, e.message(), processes);
  }
}

/// A process of its own that imports the pipeline and runs this one stage.
void PythonRunner::start_cold(int id, const std::string& executor, ProcessSet& processes) {
  auto& run = runs_.at(id);
  std::vector<std::pair<std::string, std::string>> at_load;
  for (const auto& [name, value] : run.environment.as_map().items)
    if (auto text = python_str(name); is_read_at_load(text)) at_load.emplace_back(std::move(text), python_str(value));
  run.cold = open_host(std::move(at_load));
  request(id, *run.cold, executor);
  auto* host = run.cold.get();
  processes.listen(host->fd(), [this, id, host, &processes] {
    if (host->pump([&](const Value& message) { on_message(message, processes); })) return;
    processes.listen(host->fd(), nullptr);
    if (runs_.at(id).ended) return;
    const int code = host->wait();  // it crashed before it could say anything
    lose(id, code < 0 ? cat("killed by ", signal_name(-code)) : cat("exited with ", std::to_string(code)), processes);
  });
}

void PythonRunner::on_message(const Value& message, ProcessSet& processes) {
  const auto event = text_field(message, "event");
  const auto& number = field(message, "id");
  const int id = number.is_int() ? static_cast<int>(number.as_int()) : -1;
  const auto it = runs_.find(id);
  if (it == runs_.end() || it->second.ended) return;
  if (event == "started") {
    const auto& pid = field(message, "pid");
    if (pid.is_int()) processes.set_group(id, static_cast<int>(pid.as_int()));
    // Its end of the pipe is all that counts from now on.
    if (it->second.write_end >= 0) ::close(std::exchange(it->second.write_end, -1));
  } else if (event == "cold") {
    it->second.report.note = cat("stage '", it->second.address, "' starts in a new process: ", text_field(message, "reason"));
    try {
      start_cold(id, "process", processes);
    } catch (const Error& e) {
      lose(id, e.message(), processes);
    }
  } else if (event == "ended") {
    on_ended(id, message, processes);
  } else if (event == "refused") {
    lose(id, describe_error(field(message, "error")), processes);
  } else if (event == "lost") {
    lose(id, text_field(message, "reason"), processes);
  }
}

void PythonRunner::on_ended(int id, const Value& message, ProcessSet& processes) {
  auto& run = runs_.at(id);
  run.ended = true;
  if (run.write_end >= 0) ::close(std::exchange(run.write_end, -1));
  const auto &code = field(message, "code"), &signal = field(message, "signal"), &error = field(message, "error");
  int exit_code = code.is_int() ? static_cast<int>(code.as_int()) : 0;
  run.report.error = describe_error(error);
  if (signal.is_int()) {
    exit_code = -static_cast<int>(signal.as_int());
    if (run.report.error.empty()) run.report.error = cat("killed by ", signal_name(signal.as_int()));
  }
  if (const auto& reads = field(message, "reads"); reads.is_list())
    for (const auto& read : reads.as_list())
      run.report.reads.push_back(text_field(read, "path"));
  if (const auto& distributions = field(message, "distributions"); distributions.is_map())
    for (const auto& [name, version] : distributions.as_map().items) run.report.distributions.emplace_back(python_str(name), python_str(version));
  if (run.cold) {
    processes.listen(run.cold->fd(), nullptr);
    run.cold->close();
  }
  processes.end_adopted(id, exit_code);
}

void PythonRunner::lose(int id, const std::string& why, ProcessSet& processes) {
  auto& run = runs_.at(id);
  if (run.ended) return;
  run.ended = true;
  if (run.write_end >= 0) ::close(std::exchange(run.write_end, -1));
  run.report.error = why.empty() ? "its Python process ended without a word" : why;
  processes.end_adopted(id, 1);
}

void PythonRunner::on_shared_end(Shared& shared, ProcessSet& processes) {
  processes.listen(shared.host->fd(), nullptr);
  const int code = shared.host->wait();
  shared.host.reset();
  shared.listening = false;
  for (auto& [id, run] : runs_)
    if (!run.ended && !run.cold && run.shared == &shared)
      lose(id, cat("the Python host ended unexpectedly", code < 0 ? cat(" (", signal_name(-code), ")") : ""), processes);
}

engine::CallableReport PythonRunner::take_report(int id) {
  const auto it = runs_.find(id);
  if (it == runs_.end()) return {};
  auto report = std::move(it->second.report);
  runs_.erase(it);
  return report;
}

}  // namespace pivot::workers
