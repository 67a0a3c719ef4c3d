// A Python module that runs exported stages without the package pivot being installed: it carries the package's sources.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivot::exporters {

/// The module's file name, beside each exported dvc.yaml.
inline constexpr const char* kStandaloneRunner = "pivot_standalone.py";

/// Its text. `modules`: file names of the package ("exported.py") with their sources; those that only the engine needs are left out.
std::string standalone_runner(const std::vector<std::pair<std::string_view, std::string_view>>& modules);

}  // namespace pivot::exporters
