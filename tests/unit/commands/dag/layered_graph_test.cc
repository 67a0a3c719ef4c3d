#include "commands/dag/layered_graph.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pivot::commands::dag;

TEST_CASE("every edge leads downwards and a long one gets a dummy in each layer between") {
  const auto graph = make_layers({{5, 5, 5}, {{0, 1}, {1, 2}, {0, 2}}});
  REQUIRE(graph.layers.size() == 3);
  CHECK(graph.nodes.size() == 4);
  CHECK(graph.chains[2] == std::vector<NodeId>{3});
  CHECK(graph.nodes[3].dummy);
  CHECK(graph.nodes[3].rank == 1);
  CHECK(graph.nodes[3].up == std::vector<NodeId>{0});
  CHECK(graph.nodes[3].down == std::vector<NodeId>{2});
}

TEST_CASE("a source that is needed late stands directly above its child") {
  const auto graph = make_layers({{5, 5, 5, 5}, {{0, 1}, {1, 2}, {3, 2}}});
  CHECK(graph.nodes[3].rank == 1);
  CHECK(graph.chains[2].empty());
}

TEST_CASE("ordering removes a crossing that need not be") {
  auto graph = make_layers({{5, 5, 5, 5}, {{0, 3}, {1, 2}}});
  order_layers(graph);
  const bool crossed =
      (graph.nodes[0].position < graph.nodes[1].position) != (graph.nodes[3].position < graph.nodes[2].position);
  CHECK_FALSE(crossed);
}

TEST_CASE("boxes of a layer never overlap") {
  Boxes boxes;
  for (int i = 0; i < 40; ++i) boxes.widths.push_back(5 + i * 7 % 11);
  for (NodeId i = 1; i < 40; ++i) {
    boxes.edges.emplace_back(i / 3, i);
    if (i > 9 && i % 4 == 0) boxes.edges.emplace_back(i - 7, i);
  }
  auto graph = make_layers(boxes);
  order_layers(graph);
  const auto points = place(graph, {.between_columns = 5, .between_layers = 3, .box_height = 3});
  for (const auto& layer : graph.layers) {
    for (std::size_t i = 1; i < layer.size(); ++i) {
      const auto a = layer[i - 1], b = layer[i];
      CHECK(points[b].x - points[a].x >= (graph.nodes[a].width + graph.nodes[b].width) / 2.0);
    }
  }
}

TEST_CASE("a chain of a thousand boxes is one straight column") {
  Boxes boxes{std::vector<int>(1000, 5), {}};
  for (NodeId i = 1; i < 1000; ++i) boxes.edges.emplace_back(i - 1, i);
  const auto placement = lay_out(boxes, {.between_columns = 5, .between_layers = 3, .box_height = 3});
  for (const auto& point : placement.boxes) CHECK(point.x == placement.boxes.front().x);
  CHECK(placement.boxes.back().y == 999 * 6 + 1.5);
}
