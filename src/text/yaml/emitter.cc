// The emitter of round trips: ruamel's state machine as a recursion over nodes. The order of the steps around
// comments is ruamel's, as which bytes come out depends on it.
#include "base/strings.h"
#include "text/yaml/emit_node.h"
#include "text/yaml/resolver.h"
#include "text/yaml/scalar_writer.h"

namespace pivot::text::yaml {

namespace {

constexpr int kIndent = 2;
constexpr std::size_t kLongestSimpleKey = 128;
constexpr int kNoIndent = -1;

/// Numbers the nodes that occur twice, in the order in which ruamel's serializer does.
class Anchors {
 public:
  void visit(const EmitNode* node) {
    if (node->visited) {
      if (node->name.empty()) node->name = node->anchor.empty() ? next_name() : node->anchor;
      return;
    }
    node->visited = true;
    if (node->always_anchor) node->name = node->anchor;
    for (const EmitNode* item : node->items) visit(item);
    for (const auto& [key, value] : node->pairs) {
      visit(key);
      visit(value);
    }
  }

 private:
  std::string next_name() {
    std::string number = std::to_string(++last_);
    if (number.size() < 3) number.insert(0, 3 - number.size(), '0');
    return "id" + number;
  }
  int last_ = 0;
};

enum class Place : unsigned char { root, sequence, mapping, simple_key };

class Emitter {
 public:
  explicit Emitter(std::string& out) : sink_{out} {}

  void document(const EmitNode* root) {
    Anchors().visit(root);
    node(root, Place::root);
    sink_.write_indent();
    if (sink_.open_ended) {
      sink_.indicator("...", true);
      sink_.write_indent();
    }
  }

 private:
  /// An indentation that is resumed later, and whether the collection above is a sequence.
  struct Level {
    int indent;
    bool is_sequence;
  };

  void increase_indent(bool flow, bool is_sequence, bool indentless = false) {
    levels_.push_back(Level{sink_.indent, is_sequence});
    if (sink_.indent == kNoIndent)
      sink_.indent = flow ? kNoIndent : 0;
    else if (!indentless)
      sink_.indent += kIndent;
  }
  void decrease_indent() {
    sink_.indent = levels_.back().indent;
    levels_.pop_back();
  }
  bool in_flow() const { return !flow_.empty(); }
  static bool is_alias(const EmitNode* n) { return n->written; }

  /// Extra blanks in front of a bracket so that it aligns behind a dash.
  std::string flow_align(bool forced) const {
    if (levels_.size() < 2 || !levels_.back().is_sequence)
      if (levels_.empty() || !forced) return "";
    const int base = std::max(levels_.back().indent, 0);
    const int count = forced ? base + kIndent : base + kIndent - sink_.column - 1;
    return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
  }

  void node(const EmitNode* n, Place place) {
    const std::string& anchor = n->name;
    if (is_alias(n)) {
      sink_.indicator("*" + anchor, true);
      sink_.no_newline = false;
      return;
    }
    n->written = true;
    if (!anchor.empty()) {
      sink_.indicator("&" + anchor, true);
      sink_.no_newline = false;
    }
    switch (n->kind) {
      case NodeKind::scalar: return scalar(n, place, !anchor.empty());
      case NodeKind::sequence: return sequence(n, place);
      case NodeKind::mapping: return mapping(n);
    }
  }

  // --- collections

  void sequence(const EmitNode* n, Place place) {
    write_collection_tag(n, CoreTag::seq);
    bool forced = false;
    const bool flow = n->flow(), was_indention = sink_.indention;
    if (n->has_comments) {
      if (!flow && write_post(n->post)) {
        sink_.indention = false;
        sink_.no_newline = true;
      }
      const int column = sink_.column;
      if (write_pre(n->pre, true)) {
        if (flow) forced = !levels_.empty() && !levels_.back().is_sequence;
        sink_.indention = was_indention;
        sink_.no_newline = !was_indention;
      }
      if (flow) sink_.column = column;
    }
    if (in_flow() || flow || n->empty())
      flow_sequence(n, forced);
    else
      block_sequence(n, place);
  }

  void mark_nested_sequence() {
    const std::size_t size = levels_.size();
    if (size < 2 || !levels_[size - 1].is_sequence || !levels_[size - 2].is_sequence) return;
    sink_.indention = true;
    sink_.no_newline = false;
  }

