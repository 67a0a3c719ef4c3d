// A graph of stages or outputs as text: ASCII boxes, Graphviz DOT, Mermaid.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pivot::commands {

/// Nodes in DVC's order (as collected) and edges from a dependency to its dependent, ordered by dependent and then as
/// its dependencies are listed. Names are unique.
struct DagPicture {
  std::vector<std::string> names;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
};

/// One drawing for each connected part, a line end between them and none at the end.
std::string ascii_dag(const DagPicture& picture);

/// "strict digraph {...}" with a final newline.
std::string dot_dag(const DagPicture& picture);

/// A Mermaid flowchart, in a fence for Markdown when `fenced`; no newline at the end.
std::string mermaid_dag(const DagPicture& picture, bool fenced);

/// The stages of one foreach or matrix group ("train@1", "train@2") as one node "train". Names that end in .dvc stay.
DagPicture collapse_groups(const DagPicture& picture);

}  // namespace pivot::commands
