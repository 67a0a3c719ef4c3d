#include "text/yaml/composer.h"

#include "base/strings.h"
#include "text/yaml/characters.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

Document compose(std::string_view text, const Limits& limits, bool keep_comments) {
  return Composer(text, limits, keep_comments).run();
}

void Composer::fail(const char* context, const Position& start, std::string problem, const Position& where) const {
  throw SyntaxError(context, start, std::move(problem), where, "ParserError");
}

void Composer::fail_limit(const std::string& what, const Position& where) const {
  throw SyntaxError("", std::nullopt, what, where, "ComposerError");
}

Document Composer::run() {
  Token start = scanner_.take();
  move_comments(start);
  if (!scanner_.next_is_any(TokenKind::directive, TokenKind::document_start, TokenKind::stream_end)) {
    document_.root = compose_node(true, false);
  } else if (start_explicit_document()) {
    scanner_.take();
    const Position where = scanner_.peek().start;
    const bool empty = scanner_.next_is_any(TokenKind::directive, TokenKind::document_start, TokenKind::document_end,
                                            TokenKind::stream_end);
    document_.root = empty ? compose_empty(where) : compose_node(true, false);
  } else {
    return std::move(document_);
  }
  end_document();
  check_last_document();
  document_.is_yaml_1_1 = scanner_.is_yaml_1_1();
  return std::move(document_);
}

// Moves to the "---" of the next document; false at the end of the stream.
bool Composer::start_explicit_document() {
  while (scanner_.next_is(TokenKind::document_end)) scanner_.take();
  if (scanner_.next_is(TokenKind::stream_end)) return false;
  read_directives();
  if (!scanner_.next_is(TokenKind::document_start))
    throw SyntaxError("", std::nullopt,
                      cat("expected '<document start>', but found ('", token_name(scanner_.peek().kind), "',)"),
                      scanner_.peek().start, "ParserError");
  return true;
}

void Composer::read_directives() {
  bool has_version = false;
  tag_handles_.clear();
  auto bad = [](std::string problem, const Position& where) {
    throw SyntaxError("", std::nullopt, std::move(problem), where, "ParserError");
  };
  while (scanner_.next_is(TokenKind::directive)) {
    const Token token = scanner_.take();
    if (token.style != 't' && token.text == "YAML") {
      if (has_version) bad("found duplicate YAML directive", token.start);
      if (token.major != 1) bad("found incompatible YAML document (version 1.* is required)", token.start);
      has_version = true;
    } else if (token.style == 't') {
      for (const auto& [handle, prefix] : tag_handles_)
        if (handle == token.handle) bad(cat("duplicate tag handle ", python_str_repr(handle)), token.start);
      tag_handles_.emplace_back(token.handle, token.text);
    }
  }
}

void Composer::end_document() {
  if (!scanner_.next_is(TokenKind::document_end)) return;
  const Token token = scanner_.take();
  ended_explicitly_ = true;
  const Token& next = scanner_.peek();
  if (next.kind != TokenKind::stream_end && token.end.line == next.start.line)
    throw SyntaxError("", std::nullopt,
                      cat("found non-comment content after document end marker, ('", token_name(next.kind), "',)"),
                      next.start, "ParserError");
}

void Composer::check_last_document() {
  // Behind "..." a second document may begin without "---".
  const bool bare = ended_explicitly_ && !scanner_.is_yaml_1_1() &&
                    !scanner_.next_is_any(TokenKind::directive, TokenKind::document_start, TokenKind::stream_end);
  if (!bare && !start_explicit_document()) return;
  throw SyntaxError("expected a single document in the stream", document_.root->start, "but found another document",
                    scanner_.peek().start, "ComposerError");
}

void Composer::move_comments(Token& from, bool empty) {
  if (!keep_comments_ || !from.comments) return;
  Token& target = scanner_.peek();
  if (target.kind == TokenKind::stream_end || target.kind == TokenKind::document_start) return;
  CommentsPtr moved = std::move(from.comments);
  from.comments = nullptr;
  if (!target.comments) {
    if (empty) {
      auto extended = std::make_shared<Comments>();
      extended->post = moved->post;
      extended->pre = moved->pre;
      extended->after_key = moved->post;
      extended->extended = true;
      moved = std::move(extended);
    }
    target.comments = std::move(moved);
    return;
  }
  Comments& to = *target.comments;
  if (moved->pre && to.pre) moved->pre->insert(moved->pre->end(), to.pre->begin(), to.pre->end());
  // ruamel refuses two comments behind one token; both are kept here.
  if (moved->post && to.post) moved->post->text += to.post->text;
  if (moved->post) to.post = moved->post;
  if (moved->pre) to.pre = moved->pre;
}

