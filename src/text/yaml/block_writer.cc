// Fresh data to YAML: what ruamel's round-trip dumper writes for plain dicts, lists and scalars (block style
// throughout). It is the hot path of writing dvc.lock, so it works on values directly; the emitter for round trips
// shares its scalar writers.
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "text/yaml.h"
#include "text/yaml/base64.h"
#include "text/yaml/resolver.h"
#include "text/yaml/scalar_writer.h"

namespace pivot::text::yaml {

namespace {

constexpr int kIndent = 2;
constexpr int kLongestSimpleKey = 128;
constexpr std::size_t kUsualKey = 60;

/// The containers that occur more than once, with the numbers of their anchors in the order in which ruamel gives
/// them: that of the second occurrences.
class SharedContainers {
 public:
  explicit SharedContainers(int* last_anchor) : counter_(last_anchor ? last_anchor : &own_counter_) {}
  void scan(const Value& value) {
    if (value.is_container()) scan_container(value);
  }
  bool empty() const { return anchors_.empty(); }
  /// The anchor of a container, 0 for none; `first` tells whether it is to be written in full.
  int anchor(const void* identity, bool& first) {
    for (auto& shared : anchors_)
      if (shared.identity == identity) {
        first = !shared.written;
        shared.written = true;
        return shared.number;
      }
    return 0;
  }

 private:
  struct Shared {
    const void* identity;
    int number;
    bool written;
  };
  static constexpr std::size_t kFew = 48;

  void scan_container(const Value& value) {
    if (!add(value.identity())) {
      number(value.identity());
      return;
    }
    if (value.is_list()) {
      for (const auto& item : value.as_list()) scan(item);
    } else {
      for (const auto& [k, v] : value.as_map().items) {
        scan(k);
        scan(v);
      }
    }
  }

  bool add(const void* identity) {
    if (few_.size() < kFew) {
      for (const void* seen : few_)
        if (seen == identity) return false;
      few_.push_back(identity);
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(identity).second;
  }
  void number(const void* identity) {
    for (const auto& shared : anchors_)
      if (shared.identity == identity) return;
    anchors_.push_back(Shared{identity, ++*counter_, false});
  }

  int own_counter_ = 0;
  int* counter_;
  std::vector<const void*> few_;
  std::unordered_set<const void*> many_;
  std::vector<Shared> anchors_;
};

enum class Place : unsigned char { root, map_value, map_key, list_item };

class BlockWriter {
 public:
  BlockWriter(std::string& out, int* last_anchor) : sink_{out}, shared_(last_anchor) {}

  void document(const Value& value) {
    shared_.scan(value);
    write(value, Place::root);
    sink_.write_indent();
    if (sink_.open_ended) {
      sink_.indicator("...", true);
      sink_.write_indent();
    }
  }

  void entry(const Value& key, const Value& value, int indent) {
    shared_.scan(key);
    shared_.scan(value);
    sink_.indent = indent;
    pair(key, value);
    if (sink_.column > 0) sink_.line_break();
  }

 private:
  void write(const Value& value, Place place) {
    if (!value.is_container()) return write_scalar(value, place);
    if (!shared_.empty() && write_anchor(value)) return;
    const bool empty = value.is_list() ? value.as_list().empty() : value.as_map().empty();
    if (empty) {
      sink_.indicator(value.is_list() ? "[" : "{", true, true);
      sink_.indicator(value.is_list() ? "]" : "}", false);
      if (place != Place::map_key) sink_.line_break();
      return;
    }
    const int outer = sink_.indent;
    if (value.is_list())
      write_list(value.as_list(), place);
    else
      write_map(value.as_map());
    sink_.indent = outer;
  }

  /// True when it was an alias.
  bool write_anchor(const Value& value) {
    bool first = false;
    const int number = shared_.anchor(value.identity(), first);
    if (number == 0) return false;
    std::string name = std::to_string(number);
    if (name.size() < 3) name.insert(0, 3 - name.size(), '0');
    sink_.indicator(cat(first ? "&id" : "*id", name), true);
    sink_.no_newline = false;
    return !first;
  }

  void write_list(const List& list, Place place) {
    // A list directly behind `key:` stands at the column of its key.
    const bool indentless = (place == Place::map_value || place == Place::map_key) && !sink_.indention;
    if (sink_.indent < 0)
      sink_.indent = 0;
    else if (!indentless)
      sink_.indent += kIndent;
    if (place == Place::list_item) {
      sink_.indention = true;
      sink_.no_newline = false;
    }
    for (const auto& item : list) {
      sink_.write_indent();
      sink_.indicator("-", true, false, true);
      write(item, Place::list_item);
    }
    sink_.no_newline = false;
  }

