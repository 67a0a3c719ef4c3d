#include "importers/dvc/lock_lines.h"

#include <algorithm>

#include "text/block_style.h"
#include "text/simple_scalar.h"
#include "text/yaml.h"

namespace pivot::importers::dvc {

namespace {

using text::take_line;

constexpr std::string_view kHead = "schema: '2.0'\n";
constexpr std::size_t kNameIndent = 2;
constexpr std::size_t kKeyIndent = 4;
constexpr std::size_t kFieldIndent = 6;
constexpr std::size_t kFewestHashCharacters = 3;

enum class Section : unsigned char { none, cmd, deps, params, outs, other };

Section section_of(std::string_view key) {
  if (key == "cmd") return Section::cmd;
  if (key == "deps") return Section::deps;
  if (key == "params") return Section::params;
  return key == "outs" ? Section::outs : Section::other;
}

/// The key of a line whose text (without indentation) is `s`; empty when there is none with a proper colon.
std::string_view key_of(std::string_view s) {
  std::size_t colon = 0;  // keys are short: a loop beats a search
  while (colon < s.size() && s[colon] != ':') ++colon;
  if (colon == s.size() || (colon + 1 < s.size() && s[colon + 1] != ' ')) return {};
  return s.substr(0, colon);
}

/// What stands behind "key:".
std::string_view value_of(std::string_view s, std::size_t key_size) {
  s.remove_prefix(std::min(key_size + 1, s.size()));
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

enum class Field : unsigned char { path, hash, md5, etag, checksum, size, nfiles, isexec, other };

Field field_of(std::string_view key) {
  switch (key.size()) {
    case 3: return key == "md5" ? Field::md5 : Field::other;
    case 4:
      if (key == "path") return Field::path;
      if (key == "hash") return Field::hash;
      if (key == "size") return Field::size;
      return key == "etag" ? Field::etag : Field::other;
    case 6:
      if (key == "nfiles") return Field::nfiles;
      return key == "isexec" ? Field::isexec : Field::other;
    case 8: return key == "checksum" ? Field::checksum : Field::other;
    default: return Field::other;
  }
}

/// Checks a line of deps or outs when the file is indexed: the keys that DVC allows, numbers where numbers belong.
bool is_entry_line(std::string_view line, std::size_t indent) {
  if (indent == kKeyIndent) {
    if (line[indent] != '-' || line.size() < kFieldIndent || line[indent + 1] != ' ') return false;
  } else if (indent > kFieldIndent) {
    return true;  // a long path goes on
  } else if (indent != kFieldIndent) {
    return false;
  }
  const auto text = line.substr(kFieldIndent);
  const auto key = key_of(text);
  const auto value = value_of(text, key.size());
  switch (field_of(key)) {
    case Field::other: return false;
    case Field::size:
    case Field::nfiles: return text::read_simple_integer(value).has_value();
    case Field::isexec: return value == "true" || value == "false";
    case Field::md5:
    case Field::etag:
    case Field::checksum: return value.size() >= kFewestHashCharacters;
    default: return true;
  }
}

/// Walks the lines of one stage.
class EntryIndexer {
 public:
  bool accept(std::string_view line, std::size_t indent) {
    if (indent == line.size() || line.back() == '\r' || indent < kKeyIndent) return false;
    if (indent == kKeyIndent && line[indent] != '-') {
      section_ = section_of(key_of(line.substr(indent)));
      const unsigned bit = 1u << static_cast<unsigned>(section_);
      if (section_ == Section::other || (seen_ & bit) != 0) return false;
      seen_ |= bit;
      const bool bare = line.back() == ':';
      return section_ == Section::cmd || bare;
    }
    if (section_ == Section::deps || section_ == Section::outs) return is_entry_line(line, indent);
    return section_ == Section::cmd || (section_ == Section::params && indent >= kFieldIndent);
  }
  bool complete() const { return (seen_ & 1u << static_cast<unsigned>(Section::cmd)) != 0; }

 private:
  Section section_ = Section::none;
  unsigned seen_ = 0;
};

/// Reads the lines of one stage into a record.
class EntryReader {
 public:
  explicit EntryReader(std::string_view body) : rest_(body) {}

  std::optional<model::StageRecord> read() {
    std::string_view line;
    while (take_line(rest_, line)) {
      const auto text = line.substr(kKeyIndent);
      const auto key = key_of(text);
      const char* start = line.data();
      bool good = false;
      switch (section_of(key)) {
        case Section::cmd: good = read_cmd(value_of(text, key.size()), start); break;
        case Section::deps: good = read_entries(out_.deps); break;
        case Section::outs: good = read_entries(out_.outs); break;
        case Section::params: good = read_params(start); break;
        default: break;
      }
      if (!good) return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  /// The lines after the current one that belong to it: deeper ones, and list items.
  std::string_view take_section() {
    const char* start = rest_.data();
    std::string_view line;
    for (auto rest = rest_; take_line(rest, line); rest_ = rest) {
      if (line[kKeyIndent] != ' ' && line[kKeyIndent] != '-') break;  // none is less deep: the index saw to that
    }
    return {start, static_cast<std::size_t>(rest_.data() - start)};
  }

  /// A whole section through the general reader: the value of its key.
  std::optional<Value> load_section(const char* start) const {
    const std::string_view section(start, static_cast<std::size_t>(rest_.data() - start));
    try {
      const auto value = text::yaml::load(section);
      if (value.is_map() && value.as_map().size() == 1) return value.as_map().items.front().second;
    } catch (const text::yaml::SyntaxError&) {
      // The file as a whole will be read again, for an error with the right place.
    }
    return std::nullopt;
  }

  bool read_cmd(std::string_view first, const char* start) {
    const auto more = take_section();
    if (more.empty()) {
      const auto scalar = text::read_simple_scalar(first);
      if (scalar && scalar->is_string()) {
        out_.cmd = *scalar;
        return true;
      }
    } else if (!first.empty() && text::indent_of(more) > kKeyIndent && more.find("\n    -") == std::string_view::npos) {
      if (auto joined = text::join_plain_lines(first, more)) {
        out_.cmd = Value(std::move(*joined));
        return true;
      }
    }
    auto value = load_section(start);
    if (!value || !(value->is_string() || value->is_list())) return false;
    out_.cmd = std::move(*value);
    return true;
  }

  bool read_entries(std::vector<model::LockEntry>& entries) {
    auto lines = take_section();
    std::string_view line;
    bool says_hash = true;
    while (take_line(lines, line)) {
      if (line[kKeyIndent] == '-') {
        if (!finish_entry(entries, says_hash)) return false;
        entries.emplace_back();
        says_hash = false;
      }
      const auto text = line.substr(kFieldIndent);
      const auto key = key_of(text);
      const auto value = value_of(text, key.size());
      if (field_of(key) == Field::hash) {
        if (says_hash || value != "md5") return false;
        says_hash = true;
      } else if (entries.empty() || !read_field(entries.back(), field_of(key), value, lines)) {
        return false;
      }
    }
    return !entries.empty() && finish_entry(entries, says_hash);
  }

  /// An entry inside the repository that doesn't say `hash:` was written by DVC 2.
  static bool finish_entry(std::vector<model::LockEntry>& entries, bool says_hash) {
    if (entries.empty()) return true;
    auto& entry = entries.back();
    const bool outside = entry.path.starts_with('/') || entry.path.find("://") != std::string::npos;
    if (!says_hash && !outside && entry.hash.name == "md5") entry.hash.name = "md5-dos2unix";
    return !entry.path.empty();
  }

  static bool read_field(model::LockEntry& entry, Field field, std::string_view value, std::string_view& lines) {
    switch (field) {
      case Field::path: return read_path(entry, value, lines);
      case Field::md5:
      case Field::etag:
      case Field::checksum: return read_hash(entry, field, value);
      case Field::size: return read_count(entry.meta.size, value);
      case Field::nfiles: return read_count(entry.meta.nfiles, value);
      case Field::isexec: {
        const bool again = entry.meta.isexec;
        entry.meta.isexec = value == "true";
        return !again;
      }
      default: return false;
    }
  }

  /// A key that stands there twice is an error for the general reader to tell.
  static bool read_count(std::optional<std::int64_t>& count, std::string_view value) {
    if (count) return false;
    count = text::read_simple_integer(value);
    return count.has_value();
  }

  static bool read_path(model::LockEntry& entry, std::string_view value, std::string_view& lines) {
    if (!entry.path.empty()) return false;
    const char* start = lines.data();
    std::string_view line;
    for (auto rest = lines; take_line(rest, line) && text::indent_of(line) > kFieldIndent; lines = rest) {}
    const std::string_view more(start, static_cast<std::size_t>(lines.data() - start));
    if (!more.empty()) {
      auto joined = text::join_plain_lines(value, more);
      if (joined) entry.path = std::move(*joined);
      return joined.has_value();
    }
    if (text::is_simple_text(value)) {
      entry.path.assign(value);
      return true;
    }
    const auto scalar = text::read_simple_scalar(value);
    if (scalar && scalar->is_string()) entry.path = scalar->as_string();
    return scalar && scalar->is_string();
  }

  /// The first checksum is the hash; an entry with more of them is for the general reader.
  static bool read_hash(model::LockEntry& entry, Field field, std::string_view value) {
    if (entry.hash.known()) return false;
    if (text::is_simple_text(value)) {
      entry.hash.value.assign(value);
    } else {
      const auto scalar = text::read_simple_scalar(value);
      if (!scalar || !scalar->is_string()) return false;
      entry.hash.value = scalar->as_string();
    }
    if (field != Field::md5) entry.hash.name = field == Field::etag ? "etag" : "checksum";
    return entry.hash.known();
  }

  bool read_params(const char* start) {
    auto lines = take_section();
    if (read_plain_params(lines)) return true;
    out_.params.clear();
    const auto value = load_section(start);
    if (!value || !value->is_map()) return false;
    for (const auto& [file, values] : value->as_map().items) {
      if (!file.is_string() || !values.is_map()) return false;
      const auto& items = values.as_map().items;
      if (!std::all_of(items.begin(), items.end(), [](const auto& item) { return item.first.is_string(); })) return false;
      out_.params.push_back({file.as_string(), values});
    }
    return true;
  }

  /// Files with one simple scalar a line.
  bool read_plain_params(std::string_view lines) {
    std::string_view line;
    while (take_line(lines, line)) {
      const auto parts = text::split_line(line);
      if (!parts || !parts->has_key || parts->dash || line.back() == '\r') return false;
      const auto key = text::read_simple_key(parts->key);
      if (!key) return false;
      if (parts->indent == kFieldIndent) {
        if (!parts->value.empty()) return false;
        out_.params.push_back({std::string(*key), Value(Map{})});
        continue;
      }
      if (parts->indent != kFieldIndent + 2 || out_.params.empty()) return false;
      std::string_view next;
      auto ahead = lines;
      if (take_line(ahead, next) && (text::indent_of(next) > parts->indent || next[parts->indent] == '-')) return false;
      auto value = text::read_simple_scalar(parts->value);
      if (!value) return false;
      out_.params.back().values.as_map().items.emplace_back(Value(*key), std::move(*value));
    }
    return std::all_of(out_.params.begin(), out_.params.end(), [&](const model::LockParams& params) {
      return !params.values.as_map().empty() && keys_differ(params.values.as_map()) &&
             std::count_if(out_.params.begin(), out_.params.end(), [&](const auto& other) { return other.file == params.file; }) == 1;
    });
  }

  static bool keys_differ(const Map& map) {
    std::vector<std::string_view> keys;
    keys.reserve(map.items.size());
    for (const auto& item : map.items) keys.push_back(item.first.as_string());
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
  }

  std::string_view rest_;
  model::StageRecord out_;
};

}  // namespace

std::optional<std::vector<LockSpan>> index_lock_lines(std::string_view content) {
  if (!content.starts_with(kHead) || !content.ends_with('\n')) return std::nullopt;
  auto rest = content.substr(kHead.size());
  std::vector<LockSpan> out;
  std::string_view line;
  if (!take_line(rest, line) || line != "stages:" || rest.empty()) return std::nullopt;
  EntryIndexer indexer;
  while (take_line(rest, line)) {
    const auto indent = text::indent_of(line);
    if (indent == kNameIndent) {
      if (!out.empty() && !indexer.complete()) return std::nullopt;
      const auto name = text::read_simple_key(line.substr(indent, line.size() - indent - 1));
      if (line.back() != ':' || !name) return std::nullopt;
      out.push_back({*name, {rest.data(), 0}});
      indexer = EntryIndexer();
      continue;
    }
    if (out.empty() || !indexer.accept(line, indent)) return std::nullopt;
    out.back().body = {out.back().body.data(), static_cast<std::size_t>(rest.data() - out.back().body.data())};
  }
  if (out.empty() || !indexer.complete()) return std::nullopt;
  return out;
}

std::optional<std::vector<LockSpan>> index_lock_names(std::string_view content) {
  auto rest = content;
  std::string_view line;
  if (!content.starts_with(kHead) || !content.ends_with('\n') || !take_line(rest, line) || !take_line(rest, line) || line != "stages:")
    return std::nullopt;
  std::vector<LockSpan> out;
  while (take_line(rest, line)) {
    if (line.starts_with("   ") && !out.empty()) continue;
    if (text::indent_of(line) != kNameIndent || line.back() != ':') return std::nullopt;
    const auto name = text::read_simple_key(line.substr(kNameIndent, line.size() - kNameIndent - 1));
    if (!name) return std::nullopt;
    if (!out.empty()) out.back().body = {out.back().body.data(), static_cast<std::size_t>(line.data() - out.back().body.data())};
    out.push_back({*name, rest});
  }
  if (out.empty()) return std::nullopt;
  return out;
}

bool are_lock_lines(std::string_view body) {
  EntryIndexer indexer;
  std::string_view line;
  while (take_line(body, line))
    if (!indexer.accept(line, text::indent_of(line))) return false;
  return indexer.complete();
}

std::optional<model::StageRecord> read_lock_lines(std::string_view body) { return EntryReader(body).read(); }

}  // namespace pivot::importers::dvc
