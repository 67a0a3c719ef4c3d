#include "text/yaml.h"
#include "text/yaml/node.h"

namespace pivot::text::yaml {

namespace {

/// The pair under a key, looking at the text of scalar keys (so that `1:` is found as "1").
const std::pair<Node*, Node*>* find_pair(const Node& mapping, const std::string& key) {
  for (const auto& pair : mapping.pairs)
    if (pair.first->kind == NodeKind::scalar && pair.first->text == key) return &pair;
  return nullptr;
}

}  // namespace

std::optional<Mark> locate(std::string_view text, const std::vector<Step>& path, bool of_key) {
  Document document;
  try {
    document = compose(text, Limits{}, false);
  } catch (const SyntaxError&) {
    return std::nullopt;
  }
  const Node* node = document.root;
  const Node* key_node = nullptr;
  for (const Step& step : path) {
    if (!node) return std::nullopt;
    key_node = nullptr;
    if (const auto* key = std::get_if<std::string>(&step)) {
      const auto* pair = find_pair(*node, *key);
      if (!pair) return std::nullopt;
      key_node = pair->first;
      node = pair->second;
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (index >= node->items.size()) return std::nullopt;
      node = node->items[index];
    }
  }
  if (!node) return std::nullopt;
  return of_key && key_node ? key_node->start : node->start;
}

}  // namespace pivot::text::yaml
