// Coordinates after Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment": four extreme alignments (to
// the left or right, from above or below), of which each node takes the mean of its two middle ones.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include "commands/dag/layered_graph.h"

namespace pivot::commands::dag {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Conflicts = std::set<std::pair<NodeId, NodeId>>;  ///< (upper, lower)

/// Edges that cross a long edge's inner part: the long edge is to stay straight.
Conflicts find_conflicts(const LayeredGraph& graph) {
  Conflicts out;
  for (std::size_t rank = 1; rank < graph.layers.size(); ++rank) {
    const auto& layer = graph.layers[rank];
    std::size_t low = 0, first = 0;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      const auto& node = graph.nodes[layer[i]];
      if (!node.dummy) continue;
      const bool inner = graph.nodes[node.up.back()].dummy;
      if (!inner && i + 1 != layer.size()) continue;
      const auto high = inner ? graph.nodes[node.up.back()].position : graph.layers[rank - 1].size() - 1;
      for (; first <= i; ++first) {
        for (auto x : graph.nodes[layer[first]].up) {
          const auto position = graph.nodes[x].position;
          if (position < low || position > high) out.emplace(x, layer[first]);
        }
      }
      low = high;
    }
  }
  return out;
}

/// One of the four alignments.
class Alignment {
 public:
  /// `right`: from right to left; `below`: aligned with the layer below, walking upwards.
  Alignment(const LayeredGraph& graph, const Conflicts& conflicts, int space, bool right, bool below)
      : graph_(graph), conflicts_(conflicts), space_(space), right_(right), below_(below), nodes_(graph.nodes.size()) {
    for (NodeId v = 0; v < nodes_.size(); ++v) nodes_[v] = {v, v, v, kInfinity, std::nullopt};
    for (const auto& layer : graph.layers) order_.push_back(layer);
    if (right)
      for (auto& layer : order_) std::reverse(layer.begin(), layer.end());
    if (below) std::reverse(order_.begin(), order_.end());
  }

  std::vector<double> run() {
    for (std::size_t i = 1; i < order_.size(); ++i) align(order_[i], order_[i - 1]);
    for (const auto& layer : order_)
      for (auto v : layer)
        if (nodes_[v].root == v) place_block(v);
    return coordinates();
  }

 private:
  struct Node {
    NodeId root, align, sink;
    double shift;
    std::optional<double> x;  ///< of roots
  };

  /// Index in the walking order of the node's layer.
  std::size_t walked_position(NodeId v) const {
    const auto& node = graph_.nodes[v];
    return right_ ? graph_.layers[node.rank].size() - 1 - node.position : node.position;
  }

  std::vector<std::size_t> medians(NodeId v) const {
    std::vector<std::size_t> positions;
    for (auto x : below_ ? graph_.nodes[v].down : graph_.nodes[v].up) positions.push_back(walked_position(x));
    if (positions.empty()) return {};
    std::sort(positions.begin(), positions.end());
    const auto middle = (positions.size() - 1) / 2;
    if (positions.size() % 2 == 1) return {positions[middle]};
    return {positions[middle], positions[middle + 1]};
  }

  /// Hangs nodes under (or over) their median neighbours where that crosses no earlier choice.
  void align(const std::vector<NodeId>& layer, const std::vector<NodeId>& neighbours) {
    std::optional<std::size_t> last;
    for (auto v : layer) {
      for (auto m : medians(v)) {
        const auto other = neighbours[m];
        if (nodes_[v].align != v) continue;
        if (conflicts_.contains(below_ ? std::pair(v, other) : std::pair(other, v)) || (last && *last >= m)) continue;
        nodes_[other].align = v;
        nodes_[v].root = nodes_[other].root;
        nodes_[v].align = nodes_[v].root;
        last = m;
      }
    }
  }

  void place_block(NodeId root) {
    if (nodes_[root].x) return;
    nodes_[root].x = 0;
    auto v = root;
    do {
      const auto position = walked_position(v);
      if (position > 0) {
        const auto& layer = graph_.layers[graph_.nodes[v].rank];
        const auto before = layer[right_ ? layer.size() - position : position - 1];
        const auto distance = space_ + (graph_.nodes[before].width + graph_.nodes[v].width) / 2.0;
        const auto block = nodes_[before].root;
        place_block(block);
        push(root, block, distance);
      }
      v = nodes_[v].align;
    } while (v != root);
  }

  /// Keeps the block of `root` behind that of `block`, or the whole class away when they are of different ones.
  void push(NodeId root, NodeId block, double distance) {
    if (nodes_[root].sink == root) nodes_[root].sink = nodes_[block].sink;
    const auto sink = nodes_[block].sink;
    if (nodes_[root].sink != sink) {
      nodes_[sink].shift = std::min(nodes_[sink].shift, *nodes_[root].x - (*nodes_[block].x + distance));
    } else {
      nodes_[root].x = std::max(*nodes_[root].x, *nodes_[block].x + distance);
    }
  }

  std::vector<double> coordinates() const {
    std::vector<double> out;
    const double sign = right_ ? -1 : 1;
    for (const auto& node : nodes_) {
      const auto& root = nodes_[node.root];
      const auto shift = nodes_[root.sink].shift;
      out.push_back(sign * (*root.x + (shift < kInfinity ? shift : 0)));
    }
    return out;
  }

  const LayeredGraph& graph_;
  const Conflicts& conflicts_;
  int space_;
  bool right_, below_;
  std::vector<Node> nodes_;
  std::vector<std::vector<NodeId>> order_;  ///< layers as they are walked
};

}  // namespace

std::vector<Point> place(const LayeredGraph& graph, const Spacing& spacing) {
  const auto conflicts = find_conflicts(graph);
  std::array<std::vector<double>, 4> candidates;
  for (std::size_t i = 0; i < 4; ++i)
    candidates[i] = Alignment(graph, conflicts, spacing.between_columns, i % 2 == 1, i >= 2).run();
  std::vector<Point> out;
  for (NodeId v = 0; v < graph.nodes.size(); ++v) {
    std::array<double, 4> x{candidates[0][v], candidates[1][v], candidates[2][v], candidates[3][v]};
    std::sort(x.begin(), x.end());
    const auto rank = static_cast<double>(graph.nodes[v].rank);
    out.push_back({(x[1] + x[2]) / 2, rank * (spacing.box_height + spacing.between_layers) + spacing.box_height / 2.0});
  }
  return out;
}

}  // namespace pivot::commands::dag
