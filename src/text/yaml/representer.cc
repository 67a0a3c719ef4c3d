// What happens to a document between ruamel's round-trip constructor and its representer: numbers are re-spelt, quotes
// dropped, comments handed from tokens to the entries of collections and back.
#include "base/strings.h"
#include "text/yaml/base64.h"
#include "text/yaml/constructor.h"
#include "text/yaml/emit_node.h"
#include "text/yaml/number_text.h"

namespace pivot::text::yaml {

namespace {

bool is_generated_anchor(std::string_view name) {
  // id001 and the like are given anew.
  if (!name.starts_with("id") || name.size() < 5) return false;
  bool digits = true;
  for (std::size_t i = 2; i < 5; ++i) digits = digits && name[i] >= '0' && name[i] <= '9';
  return digits && !(name == "id000");
}

class Representer {
 public:
  Representer(const Document& document, EmitTree& tree) : document_(document), tree_(tree) {}

  EmitNode* node(Node* from) {
    if (const auto it = made_.find(from); it != made_.end()) return it->second;
    check_kind(from);
    switch (from->kind) {
      case NodeKind::scalar: return scalar(from);
      case NodeKind::sequence: return sequence(from);
      default: return mapping(from);
    }
  }

 private:
  // --- scalars

  /// True when ruamel's object for it is a class of its own that remembers the anchor.
  static bool keeps_anchor(const Node* from) {
    return from->tag != CoreTag::null && from->tag != CoreTag::timestamp && from->tag != CoreTag::binary;
  }

  EmitNode* scalar(Node* from) {
    EmitNode* n = tree_.make(NodeKind::scalar, from->tag);
    const bool old = document_.is_yaml_1_1;
    const bool tagged_text = from->tag == CoreTag::str && from->has_tag && !from->handle.empty();
    if (from->tag == CoreTag::other || tagged_text) {
      n->tag = CoreTag::other;
      n->text = from->text;
      n->style = from->style;
      n->written_tag = written_tag(from);
    } else {
      set_text(n, from, old);
    }
    if (from->has_anchor && keeps_anchor(from)) {
      n->anchor = from->anchor;
      n->always_anchor = true;
      if (n->tag == CoreTag::other && is_generated_anchor(from->anchor)) {
        n->anchor.clear();
        n->always_anchor = false;
      }
    }
    // Nulls and bytes are written again at each place; the others are one object.
    if (from->has_anchor && from->tag != CoreTag::null && from->tag != CoreTag::binary) made_.emplace(from, n);
    return n;
  }

  void set_text(EmitNode* n, Node* from, bool old) {
    switch (from->tag) {
      case CoreTag::null: return;
      case CoreTag::boolean:
        n->text = scalar_value(from->tag, from->text, old, from->start).as_bool() ? "true" : "false";
        return;
      case CoreTag::integer: n->text = integer_text(from->text, old, from->start); return;
      case CoreTag::real: n->text = real_text(from->text, old, from->start); return;
      case CoreTag::timestamp: n->text = timestamp_text_kept(from->text, from->start); return;
      case CoreTag::binary: {
        std::string bytes;
        if (!decode_base64(from->text, bytes))
          throw SyntaxError("", std::nullopt, "failed to decode base64 data", from->start, "ConstructorError");
        n->text = encode_base64(bytes);
        n->style = '|';
        return;
      }
      default: n->text = from->text;
    }
    if (from->style != '|' && from->style != '>') return;
    n->style = from->style;
    if (from->style == '>') n->text = keep_folds(from->text);
    if (from->comments && from->comments->pre && !from->comments->pre->empty()) {
      n->pre = std::make_shared<std::vector<CommentPtr>>(1, from->comments->pre->front());
      n->has_comments = true;
    }
  }

  /// Keeps the BELs of folds that stand between two words.
  static std::string keep_folds(std::string_view text) {
    std::string out;
    auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\a') {
        out += text[i];
        continue;
      }
      const bool between =
          i > 0 && !is_space(text[i - 1]) && i + 2 < text.size() && text[i + 1] == ' ' && !is_space(text[i + 2]);
      if (between) out += '\a';
    }
    return out;
  }

