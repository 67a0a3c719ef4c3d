// The Python pipelines of a project: which files they are, what the interpreter says of their stages, and the runner of these.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/value.h"
#include "model/stage.h"

namespace pivot::workers {
class PythonHost;
class PythonRunner;
}

namespace pivot::workspace {

class Config;
class PythonRecord;

/// What a command line says of Python.
struct PythonOptions {
  std::string interpreter;  ///< --python
  std::string executor;     ///< --executor, else PIVOT_EXECUTOR, else run.executor
  std::vector<std::pair<std::string, Value>> overrides;  ///< -S stage.param=value
  bool reuse = false;
  bool strict = false;
  int jobs = 1;
  int host = -1;  ///< --python-host: a live process is the host, at the other end of this socket
};

/// The files of our Python package, as this program carries them: name and content.
std::vector<std::pair<std::string_view, std::string_view>> python_package();

class PythonPipelines {
 public:
  using ParamsReader = std::function<std::shared_ptr<const Value>(const std::string& file)>;

  PythonPipelines(Disk& disk, std::string root, std::string tmp, const Config& config, PythonOptions options);
  ~PythonPipelines();

  /// Is this file of a folder one that may hold or name Python pipelines? (Its content decides: imports_us().)
  static bool is_pipeline_name(std::string_view name) { return name == "pipeline.py" || name == "pivot.yaml"; }
  /// A pivot.yaml, or a Python file that imports our package: other people's pipeline.py is none of ours.
  static bool is_ours(std::string_view name, std::string_view content);

  /// Identifies what an earlier command imported, if all of it stands; 0 otherwise. Starts nothing.
  std::uint64_t import_id();
  /// The stages of these files (relative to the root, in this order): from the record, else from the interpreter. Throws Error.
  std::vector<model::Stage> load(const std::vector<std::string>& files, const ParamsReader& params);
  /// Instead of load(), when the stages are known from elsewhere.
  void use(const std::vector<std::string>& files, const ParamsReader& params);
  /// Runs the stages that load() gave. Starts nothing before the first of them.
  workers::PythonRunner& runner();
  /// Stages may come from a live process, whatever files there are.
  bool is_live() const { return options_.host >= 0; }
  /// Lets the interpreter go.
  void finish();
  /// The user's interpreter.
  const std::string& interpreter() const { return interpreter_; }
  /// A folder that holds our Python package, for sys.path; unpacked when first asked for.
  std::string runtime() const;
  /// The reply to `describe` that the stages came from.
  const Value& description() const { return description_; }

 private:
  Value open_request(const std::vector<std::string>& files, const ParamsReader& params) const;
  Value describe(const std::vector<std::string>& files, const ParamsReader& params);
  Value known_stages(const Value& earlier) const;
  void start_host();
  std::string effective_executor() const;

  Disk& disk_;
  std::string root_, tmp_;
  const Config& config_;
  PythonOptions options_;
  std::string interpreter_;
  std::unique_ptr<PythonRecord> record_;
  Value open_, description_;
  std::vector<std::string> files_;
  ParamsReader params_;
  std::unique_ptr<workers::PythonHost> host_;
  std::unique_ptr<workers::PythonRunner> runner_;
};

}  // namespace pivot::workspace
