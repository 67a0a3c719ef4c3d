#include "commands/dag_drawing.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/disk.h"
#include "base/strings.h"
#include "text/json.h"

using namespace pivot;
using namespace pivot::commands;

namespace {

std::string read_golden(const std::string& file) {
  const char* root = std::getenv("PIVOT_SOURCE_ROOT");
  const auto text = real_disk().read(cat(root == nullptr ? "." : root, "/tests/golden/", file));
  REQUIRE(text);
  return *text;
}

DagPicture picture_of(const Map& graph) {
  DagPicture out;
  for (const auto& name : graph.find("names")->as_list()) out.names.push_back(name.as_string());
  for (const auto& edge : graph.find("edges")->as_list())
    out.edges.emplace_back(static_cast<std::size_t>(edge.as_list()[0].as_int()),
                           static_cast<std::size_t>(edge.as_list()[1].as_int()));
  return out;
}

/// a feeds b and c, which feed d; e stands alone.
const DagPicture kDiamond{{"d", "a", "b", "c", "e"}, {{2, 0}, {3, 0}, {1, 2}, {1, 3}}};

}  // namespace

TEST_CASE("drawings are those of DVC") {
  const auto golden = text::json::parse(read_golden("dag/ascii_cases.json"));
  for (const auto& item : golden.as_map().find("cases")->as_list()) {
    const auto& graph = item.as_map();
    CHECK(ascii_dag(picture_of(graph)) == graph.find("text")->as_string());
  }
}

TEST_CASE("connected parts are drawn one below the other") {
  CHECK(ascii_dag({{"a", "b"}, {}}) == "+---+  \n| a |  \n+---+  \n+---+  \n| b |  \n+---+  ");
  CHECK(ascii_dag({}).empty());
}

TEST_CASE("names are measured in characters, not bytes") {
  CHECK(ascii_dag({{"\xc3\xa4\xc3\xb6"}, {}}) == "+----+ \n| \xc3\xa4\xc3\xb6 | \n+----+ ");
}

TEST_CASE("DOT lists nodes, then edges by their start") {
  CHECK(dot_dag(kDiamond) ==
        "strict digraph {\n\"d\";\n\"a\";\n\"b\";\n\"c\";\n\"e\";\n\"a\" -> \"b\";\n\"a\" -> \"c\";\n\"b\" -> "
        "\"d\";\n\"c\" -> \"d\";\n}\n");
  CHECK(dot_dag({}) == "strict digraph {\n}\n");
}

TEST_CASE("Mermaid numbers the sorted names of each part") {
  CHECK(mermaid_dag(kDiamond, false) ==
        "flowchart "
        "TD\n\tnode1[\"a\"]\n\tnode2[\"b\"]\n\tnode3[\"c\"]\n\tnode4[\"d\"]\n\tnode1-->node2\n\tnode1-->node3\n\tnode2-"
        "->node4\n"
        "\tnode3-->node4\n\tnode5[\"e\"]");
  CHECK(mermaid_dag({{"a"}, {}}, true) == "```mermaid\nflowchart TD\n\tnode1[\"a\"]\n```");
}

TEST_CASE("a group becomes one node with the edges of its members, once each") {
  const auto out = collapse_groups({{"x@1", "a", "x@2", "b", "odd@name.dvc"}, {{1, 0}, {1, 2}, {0, 3}, {2, 3}}});
  CHECK(out.names == std::vector<std::string>{"a", "b", "odd@name.dvc", "x"});
  CHECK(out.edges == std::vector<std::pair<std::size_t, std::size_t>>{{3, 1}, {0, 3}});
}