  static std::string written_tag(const Node* from) {
    if (!from->handle.empty()) return from->handle + from->suffix;
    if (from->suffix.starts_with("tag:yaml.org,2002:")) return "!!" + from->suffix.substr(18);
    if (from->suffix.starts_with('!')) return from->suffix;
    return cat("!<", from->suffix, ">");
  }

  // --- collections

  static void check_kind(const Node* from) {
    if (from->tag == CoreTag::other) return;
    const bool is_list = from->tag == CoreTag::seq || from->tag == CoreTag::omap || from->tag == CoreTag::pairs;
    const bool is_map = from->tag == CoreTag::map || from->tag == CoreTag::set;
    const NodeKind wanted = is_list ? NodeKind::sequence : is_map ? NodeKind::mapping : NodeKind::scalar;
    if (from->kind == wanted) return;
    auto name = [](NodeKind kind) {
      return kind == NodeKind::scalar ? "scalar" : kind == NodeKind::sequence ? "sequence" : "mapping";
    };
    throw SyntaxError("", std::nullopt, cat("expected a ", name(wanted), " node, but found ", name(from->kind)),
                      from->start, "ConstructorError");
  }

  EmitNode* collection(Node* from, CoreTag usual) {
    EmitNode* n = tree_.make(from->kind, from->tag);
    made_.emplace(from, n);
    if (from->tag == CoreTag::other) {
      n->written_tag = written_tag(from);
    } else if (from->tag != CoreTag::set && from->tag != CoreTag::omap && from->tag != usual) {
      n->tag = usual;
    }
    const bool keeps_empty_style =
        from->tag == CoreTag::set || from->tag == CoreTag::omap || from->tag == CoreTag::other;
    if (keeps_empty_style || !from->items.empty() || !from->pairs.empty()) n->flow_style = from->flow;
    if (from->has_anchor && !is_generated_anchor(from->anchor)) n->anchor = from->anchor;
    if (from->comments) {
      n->has_comments = true;
      n->post = from->comments->post;
      n->pre = from->comments->pre;
      n->end = from->comments->end;
    }
    return n;
  }

  EmitNode* sequence(Node* from) {
    EmitNode* n = collection(from, CoreTag::seq);
    if (from->tag == CoreTag::omap) {
      ordered_map(from, n);
      return n;
    }
    const bool tagged = from->tag == CoreTag::other;
    for (Node* child : from->items) {
      CommentsPtr comments;
      if (!tagged) {
        // The entry takes over the comments of its node.
        comments = std::move(child->comments);
        child->comments = nullptr;
        if (comments && child->kind == NodeKind::scalar && (child->style == '|' || child->style == '>'))
          child->comments = nullptr;
      }
      EmitNode* item = node(child);
      if (tagged && item->kind == NodeKind::scalar) item->post = nullptr, item->pre = nullptr;
      if (comments) merge_comments(item, *comments);
      n->items.push_back(item);
    }
    return n;
  }

  static void merge_comments(EmitNode* item, const Comments& comments) {
    if (!item->post) item->post = comments.post;
    if (!item->pre) item->pre = comments.pre;
    item->has_comments = true;
  }

  void ordered_map(Node* from, EmitNode* n) {
    for (Node* child : from->items) {
      if (child->kind != NodeKind::mapping || child->pairs.size() != 1)
        throw SyntaxError("while constructing an ordered map", from->start, "expected a mapping of length 1",
                          child->start, "ConstructorError");
      EmitNode* item = tree_.make(NodeKind::mapping, CoreTag::map);
      const auto [key_node, value_node] = child->pairs[0];
      EmitNode* key = node(key_node);
      EmitNode* value = node(value_node);
      if (key_node->comments) key->post = key_node->comments->post;
      if (child->comments) item->pre = child->comments->pre;
      if (value_node->comments) set_comments(value, value_node->comments->post, value_node->comments->pre);
      item->has_comments = item->pre != nullptr;
      item->pairs.emplace_back(key, value);
      n->items.push_back(item);
    }
  }

  static void set_comments(EmitNode* n, CommentPtr post, CommentList pre) {
    n->post = std::move(post);
    n->pre = std::move(pre);
    n->has_comments = true;
  }

