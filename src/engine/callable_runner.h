// Runs stages that are Python functions. The engine sees this seam; workers/ binds it to a host process of the user's interpreter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "model/stage.h"

namespace pivot::engine {

/// What a run told beside its exit code.
struct CallableReport {
  std::string error;               ///< one line; "" when it succeeded
  std::string note;                ///< worth telling the user: why it ran cold, ...
  bool refused = false;            ///< a script that must be started by a shell after all
  std::vector<std::string> reads;  ///< project files that it read and that no dep, param or source covers, relative to the root
  std::vector<std::pair<std::string, std::string>> distributions;  ///< of the packages that it imported
};

/// Runs commands of the form `python script.py ...` in warm workers (run.warm).
class ScriptRunner {
 public:
  virtual ~ScriptRunner() = default;
  /// The words of a command that may run warm: one plain call of Python without anything that a shell would have to do; empty: not that.
  virtual std::vector<std::string> words(const std::string& command, const std::vector<std::pair<std::string, std::string>>& env) = 0;
  /// As CallableRunner::start(). `cwd` absolute.
  virtual void start(int id, const std::vector<std::string>& words, const std::string& cwd,
                     const std::vector<std::pair<std::string, std::string>>& env, double timeout, ProcessSet& processes) = 0;
  virtual CallableReport take_report(int id) = 0;
};

class CallableRunner {
 public:
  virtual ~CallableRunner() = default;
  /// Starts the stage. Its output arrives at `processes.on_output`, its end out of `processes.wait()`, both with this id. About `expected`
  /// more will start after it.
  virtual void start(int id, const model::Stage& stage, const std::vector<std::pair<std::string, std::string>>& env, int expected,
                     ProcessSet& processes) = 0;
  /// After the end of a run; once.
  virtual CallableReport take_report(int id) = 0;
};

}  // namespace pivot::engine
