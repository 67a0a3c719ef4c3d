// Runs `python script.py ...` of dvc.yaml in children of a host that has the usual libraries loaded (run.warm).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/callable_runner.h"
#include "workers/python_host.h"

namespace pivot::workers {

class WarmScripts final : public engine::ScriptRunner {
 public:
  /// `root`: of the project. `memory`: a file that remembers which modules scripts imported, one a line.
  WarmScripts(std::string root, std::string runtime_folder, std::string memory);
  ~WarmScripts() override;
  std::vector<std::string> words(const std::string& command, const std::vector<std::pair<std::string, std::string>>& env) override;
  void start(int id, const std::vector<std::string>& words, const std::string& cwd, const std::vector<std::pair<std::string, std::string>>& env,
             double timeout, ProcessSet& processes) override;
  engine::CallableReport take_report(int id) override;

 private:
  /// One host for each interpreter that the commands name.
  struct Pool {
    std::unique_ptr<PythonHost> host;
    std::set<int> running;
  };
  struct Run {
    Pool* pool = nullptr;
    int write_end = -1;
    bool ended = false;
    engine::CallableReport report;
  };
  Pool& pool(const std::string& interpreter, ProcessSet& processes);
  void on_message(const Value& message, ProcessSet& processes);
  void end(int id, int code, ProcessSet& processes);
  Value open_request() const;
  void save_modules() const;

  std::string root_, runtime_folder_, memory_;
  std::set<std::string> modules_, known_modules_;
  std::map<std::string, Pool> pools_;
  std::map<int, Run> runs_;
};

}  // namespace pivot::workers
