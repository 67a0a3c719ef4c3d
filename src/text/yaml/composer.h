// Parser and composer in one recursive descent: tokens to nodes.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "text/yaml/node.h"
#include "text/yaml/scanner.h"

namespace pivot::text::yaml {

/// Follows the grammar of PyYAML's parser; its errors are ruamel's.
class Composer {
 public:
  Composer(std::string_view text, const Limits& limits, bool keep_comments)
      : scanner_(text, keep_comments), limits_(limits), keep_comments_(keep_comments) {}
  Document run();

 private:
  /// A tag as written, and what it stands for.
  struct Tag {
    bool present = false;
    std::string handle, suffix, text;
  };
  [[noreturn]] void fail(const char* context, const Position& start, std::string problem, const Position& where) const;
  [[noreturn]] void fail_limit(const std::string& what, const Position& where) const;

  void check_last_document();
  bool start_explicit_document();
  void read_directives();
  void end_document();
  Node* compose_node(bool block, bool indentless);
  Node* compose_alias();
  void read_properties(Node& node, Tag& tag, bool& has_start, Position& start);
  Tag resolve_tag(const Token& token);
  Node* compose_scalar(Node* node, const Tag& tag);
  Node* compose_empty(const Position& where, CommentsPtr comments = nullptr);
  void compose_content(Node* node, const Tag& tag, bool block, bool indentless);
  void set_collection_tag(Node& node, const Tag& tag, CoreTag fallback);
  void finish_collection(Node& node, const CommentsPtr& end_comments);
  CommentsPtr take_sequence_comments(bool indentless);
  void add_item(Node& sequence, Node* item);
  void add_pair(Node& mapping, Node* key, Node* value);

  CommentsPtr block_sequence(Node& node);
  CommentsPtr indentless_sequence(Node& node);
  CommentsPtr block_mapping(Node& node);
  Node* block_mapping_key();
  Node* block_mapping_value();
  CommentsPtr flow_sequence(Node& node);
  Node* flow_sequence_pair();
  CommentsPtr flow_mapping(Node& node);

  void move_comments(Token& from, bool empty = false);

  Scanner scanner_;
  const Limits limits_;
  const bool keep_comments_;
  Document document_;
  std::unordered_map<std::string, Node*> anchors_;
  std::vector<std::pair<std::string, std::string>> tag_handles_;
  bool ended_explicitly_ = false;
  int depth_ = 0;
  std::size_t total_ = 0;
};

}  // namespace pivot::text::yaml
