#include "text/yaml/constructor.h"

#include <deque>

#include "base/strings.h"
#include "text/yaml/base64.h"

namespace pivot::text::yaml {

namespace {

const char* node_name(const Node& node) {
  switch (node.kind) {
    case NodeKind::scalar: return "scalar";
    case NodeKind::sequence: return "sequence";
    default: return "mapping";
  }
}

[[noreturn]] void fail(const char* error_class, std::string problem, const Position& where) {
  throw SyntaxError("", std::nullopt, std::move(problem), where, error_class);
}

[[noreturn]] void fail(const char* error_class, const char* context, const Position& start, std::string problem,
                       const Position& where) {
  throw SyntaxError(context, start, std::move(problem), where, error_class);
}

/// Builds containers as empty shells first and fills them in the order in which ruamel does, so that of two errors the
/// same one is reported; it needs no recursion but for keys.
class Constructor {
 public:
  Constructor(bool old, const Limits& limits) : old_(old), limits_(limits) {}

  Value run(Node* root) {
    Value value = object(root);
    while (!waiting_.empty()) {
      Node* node = waiting_.front();
      waiting_.pop_front();
      fill(node);
    }
    return value;
  }

 private:
  Value object(Node* node) {
    if (node->constructed) return node->value;
    Value value = shell(node);
    if (value.is_container() || node->has_anchor) {
      node->value = value;
      node->constructed = true;
    }
    if (value.is_container()) {
      if (deep_ > 0)
        fill(node);
      else
        waiting_.push_back(node);
    }
    return value;
  }

  Value shell(Node* node) {
    switch (node->tag) {
      case CoreTag::seq:
      case CoreTag::pairs: return List{};
      case CoreTag::map:
      case CoreTag::set:
      case CoreTag::omap: return Map{};
      case CoreTag::other:
      case CoreTag::merge:
      case CoreTag::value: {
        const std::string text = node->tag == CoreTag::other ? node->tag_text : core_tag_text(node->tag);
        fail("ConstructorError", cat("could not determine a constructor for the tag ", python_str_repr(text)),
             node->start);
      }
      default: break;
    }
    if (node->kind != NodeKind::scalar)
      fail("ConstructorError", cat("expected a scalar node, but found ", node_name(*node)), node->start);
    if (node->tag != CoreTag::binary) return scalar_value(node->tag, node->text, old_, node->start);
    std::string bytes;
    for (const char c : node->text)
      if (static_cast<unsigned char>(c) >= 0x80)
        fail("ConstructorError", "failed to convert base64 data into ascii", node->start);
    if (!decode_base64(node->text, bytes))
      fail("ConstructorError", "failed to decode base64 data", node->start);
    return Value::tagged(Value::Kind::bytes, bytes);
  }

  void fill(Node* node) {
    Value value = node->value;
    switch (node->tag) {
      case CoreTag::seq: return fill_sequence(node, value.as_list());
      case CoreTag::pairs:
      case CoreTag::omap: return fill_pairs(node, value);
      default: return fill_mapping(node, value.as_map());
    }
  }

  void fill_sequence(Node* node, List& list) {
    if (node->kind != NodeKind::sequence)
      fail("ConstructorError", cat("expected a sequence node, but found ", node_name(*node)), node->start);
    list.reserve(node->items.size());
    for (Node* item : node->items) list.push_back(object(item));
  }

  void fill_pairs(Node* node, Value& value) {
    const char* context =
        node->tag == CoreTag::omap ? "while constructing an ordered map" : "while constructing pairs";
    if (node->kind != NodeKind::sequence)
      fail("ConstructorError", context, node->start, cat("expected a sequence, but found ", node_name(*node)),
           node->start);
    for (Node* item : node->items) {
      if (item->kind != NodeKind::mapping)
        fail("ConstructorError", context, node->start,
             cat("expected a mapping of length 1, but found ", node_name(*item)), item->start);
      if (item->pairs.size() != 1)
        fail("ConstructorError", context, node->start,
             cat("expected a single mapping item, but found ", std::to_string(item->pairs.size()), " items"),
             item->start);
      const auto [key, content] = item->pairs[0];
      Value first = object(key);
      if (value.is_list()) {
        value.as_list().push_back(List{first, object(content)});
        continue;
      }
      auto& items = value.as_map().items;
      for (const auto& [k, v] : items)
        if (python_equal(k, first)) fail("AssertionError", "", key->start);
      items.emplace_back(std::move(first), object(content));
    }
  }

