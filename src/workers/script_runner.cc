#include "workers/script_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/disk.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "workers/python_runner.h"

namespace pivot::workers {

namespace {

bool is_python(std::string_view word) {
  const auto name = word.substr(word.rfind('/') + 1);
  return name == "python" || name == "python3" || (name.starts_with("python3.") && name.find_first_not_of("0123456789", 8) == name.npos);
}

/// Quotes, variables, globs, redirections, several commands: all that only a shell understands.
bool needs_shell(std::string_view command) { return command.find_first_of("'\"\\$`*?[]{}()<>|&;~#!\n\r\t%^") != command.npos; }

std::string on_path(const std::string& name) {
  if (name.find('/') != name.npos) return name;
  const char* path = std::getenv("PATH");
  for (const auto folder : split(path == nullptr ? "" : path, ':'))
    if (auto file = cat(folder.empty() ? "." : folder, "/", name); ::access(file.c_str(), X_OK) == 0) return file;
  return "";
}

}  // namespace

WarmScripts::WarmScripts(std::string root, std::string runtime_folder, std::string memory)
    : root_(std::move(root)), runtime_folder_(std::move(runtime_folder)), memory_(std::move(memory)) {
  if (const auto content = real_disk().read(memory_))
    for (const auto line : split(*content, '\n'))
      if (!line.empty()) known_modules_.emplace(line);
  modules_ = known_modules_;
}

WarmScripts::~WarmScripts() {
  for (auto& [id, run] : runs_)
    if (run.write_end >= 0) ::close(run.write_end);
  for (auto& [interpreter, pool] : pools_)
    if (pool.host) pool.host->close();
  save_modules();
}

void WarmScripts::save_modules() const {
  if (modules_ == known_modules_) return;
  std::string text;
  for (const auto& name : modules_) text += cat(name, "\n");
  try {
    real_disk().make_dirs(path::dirname(memory_));
    real_disk().write_atomic(memory_, text);
  } catch (const Error&) {
    // The next run learns them again.
  }
}

std::vector<std::string> WarmScripts::words(const std::string& command, const std::vector<std::pair<std::string, std::string>>& env) {
  if (needs_shell(command)) return {};
  std::vector<std::string> out;
  for (const auto word : split(command, ' '))
    if (!word.empty()) out.emplace_back(word);
  // `A=1 python x.py` starts with a variable; an option of the interpreter's own changes the process.
  if (out.size() < 2 || !is_python(out[0]) || (out[1].starts_with('-') && out[1] != "-m") || (out[1] == "-m" && out.size() < 3)) return {};
  for (const auto& [name, value] : env)
    if (name == "PATH") return {};
  return out;
}

Value WarmScripts::open_request() const {
  Map out;
  List preload;
  for (const auto& name : known_modules_) preload.emplace_back(name);
  out.set("request", "open");
  out.set("protocol", kProtocol);
  out.set("root", root_);
  out.set("pipelines", Value(List{}));
  out.set("restore_environment", restored_environment());
  out.set("read_at_load", read_at_load());
  out.set("preload", Value(std::move(preload)));
  return Value(std::move(out));
}

WarmScripts::Pool& WarmScripts::pool(const std::string& interpreter, ProcessSet& processes) {
  auto& found = pools_[interpreter];
  if (found.host) return found;
  found.host = std::make_unique<PythonHost>(HostStart{interpreter, unpack_runtime(runtime_folder_)});
  found.host->send(open_request());
  auto* place = &found;
  processes.listen(found.host->fd(), [this, place, &processes] {
    if (place->host->pump([&](const Value& message) { on_message(message, processes); })) return;
    processes.listen(place->host->fd(), nullptr);
    place->host.reset();
    for (const int id : std::set<int>(place->running)) {
      runs_.at(id).report.note = "the Python host ended unexpectedly";
      end(id, 1, processes);
    }
  });
  return found;
}

void WarmScripts::start(int id, const std::vector<std::string>& words, const std::string& cwd,
                        const std::vector<std::pair<std::string, std::string>>& env, double timeout, ProcessSet& processes) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_disk_error(errno, "pipe");
  auto& run = runs_[id];
  run = Run();
  run.write_end = ends[1];
  processes.adopt(id, ends[0], timeout);
  Map environment, message;
  for (const auto& [name, value] : env) environment.set(name, value);
  List argv;
  for (std::size_t i = 1; i < words.size(); ++i) argv.emplace_back(words[i]);
  message.set("request", "script");
  message.set("id", static_cast<std::int64_t>(id));
  message.set("argv", Value(std::move(argv)));
  message.set("cwd", cwd);
  message.set("executor", "warm");
  message.set("environment", Value(std::move(environment)));
  message.set("fds", 1);
  const auto interpreter = on_path(words[0]);
  try {
    if (interpreter.empty()) throw Error(cat(words[0], " is not on PATH"));
    run.pool = &pool(interpreter, processes);
    run.pool->running.insert(id);
    run.pool->host->send(Value(std::move(message)), {run.write_end});
  } catch (const Error&) {
    run.report.refused = true;  // the shell's own message says more
    end(id, 1, processes);
  }
}

void WarmScripts::on_message(const Value& message, ProcessSet& processes) {
  const auto event = text_field(message, "event");
  const auto& number = field(message, "id");
  const int id = number.is_int() ? static_cast<int>(number.as_int()) : -1;
  const auto it = runs_.find(id);
  if (it == runs_.end() || it->second.ended) return;
  auto& run = it->second;
  if (event == "started") {
    if (const auto& pid = field(message, "pid"); pid.is_int()) processes.set_group(id, static_cast<int>(pid.as_int()));
    if (run.write_end >= 0) ::close(std::exchange(run.write_end, -1));
  } else if (event == "cold" || event == "refused") {
    run.report.refused = true;
    end(id, 1, processes);
  } else if (event == "ended") {
    const auto &code = field(message, "code"), &signal = field(message, "signal");
    if (const auto& modules = field(message, "modules"); modules.is_list())
      for (const auto& name : modules.as_list()) modules_.insert(python_str(name));
    end(id, signal.is_int() ? -static_cast<int>(signal.as_int()) : code.is_int() ? static_cast<int>(code.as_int()) : 1, processes);
  } else if (event == "lost") {
    run.report.note = text_field(message, "reason");
    end(id, 1, processes);
  }
}

void WarmScripts::end(int id, int code, ProcessSet& processes) {
  auto& run = runs_.at(id);
  if (run.ended) return;
  run.ended = true;
  if (run.pool != nullptr) run.pool->running.erase(id);
  if (run.write_end >= 0) ::close(std::exchange(run.write_end, -1));
  processes.end_adopted(id, code);
}

engine::CallableReport WarmScripts::take_report(int id) {
  const auto it = runs_.find(id);
  if (it == runs_.end()) return {};
  auto report = std::move(it->second.report);
  runs_.erase(it);
  return report;
}

}  // namespace pivot::workers
