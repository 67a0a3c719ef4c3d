// A graph in layers, the first three steps of Sugiyama's method: ranks, dummy nodes on long edges, an order in each
// layer that crosses few edges; and the fourth, x coordinates after Brandes and Köpf. The choices where the method
// leaves some (order of ties, which passes run) are those of grandalf, which DVC draws with, so that the pictures are
// the same.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace pivot::commands::dag {

using NodeId = std::size_t;

struct Point {
  double x = 0, y = 0;
};

/// What is drawn: boxes of these widths, in a fixed order, and edges from the upper to the lower box. Connected,
/// without cycles.
struct Boxes {
  std::vector<int> widths;
  std::vector<std::pair<NodeId, NodeId>> edges;
};

/// Room between boxes; all boxes have the same height.
struct Spacing {
  int between_columns = 0;
  int between_layers = 0;
  int box_height = 0;
};

struct LayeredGraph {
  struct Node {
    int width = 0;
    std::size_t rank = 0;
    std::size_t position = 0;  ///< index in its layer
    double bar = 0;            ///< barycenter, 0..1
    bool dummy = false;
    std::vector<NodeId> up, down;  ///< neighbours in the layers above and below
  };
  std::vector<Node> nodes;               ///< the boxes first, then the dummies
  std::vector<std::vector<NodeId>> layers;
  std::vector<std::vector<NodeId>> chains;  ///< for each edge its dummies, from the top down
};

/// Where everything goes: centres of the boxes, and the bends of each edge (without its ends).
struct Placement {
  std::vector<Point> boxes;
  std::vector<std::vector<Point>> bends;
};

/// Ranks and dummy nodes.
LayeredGraph make_layers(const Boxes& boxes);
/// Orders each layer: a pass down, a pass up, a pass down.
void order_layers(LayeredGraph& graph);
/// Coordinates of all nodes, dummies too.
std::vector<Point> place(const LayeredGraph& graph, const Spacing& spacing);

/// All of it.
Placement lay_out(const Boxes& boxes, const Spacing& spacing);

}  // namespace pivot::commands::dag
