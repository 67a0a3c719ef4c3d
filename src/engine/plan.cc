#include "engine/plan.h"

#include <algorithm>

namespace pivot::engine {

namespace {

using model::StageId;
using Marks = std::vector<char>;

std::size_t at(StageId id) { return static_cast<std::size_t>(id); }

const std::vector<StageId>& reads(const Project& project, StageId id) {
  static const std::vector<StageId> kNothing;
  return project.stage(id).frozen && !project.stage(id).is_import() ? kNothing : project.graph.upstream(id);
}

/// Everything reachable from `from` over `next`.
template <typename Next>
Marks reach(const Project& project, const std::vector<StageId>& from, Next next) {
  Marks marks(project.stages.size(), 0);
  std::vector<StageId> stack(from.begin(), from.end());
  for (auto id : from) marks[at(id)] = 1;
  while (!stack.empty()) {
    const auto id = stack.back();
    stack.pop_back();
    next(id, [&](StageId to) {
      if (marks[at(to)] != 0) return;
      marks[at(to)] = 1;
      stack.push_back(to);
    });
  }
  return marks;
}

Marks wanted(const Project& project, const std::vector<StageId>& targets, const PlanOptions& options) {
  if (options.everything) return Marks(project.stages.size(), 1);
  auto up = [&](StageId id, auto visit) {
    for (auto to : reads(project, id)) visit(to);
  };
  auto down = [&](StageId id, auto visit) {
    for (auto to : project.graph.downstream(id)) {
      const auto& list = reads(project, to);
      if (std::find(list.begin(), list.end(), id) != list.end()) visit(to);
    }
  };
  if (options.downstream) return reach(project, targets, down);
  if (options.pipelines)
    return reach(project, targets, [&](StageId id, auto visit) {
      up(id, visit);
      down(id, visit);
    });
  return reach(project, targets, up);
}

/// Depth-first post-order over the wanted stages, roots in the order of the files. Iterative: chains of 10,000 stages are real.
class PostOrder {
 public:
  PostOrder(const Project& project, const Marks& marks) : project_(project), marks_(marks), done_(marks.size(), 0) {}
  std::vector<StageId> run() {
    for (std::size_t i = 0; i < marks_.size(); ++i)
      if (marks_[i] != 0 && done_[i] == 0) visit(static_cast<StageId>(i));
    return std::move(order_);
  }

 private:
  void visit(StageId start) {
    std::vector<std::pair<StageId, std::size_t>> stack{{start, 0}};
    done_[at(start)] = 1;
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      const auto& list = reads(project_, id);
      if (next == list.size()) {
        order_.push_back(id);
        stack.pop_back();
        continue;
      }
      const auto to = list[next++];
      if (marks_[at(to)] == 0 || done_[at(to)] != 0) continue;
      done_[at(to)] = 1;
      stack.emplace_back(to, 0);
    }
  }
  const Project& project_;
  const Marks& marks_;
  Marks done_;
  std::vector<StageId> order_;
};

}  // namespace

std::vector<StageId> make_plan(const Project& project, const std::vector<StageId>& targets, const PlanOptions& options) {
  if (options.single_item && !options.everything) return targets;
  const auto marks = wanted(project, targets, options);
  return PostOrder(project, marks).run();
}

}  // namespace pivot::engine
