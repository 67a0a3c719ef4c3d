// The versions: ours, and that of the DVC whose behaviour we follow.
#pragma once

#include <string>
#include <string_view>

namespace pivot::commands {

inline constexpr std::string_view kVersion = "0.1.0";
inline constexpr std::string_view kDvcVersion = "3.67.1";

/// What --version prints: "3.67.1" as `dvc` (editors parse it), "pivot 0.1.0 (DVC 3.67.1)" otherwise.
std::string version_line(std::string_view program);

}  // namespace pivot::commands