  Value mapping_key(const Node& node, Node* key_node) {
    ++deep_;
    Value key = object(key_node);
    --deep_;
    if (key.is_map())
      fail("ConstructorError", "while constructing a mapping", node.start, "found unhashable key", key_node->start);
    if (key.is_list())
      for (const auto& part : key.as_list())
        if (part.is_container()) fail("TypeError", "unhashable type", key_node->start);
    return key;
  }

  void fill_mapping(Node* node, Map& map) {
    if (node->kind != NodeKind::mapping)
      fail("ConstructorError", cat("expected a mapping node, but found ", node_name(*node)), node->start);
    flatten(node);
    KeyIndex index(map.items);
    map.items.reserve(node->pairs.size());
    // With a merge key, ruamel does not look for duplicates at all.
    const bool check = node->merged == 0;
    for (const auto& [key_node, value_node] : node->pairs) {
      Value key = mapping_key(*node, key_node);
      Value value = object(value_node);
      const std::size_t at = index.find(key);
      if (at == KeyIndex::npos) {
        map.items.emplace_back(std::move(key), std::move(value));
        index.added();
      } else if (!check) {
        map.items[at].second = std::move(value);
      } else if (node->tag == CoreTag::set) {
        fail("DuplicateKeyError", "while constructing a mapping", node->start,
             cat("found duplicate key \"", python_str(key), "\" with value \"None\" (original value: \"None\")"),
             key_node->start);
      } else {
        fail("DuplicateKeyError", "while constructing a mapping", node->start,
             cat("found duplicate key \"", python_str(key), "\" with value \"", python_str(value),
                 "\" (original value: \"", python_str(map.items[at].second), "\")"),
             key_node->start);
      }
    }
  }

  // Puts the pairs of `<<` in front of the others.
  void flatten(Node* node) {
    std::vector<std::pair<Node*, Node*>> merge, own;
    bool seen = false;
    for (const auto& pair : node->pairs)
      if (pair.first->tag == CoreTag::merge || pair.first->tag == CoreTag::value) seen = true;
    if (!seen) return;
    if (++flattening_ > limits_.depth) fail("ConstructorError", "merge keys are nested too deeply", node->start);
    own.reserve(node->pairs.size());
    for (const auto& [key, value] : node->pairs) {
      if (key->tag == CoreTag::value) key->tag = CoreTag::str;
      if (key->tag != CoreTag::merge) {
        own.emplace_back(key, value);
        continue;
      }
      if (!merge.empty())
        fail("DuplicateKeyError", "while constructing a mapping", node->start, "found duplicate merge key \"<<\"",
             key->start);
      collect_merge(*node, value, merge);
    }
    --flattening_;
    node->merged = merge.size();
    node->pairs = std::move(merge);
    node->pairs.insert(node->pairs.end(), own.begin(), own.end());
  }

  void collect_merge(const Node& node, Node* value, std::vector<std::pair<Node*, Node*>>& merge) {
    constexpr const char* kContext = "while constructing a mapping";
    auto add = [&](Node* mapping) {
      flatten(mapping);
      merged_ += mapping->pairs.size();
      if (merged_ > limits_.nodes) fail("ConstructorError", "too many merged keys", mapping->start);
      merge.insert(merge.end(), mapping->pairs.begin(), mapping->pairs.end());
    };
    if (value->kind == NodeKind::mapping) return add(value);
    if (value->kind == NodeKind::scalar)
      fail("ConstructorError", kContext, node.start,
           "expected a mapping or list of mappings for merging, but found scalar", value->start);
    for (Node* item : value->items)
      if (item->kind != NodeKind::mapping)
        fail("ConstructorError", kContext, node.start,
             cat("expected a mapping for merging, but found ", node_name(*item)), item->start);
    for (auto it = value->items.rbegin(); it != value->items.rend(); ++it) add(*it);
  }

  const bool old_;
  const Limits limits_;
  int deep_ = 0;
  int flattening_ = 0;
  std::size_t merged_ = 0;
  std::deque<Node*> waiting_;
};

}  // namespace

Value construct(Document& document, const Limits& limits) {
  if (!document.root) return Value();
  return Constructor(document.is_yaml_1_1, limits).run(document.root);
}

}  // namespace pivot::text::yaml
