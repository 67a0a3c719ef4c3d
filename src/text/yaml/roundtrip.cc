// Load, change, dump: what DVC does when it edits dvc.yaml or a *.dvc file.
#include "base/strings.h"
#include "text/yaml/constructor.h"
#include "text/yaml/emit_node.h"

namespace pivot::text::yaml {

namespace {

// DVC opens files in text mode, which turns all line ends into \n.
std::string universal_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
      continue;
    }
    out += '\n';
    if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  return out;
}

bool is_false_in_python(const EmitNode* n) {
  if (n->kind != NodeKind::scalar) return n->empty();
  if (!n->written_tag.empty()) return false;
  switch (n->tag) {
    case CoreTag::null: return true;
    case CoreTag::boolean: return n->text == "false";
    case CoreTag::integer:
      return n->text.find_first_of("123456789abcdefABCDEF") == std::string::npos || n->text == "0b0";
    case CoreTag::real: return n->text[0] != '.' && real_value(n->text, false, Mark{}) == 0;
    default: return n->text.empty();
  }
}

/// Applies edits to a tree as Python code would change the loaded dicts and lists.
class Editor {
 public:
  explicit Editor(EmitTree& tree) : tree_(tree) {}

  void apply(const Edit& edit) {
    if (edit.path.empty()) {
      tree_.root = edit.value ? represent(tree_, *edit.value) : tree_.make(NodeKind::mapping, CoreTag::map);
      return;
    }
    EmitNode* parent = tree_.root;
    for (std::size_t i = 0; i + 1 < edit.path.size(); ++i) {
      EmitNode** child = find(parent, edit.path[i]);
      if (!child && !edit.value) return;
      parent = child ? *child : add(parent, edit.path[i], tree_.make(NodeKind::mapping, CoreTag::map));
    }
    if (!edit.value) return erase(parent, edit.path.back());
    EmitNode* fresh = represent(tree_, *edit.value);
    EmitNode** old = find(parent, edit.path.back());
    if (!old) {
      add(parent, edit.path.back(), fresh);
      return;
    }
    if ((*old)->has_comments || (*old)->post) {
      fresh->post = (*old)->post;
      fresh->pre = (*old)->pre;
      fresh->has_comments = true;
    }
    // A block text stays one, as ruamel does when a string replaces it.
    const bool block = (*old)->style == '|' || (*old)->style == '>';
    if (block && (*old)->tag == CoreTag::str && fresh->kind == NodeKind::scalar && fresh->tag == CoreTag::str)
      fresh->style = (*old)->style;
    *old = fresh;
  }

 private:
  static std::optional<std::size_t> pair_index(const EmitNode* n, const std::string& key) {
    for (std::size_t i = 0; i < n->pairs.size(); ++i) {
      const EmitNode* k = n->pairs[i].first;
      if (k->kind == NodeKind::scalar && k->tag == CoreTag::str && k->text == key) return i;
    }
    return std::nullopt;
  }

  [[noreturn]] static void fail(const Step& step) {
    const auto* key = std::get_if<std::string>(&step);
    throw Error(cat("cannot set ", key ? *key : std::to_string(std::get<std::size_t>(step)),
                    ": what is there is no mapping or list"));
  }

  static EmitNode** find(EmitNode* n, const Step& step) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (n->kind != NodeKind::mapping) fail(step);
      const auto i = pair_index(n, *key);
      return i ? &n->pairs[*i].second : nullptr;
    }
    if (n->kind != NodeKind::sequence) fail(step);
    const std::size_t i = std::get<std::size_t>(step);
    return i < n->items.size() ? &n->items[i] : nullptr;
  }

  EmitNode* add(EmitNode* n, const Step& step, EmitNode* child) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      EmitNode* key_node = tree_.make(NodeKind::scalar, CoreTag::str);
      key_node->text = *key;
      n->pairs.emplace_back(key_node, child);
    } else {
      n->items.push_back(child);
    }
    return child;
  }

  static void erase(EmitNode* n, const Step& step) {
    if (!find(n, step)) return;
    if (const auto* key = std::get_if<std::string>(&step))
      n->pairs.erase(n->pairs.begin() + static_cast<std::ptrdiff_t>(*pair_index(n, *key)));
    else
      n->items.erase(n->items.begin() + static_cast<std::ptrdiff_t>(std::get<std::size_t>(step)));
  }

  EmitTree& tree_;
};

}  // namespace

std::string roundtrip(std::string_view text, const std::vector<Edit>& edits) {
  const std::string unix_text = universal_newlines(text);
  const Document document = compose(unix_text, Limits{}, true);
  EmitTree tree = represent(document);
  if (!tree.root || is_false_in_python(tree.root)) tree.root = tree.make(NodeKind::mapping, CoreTag::map);
  Editor editor(tree);
  for (const Edit& edit : edits) editor.apply(edit);
  return emit(tree);
}

}  // namespace pivot::text::yaml
