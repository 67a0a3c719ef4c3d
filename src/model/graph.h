// The graph of all stages: which stage makes what another one reads. Dense ids: the index of a stage in the pipeline.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/stage.h"

namespace pivot::model {

using StageId = int;

/// Which stage owns which out; answers exact, "inside of" and "containing" questions in O(depth) and O(hits).
class OutIndex {
 public:
  explicit OutIndex(const std::vector<Stage>& stages);
  /// Stages whose outs equal `file`, contain it or lie inside it, in the order of the out paths.
  std::vector<StageId> producers(const std::string& file) const;
  /// The stage and out index that own exactly this path; {-1, -1} when none.
  std::pair<StageId, int> find(const std::string& file) const;
  /// The same for the out that contains the path (or equals it).
  std::pair<StageId, int> find_containing(const std::string& file) const;

 private:
  std::unordered_map<std::string, std::pair<StageId, int>> exact_;
  std::vector<std::pair<std::string, StageId>> sorted_;
};

class Graph {
 public:
  /// Builds the edges. Frozen stages keep theirs (the plan leaves them out).
  Graph(const std::vector<Stage>& stages, const OutIndex& outs);
  const std::vector<StageId>& upstream(StageId id) const { return upstream_[static_cast<std::size_t>(id)]; }
  const std::vector<StageId>& downstream(StageId id) const { return downstream_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return upstream_.size(); }

 private:
  std::vector<std::vector<StageId>> upstream_, downstream_;
};

/// DVC's checks of a whole repository: an out made twice, overlapping outs, a stage file inside an out, cycles. Throws Error with DVC's text.
void check_graph(const std::vector<Stage>& stages, const OutIndex& outs, const Graph& graph, const std::string& cwd);

}  // namespace pivot::model
