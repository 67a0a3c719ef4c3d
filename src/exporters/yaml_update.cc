#include "exporters/yaml_update.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/strings.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

using text::yaml::Mark;
using text::yaml::Step;
using Path = std::vector<Step>;

/// Thrown where the text has a form that can't be edited in place; the caller writes more of it anew.
struct NotEditable {};

/// String keys of a map to their positions.
std::unordered_map<std::string_view, std::size_t> index_of(const Map& map) {
  std::unordered_map<std::string_view, std::size_t> out;
  out.reserve(map.items.size());
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    if (!map.items[i].first.is_string()) throw NotEditable();
    out.emplace(map.items[i].first.as_string(), i);
  }
  return out;
}

/// Equal up to the order of map keys, in time proportional to the size.
bool same(const Value& a, const Value& b) {
  if (a.is_list() && b.is_list()) {
    return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(), same);
  }
  if (!a.is_map() || !b.is_map()) return a.kind() == b.kind() && (python_equal(a, b) || python_repr(a) == python_repr(b));
  const auto& left = a.as_map().items;
  const auto& right = b.as_map().items;
  if (left.size() != right.size()) return false;
  std::unordered_map<std::string, std::size_t> positions;
  for (std::size_t i = 0; i < right.size(); ++i) positions.emplace(python_repr(right[i].first), i);
  return std::all_of(left.begin(), left.end(), [&](const Map::Item& item) {
    const auto found = positions.find(python_repr(item.first));
    return found != positions.end() && same(item.second, right[found->second].second);
  });
}

bool same_kind_of_container(const Value& a, const Value& b) {
  return (a.is_map() && b.is_map()) || (a.is_list() && b.is_list() && a.as_list().size() == b.as_list().size());
}

class Editor {
 public:
  Editor(const std::string& text, const Value& old, UpdateStyle style) : text_(text), old_(old), style_(style) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  void update_map(const Path& path, const Value& old, const Value& wanted);
  std::string result() const;

 private:
  struct Edit {
    std::size_t begin;
    std::size_t end;
    std::string text;
  };

  void update_list(const Path& path, const Value& old, const Value& wanted);
  void update_entry(const Path& path, const Value& old, const Value& wanted);
  void replace_entry(const Path& path, const Value& old, const Value& wanted);
  void replace_item(const Path& path, const Value& wanted);
  void remove_entry(const Path& path);
  void append_entries(const Path& path, const Map& map, const std::vector<const Map::Item*>& fresh);
  std::size_t offset(const Path& path, bool of_key) const;
  std::size_t line_start(std::size_t offset) const;
  std::size_t next_line_start(Path path) const;
  std::size_t content_end(const Path& path, std::size_t begin) const;
  std::string comment_of(std::size_t value_begin, const Value& old) const;
  bool is_flow(const Path& path) const;
  const Value& at(const Path& path) const;
  static Path child(const Path& path, Step step);

  const std::string& text_;
  const Value& old_;
  UpdateStyle style_;
  std::vector<std::size_t> line_starts_;
  std::vector<Edit> edits_;
};

Path Editor::child(const Path& path, Step step) {
  auto out = path;
  out.push_back(std::move(step));
  return out;
}

const Value& Editor::at(const Path& path) const {
  const Value* value = &old_;
  for (const auto& step : path) {
    value = std::holds_alternative<std::size_t>(step) ? &value->as_list().at(std::get<std::size_t>(step))
                                                      : value->as_map().find(std::get<std::string>(step));
    if (value == nullptr) throw NotEditable();
  }
  return *value;
}

std::size_t Editor::offset(const Path& path, bool of_key) const {
  const auto mark = text::yaml::locate(text_, path, of_key);
  if (!mark || static_cast<std::size_t>(mark->line) >= line_starts_.size()) throw NotEditable();
  // Columns count code points.
  auto at = line_starts_[static_cast<std::size_t>(mark->line)];
  for (int column = 0; column < mark->column; ++column) {
    do {
      ++at;
    } while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80);
  }
  if (at > text_.size()) throw NotEditable();
  return at;
}

std::size_t Editor::line_start(std::size_t offset) const {
  const auto end = offset == 0 ? std::string::npos : text_.rfind('\n', offset - 1);
  return end == std::string::npos ? 0 : end + 1;
}

bool Editor::is_flow(const Path& path) const {
  if (path.empty()) return !text_.empty() && (trim(text_).front() == '{' || trim(text_).front() == '[');
  const auto begin = offset(path, false);
  return begin < text_.size() && (text_[begin] == '{' || text_[begin] == '[');
}

