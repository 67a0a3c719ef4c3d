// Stages of dvc.yaml as the text of a Python pipeline that does the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/stage.h"

namespace pivot::exporters {

/// Why a stage can't be a function (it then stays in dvc.yaml); "" when it can.
std::string obstacle_to_python(const model::Stage& stage);

/// One stage to write. `call`: the module whose `main()` does what the command does; nullopt: the command itself is run.
struct SkeletonStage {
  const model::Stage* stage = nullptr;
  std::optional<std::string> call;
};

/// A module with a decorated function for each stage, in the given order. `folder`: of the pipeline, relative to the root.
std::string pipeline_skeleton(const std::vector<SkeletonStage>& stages, const std::string& folder);

/// The module that `python x.py` runs, when importing it and calling `main()` does the same: a script beside the pipeline with a `main()`
/// without arguments that it calls at its end, and that doesn't look at its command line. `script`: its text.
std::optional<std::string> callable_main(const std::string& command, const std::string& script);
/// The script of a plain `python x.py` (python3 too) without arguments; "" for any other command.
std::string plain_script(const std::string& command);

}  // namespace pivot::exporters