  void write_map(const Map& map) {
    sink_.indent = sink_.indent < 0 ? 0 : sink_.indent + kIndent;
    for (const auto& [key, value] : map.items) pair(key, value);
  }

  void pair(const Value& key, const Value& value) {
    sink_.write_indent();
    if (key.is_string() && string_key(key.as_string())) {
      sink_.indicator(":", false);
    } else if (!key.is_string() && is_simple_key(key)) {
      write(key, Place::map_key);
      sink_.indicator(":", false);
    } else {
      sink_.indicator("?", true, false, true);
      write(key, Place::map_value);
      sink_.write_indent();
      sink_.indicator(":", true, false, true);
    }
    write(value, Place::map_value);
  }

  /// Writes the key; false (and nothing written) when it needs "? ".
  bool string_key(const std::string& text) {
    if (is_simple_text(text) && text.size() < kUsualKey && sink_.column + text.size() < kBestWidth &&
        !resolves_to_other_type(text)) {
      sink_.put(text);
      sink_.whitespace = sink_.indention = false;
      return true;
    }
    const ScalarAnalysis a = analyze_scalar(text);
    if (a.multiline || a.width + 5 >= kLongestSimpleKey) return false;  // "!!str" counts
    sink_.indent += kIndent;
    write_analyzed(text, a, Place::map_key);
    sink_.indent -= kIndent;
    return true;
  }

  static bool is_simple_key(const Value& key) {
    switch (key.kind()) {
      case Value::Kind::list: return key.as_list().empty();
      case Value::Kind::map: return key.as_map().empty();
      case Value::Kind::bytes: return false;
      case Value::Kind::big_integer: return key.as_tagged().size() + 5 < kLongestSimpleKey;
      default: return true;
    }
  }

  void write_scalar(const Value& value, Place place) {
    const int outer = sink_.indent;
    if (sink_.indent >= 0) sink_.indent += kIndent;
    if (value.kind() == Value::Kind::bytes)
      write_bytes(value.as_tagged(), place);
    else
      write_text_scalar(value, place);
    sink_.indent = outer;
  }

  void write_text_scalar(const Value& value, Place place) {
    if (place == Place::list_item) sink_.write_indent();
    const bool at_root = place == Place::root;
    const bool split = place != Place::map_key;
    auto plain = [&](std::string_view text) {
      write_plain(sink_, text, static_cast<int>(text.size()), split, at_root);
    };
    switch (value.kind()) {
      case Value::Kind::null: return plain(place == Place::map_key || at_root ? "null" : "");
      case Value::Kind::boolean: return plain(value.as_bool() ? "true" : "false");
      case Value::Kind::integer: {
        char buffer[24];
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, value.as_int()).ptr;
        return plain(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
      }
      case Value::Kind::real: {
        const double number = value.as_real();
        if (std::isnan(number)) return plain(".nan");
        if (std::isinf(number)) return plain(number < 0 ? "-.inf" : ".inf");
        return plain(python_float_repr(number));
      }
      case Value::Kind::string: {
        const std::string& s = value.as_string();
        if (is_simple_text(s) && !resolves_to_other_type(s)) return plain(s);
        return write_analyzed(s, analyze_scalar(s), place);
      }
      default: return plain(value.as_tagged());
    }
  }

  void write_analyzed(std::string_view text, const ScalarAnalysis& a, Place place) {
    const bool is_key = place == Place::map_key;
    const bool plain = a.block_plain && !(is_key && (a.empty || a.multiline)) && !resolves_to_other_type(text);
    if (plain)
      write_plain(sink_, text, a.width, !is_key, place == Place::root);
    else if (!a.prefers_double && a.single_quoted && !(is_key && a.multiline))
      write_single_quoted(sink_, text, a.width, !is_key);
    else
      write_double_quoted(sink_, text, !is_key);
  }

  void write_bytes(const std::string& bytes, Place place) {
    sink_.indicator("!!binary", true);
    if (place == Place::list_item) {
      sink_.no_newline = true;
      sink_.write_indent();
    }
    write_literal(sink_, encode_base64(bytes), "", place == Place::root);
  }

  Sink sink_;
  SharedContainers shared_;
};

}  // namespace

std::string dump(const Value& value) {
  std::string out;
  BlockWriter(out, nullptr).document(value);
  return out;
}

void dump_entry(std::string& out, const Value& key, const Value& value, int indent, int* last_anchor) {
  BlockWriter(out, last_anchor).entry(key, value, indent);
}

}  // namespace pivot::text::yaml