/// Where the line of the next node behind the one at `path` starts; the end of the text when it is the last.
std::size_t Editor::next_line_start(Path path) const {
  while (!path.empty()) {
    const auto step = path.back();
    path.pop_back();
    const auto& parent = at(path);
    if (std::holds_alternative<std::size_t>(step)) {
      const auto next = std::get<std::size_t>(step) + 1;
      if (next < parent.as_list().size()) return line_start(offset(child(path, next), false));
      continue;
    }
    const auto& items = parent.as_map().items;
    const auto own = std::find_if(items.begin(), items.end(), [&](const Map::Item& item) {
      return item.first.is_string() && item.first.as_string() == std::get<std::string>(step);
    });
    if (own == items.end()) throw NotEditable();
    if (own + 1 == items.end()) continue;
    if (!(own + 1)->first.is_string()) throw NotEditable();
    return line_start(offset(child(path, (own + 1)->first.as_string()), true));
  }
  return text_.size();
}

/// The end of the last line that holds content of what starts at `begin`: blank lines and comments behind it are left out, but not those
/// that stand deeper than it (they may be lines of a block scalar).
std::size_t Editor::content_end(const Path& path, std::size_t begin) const {
  auto end = next_line_start(path);
  const auto column = begin - line_start(begin);
  while (end > begin) {
    const auto start = line_start(end - 1);
    const auto line = std::string_view(text_).substr(start, end - start);
    const auto content = trim(line);
    const bool is_comment = !content.empty() && content[0] == '#' && line.find('#') <= column;
    if (start <= begin || !(content.empty() || is_comment || content == "...")) break;
    end = start;
  }
  return end;
}

/// "  # note" behind a one-line scalar.
std::string Editor::comment_of(std::size_t value_begin, const Value& old) const {
  if (old.is_container()) return "";
  const auto line_end = std::min(text_.find('\n', value_begin), text_.size());
  const auto line = std::string_view(text_).substr(value_begin, line_end - value_begin);
  std::size_t from = 0;
  if (line.starts_with('\'') || line.starts_with('"')) {
    from = line.rfind(line[0]);
    if (from == 0) return "";
  }
  if (line.starts_with('|') || line.starts_with('>')) return "";
  auto hash = line.find(" #", from);
  if (hash == std::string_view::npos) return "";
  while (hash > 0 && line[hash - 1] == ' ') --hash;
  auto comment = line.substr(hash);
  if (comment.ends_with('\r')) comment.remove_suffix(1);
  return std::string(comment);
}

void Editor::replace_entry(const Path& path, const Value& old, const Value& wanted) {
  const auto begin = offset(path, true);
  const auto column = begin - line_start(begin);
  const auto end = content_end(path, begin);
  std::string entry;
  text::yaml::dump_entry(entry, Value(std::get<std::string>(path.back())), wanted, static_cast<int>(column));
  entry.erase(0, column);
  const auto comment = wanted.is_container() || old.is_null() ? "" : comment_of(offset(path, false), old);
  if (!comment.empty() && entry.find('\n') == entry.size() - 1) entry.insert(entry.size() - 1, comment);
  edits_.push_back({begin, end, std::move(entry)});
}

void Editor::replace_item(const Path& path, const Value& wanted) {
  const auto begin = offset(path, false);
  const auto column = begin - line_start(begin);
  if (column < 2 || text_.substr(begin - 2, 2) != "- ") throw NotEditable();
  std::string entry;
  text::yaml::dump_entry(entry, Value("k"), Value(List{wanted}), static_cast<int>(column - 2));
  edits_.push_back({begin, content_end(path, begin), entry.substr(column - 2 + 3 + column)});
}

void Editor::remove_entry(const Path& path) {
  const auto begin = offset(path, true);
  const auto start = line_start(begin);
  if (!trim(std::string_view(text_).substr(start, begin - start)).empty()) {
    // On the line of a dash: the next key moves there.
    auto parent = path;
    parent.pop_back();
    const auto& items = at(parent).as_map().items;
    if (items.size() < 2 || items[0].first.as_string() != std::get<std::string>(path.back())) throw NotEditable();
    edits_.push_back({begin, offset(child(parent, items[1].first.as_string()), true), ""});
    return;
  }
  edits_.push_back({start, style_ == UpdateStyle::as_dvc ? next_line_start(path) : content_end(path, begin), ""});
}