  void flow_sequence(const EmitNode* n, bool forced) {
    if (forced) increase_indent(true, true);
    sink_.indicator(flow_align(forced) + "[", true, true);
    if (!forced) increase_indent(true, true);
    flow_.push_back('[');
    mark_nested_sequence();
    for (std::size_t i = 0; i < n->items.size(); ++i) {
      if (i > 0) sink_.indicator(",", false);
      if (sink_.column > kBestWidth) sink_.write_indent();
      node(n->items[i], Place::sequence);
    }
    flow_.pop_back();
    decrease_indent();
    sink_.indicator("]", false);
    end_flow(n);
  }

  void end_flow(const EmitNode* n) {
    if (n->flow() && n->post)
      write_post(n->post);
    else if (!n->empty())
      sink_.no_newline = false;
    else if (!in_flow())
      sink_.line_break();
  }

  void block_sequence(const EmitNode* n, Place place) {
    const bool mapping_context = place == Place::mapping || place == Place::simple_key;
    increase_indent(false, true, mapping_context && !sink_.indention);
    mark_nested_sequence();
    for (const EmitNode* item : n->items) {
      if (!is_alias(item)) write_pre(item->pre, item->kind != NodeKind::scalar);
      const bool stay = sink_.column == 0 && sink_.no_newline;
      sink_.write_indent();
      sink_.indicator("-", true, false, true);
      if (stay) sink_.no_newline = true;
      node(item, Place::sequence);
    }
    if (n->end && !n->end->empty()) write_pre(n->end, false);
    decrease_indent();
    sink_.no_newline = false;
  }

  void mapping(const EmitNode* n) {
    write_collection_tag(n, CoreTag::map);
    bool forced = false;
    const bool flow = n->flow();
    if (n->has_comments) {
      if (!flow) write_post(n->post);
      if (n->pre && !n->pre->empty()) {
        write_pre(n->pre, true);
        if (flow && !levels_.empty()) forced = !levels_.back().is_sequence;
      }
    }
    if (in_flow() || flow || n->empty())
      flow_mapping(n, forced);
    else
      block_mapping(n);
  }

  void flow_mapping(const EmitNode* n, bool forced) {
    if (forced) increase_indent(true, false);
    // A mapping of one pair inside [] needs no braces.
    const bool bare = n->pairs.size() == 1 && in_flow() && flow_.back() == '[';
    sink_.indicator(flow_align(forced) + (bare ? "" : "{"), true, true);
    flow_.push_back(bare ? ' ' : '{');
    if (!forced) increase_indent(true, false);
    for (std::size_t i = 0; i < n->pairs.size(); ++i) {
      const auto& [key, value] = n->pairs[i];
      if (i > 0) sink_.indicator(",", false);
      if (sink_.column > kBestWidth) sink_.write_indent();
      if (is_simple_key(key)) {
        node(key, Place::simple_key);
        if (value->style != kHiddenValue) sink_.indicator(":", false);
      } else {
        sink_.indicator("?", true);
        node(key, Place::mapping);
        if (sink_.column > kBestWidth) sink_.write_indent();
        sink_.indicator(":", true);
      }
      node(value, Place::mapping);
    }
    flow_.pop_back();
    decrease_indent();
    if (!bare) sink_.indicator("}", false);
    end_flow(n);
  }

  void block_mapping(const EmitNode* n) {
    increase_indent(false, false);
    for (const auto& [key, value] : n->pairs) {
      const bool alias = is_alias(key);
      if (!alias && key->pre && !key->pre->empty()) write_pre(key->pre, key->kind != NodeKind::scalar);
      sink_.write_indent();
      if (is_simple_key(key)) {
        if (key->style == kSetKey) sink_.indicator("?", true, false, true);
        node(key, Place::simple_key);
        if (alias && key->style != kSetKey) sink_.out += ' ';
        if (value->style != kSetKey) sink_.indicator(":", false);
      } else {
        sink_.indicator("?", true, false, true);
        node(key, Place::mapping);
        sink_.write_indent();
        sink_.indicator(":", true, false, true);
      }
      node(value, Place::mapping);
    }
    if (n->end && !n->end->empty()) write_pre(n->end, false);
    decrease_indent();
  }

  bool is_simple_key(const EmitNode* n) const {
    std::size_t length = n->name.size();
    if (is_alias(n)) return length < kLongestSimpleKey;
    length += tag_text(n).size();
    if (n->kind != NodeKind::scalar) return length < kLongestSimpleKey && (n->flow() || n->empty());
    const ScalarAnalysis a = analyze_scalar(n->text);
    return length + static_cast<std::size_t>(a.width) < kLongestSimpleKey && !a.multiline;
  }

  // --- scalars and tags

  static std::string tag_text(const EmitNode* n) {
    if (!n->written_tag.empty()) return n->written_tag;
    return "!!" + core_tag_text(n->tag).substr(std::string_view("tag:yaml.org,2002:").size());
  }

