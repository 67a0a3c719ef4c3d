// What the emitter writes: nodes with the comments and styles that a round trip keeps.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/value.h"
#include "text/yaml/node.h"

namespace pivot::text::yaml {

/// Scalar style of the keys and values of a `!!set`, besides ', ", | and >.
inline constexpr char kSetKey = '?';
inline constexpr char kHiddenValue = '-';

struct EmitNode {
  NodeKind kind = NodeKind::scalar;
  CoreTag tag = CoreTag::str;
  std::string written_tag;          ///< as it is written when it is: "!!str", "!foo", "!<x>"
  std::string text;
  char style = 0;                   ///< scalars: 0 means that the emitter decides
  std::optional<bool> flow_style;   ///< collections: as they were written; none for fresh and for empty ones
  std::string anchor;               ///< empty: none
  bool always_anchor = false;       ///< written even when nothing refers to it
  CommentPtr post;
  CommentList pre, end;
  bool has_comments = false;
  std::vector<EmitNode*> items;
  std::vector<std::pair<EmitNode*, EmitNode*>> pairs;
  // The emitter's own:
  mutable bool visited = false;     ///< while anchors are numbered
  mutable bool written = false;     ///< from now on it is an alias
  mutable std::string name;         ///< the anchor that it gets

  bool empty() const { return items.empty() && pairs.empty(); }
  /// How it is written: fresh collections are blocks, empty ones brackets.
  bool flow() const { return flow_style.value_or(empty()); }
};

/// Owns the nodes of one document.
struct EmitTree {
  std::deque<EmitNode> nodes;
  EmitNode* root = nullptr;
  EmitNode* make(NodeKind kind, CoreTag tag) {
    EmitNode& node = nodes.emplace_back();
    node.kind = kind;
    node.tag = tag;
    return &node;
  }
};

/// What ruamel's round-trip constructor and representer make of a composed document.
EmitTree represent(const Document& document);
/// Fresh data as nodes of `tree`; containers that are shared share their node.
EmitNode* represent(EmitTree& tree, const Value& value);
/// The tree as text; once a tree.
std::string emit(const EmitTree& tree);

}  // namespace pivot::text::yaml