void Editor::append_entries(const Path& path, const Map& map, const std::vector<const Map::Item*>& fresh) {
  if (fresh.empty()) return;
  if (map.items.empty() || !map.items[0].first.is_string()) throw NotEditable();
  const auto first = offset(child(path, map.items[0].first.as_string()), true);
  const auto column = first - line_start(first);
  // Comments behind a flow collection belong to what comes next, also for DVC's writer.
  const auto last = child(path, map.items.back().first.as_string());
  const bool behind_comments = style_ == UpdateStyle::as_dvc && !is_flow(last);
  const auto place = behind_comments ? next_line_start(path) : content_end(path, first);
  std::string entries;
  if (place > 0 && text_[place - 1] != '\n') entries += '\n';
  for (const auto* item : fresh) text::yaml::dump_entry(entries, item->first, item->second, static_cast<int>(column));
  edits_.push_back({place, place, std::move(entries)});
}

void Editor::update_entry(const Path& path, const Value& old, const Value& wanted) {
  if (!same_kind_of_container(old, wanted) || is_flow(path)) return replace_entry(path, old, wanted);
  const auto before = edits_.size();
  try {
    old.is_map() ? update_map(path, old, wanted) : update_list(path, old, wanted);
  } catch (const NotEditable&) {
    edits_.resize(before);
    replace_entry(path, old, wanted);
  }
}

void Editor::update_list(const Path& path, const Value& old, const Value& wanted) {
  for (std::size_t i = 0; i < old.as_list().size(); ++i) {
    const auto& before = old.as_list()[i];
    const auto& after = wanted.as_list()[i];
    if (same(before, after)) continue;
    const auto item = child(path, i);
    if (before.is_map() && after.is_map() && !before.as_map().empty() && !is_flow(item)) {
      update_map(item, before, after);
    } else {
      replace_item(item, after);
    }
  }
}

void Editor::update_map(const Path& path, const Value& old, const Value& wanted) {
  const auto known = index_of(old.as_map());
  const auto kept = index_of(wanted.as_map());
  std::vector<const Map::Item*> fresh;
  bool keeps_any = false;
  for (const auto& [key, value] : old.as_map().items) keeps_any |= kept.count(key.as_string()) != 0;
  if (!keeps_any && !old.as_map().empty() && !wanted.as_map().empty()) throw NotEditable();
  for (const auto& item : wanted.as_map().items) {
    const auto found = known.find(item.first.as_string());
    if (found == known.end()) {
      fresh.push_back(&item);
      continue;
    }
    const auto& before = old.as_map().items[found->second].second;
    if (!same(before, item.second)) update_entry(child(path, item.first.as_string()), before, item.second);
  }
  for (const auto& [key, value] : old.as_map().items) {
    if (kept.count(key.as_string()) == 0) remove_entry(child(path, key.as_string()));
  }
  append_entries(path, old.as_map(), fresh);
}

std::string Editor::result() const {
  auto edits = edits_;
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::string out;
  std::size_t at = 0;
  for (const auto& edit : edits) {
    if (edit.begin < at) throw NotEditable();
    out.append(text_, at, edit.begin - at);
    out += edit.text;
    at = edit.end;
  }
  out.append(text_, at, std::string::npos);
  return out;
}

bool has_only_comments(std::string_view text) {
  for (const auto line : split(text, '\n')) {
    const auto content = trim(line);
    if (!content.empty() && content[0] != '#') return false;
  }
  return true;
}

std::optional<std::string> edited(const std::string& text, const Value& old, const Value& wanted, UpdateStyle style) {
  try {
    Editor editor(text, old, style);
    editor.update_map({}, old, wanted);
    return editor.result();
  } catch (const NotEditable&) {
    return std::nullopt;
  }
}

}  // namespace

std::string update_yaml(const std::string& text, const Value& wanted, UpdateStyle style) {
  return update_yaml(text, text::yaml::load(text), wanted, style);
}

std::string update_yaml(const std::string& text, const Value& old, const Value& wanted, UpdateStyle style) {
  if (has_only_comments(text)) return cat(text, text.empty() || text.ends_with('\n') ? "" : "\n", text::yaml::dump(wanted));
  if (old.is_map() && !old.as_map().empty()) {
    if (same(old, wanted)) return text;
    if (auto result = edited(text, old, wanted, style)) {
      try {
        if (same(text::yaml::load(*result), wanted)) return *result;
      } catch (const text::yaml::SyntaxError&) {
        // The edit broke something that other parts lean on, as an anchor.
      }
    }
  }
  return text::yaml::dump(wanted);
}

}  // namespace pivot::exporters
