// Binds the engine's callable runner to Python hosts: one warm host that forks a child for each stage, and cold ones where a fork isn't safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/callable_runner.h"
#include "workers/python_host.h"

namespace pivot::workers {

struct RunnerOptions {
  std::function<HostStart()> start;   ///< asked when the first host starts
  std::function<Value()> open;        ///< the `open` request
  std::string executor;  ///< "warm", "process", "interpreter": for stages that don't say
  bool reuse = false;    ///< children may serve several stages
  int ahead = 1;         ///< children kept forked and waiting
};

class PythonRunner final : public engine::CallableRunner {
 public:
  /// `describing`: a host that has imported the pipelines already; null: one is started when the first stage runs.
  PythonRunner(RunnerOptions options, std::unique_ptr<PythonHost> describing);
  ~PythonRunner() override;
  void start(int id, const model::Stage& stage, const std::vector<std::pair<std::string, std::string>>& env, int expected,
             ProcessSet& processes) override;
  engine::CallableReport take_report(int id) override;

 private:
  /// A host that serves many runs: forked children, or subinterpreters (in a process of their own).
  struct Shared {
    std::unique_ptr<PythonHost> host;
    bool listening = false;
  };
  struct Run {
    std::string address;
    std::vector<std::string> files;  ///< sources: reading them is no undeclared read
    Value environment;
    bool own_environment = false;    ///< the stage asks for variables of its own
    int expected = 0;                ///< stages that will start after it, about
    int write_end = -1;  ///< of the pipe, kept while the stage might start again in a cold host
    std::unique_ptr<PythonHost> cold;
    const Shared* shared = nullptr;
    engine::CallableReport report;
    bool ended = false;
  };
  std::unique_ptr<PythonHost> open_host(std::optional<std::vector<std::pair<std::string, std::string>>> environment = std::nullopt) const;
  PythonHost& shared_host(Shared& shared, ProcessSet& processes);
  void request(int id, PythonHost& host, const std::string& executor);
  void start_cold(int id, const std::string& executor, ProcessSet& processes);
  void on_message(const Value& message, ProcessSet& processes);
  void on_ended(int id, const Value& message, ProcessSet& processes);
  void lose(int id, const std::string& why, ProcessSet& processes);
  void on_shared_end(Shared& shared, ProcessSet& processes);

  RunnerOptions options_;
  Shared warm_, interpreters_;
  std::map<int, Run> runs_;
};

/// The user's own interpreter: `wanted` (--python or python.interpreter), an active virtual or conda environment, .venv of the project, python3.
std::string find_interpreter(const std::string& root, const std::string& wanted);
/// Puts our Python package into the user's cache, or below `folder` where that can't be, once for each version of it; returns where it is.
std::string unpack_runtime(const std::string& folder);

}  // namespace pivot::workers
