// Plots as text: lines in a grid of characters, bars where an axis holds no numbers.
#pragma once

#include <string>
#include <vector>

#include "commands/plots/renderer.h"

namespace pivot::commands::plots {

/// Every plot that has points, one below the other; images are named only.
std::string draw_in_terminal(const std::vector<Plot>& plots, FieldNames& names);

}  // namespace pivot::commands::plots
