#include "commands/dag/layered_graph.h"

#include <algorithm>
#include <list>

namespace pivot::commands::dag {
namespace {

/// The boxes in the order in which the edges join them to one component: the smaller number of surprises for equal
/// ranks.
std::vector<NodeId> joined_order(const Boxes& boxes) {
  std::vector<std::list<NodeId>> parts(boxes.widths.size());
  std::vector<std::size_t> part_of(boxes.widths.size());
  for (NodeId v = 0; v < parts.size(); ++v) {
    parts[v] = {v};
    part_of[v] = v;
  }
  for (const auto& [upper, lower] : boxes.edges) {
    const auto keep = part_of[upper], gone = part_of[lower];
    if (keep == gone) continue;
    for (auto v : parts[gone]) part_of[v] = keep;
    parts[keep].splice(parts[keep].end(), parts[gone]);
  }
  std::vector<NodeId> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

class Ranking {
 public:
  Ranking(const Boxes& boxes, LayeredGraph& graph)
      : boxes_(boxes), graph_(graph), parents_(boxes.widths.size()), children_(boxes.widths.size()) {
    for (const auto& [upper, lower] : boxes.edges) {
      parents_[lower].push_back(upper);
      children_[upper].push_back(lower);
    }
  }

  void run() {
    rank_from_the_top();
    pull_down();
  }

 private:
  /// A node gets its rank when all its parents have theirs: one below the deepest.
  void rank_from_the_top() {
    std::vector<std::size_t> waiting(parents_.size());
    std::vector<NodeId> ready;
    for (NodeId v = 0; v < parents_.size(); ++v) waiting[v] = parents_[v].size();
    for (auto v : joined_order(boxes_))
      if (waiting[v] == 0) ready.push_back(v);
    while (!ready.empty()) {
      std::vector<NodeId> next;
      for (auto v : ready) {
        std::size_t rank = 0;
        for (auto parent : parents_[v]) rank = std::max(rank, graph_.nodes[parent].rank + 1);
        if (rank >= graph_.layers.size()) graph_.layers.resize(rank + 1);
        graph_.nodes[v].rank = rank;
        graph_.layers[rank].push_back(v);
        for (auto child : children_[v])
          if (--waiting[child] == 0) next.push_back(child);
      }
      ready = std::move(next);
    }
  }

  /// Shortens edges: a node goes directly above its highest child.
  void pull_down() {
    for (auto rank = graph_.layers.size(); rank-- > 1;) {
      for (auto v : graph_.layers[rank]) {
        for (auto parent : parents_[v]) {
          const auto is_lower = [&](NodeId child) { return graph_.nodes[child].rank >= rank; };
          if (!std::all_of(children_[parent].begin(), children_[parent].end(), is_lower)) continue;
          auto& node = graph_.nodes[parent];
          auto& old = graph_.layers[node.rank];
          old.erase(std::find(old.begin(), old.end(), parent));
          node.rank = rank - 1;
          graph_.layers[rank - 1].push_back(parent);
        }
      }
    }
  }

  const Boxes& boxes_;
  LayeredGraph& graph_;
  std::vector<std::vector<NodeId>> parents_, children_;
};

/// Splits edges over several layers by dummies, and fills the lists of neighbours.
void add_chains(const Boxes& boxes, LayeredGraph& graph) {
  auto widths = boxes.widths;
  std::sort(widths.begin(), widths.end());
  const auto dummy_width = widths[widths.size() / 2];
  for (const auto& [upper, lower] : boxes.edges) {
    auto& chain = graph.chains.emplace_back();
    auto above = upper;
    for (auto rank = graph.nodes[upper].rank + 1; rank < graph.nodes[lower].rank; ++rank) {
      const auto dummy = graph.nodes.size();
      graph.nodes.push_back({.width = dummy_width, .rank = rank, .dummy = true, .up = {above}});
      graph.layers[rank].push_back(dummy);
      graph.nodes[above].down.push_back(dummy);
      chain.push_back(dummy);
      above = dummy;
    }
    graph.nodes[above].down.push_back(lower);
    graph.nodes[lower].up.push_back(above);
  }
}

}  // namespace

LayeredGraph make_layers(const Boxes& boxes) {
  LayeredGraph graph;
  for (auto width : boxes.widths) graph.nodes.push_back({.width = width});
  Ranking(boxes, graph).run();
  add_chains(boxes, graph);
  return graph;
}

Placement lay_out(const Boxes& boxes, const Spacing& spacing) {
  auto graph = make_layers(boxes);
  order_layers(graph);
  const auto points = place(graph, spacing);
  Placement out;
  out.boxes.assign(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(boxes.widths.size()));
  for (const auto& chain : graph.chains) {
    auto& bends = out.bends.emplace_back();
    for (auto dummy : chain) bends.push_back(points[dummy]);
  }
  return out;
}

}  // namespace pivot::commands::dag