Node* Composer::compose_alias() {
  const Token token = scanner_.take();
  const auto it = anchors_.find(token.text);
  if (it == anchors_.end())
    throw SyntaxError("", std::nullopt, cat("found undefined alias ", python_str_repr(token.text)), token.start,
                      "ComposerError");
  Node* node = it->second;
  if (node->open)
    throw SyntaxError("", std::nullopt, "found unconstructable recursive node", token.start, "ConstructorError");
  total_ += node->expanded;
  if (total_ > limits_.nodes) fail_limit("too many nodes (aliases counted as often as they are used)", token.start);
  return node;
}

Composer::Tag Composer::resolve_tag(const Token& token) {
  Tag tag;
  tag.present = true;
  tag.handle = token.has_handle ? token.handle : "";
  tag.suffix = token.text;
  if (token.has_handle) {
    const std::string* prefix = nullptr;
    static const std::string kPrimary = "!", kSecondary = "tag:yaml.org,2002:";
    if (token.handle == "!") prefix = &kPrimary;
    if (token.handle == "!!") prefix = &kSecondary;
    for (const auto& [handle, text] : tag_handles_)
      if (handle == token.handle) prefix = &text;
    tag.present = prefix != nullptr;  // the caller reports an unknown handle
    if (!prefix) return tag;
    tag.text = *prefix;
  }
  // The round-trip scanner leaves escapes in place.
  for (std::size_t i = 0; i < token.text.size(); ++i) {
    if (token.text[i] == '%' && i + 2 < token.text.size()) {
      append_utf8(tag.text, static_cast<char32_t>(std::stoi(token.text.substr(i + 1, 2), nullptr, 16)));
      i += 2;
    } else {
      tag.text += token.text[i];
    }
  }
  return tag;
}

void Composer::read_properties(Node& node, Tag& tag, bool& has_start, Position& start) {
  Position tag_mark;
  bool tag_seen = false;
  auto take_anchor = [&] {
    Token token = scanner_.take();
    if (!tag_seen) move_comments(token);
    start = token.start;
    node.has_anchor = true;
    node.anchor = std::move(token.text);
    if (tag_seen) tag_mark = start;
  };
  auto take_tag = [&] {
    Token token = scanner_.take();
    if (!node.has_anchor) move_comments(token);
    if (!node.has_anchor) start = token.start;
    tag_mark = token.start;
    tag_seen = true;
    tag = resolve_tag(token);
  };
  if (scanner_.next_is(TokenKind::anchor)) {
    take_anchor();
    has_start = true;
    if (scanner_.next_is(TokenKind::tag)) take_tag();
  } else if (scanner_.next_is(TokenKind::tag)) {
    take_tag();
    has_start = true;
    if (scanner_.next_is(TokenKind::anchor)) take_anchor();
  }
  if (tag_seen && !tag.present)
    fail("while parsing a node", start, cat("found undefined tag handle ", python_str_repr(tag.handle)), tag_mark);
}

Node* Composer::compose_node(bool block, bool indentless) {
  if (scanner_.next_is(TokenKind::alias)) return compose_alias();
  Node* node = document_.make(NodeKind::scalar);
  Tag tag;
  bool has_start = false;
  Position start;
  read_properties(*node, tag, has_start, start);
  node->start = has_start ? start : scanner_.peek().start;
  if (++depth_ > limits_.depth)
    fail_limit(cat("maximum depth of data structure exceeded (", std::to_string(depth_), ")"), node->start);
  if (++total_ > limits_.nodes) fail_limit("too many nodes", node->start);
  node->has_tag = tag.present && tag.text != "!";
  node->handle = tag.handle;
  node->suffix = tag.suffix;
  compose_content(node, tag, block, indentless);
  --depth_;
  return node;
}

