#include <unordered_map>

#include "base/path.h"
#include "base/strings.h"
#include "importers/dvc/document.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/dvc/entries.h"
#include "importers/dvc/lock_lines.h"

namespace pivot::importers::dvc {

namespace {

std::vector<model::LockEntry> read_entries(const Value* entries) {
  std::vector<model::LockEntry> out;
  if (entries == nullptr) return out;
  for (const auto& entry : entries->as_list()) {
    const Value* path = entry.as_map().find("path");
    const bool inside = path == nullptr || !(path::is_absolute(path->as_string()) || path::is_url(path->as_string()));
    auto data = read_entry(entry.as_map(), inside);
    out.push_back({std::move(data.path), std::move(data.hash), data.meta, std::move(data.extra)});
  }
  return out;
}

model::StageRecord read_record(const Map& entry) {
  model::StageRecord out;
  if (const Value* cmd = entry.find("cmd")) out.cmd = *cmd;
  out.deps = read_entries(entry.find("deps"));
  if (const Value* params = entry.find("params")) {
    for (const auto& [file, values] : params->as_map().items) out.params.push_back({file.as_string(), values});
  }
  out.outs = read_entries(entry.find("outs"));
  return out;
}

/// A lock of DVC 1 has its stages at the top and no schema, or another schema than 2.0.
bool is_old_lock(const Value& document) {
  if (!document.is_map() || document.as_map().empty()) return false;
  const Value* schema = document.as_map().find("schema");
  if (schema != nullptr) return !schema->is_string() || schema->as_string() != "2.0";
  for (const auto& [name, entry] : document.as_map().items) {
    if (!entry.is_map() || entry.as_map().find("cmd") == nullptr) return false;
  }
  return true;
}

}  // namespace

model::StageRecord read_record(const Value& entry) {
  if (!entry.is_map()) throw Error("a lock entry is not a map");
  for (const char* list : {"deps", "outs"})
    if (const Value* entries = entry.as_map().find(list))
      if (!entries->is_list()) throw Error(cat("'", list, "' of a lock entry is not a list"));
  return read_record(entry.as_map());
}

struct LockFile::Impl {
  std::string content;
  std::string file;
  std::string cwd;
  std::vector<LockSpan> spans;      ///< in DVC's style: all stages; otherwise names only
  bool by_lines = false;
  bool lines_are_checked = false;   ///< all of them, by the index
  Value document;                   ///< the general reader's result, null until needed
  std::vector<const Map*> entries;  ///< of the document, as `spans`
  std::unordered_map<std::string_view, std::size_t> positions;

  void index() {
    positions.reserve(spans.size());
    for (std::size_t i = 0; i < spans.size(); ++i) positions.emplace(spans[i].name, i);
  }

  void load_document() {
    try {
      document = dvc::load_document(content, file, cwd, lock_file_schema());
    } catch (Error& error) {
      // What the lock would look like to the general parser decides on the hint; a syntax error has none.
      throw error.with_hint(hint());
    }
    spans.clear();
    entries.clear();
    positions.clear();
    by_lines = false;
    if (const Value* stages = document.as_map().find("stages")) {
      for (const auto& [name, entry] : stages->as_map().items) {
        spans.push_back({name.as_string(), {}});
        entries.push_back(&entry.as_map());
      }
    }
    index();
  }

  /// Where a merge left off, from 1; 0: nowhere.
  int conflict_line() const {
    int line = 0;
    for (const auto text : split(content, '\n')) {
      ++line;
      if (text.starts_with("<<<<<<< ") || text == "=======" || text.starts_with(">>>>>>> ")) return line;
    }
    return 0;
  }

  std::string hint() const {
    if (const auto line = conflict_line(); line > 0)
      return cat("line ", std::to_string(line), " of '", file, "' is a conflict marker of Git. Take one side (git checkout --ours ", file,
                 ") and run `pivot repro`; with `pivot install` and `dvc.lock merge=dvc-lock` in .gitattributes it merges by itself");
    if (content.empty()) return "an empty lock file is not valid: delete it, the next run writes a new one";
    try {
      const auto value = text::yaml::load(content);
      if (value.is_map() && value.as_map().find("schema") != nullptr && value.as_map().find("schema")->is_real()) {
        return "write the version in quotes: schema: '2.0'";
      }
      if (is_old_lock(value)) {
        return cat("'", file, "' was written by DVC 1, which nothing newer reads: move it away and run `pivot commit` to record ",
                   "the present state, or `pivot repro`");
      }
    } catch (const Error&) {
      // Not even YAML: the message says all.
    }
    return "";
  }
};

LockFile::LockFile() : impl_(std::make_unique<Impl>()) {}
LockFile::~LockFile() = default;
LockFile::LockFile(LockFile&&) noexcept = default;
LockFile& LockFile::operator=(LockFile&&) noexcept = default;

LockFile LockFile::parse(std::string content, const std::string& file, const std::string& cwd, bool is_known) {
  LockFile out;
  auto& impl = *out.impl_;
  impl.content = std::move(content);
  impl.file = file;
  impl.cwd = cwd;
  if (!is_known) check_utf8(impl.content, path_from(file, cwd));
  if (auto spans = is_known ? index_lock_names(impl.content) : index_lock_lines(impl.content)) {
    impl.spans = std::move(*spans);
    impl.by_lines = true;
    impl.lines_are_checked = !is_known;
    impl.index();
    // A name that stands there twice is an error for the general parser to tell.
    if (impl.positions.size() != impl.spans.size()) impl.load_document();
  } else {
    impl.load_document();
  }
  return out;
}

std::vector<std::string_view> LockFile::names() const {
  std::vector<std::string_view> out;
  out.reserve(impl_->spans.size());
  for (const auto& span : impl_->spans) out.push_back(span.name);
  return out;
}

std::optional<model::StageRecord> LockFile::find(std::string_view name) const {
  auto& impl = *impl_;
  auto found = impl.positions.find(name);
  if (found == impl.positions.end()) return std::nullopt;
  if (impl.by_lines) {
    const auto body = impl.spans[found->second].body;
    if (impl.lines_are_checked || are_lock_lines(body))
      if (auto record = read_lock_lines(body)) return record;
    if (impl.document.is_null()) {
      const std::string kept(name);  // `name` may be a view into what is replaced now
      impl.load_document();
      found = impl.positions.find(kept);
      if (found == impl.positions.end()) return std::nullopt;
    }
  }
  return read_record(*impl.entries[found->second]);
}

}  // namespace pivot::importers::dvc