  /// The four slots that ruamel keeps for an entry of a mapping.
  struct EntryComments {
    bool any = false;
    CommentPtr key_post, value_post;
    CommentList key_pre, value_pre;
    void add_key(const CommentPtr& post, const CommentList& pre) {
      any = true;
      if (!key_pre) key_pre = pre;
      key_post = post;
    }
    void add_value(const CommentPtr& post, const CommentList& pre) {
      any = true;
      if (!value_pre) value_pre = pre;
      value_post = post;
    }
  };

  EmitNode* mapping(Node* from) {
    EmitNode* n = collection(from, CoreTag::map);
    Merge merge;
    take_merge(from, merge);
    if (from->tag == CoreTag::set) {
      set_entries(from, n);
      return n;
    }
    std::vector<EntryComments> comments(from->pairs.size());
    check_keys(from);
    for (std::size_t i = 0; i < from->pairs.size(); ++i) {
      const auto [key_node, value_node] = from->pairs[i];
      EmitNode* key = mapping_key(key_node);
      const bool previous_is_null = i > 0 && is_null(from->pairs[i - 1].second);
      EmitNode* value = node(value_node);
      take_key_comments(key_node, comments, i, previous_is_null);
      if (value_node->comments) comments[i].add_value(value_node->comments->post, value_node->comments->pre);
      n->pairs.emplace_back(key, value);
    }
    for (std::size_t i = 0; i < comments.size(); ++i) {
      if (!comments[i].any) continue;
      set_comments(n->pairs[i].first, comments[i].key_post, comments[i].key_pre);
      set_comments(n->pairs[i].second, comments[i].value_post, comments[i].value_pre);
    }
    if (merge.key) {
      EmitNode* key = tree_.make(NodeKind::scalar, CoreTag::merge);
      key->text = "<<";
      n->flow_style = from->flow;
      n->pairs.insert(n->pairs.begin() + static_cast<std::ptrdiff_t>(merge.place), {key, node(merge.value)});
    }
    return n;
  }

  static bool is_null(const Node* n) { return n->kind == NodeKind::scalar && n->tag == CoreTag::null; }

  static void take_key_comments(Node* key_node, std::vector<EntryComments>& comments, std::size_t i,
                                bool previous_is_null) {
    if (!key_node->comments) return;
    Comments& c = *key_node->comments;
    if (c.after_key && previous_is_null)
      comments[i - 1].add_value(c.after_key, c.pre);
    else
      comments[i].add_key(c.post, c.pre);
    if (c.after_key) key_node->comments = nullptr;
  }

  EmitNode* mapping_key(Node* key_node) {
    if (key_node->kind == NodeKind::scalar) return node(key_node);
    // A collection as a key is copied into a bare one: no comments, no anchor, and no alias to it.
    const CommentsPtr comments = std::move(key_node->comments);
    key_node->comments = nullptr;
    EmitNode* key = node(key_node);
    made_.erase(key_node);
    if (!key->flow_style) key->flow_style = true;
    for (EmitNode* item : key->items) drop_comments(item);
    for (const auto& [k, v] : key->pairs) {
      drop_comments(k);
      drop_comments(v);
    }
    key->end = nullptr;
    key_node->comments = comments;
    return key;
  }

  static void drop_comments(EmitNode* n) {
    n->post = nullptr;
    n->pre = n->end = nullptr;
    n->has_comments = false;
  }

  void set_entries(Node* from, EmitNode* n) {
    for (const auto& [key_node, value_node] : from->pairs) {
      EmitNode* key = node(key_node);
      EmitNode* value = tree_.make(NodeKind::scalar, CoreTag::null);
      if (key_node->comments) set_comments(key, key_node->comments->post, key_node->comments->pre);
      key->style = kSetKey;
      value->style = n->flow() ? kHiddenValue : kSetKey;
      n->pairs.emplace_back(key, value);
    }
  }

  // --- merge keys and duplicates

  struct Merge {
    Node* key = nullptr;
    Node* value = nullptr;
    std::size_t place = 0;
  };

