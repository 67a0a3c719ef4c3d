// The collections of the grammar: block and flow sequences and mappings.
#include "base/strings.h"
#include "text/yaml/composer.h"

namespace pivot::text::yaml {

CommentsPtr Composer::block_sequence(Node& node) {
  const Position start = scanner_.take().start;
  while (scanner_.next_is(TokenKind::block_entry)) {
    Token entry = scanner_.take();
    move_comments(entry);
    if (scanner_.next_is_any(TokenKind::block_entry, TokenKind::block_end))
      add_item(node, compose_empty(entry.end));
    else
      add_item(node, compose_node(true, false));
  }
  if (!scanner_.next_is(TokenKind::block_end)) {
    const Token& token = scanner_.peek();
    fail("while parsing a block collection", start,
         cat("expected <block end>, but found '", token_name(token.kind), "'"), token.start);
  }
  return scanner_.take().comments;
}

CommentsPtr Composer::indentless_sequence(Node& node) {
  while (scanner_.next_is(TokenKind::block_entry)) {
    Token entry = scanner_.take();
    move_comments(entry);
    if (scanner_.next_is_any(TokenKind::block_entry, TokenKind::key, TokenKind::value, TokenKind::block_end))
      add_item(node, compose_empty(entry.end));
    else
      add_item(node, compose_node(true, false));
  }
  return scanner_.peek().comments;
}

CommentsPtr Composer::block_mapping(Node& node) {
  const Position start = scanner_.take().start;
  while (true) {
    Node* key = nullptr;
    if (scanner_.next_is(TokenKind::key)) {
      key = block_mapping_key();
    } else if (!scanner_.is_yaml_1_1() && scanner_.next_is(TokenKind::value)) {
      key = compose_empty(scanner_.peek().start);
    } else {
      break;
    }
    add_pair(node, key, block_mapping_value());
  }
  if (!scanner_.next_is(TokenKind::block_end)) {
    const Token& token = scanner_.peek();
    fail("while parsing a block mapping", start, cat("expected <block end>, but found '", token_name(token.kind), "'"),
         token.start);
  }
  Token end = scanner_.take();
  move_comments(end);
  return end.comments;
}

Node* Composer::block_mapping_key() {
  Token token = scanner_.take();
  move_comments(token);
  if (scanner_.next_is_any(TokenKind::key, TokenKind::value, TokenKind::block_end)) return compose_empty(token.end);
  return compose_node(true, true);
}

Node* Composer::block_mapping_value() {
  if (!scanner_.next_is(TokenKind::value)) return compose_empty(scanner_.peek().start);
  Token token = scanner_.take();
  if (scanner_.next_is(TokenKind::value))
    move_comments(token);
  else if (!scanner_.next_is(TokenKind::key))
    move_comments(token, true);
  if (!scanner_.next_is_any(TokenKind::key, TokenKind::value, TokenKind::block_end)) return compose_node(true, true);
  CommentsPtr comments = token.comments;
  if (comments) return compose_empty(token.end, std::move(comments));
  if (scanner_.peek().comments) {
    // It went on to the next token: the part on the line of `key:` belongs here.
    CommentsPtr& next = scanner_.peek().comments;
    comments = std::make_shared<Comments>();
    comments->post = next->post;
    auto rest = std::make_shared<Comments>();
    rest->pre = next->pre;
    next = std::move(rest);
  }
  // ruamel places the missing value at the token that follows.
  return compose_empty(scanner_.peek().end, std::move(comments));
}

CommentsPtr Composer::flow_sequence(Node& node) {
  const Position start = scanner_.take().start;
  for (bool first = true; !scanner_.next_is(TokenKind::flow_sequence_end); first = false) {
    if (!first) {
      if (!scanner_.next_is(TokenKind::flow_entry)) {
        const Token& token = scanner_.peek();
        fail("while parsing a flow sequence", start,
             cat("expected ',' or ']', but got '", token_name(token.kind), "'"), token.start);
      }
      scanner_.take();
    }
    if (scanner_.next_is(TokenKind::key))
      add_item(node, flow_sequence_pair());
    else if (!scanner_.next_is(TokenKind::flow_sequence_end))
      add_item(node, compose_node(false, false));
  }
  return scanner_.take().comments;
}

// `[key: value]`: a mapping of one pair.
Node* Composer::flow_sequence_pair() {
  if (++total_ > limits_.nodes) fail_limit("too many nodes", scanner_.peek().start);
  if (++depth_ > limits_.depth) fail_limit("maximum depth of data structure exceeded", scanner_.peek().start);
  Node* node = document_.make(NodeKind::mapping);
  node->tag = CoreTag::map;
  node->flow = true;
  const Token key_token = scanner_.take();
  node->start = key_token.start;
  Node* key = nullptr;
  if (scanner_.next_is_any(TokenKind::value, TokenKind::flow_entry, TokenKind::flow_sequence_end))
    key = compose_empty(key_token.end);
  else
    key = compose_node(false, false);
  Node* value = nullptr;
  if (!scanner_.next_is(TokenKind::value)) {
    value = compose_empty(scanner_.peek().start);
  } else {
    const Token value_token = scanner_.take();
    if (scanner_.next_is_any(TokenKind::flow_entry, TokenKind::flow_sequence_end))
      value = compose_empty(value_token.end);
    else
      value = compose_node(false, false);
  }
  add_pair(*node, key, value);
  --depth_;
  return node;
}

CommentsPtr Composer::flow_mapping(Node& node) {
  const Position start = scanner_.take().start;
  for (bool first = true; !scanner_.next_is(TokenKind::flow_mapping_end); first = false) {
    if (!first) {
      if (!scanner_.next_is(TokenKind::flow_entry)) {
        const Token& token = scanner_.peek();
        fail("while parsing a flow mapping", start, cat("expected ',' or '}', but got '", token_name(token.kind), "'"),
             token.start);
      }
      scanner_.take();
    }
    Node* key = nullptr;
    if (scanner_.next_is(TokenKind::key)) {
      const Token token = scanner_.take();
      if (scanner_.next_is_any(TokenKind::value, TokenKind::flow_entry, TokenKind::flow_mapping_end))
        key = compose_empty(token.end);
      else
        key = compose_node(false, false);
    } else if (!scanner_.is_yaml_1_1() && scanner_.next_is(TokenKind::value)) {
      key = compose_empty(scanner_.peek().end);
    } else if (!scanner_.next_is(TokenKind::flow_mapping_end)) {
      key = compose_node(false, false);
      add_pair(node, key, compose_empty(scanner_.peek().start));
      continue;
    } else {
      break;
    }
    if (!scanner_.next_is(TokenKind::value)) {
      add_pair(node, key, compose_empty(scanner_.peek().start));
      continue;
    }
    const Token token = scanner_.take();
    if (scanner_.next_is_any(TokenKind::flow_entry, TokenKind::flow_mapping_end))
      add_pair(node, key, compose_empty(token.end));
    else
      add_pair(node, key, compose_node(false, false));
  }
  return scanner_.take().comments;
}

}  // namespace pivot::text::yaml
