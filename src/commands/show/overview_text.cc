// The project at one look, in the terminal.
#include <cmath>
#include <cstdio>

#include "base/strings.h"
#include "commands/plots/terminal.h"
#include "commands/show/overview.h"
#include "commands/table_text.h"

namespace pivot::commands {

namespace {

constexpr int kPrecision = 5;

std::string printed(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string stages_text(const Overview& overview) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& stage : overview.stages) {
    const auto state = cat(stage.changed ? "changed" : "unchanged", stage.frozen ? " (frozen)" : "");
    rows.push_back({stage.name, state, stage.seconds ? duration_text(*stage.seconds) : "-", stage.reasons.empty() ? "" : stage.reasons[0]});
    for (std::size_t i = 1; i < stage.reasons.size(); ++i) rows.push_back({"", "", "", stage.reasons[i]});
  }
  return table_text({"Stage", "State", "Last run", "Why"}, rows, false);
}

/// Values now, and where HEAD has others, what it has.
std::string values_text(const Overview& overview, const Map& files, const char* title) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [file, keys] : files.items)
    for (const auto& [key, entry] : keys.as_map().items) {
      const auto cell = [&, &e = entry](const char* name) {
        const auto* value = e.as_map().find(name);
        return value == nullptr || value->is_null() ? std::string("-") : rounded_cell(*value, kPrecision);
      };
      std::vector<std::string> row{file.as_string(), key.as_string(), cell("new")};
      if (overview.has_head) {
        const bool same = python_equal(*entry.as_map().find("old"), *entry.as_map().find("new"));
        row.push_back(same ? "" : cell("old"));
        row.push_back(same ? "" : cell("diff"));
      }
      rows.push_back(std::move(row));
    }
  std::vector<std::string> header{"Path", title, "workspace"};
  if (overview.has_head) header.insert(header.end(), {"HEAD", "Change"});
  return table_text(header, rows, false);
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 1) return printed("%.0f ms", seconds * 1000);
  if (seconds < 60) return printed("%.1f s", seconds);
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  if (whole < 3600) return cat(std::to_string(whole / 60), " min ", std::to_string(whole % 60), " s");
  return cat(std::to_string(whole / 3600), " h ", std::to_string(whole % 3600 / 60), " min");
}

std::string overview_text(Overview& overview) {
  std::vector<std::string> parts;
  std::size_t changed = 0;
  for (const auto& stage : overview.stages) changed += stage.changed ? 1 : 0;
  const auto count = overview.stages.size();
  parts.push_back(count == 0 ? "There are no stages in this project yet.\n"
                             : cat(std::to_string(count), count == 1 ? " stage, " : " stages, ", changed == 0 ? "none" : std::to_string(changed), " changed\n"));
  constexpr std::size_t kMostDrawn = 40;  // a drawing of more is wider than any terminal
  if (!overview.graph.edges.empty() && count <= kMostDrawn) parts.push_back(cat(ascii_dag(overview.graph), "\n"));
  parts.push_back(stages_text(overview));
  parts.push_back(values_text(overview, overview.params, "Param"));
  parts.push_back(values_text(overview, overview.metrics, "Metric"));
  parts.push_back(plots::draw_in_terminal(overview.plots, overview.names));
  std::string problems;
  for (const auto& problem : overview.problems) problems += cat("  ", problem, "\n");
  if (!problems.empty()) parts.push_back(cat("Could not be read:\n", problems));
  std::erase_if(parts, [](const auto& part) { return part.empty(); });
  return join(parts, "\n");
}

}  // namespace pivot::commands
