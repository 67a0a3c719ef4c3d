// dvc.lock as text that is updated by spans.
//
// Grammar of what is written (contract 3.5 has the details of scalars):
//   lock  = "schema: '2.0'" NL ["datasets:" ...] "stages:" NL entry*
//   entry = 2 blanks NAME ":" NL, then its keys at 4 columns, list items at 4, their keys at 6
// Version history: 2.0 (DVC 2 and 3); nothing else is written.
#include <algorithm>
#include <unordered_map>

#include "base/strings.h"
#include "exporters/anchors.h"
#include "exporters/dvc_lock.h"
#include "exporters/lock_entry_text.h"
#include "text/block_style.h"
#include "text/simple_scalar.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

constexpr std::string_view kHead = "schema: '2.0'\nstages:\n";
constexpr std::size_t kNameIndent = 2;

/// Text that loading and dumping would not change. The check by lines is what makes this cheap.
std::string normalised(std::string_view content) {
  if (content.starts_with(kHead) && content.ends_with('\n') && content.size() > kHead.size() &&
      text::is_normal_block(content.substr(kHead.size()), kNameIndent)) {
    return std::string(content);
  }
  return text::yaml::roundtrip(content);
}

bool has_flow_stages(std::string_view content) {
  if (content.starts_with('{')) return true;
  std::string_view line;
  while (text::take_line(content, line)) {
    if (line.starts_with("stages:")) return line.starts_with("stages: {") && line != "stages: {}";
  }
  return false;
}

bool is_comment_or_blank(std::string_view line, std::size_t indent) { return indent == line.size() || line[indent] == '#'; }

}  // namespace

struct DvcLockWriter::Impl {
  struct Entry {
    std::string name;
    std::string_view old;  ///< in `content`
    std::string fresh;     ///< replaces `old` when not empty
    bool removed = false;
    std::string_view text() const { return fresh.empty() ? old : std::string_view(fresh); }
  };
  std::string content;
  std::string_view head;
  std::string_view tail;
  bool needs_head = false;  ///< no `stages:` stood there before
  std::string untouched;    ///< what text() gives until something changes, when that is not simply all parts
  bool changed = false;
  bool may_hold_anchors = false;  ///< in `content` or in any entry that was set
  std::vector<Entry> entries;
  std::unordered_map<std::string, std::size_t> positions;
  std::size_t alive = 0;

  void index();
  void index_entries(std::size_t begin);
  void name_entries();
  void add(std::string_view text) { entries.push_back({"", text, "", false}); }
  void append(const std::string& name, std::string text);
};

/// Finds head, entries and tail in normalised text. Comments behind an entry belong to it, as for DVC's writer.
void DvcLockWriter::Impl::index() {
  std::string_view rest = content;
  std::string_view line;
  std::size_t begin = std::string::npos;
  while (text::take_line(rest, line)) {
    if (!line.starts_with("stages:")) continue;
    begin = static_cast<std::size_t>(rest.data() - content.data());
    if (line == "stages: {}") {
      untouched = content;
      // Stages will follow in block style.
      const auto start = static_cast<std::size_t>(line.data() - content.data());
      content.replace(start, line.size(), "stages:");
      begin = start + std::string_view("stages:\n").size();
    }
    break;
  }
  if (begin == std::string::npos) {
    needs_head = true;
    untouched = content;
    head = content;
    return;
  }
  index_entries(begin);
}

/// Entries stand from `begin` on, up to the next key of the file.
void DvcLockWriter::Impl::index_entries(std::size_t begin) {
  const std::string_view all = content;
  std::vector<std::size_t> starts;
  auto end = all.size();
  auto rest = all.substr(begin);
  std::string_view line;
  while (text::take_line(rest, line)) {
    if (line.starts_with("   ")) continue;
    const auto indent = text::indent_of(line);
    if (is_comment_or_blank(line, indent)) continue;
    const auto at = static_cast<std::size_t>(line.data() - all.data());
    if (indent == 0) {
      end = at;
      break;
    }
    if (indent != kNameIndent || line.substr(indent).starts_with(": ") || line.substr(indent) == ":") continue;  // the value of "? long key"
    starts.push_back(at);
  }
  head = all.substr(0, starts.empty() ? begin : starts.front());
  tail = all.substr(end);
  entries.reserve(starts.size());
  for (std::size_t i = 0; i < starts.size(); ++i) add(all.substr(starts[i], (i + 1 < starts.size() ? starts[i + 1] : end) - starts[i]));
  name_entries();
}