  void write_collection_tag(const EmitNode* n, CoreTag usual) {
    if (n->tag != usual || !n->written_tag.empty()) sink_.indicator(tag_text(n), true);
  }

  /// 0 stands for plain.
  char choose_style(const EmitNode* n, const ScalarAnalysis& a, std::string_view text, bool simple_key) const {
    const bool resolves = n->written_tag.empty() && resolve_plain(text) == n->tag;
    if (n->style == '"') return '"';
    const bool open = n->style == 0 || n->style == kSetKey || n->style == kHiddenValue;
    if (open && (resolves || !n->written_tag.empty())) {
      const bool allowed = in_flow() ? a.flow_plain : a.block_plain;
      if (allowed && !(simple_key && (a.empty || a.multiline))) return 0;
      if (n->style == kHiddenValue) return 0;
    }
    if ((n->style == '|' || n->style == '>') && !in_flow() && !simple_key) return n->style;
    if (n->style == 0 && a.prefers_double) return '"';
    if ((n->style == 0 || n->style == '\'') && a.single_quoted && !(simple_key && a.multiline)) return '\'';
    return '"';
  }

  void scalar(const EmitNode* n, Place place, bool has_anchor) {
    const bool simple_key = place == Place::simple_key;
    std::string_view text = n->text;
    ScalarAnalysis a = analyze_scalar(text);
    char style = choose_style(n, a, text, simple_key);
    if (text.empty() && style == '\'' && n->tag == CoreTag::null && n->written_tag.empty()) {
      text = "null";
      a = analyze_scalar(text);
      style = choose_style(n, a, text, simple_key);
    }
    bool in_sequence = place == Place::sequence && !has_anchor;
    const bool implied =
        n->written_tag.empty() &&
        (style == 0 ? resolve_plain(text) == n->tag || n->style == kHiddenValue : n->tag == CoreTag::str);
    if (!implied) {
      sink_.indicator(tag_text(n), true);
      if (in_sequence && !in_flow()) sink_.no_newline = true;
    }
    increase_indent(true, false);
    if (in_sequence && !in_flow()) sink_.write_indent();
    write_styled(n, style, text, a.width, !simple_key, place == Place::root);
    decrease_indent();
  }

  void write_styled(const EmitNode* n, char style, std::string_view text, int width, bool split, bool at_root) {
    std::string_view header_comment;
    if (n->pre && !n->pre->empty() && n->pre->front()->header) header_comment = n->pre->front()->text;
    switch (style) {
      case 0: write_plain(sink_, text, width, split, at_root); break;
      case '\'': write_single_quoted(sink_, text, width, split); break;
      case '"': write_double_quoted(sink_, text, split); break;
      case '|': write_literal(sink_, text, header_comment, at_root); break;
      default: write_folded(sink_, text, header_comment, at_root);
    }
    // A comment behind a block scalar must not look like a line of it.
    if ((style == '|' || style == '>') && n->post && n->post->column >= sink_.indent)
      n->post->column = sink_.indent - 1;
    write_post(n->post);
  }

  // --- comments

  static bool is_blank(std::string_view text) { return trim(text).empty(); }

  void write_comment(const Comment& comment, bool pre) {
    std::string_view text = comment.text;
    if (!pre && text.ends_with('\n')) text.remove_suffix(1);
    const int column = comment.text.starts_with('\n') ? sink_.column : comment.column;
    int blanks = column - sink_.column;
    if (sink_.column > 0 && !is_blank(text) && blanks < 1 && text[0] != '\n') blanks = 1;
    sink_.out.append(static_cast<std::size_t>(std::max(blanks, 0)), ' ');
    sink_.out.append(text);
    if (!pre) sink_.line_break();
  }

  bool write_post(const CommentPtr& comment) {
    if (!comment) return false;
    write_comment(*comment, false);
    return true;
  }

  /// `once`: comments in front of a collection are reached both as an item and as a collection.
  bool write_pre(const CommentList& comments, bool once) {
    if (!comments) return false;
    for (const auto& comment : *comments) {
      if (comment->header || (once && comment->done)) continue;
      if (sink_.column != 0) sink_.line_break();
      write_comment(*comment, true);
      if (once) comment->done = true;
    }
    return true;
  }

  Sink sink_;
  std::vector<Level> levels_;
  std::string flow_;  ///< the open brackets; a blank for a mapping without braces
};

}  // namespace

std::string emit(const EmitTree& tree) {
  std::string out;
  Emitter(out).document(tree.root);
  return out;
}

}  // namespace pivot::text::yaml