void Composer::compose_content(Node* node, const Tag& tag, bool block, bool indentless) {
  auto begin = [&](NodeKind kind, bool flow, CommentsPtr comments) {
    node->kind = kind;
    node->flow = flow;
    node->comments = std::move(comments);
    node->open = true;
    set_collection_tag(*node, tag, kind == NodeKind::sequence ? CoreTag::seq : CoreTag::map);
    if (node->has_anchor) anchors_[node->anchor] = node;
  };
  const TokenKind next = scanner_.peek().kind;
  if (indentless && next == TokenKind::block_entry) {
    begin(NodeKind::sequence, false, take_sequence_comments(true));
    finish_collection(*node, indentless_sequence(*node));
  } else if (next == TokenKind::scalar) {
    compose_scalar(node, tag);
  } else if (next == TokenKind::flow_sequence_start) {
    begin(NodeKind::sequence, true, scanner_.peek().comments);
    finish_collection(*node, flow_sequence(*node));
  } else if (next == TokenKind::flow_mapping_start) {
    begin(NodeKind::mapping, true, scanner_.peek().comments);
    finish_collection(*node, flow_mapping(*node));
  } else if (block && next == TokenKind::block_sequence_start) {
    begin(NodeKind::sequence, false, take_sequence_comments(false));
    finish_collection(*node, block_sequence(*node));
  } else if (block && next == TokenKind::block_mapping_start) {
    begin(NodeKind::mapping, false, scanner_.peek().comments);
    finish_collection(*node, block_mapping(*node));
  } else if (node->has_anchor || tag.present) {
    node->tag = CoreTag::null;
    if (node->has_tag) {
      node->tag = core_tag_from_text(tag.text);
      node->tag_text = tag.text;
    }
    if (node->has_anchor) anchors_[node->anchor] = node;
  } else {
    const Token& token = scanner_.peek();
    fail(block ? "while parsing a block node" : "while parsing a flow node", node->start,
         cat("expected the node content, but found '", token_name(token.kind), "'"), token.start);
  }
}

Node* Composer::compose_scalar(Node* node, const Tag& tag) {
  Token token = scanner_.take();
  node->text = std::move(token.text);
  node->style = token.style;
  node->comments = std::move(token.comments);
  if (node->has_tag) {
    node->tag = core_tag_from_text(tag.text);
    node->tag_text = tag.text;
  } else if (token.plain || tag.present) {
    node->tag = resolve_plain(node->text, scanner_.is_yaml_1_1());
  }
  if (node->has_anchor) anchors_[node->anchor] = node;
  return node;
}

Node* Composer::compose_empty(const Position& where, CommentsPtr comments) {
  if (++total_ > limits_.nodes) fail_limit("too many nodes", where);
  Node* node = document_.make(NodeKind::scalar);
  node->start = where;
  node->tag = CoreTag::null;
  node->comments = std::move(comments);
  return node;
}

void Composer::set_collection_tag(Node& node, const Tag& tag, CoreTag fallback) {
  node.tag = fallback;
  if (!node.has_tag) return;
  node.tag = core_tag_from_text(tag.text);
  node.tag_text = tag.text;
}

// Comments of the end token: behind a flow collection they replace its own; lines in front of the end are kept apart.
void Composer::finish_collection(Node& node, const CommentsPtr& end_comments) {
  node.open = false;
  if (!end_comments) return;
  if (node.flow) node.comments = end_comments;
  if (!end_comments->pre) return;
  if (!node.comments) node.comments = std::make_shared<Comments>();
  node.comments->end = end_comments->pre;
  node.comments->extended = true;
  end_comments->pre = nullptr;
}

CommentsPtr Composer::take_sequence_comments(bool indentless) {
  CommentsPtr have = scanner_.peek().comments;
  if (!have) return nullptr;
  auto taken = std::make_shared<Comments>();
  if (indentless) {
    if (have->post) {
      taken->post = std::move(have->post);
      have->post = nullptr;
      taken->pre = std::make_shared<std::vector<CommentPtr>>();
    } else if (have->pre) {
      taken->pre = std::move(have->pre);
      have->pre = nullptr;
    } else {
      return nullptr;
    }
    return taken;
  }
  if (have->pre) return have;
  if (!have->post) return nullptr;
  taken->post = have->post;
  scanner_.peek().comments = nullptr;
  return taken;
}

void Composer::add_item(Node& sequence, Node* item) {
  sequence.items.push_back(item);
  sequence.expanded += item->expanded;
}

void Composer::add_pair(Node& mapping, Node* key, Node* value) {
  mapping.pairs.emplace_back(key, value);
  mapping.expanded += key->expanded + value->expanded;
}

}  // namespace pivot::text::yaml