/// Names as data; those that are not simple are looked up in the parsed file, where they stand in the same order.
void DvcLockWriter::Impl::name_entries() {
  Value stages;
  positions.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& entry = entries[i];
    const auto line = entry.old.substr(0, entry.old.find('\n'));
    const auto parts = text::split_line(line);
    const auto key = parts && parts->has_key ? text::read_simple_key(parts->key) : std::nullopt;
    if (key) {
      entry.name.assign(*key);
    } else {
      if (stages.is_null()) stages = *text::yaml::load(content).as_map().find("stages");
      entry.name = python_str(stages.as_map().items.at(i).first);
    }
    positions.emplace(entry.name, i);
  }
  alive = entries.size();
}

void DvcLockWriter::Impl::append(const std::string& name, std::string text) {
  positions[name] = entries.size();
  entries.push_back({name, {}, std::move(text), false});
  ++alive;
}

DvcLockWriter::DvcLockWriter(std::string_view content, bool is_normal) : impl_(std::make_unique<Impl>()) {
  if (trim(content).empty()) {
    impl_->content = kHead;
    impl_->head = impl_->content;
    return;
  }
  impl_->content = is_normal ? std::string(content) : normalised(content);
  // Nothing can be added by spans to a file, or to stages, in flow style.
  if (has_flow_stages(impl_->content)) {
    impl_->untouched = impl_->content;
    impl_->content = text::yaml::dump(text::yaml::load(impl_->content));
  }
  impl_->index();
  impl_->may_hold_anchors = may_hold_anchors(impl_->content);
}

DvcLockWriter::~DvcLockWriter() = default;

std::string DvcLockWriter::entry_for(const std::string& stage, const model::StageRecord& record) { return lock_entry_text(stage, record); }

bool DvcLockWriter::set_text(const std::string& stage, std::string text) {
  impl_->may_hold_anchors = impl_->may_hold_anchors || may_hold_anchors(text);
  const auto known = impl_->positions.find(stage);
  if (known == impl_->positions.end()) {
    impl_->append(stage, std::move(text));
    impl_->changed = true;
    return true;
  }
  auto& entry = impl_->entries[known->second];
  if (entry.text() == text) return false;
  entry.fresh = std::move(text);
  impl_->changed = true;
  return true;
}

bool DvcLockWriter::remove(const std::string& stage) {
  const auto known = impl_->positions.find(stage);
  if (known == impl_->positions.end()) return false;
  auto& entry = impl_->entries[known->second];
  entry.removed = true;
  entry.fresh.clear();
  entry.old = {};
  impl_->positions.erase(known);
  --impl_->alive;
  impl_->changed = true;
  return true;
}

std::string_view DvcLockWriter::entry_text(const std::string& stage) const {
  const auto known = impl_->positions.find(stage);
  return known == impl_->positions.end() ? std::string_view() : impl_->entries[known->second].text();
}

bool DvcLockWriter::empty() const { return impl_->alive == 0; }

std::string DvcLockWriter::text() const {
  const auto& impl = *impl_;
  if (!impl.changed && !impl.untouched.empty()) return impl.untouched;
  std::vector<TextPiece> pieces;
  pieces.reserve(impl.entries.size() + 3);
  pieces.push_back({impl.head, 0});
  if (impl.needs_head) pieces.push_back({"stages:\n", 0});
  std::size_t scope = 0;
  for (const auto& entry : impl.entries) {
    ++scope;
    if (!entry.removed) pieces.push_back({entry.text(), entry.fresh.empty() ? 0 : scope});
  }
  pieces.push_back({impl.tail, 0});
  return join_with_anchors(pieces, !impl.may_hold_anchors);
}

}  // namespace pivot::exporters
