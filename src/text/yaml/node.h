// The node tree between the scanner and a value (or a round trip).
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"
#include "text/yaml/token.h"

namespace pivot::text::yaml {

/// The tags that ruamel's loader knows; `other` is any else, its text then stands in Node::tag_text.
enum class CoreTag : unsigned char {
  str,
  null,
  boolean,
  integer,
  real,
  timestamp,
  binary,
  merge,
  value,
  seq,
  map,
  set,
  omap,
  pairs,
  other,
};

/// "tag:yaml.org,2002:int" and the like.
std::string core_tag_text(CoreTag tag);
CoreTag core_tag_from_text(std::string_view text);

enum class NodeKind : unsigned char { scalar, sequence, mapping };

struct Node {
  NodeKind kind = NodeKind::scalar;
  CoreTag tag = CoreTag::str;
  bool flow = false;        ///< collections: written in [] or {}
  bool open = false;        ///< its content is still being read: an alias to it would be a cycle
  bool has_anchor = false;
  bool has_tag = false;     ///< a tag was written ("!" alone does not count)
  char style = 0;           ///< scalars: 0 plain, ', ", | or >
  Position start;
  std::string text;
  std::string anchor;
  std::string tag_text;     ///< of CoreTag::other: the full tag
  std::string handle;       ///< of a written tag: "!", "!!", "!e!" or "" for <verbatim>
  std::string suffix;
  std::vector<Node*> items;
  std::vector<std::pair<Node*, Node*>> pairs;
  CommentsPtr comments;
  std::size_t expanded = 1;  ///< number of nodes below with aliases counted as often as they are used
  std::size_t merged = 0;    ///< leading `pairs` that came from a merge key
  Value value;               ///< the constructor's result for containers and anchored scalars
  bool constructed = false;
};

/// One document; owns its nodes.
struct Document {
  std::vector<std::vector<Node>> chunks;  ///< each is filled up to its capacity, so that nodes stay where they are
  Node* root = nullptr;     ///< nullptr when the text holds none
  bool is_yaml_1_1 = false;
  Node* make(NodeKind kind) {
    constexpr std::size_t kFirst = 16, kMost = 1024;
    if (chunks.empty() || chunks.back().size() == chunks.back().capacity()) {
      const std::size_t size = chunks.empty() ? kFirst : std::min(chunks.back().capacity() * 2, kMost);
      chunks.emplace_back().reserve(size);
    }
    Node& node = chunks.back().emplace_back();
    node.kind = kind;
    return &node;
  }
};

/// Parses and composes a text that holds at most one document.
Document compose(std::string_view text, const Limits& limits, bool keep_comments);

}  // namespace pivot::text::yaml