  static void take_merge(Node* from, Merge& merge) {
    for (std::size_t i = 0; i < from->pairs.size();) {
      if (from->pairs[i].first->tag == CoreTag::value) from->pairs[i].first->tag = CoreTag::str;
      if (from->pairs[i].first->tag != CoreTag::merge) {
        ++i;
        continue;
      }
      const auto [key, value] = from->pairs[i];
      if (merge.key)
        throw SyntaxError("while constructing a mapping", from->start, "found duplicate merge key \"<<\"", key->start,
                          "DuplicateKeyError");
      merge = Merge{key, value, i};
      from->pairs.erase(from->pairs.begin() + static_cast<std::ptrdiff_t>(i));
      check_merge(from, value);
    }
  }

  static void check_merge(const Node* from, const Node* value) {
    const Node* wrong = value->kind == NodeKind::scalar ? value : nullptr;
    for (const Node* item : value->items)
      if (item->kind != NodeKind::mapping && !wrong) wrong = item;
    if (wrong)
      throw SyntaxError("while constructing a mapping", from->start,
                        "expected a mapping or list of mappings for merging", wrong->start, "ConstructorError");
  }

  void check_keys(const Node* from) {
    std::vector<std::pair<Value, Value>> seen;
    KeyIndex index(seen);
    seen.reserve(from->pairs.size());
    for (const auto& [key_node, value_node] : from->pairs) {
      if (key_node->kind != NodeKind::scalar || key_node->tag == CoreTag::other) continue;
      Value key = scalar_value(key_node->tag, key_node->text, document_.is_yaml_1_1, key_node->start);
      if (index.find(key) != KeyIndex::npos)
        throw SyntaxError("while constructing a mapping", from->start,
                          cat("found duplicate key \"", python_str(key), "\""), key_node->start, "DuplicateKeyError");
      seen.emplace_back(std::move(key), Value());
      index.added();
    }
  }

  const Document& document_;
  EmitTree& tree_;
  std::unordered_map<const Node*, EmitNode*> made_;
};

EmitNode* represent_fresh(EmitTree& tree, const Value& value, std::unordered_map<const void*, EmitNode*>& made) {
  if (const auto it = made.find(value.identity()); value.is_container() && it != made.end()) return it->second;
  if (value.is_list()) {
    EmitNode* n = tree.make(NodeKind::sequence, CoreTag::seq);
    made.emplace(value.identity(), n);
    for (const auto& item : value.as_list()) n->items.push_back(represent_fresh(tree, item, made));
    return n;
  }
  if (value.is_map()) {
    EmitNode* n = tree.make(NodeKind::mapping, CoreTag::map);
    made.emplace(value.identity(), n);
    for (const auto& [k, v] : value.as_map().items) {
      EmitNode* key = represent_fresh(tree, k, made);
      n->pairs.emplace_back(key, represent_fresh(tree, v, made));
    }
    return n;
  }
  EmitNode* n = tree.make(NodeKind::scalar, CoreTag::str);
  switch (value.kind()) {
    case Value::Kind::null: n->tag = CoreTag::null; break;
    case Value::Kind::boolean:
      n->tag = CoreTag::boolean;
      n->text = value.as_bool() ? "true" : "false";
      break;
    case Value::Kind::integer:
    case Value::Kind::big_integer:
      n->tag = CoreTag::integer;
      n->text = python_str(value);
      break;
    case Value::Kind::real: {
      n->tag = CoreTag::real;
      const std::string text = python_float_repr(value.as_real());
      n->text = text == "nan" ? ".nan" : text == "inf" ? ".inf" : text == "-inf" ? "-.inf" : text;
      break;
    }
    case Value::Kind::date:
      n->tag = CoreTag::timestamp;
      n->text = value.as_tagged();
      break;
    case Value::Kind::bytes:
      n->tag = CoreTag::binary;
      n->style = '|';
      n->text = encode_base64(value.as_tagged());
      break;
    default: n->text = value.as_string();
  }
  return n;
}

}  // namespace

EmitTree represent(const Document& document) {
  EmitTree tree;
  if (document.root) tree.root = Representer(document, tree).node(document.root);
  return tree;
}

EmitNode* represent(EmitTree& tree, const Value& value) {
  std::unordered_map<const void*, EmitNode*> made;
  return represent_fresh(tree, value, made);
}

}  // namespace pivot::text::yaml
