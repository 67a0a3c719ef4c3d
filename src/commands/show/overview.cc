#include "commands/show/overview.h"

#include <algorithm>

#include "base/path.h"
#include "base/strings.h"
#include "commands/measures.h"
#include "engine/explanation.h"
#include "engine/plan.h"
#include "engine/scan.h"
#include "git/git.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/revision.h"
#include "workspace/run_times.h"

namespace pivot::commands {

namespace {

using engine::Reason;

void look_at_stages(workspace::Workspace& ws, Overview& out) {
  auto& collection = ws.stages();
  collection.check();
  const auto times = workspace::RunTimes(ws.disk(), ws.run_times_file()).load();
  const auto ids = engine::make_plan(ws.project(), {}, {.everything = true});
  std::vector<std::size_t> node(collection.stages.size(), 0);
  engine::Scan scan(ws.project());
  for (const auto id : ids) {
    const auto& stage = collection.stages[static_cast<std::size_t>(id)];
    node[static_cast<std::size_t>(id)] = out.stages.size();
    StageOverview entry{stage.address_from(ws.cwd()), stage.is_data(), stage.frozen, false, {}, {}, {}};
    auto verdict = scan.look(id, {.depth = engine::Scan::Depth::all, .hashes = true});
    if (!stage.is_data() && !stage.callable && ws.project().lockbook.find(stage) == nullptr)
      verdict.reasons.insert(verdict.reasons.begin(), {Reason::Kind::command, engine::Change::added, {}, {}, {}, {}});
    entry.changed = verdict.changed();
    for (const auto& reason : verdict.reasons) {
      entry.reasons.push_back(engine::explanation(reason, ws.cwd()));
      entry.reason_values.push_back(engine::explanation_value(reason, ws.cwd()));
    }
    if (const auto it = times.find(stage.address()); it != times.end()) entry.seconds = it->second;
    out.graph.names.push_back(entry.name);
    out.stages.push_back(std::move(entry));
  }
  for (const auto id : ids)
    for (const auto up : collection.graph().upstream(id)) out.graph.edges.emplace_back(node[static_cast<std::size_t>(up)], node[static_cast<std::size_t>(id)]);
}

/// Values of HEAD and of the workspace side by side.
Map compared(workspace::Workspace& ws, MeasureReader& reader, const std::string& head, bool are_params, std::vector<std::string>& problems) {
  const auto read = [&](const std::string& commit) { return are_params ? reader.params(commit, {}) : reader.metrics(commit, {}); };
  const auto now = read("");
  if (now.failure) problems.push_back(now.failure->message);
  for (const auto& file : now.files)
    if (file.failure) problems.push_back(cat(path::relative(file.file, ws.cwd()), ": ", file.failure->message));
  return measure_diff(head.empty() ? Measures{} : read(head), now, ws.cwd(), true);
}

}  // namespace

void look_at_project(Session& session, Overview& out) {
  auto& ws = session.workspace();
  look_at_stages(ws, out);
  const auto head = ws.git().exists() ? ws.git().resolve("HEAD").value_or("") : "";
  out.has_head = !head.empty();
  workspace::Revisions revisions(ws);
  MeasureReader reader(revisions);
  out.params = compared(ws, reader, head, true, out.problems);
  out.metrics = compared(ws, reader, head, false, out.problems);
  out.plot_sources.push_back(plots::collect(revisions.at(""), "workspace", {}, {}));
  if (const auto& failure = out.plot_sources[0].failure) out.problems.push_back(failure->message);
  out.plots = plots::make_plots(out.plot_sources, out.names, session.out());
  for (const auto& plot : out.plots)
    for (const auto& failure : plot.failures)
      if (!failure.source.empty()) out.problems.push_back(cat(failure.source, ": ", failure.why.message));
  std::sort(out.problems.begin(), out.problems.end());
  out.problems.erase(std::unique(out.problems.begin(), out.problems.end()), out.problems.end());
}

Value overview_json(const Overview& overview) {
  List stages;
  for (const auto& stage : overview.stages) {
    Map one;
    one.set("name", stage.name);
    one.set("kind", stage.is_data ? "data" : "stage");
    one.set("status", stage.changed ? "changed" : "unchanged");
    one.set("frozen", stage.frozen);
    one.set("reasons", List(stage.reason_values));
    one.set("seconds", stage.seconds ? Value(*stage.seconds) : Value());
    List after;
    for (const auto& [from, to] : overview.graph.edges)
      if (overview.graph.names[to] == stage.name) after.emplace_back(overview.graph.names[from]);
    one.set("after", std::move(after));
    stages.emplace_back(std::move(one));
  }
  List plots, problems;
  for (const auto& plot : overview.plots)
    if (!plot.empty()) plots.emplace_back(plot.name);
  for (const auto& problem : overview.problems) problems.emplace_back(problem);
  Map out;
  out.set("stages", std::move(stages));
  out.set("params", overview.params);
  out.set("metrics", overview.metrics);
  out.set("plots", std::move(plots));
  out.set("problems", std::move(problems));
  return out;
}

}  // namespace pivot::commands
