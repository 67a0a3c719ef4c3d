// A project at one look: its stages with state, reason and last duration, params, metrics, plots. What `show` draws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/value.h"
#include "commands/dag_drawing.h"
#include "commands/plots/renderer.h"
#include "commands/session.h"

namespace pivot::commands {

struct StageOverview {
  std::string name;  ///< as seen from the working directory
  bool is_data = false, frozen = false, changed = false;
  std::vector<std::string> reasons;  ///< in words
  std::vector<Value> reason_values;
  std::optional<double> seconds;  ///< of the last run here
};

struct Overview {
  std::vector<StageOverview> stages;  ///< in the order of a run
  DagPicture graph;                   ///< over the same stages, in the same order
  bool has_head = false;              ///< a commit to compare with
  Map params, metrics;                ///< {file: {key: {"old", "new", "diff"}}}, unchanged ones too; "old" is HEAD's
  std::vector<std::string> problems;  ///< files that can't be read: "m.json: ..."
  std::vector<plots::RevisionPlots> plot_sources;
  std::vector<plots::Plot> plots;  ///< point into plot_sources
  plots::FieldNames names;
};

/// Looks at the whole project; broken files are among the problems.
void look_at_project(Session& session, Overview& out);

/// "12 ms", "3.4 s", "2 min 5 s", "1 h 10 min".
std::string duration_text(double seconds);
/// Tables, a drawing of the graph, plots as text.
std::string overview_text(Overview& overview);
/// A page of one file that needs no network. Throws Error for a plot template that doesn't exist.
std::string overview_page(Overview& overview, const plots::TemplatePlaces& places, const std::string& title);
/// {"stages": [...], "params": ..., "metrics": ..., "problems": [...]}.
Value overview_json(const Overview& overview);

}  // namespace pivot::commands
