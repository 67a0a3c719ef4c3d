// `pivot dag`: the graph of stages or outputs.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/dag_drawing.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/collection.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using model::StageId;
using workspace::Collection;

/// The stages that are drawn: all, what the targets read, or with --full everything connected with them.
std::vector<char> wanted_stages(Collection& collection, const std::vector<StageId>& targets, bool full) {
  std::vector<char> marks(collection.stages.size(), targets.empty() ? 1 : 0);
  auto stack = targets;
  for (auto id : targets) marks[static_cast<std::size_t>(id)] = 1;
  auto visit = [&](StageId id) {
    if (marks[static_cast<std::size_t>(id)] != 0) return;
    marks[static_cast<std::size_t>(id)] = 1;
    stack.push_back(id);
  };
  while (!stack.empty()) {
    const auto id = stack.back();
    stack.pop_back();
    for (auto up : collection.graph().upstream(id)) visit(up);
    if (full)
      for (auto down : collection.graph().downstream(id)) visit(down);
  }
  return marks;
}

DagPicture stage_picture(Collection& collection, const std::vector<char>& marks, const std::string& cwd) {
  DagPicture picture;
  std::vector<std::size_t> node(marks.size(), 0);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i] == 0) continue;
    node[i] = picture.names.size();
    picture.names.push_back(collection.stages[i].address_from(cwd));
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i] == 0) continue;
    for (auto up : collection.graph().upstream(static_cast<StageId>(i)))
      if (marks[static_cast<std::size_t>(up)] != 0) picture.edges.emplace_back(node[static_cast<std::size_t>(up)], node[i]);
  }
  return picture;
}

/// Outputs instead of stages: an out depends on the outs that its stage's deps name.
DagPicture out_picture(Collection& collection, const std::vector<char>& marks, const std::string& cwd) {
  DagPicture picture;
  std::vector<std::size_t> first(marks.size(), 0);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    first[i] = picture.names.size();
    if (marks[i] == 0) continue;
    for (const auto& out : collection.stages[i].outs) picture.names.push_back(path::relative(out.file, cwd));
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i] == 0) continue;
    const auto& stage = collection.stages[i];
    for (std::size_t k = 0; k < stage.outs.size(); ++k)
      for (const auto& dep : stage.deps)
        for (auto producer : collection.outs().producers(dep.file)) {
          const auto p = static_cast<std::size_t>(producer);
          if (marks[p] == 0) continue;
          for (std::size_t n = 0; n < collection.stages[p].outs.size(); ++n) {
            const auto& made = collection.stages[p].outs[n].file;
            if (path::is_inside(made, dep.file) || path::is_inside(dep.file, made)) picture.edges.emplace_back(first[p] + n, first[i] + k);
          }
        }
  }
  return picture;
}

}  // namespace

Outcome run_dag(Session& session, const Args& args) {
  auto& ws = session.workspace();
  if (args.flag("outs") && args.flag("collapse_foreach_matrix"))
    throw Error("`--outs` and `--collapse-foreach-matrix` are mutually exclusive");
  auto& collection = ws.stages();
  collection.check();
  std::vector<StageId> targets;
  if (const auto target = args.value("target")) {
    workspace::Targets resolver(collection, ws.root(), ws.cwd());
    for (const auto& t : resolver.outs({*target}, false, false)) targets.push_back(t.stage);
  }
  const auto marks = wanted_stages(collection, targets, args.flag("full"));
  auto picture = args.flag("outs") ? out_picture(collection, marks, ws.cwd()) : stage_picture(collection, marks, ws.cwd());
  if (args.flag("collapse_foreach_matrix")) picture = collapse_groups(picture);
  auto& out = session.out();  // not the outcome's text: -q silences a drawing
  if (args.flag("dot")) {
    out.info(dot_dag(picture));
  } else if (args.flag("mermaid") || args.flag("markdown")) {
    out.info(mermaid_dag(picture, args.flag("markdown")));
  } else {
    out.info(ascii_dag(picture));
  }
  return {};
}

}  // namespace pivot::commands
