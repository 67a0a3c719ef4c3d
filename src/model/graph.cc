#include "model/graph.h"

#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::model {

OutIndex::OutIndex(const std::vector<Stage>& stages) {
  std::size_t count = 0;
  for (const auto& s : stages) count += s.outs.size();
  exact_.reserve(count);
  sorted_.reserve(count);
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (std::size_t k = 0; k < stages[i].outs.size(); ++k) {
      const auto& file = stages[i].outs[k].file;
      exact_.emplace(file, std::pair{static_cast<StageId>(i), static_cast<int>(k)});
      sorted_.emplace_back(file, static_cast<StageId>(i));
    }
  std::stable_sort(sorted_.begin(), sorted_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::pair<StageId, int> OutIndex::find(const std::string& file) const {
  const auto it = exact_.find(file);
  return it == exact_.end() ? std::pair{-1, -1} : it->second;
}

std::pair<StageId, int> OutIndex::find_containing(const std::string& file) const {
  auto p = file;
  while (!p.empty() && p != "/") {
    if (const auto hit = find(p); hit.first >= 0) return hit;
    p = path::dirname(p);
  }
  return {-1, -1};
}

std::vector<StageId> OutIndex::producers(const std::string& file) const {
  std::vector<StageId> out;
  if (const auto hit = find_containing(file); hit.first >= 0) out.push_back(hit.first);
  const auto prefix = file == "." ? std::string() : cat(file, "/");
  auto it = std::lower_bound(sorted_.begin(), sorted_.end(), prefix,
                             [](const auto& entry, const std::string& p) { return entry.first < p; });
  for (; it != sorted_.end() && it->first.starts_with(prefix); ++it)
    if (std::find(out.begin(), out.end(), it->second) == out.end()) out.push_back(it->second);
  return out;
}

Graph::Graph(const std::vector<Stage>& stages, const OutIndex& outs) : upstream_(stages.size()), downstream_(stages.size()) {
  auto connect = [&](std::size_t stage, const std::string& file) {
    if (path::is_url(file)) return;
    auto& list = upstream_[stage];
    for (auto producer : outs.producers(file))
      if (std::find(list.begin(), list.end(), producer) == list.end()) list.push_back(producer);
  };
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const auto& dep : stages[i].deps)
      if (dep.repo.is_null()) connect(i, dep.file);
    for (const auto& param : stages[i].params) connect(i, param.file);
  }
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (auto producer : upstream_[i]) downstream_[static_cast<std::size_t>(producer)].push_back(static_cast<StageId>(i));
}

namespace {

void check_duplicates(const std::vector<Stage>& stages, const OutIndex& outs, const std::string& cwd) {
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (std::size_t k = 0; k < stages[i].outs.size(); ++k) {
      const auto& file = stages[i].outs[k].file;
      const auto [stage, index] = outs.find(file);
      if (stage == static_cast<StageId>(i) && index == static_cast<int>(k)) continue;
      if (stage == static_cast<StageId>(i))
        throw Error(cat("file '", path::relative(file, cwd), "' is specified more than once."));
      throw Error(cat("output '", path::relative(file, cwd), "' is specified in:\n\t- ",
                      stages[static_cast<std::size_t>(stage)].address_from(cwd), "\n\t- ", stages[i].address_from(cwd),
                      "\nUse `dvc remove` with any of the above targets to stop tracking the overlapping output."));
    }
}

void check_overlaps(const std::vector<Stage>& stages, const OutIndex& outs, const std::string& cwd) {
  for (const auto& stage : stages)
    for (const auto& out : stage.outs) {
      if (path::is_url(out.file)) continue;
      const auto parent = path::dirname(out.file);
      if (parent.empty() || parent == "/") continue;
      const auto [owner, index] = outs.find_containing(parent);
      if (owner < 0) continue;
      const auto& other = stages[static_cast<std::size_t>(owner)];
      throw Error(cat("The output paths:\n'", path::relative(other.outs[static_cast<std::size_t>(index)].file, cwd), "'('",
                      other.address_from(cwd), "')\n'", path::relative(out.file, cwd), "'('", stage.address_from(cwd),
                      "')\noverlap and are thus in the same tracked directory.\n"
                      "To keep reproducibility, outputs should be in separate tracked directories or tracked individually."));
    }
}

void check_stage_files(const std::vector<Stage>& stages, const OutIndex& outs, const std::string& cwd) {
  std::string last;
  for (const auto& stage : stages) {
    if (stage.file == last) continue;
    last = stage.file;
    const auto [owner, index] = outs.find_containing(stage.file);
    if (owner < 0) continue;
    const auto& other = stages[static_cast<std::size_t>(owner)];
    throw Error(cat(stage.is_data() ? "" : "stage: ", "'", stage.address_from(cwd), "' is within an output '",
                    path::relative(other.outs[static_cast<std::size_t>(index)].file, cwd), "' of another stage"));
  }
}

/// Iterative depth-first search; a grey node met again closes a cycle.
class CycleFinder {
 public:
  CycleFinder(const std::vector<Stage>& stages, const Graph& graph) : stages_(stages), graph_(graph), state_(graph.size(), kWhite) {}
  std::vector<StageId> find() {
    for (std::size_t i = 0; i < graph_.size(); ++i)
      if (state_[i] == kWhite)
        if (auto cycle = visit(static_cast<StageId>(i)); !cycle.empty()) return cycle;
    return {};
  }

 private:
  enum State : unsigned char { kWhite, kGrey, kBlack };
  std::vector<StageId> visit(StageId start) {
    std::vector<std::pair<StageId, std::size_t>> stack{{start, 0}};
    state_[static_cast<std::size_t>(start)] = kGrey;
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      if (next == graph_.upstream(id).size()) {
        state_[static_cast<std::size_t>(id)] = kBlack;
        stack.pop_back();
        continue;
      }
      const auto to = graph_.upstream(id)[next++];
      if (state_[static_cast<std::size_t>(to)] == kGrey) return path_back(stack, to);
      if (state_[static_cast<std::size_t>(to)] == kWhite) {
        state_[static_cast<std::size_t>(to)] = kGrey;
        stack.emplace_back(to, 0);
      }
    }
    return {};
  }
  static std::vector<StageId> path_back(const std::vector<std::pair<StageId, std::size_t>>& stack, StageId to) {
    std::vector<StageId> cycle;
    for (auto it = stack.rbegin(); it != stack.rend(); ++it) {
      cycle.push_back(it->first);
      if (it->first == to) break;
    }
    return cycle;
  }
  const std::vector<Stage>& stages_;
  const Graph& graph_;
  std::vector<State> state_;
};

}  // namespace

void check_graph(const std::vector<Stage>& stages, const OutIndex& outs, const Graph& graph, const std::string& cwd) {
  check_duplicates(stages, outs, cwd);
  check_overlaps(stages, outs, cwd);
  check_stage_files(stages, outs, cwd);
  const auto cycle = CycleFinder(stages, graph).find();
  if (cycle.empty()) return;
  std::string names;
  for (auto id : cycle) names += cat(names.empty() ? "" : ", ", stages[static_cast<std::size_t>(id)].address_from(cwd));
  throw Error(cat("Same item(s) are defined as both a dependency and an output in stage", cycle.size() > 1 ? "s" : "", ": ", names, "."));
}

}  // namespace pivot::model
