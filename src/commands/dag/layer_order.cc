// The order of nodes in their layers: barycenters of the neighbours in the layer that stays, then swaps of pairs.
#include <algorithm>

#include "commands/dag/layered_graph.h"

namespace pivot::commands::dag {
namespace {

class Ordering {
 public:
  explicit Ordering(LayeredGraph& graph) : graph_(graph) {
    for (auto& layer : graph_.layers) number(layer);
  }

  void run() {
    const auto crossings = pass_down();
    if (crossings > 0)
      for (auto rank = graph_.layers.size(); rank-- > 0;) order(graph_.layers[rank], &LayeredGraph::Node::down);
    pass_down();
  }

 private:
  using Side = std::vector<NodeId> LayeredGraph::Node::*;

  std::size_t pass_down() {
    std::size_t crossings = 0;
    for (auto& layer : graph_.layers) crossings += order(layer, &LayeredGraph::Node::up);
    return crossings;
  }

  void number(const std::vector<NodeId>& layer) {
    const double step = layer.size() > 1 ? 1.0 / static_cast<double>(layer.size() - 1) : 1.0;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      graph_.nodes[layer[i]].position = i;
      graph_.nodes[layer[i]].bar = static_cast<double>(i) * step;
    }
  }

  /// Crossings between a layer and its neighbours on one side: inversions, counted by insertion.
  std::size_t crossings(const std::vector<NodeId>& layer, Side side) const {
    std::vector<std::size_t> ends, sorted;
    for (auto v : layer) {
      std::vector<std::size_t> own;
      for (auto x : graph_.nodes[v].*side) own.push_back(graph_.nodes[x].position);
      std::sort(own.begin(), own.end());
      ends.insert(ends.end(), own.begin(), own.end());
    }
    std::size_t count = 0;
    for (auto end : ends) {
      const auto at = std::upper_bound(sorted.begin(), sorted.end(), end);
      count += static_cast<std::size_t>(sorted.end() - at);
      sorted.insert(at, end);
    }
    return count;
  }

  /// Swaps neighbours that cross less the other way round; gives the crossings that are left between them.
  std::size_t swap_pairs(std::vector<NodeId>& layer, Side side) const {
    std::size_t left = 0;
    for (std::size_t i = 0; i + 1 < layer.size(); ++i) {
      std::size_t as_is = 0, swapped = 0;
      const auto& first = graph_.nodes[layer[i]].*side;
      for (auto y : graph_.nodes[layer[i + 1]].*side) {
        const auto behind = static_cast<std::size_t>(std::count_if(
            first.begin(), first.end(), [&](NodeId x) { return graph_.nodes[x].bar > graph_.nodes[y].bar; }));
        as_is += behind;
        swapped += first.size() - behind;
      }
      if (swapped < as_is) std::swap(layer[i], layer[i + 1]);
      left += std::min(swapped, as_is);
    }
    return left;
  }

  std::size_t order(std::vector<NodeId>& layer, Side side) {
    if (crossings(layer, side) == 0) return 0;
    for (auto v : layer) {
      auto& node = graph_.nodes[v];
      if ((node.*side).empty()) continue;
      double sum = 0;
      for (auto x : node.*side) sum += graph_.nodes[x].bar;
      node.bar = sum / static_cast<double>((node.*side).size());
    }
    std::stable_sort(layer.begin(), layer.end(),
                     [&](NodeId a, NodeId b) { return graph_.nodes[a].bar < graph_.nodes[b].bar; });
    const auto left = swap_pairs(layer, side);
    number(layer);
    return left;
  }

  LayeredGraph& graph_;
};

}  // namespace

void order_layers(LayeredGraph& graph) { Ordering(graph).run(); }

}  // namespace pivot::commands::dag
