#include "store/run_cache.h"

#include <algorithm>

#include "base/hash.h"
#include "base/strings.h"
#include "store/group_folders.h"
#include "store/objects.h"
#include "text/json.h"
#include "text/yaml.h"

namespace pivot::store {
namespace {

Value without_sizes(const Value& value) {
  if (value.is_list()) {
    List out;
    for (const auto& item : value.as_list()) out.push_back(without_sizes(item));
    return out;
  }
  if (!value.is_map()) return value;
  Map out;
  for (const auto& [key, item] : value.as_map().items) {
    if (key.is_string() && (key.as_string() == "size" || key.as_string() == "nfiles")) continue;
    out.items.emplace_back(key, without_sizes(item));
  }
  return out;
}

std::string digest(const Value& record) {
  return sha256_hex(text::json::dump(without_sizes(record), {.sort_keys = true}));
}

std::vector<std::string> paths_of(const Value* outs) {
  std::vector<std::string> out;
  if (outs == nullptr || !outs->is_list()) return out;
  for (const auto& entry : outs->as_list()) {
    const Value* p = entry.is_map() ? entry.as_map().find("path") : &entry;
    if (p != nullptr && p->is_string()) out.push_back(p->as_string());
  }
  return out;
}

/// The hash of an entry of deps or outs; nullopt when it has none.
std::optional<model::Hash> hash_of(const Value& entry) {
  if (!entry.is_map()) return std::nullopt;
  const Value* md5 = entry.as_map().find("md5");
  if (md5 == nullptr || !md5->is_string() || !is_object_name(md5->as_string())) return std::nullopt;
  const bool legacy = entry.as_map().find("hash") == nullptr;
  return model::Hash{legacy ? "md5-dos2unix" : "md5", md5->as_string()};
}

/// The keys that DVC's schema of a lock entry wants.
bool is_record(const Value& value) {
  if (!value.is_map()) return false;
  const Value* cmd = value.as_map().find("cmd");
  const Value* outs = value.as_map().find("outs");
  if (cmd == nullptr || !(cmd->is_string() || cmd->is_list())) return false;
  return outs == nullptr || (outs->is_list() && paths_of(outs).size() == outs->as_list().size());
}

const Value& member(const Value& record, std::string_view key) {
  static const Value kNull;
  const Value* found = record.is_map() ? record.as_map().find(key) : nullptr;
  return found != nullptr ? *found : kNull;
}

}  // namespace

std::string RunCache::key_of(const Value& record, const std::vector<std::string>& out_paths) {
  Value copy = record.clone();
  List paths;
  for (const auto& p : out_paths) paths.emplace_back(p);
  copy.as_map().set("outs", std::move(paths));
  return digest(copy);
}

std::string RunCache::value_of(const Value& record) { return digest(record); }

std::string RunCache::folder_of(const std::string& key) const { return cat(folder_, "/", key.substr(0, 2), "/", key); }

std::optional<Value> RunCache::load(const std::string& p) {
  const auto content = disk_.read(p);
  if (!content) return std::nullopt;
  try {
    Value record = text::yaml::load(*content);
    if (is_record(record)) return record;
  } catch (const Error&) {
    // below: gone, like any entry that is none
  }
  disk_.remove_file(p);
  return std::nullopt;
}

std::optional<Value> RunCache::find(const Value& record, const std::vector<std::string>& out_paths,
                                    const std::function<bool(const model::Hash&)>& has) {
  std::vector<std::string> sorted = out_paths;
  std::sort(sorted.begin(), sorted.end());
  const std::string folder = folder_of(key_of(record, sorted));
  std::vector<std::pair<std::int64_t, std::string>> entries;
  for (const auto& entry : disk_.list(folder)) {
    const std::string p = cat(folder, "/", entry.name);
    const auto stat = entry.name.starts_with('.') ? std::nullopt : disk_.stat(p);  // ".<token>.tmp": being written
    if (stat) entries.emplace_back(stat->mtime_ns, p);
  }
  std::sort(entries.rbegin(), entries.rend());
  for (const auto& [mtime, p] : entries) {
    const auto stored = load(p);
    if (!stored || !python_equal(member(*stored, "params"), member(record, "params"))) continue;
    const Value& outs = member(*stored, "outs");
    const bool complete =
        outs.is_list() && std::all_of(outs.as_list().begin(), outs.as_list().end(), [&](const Value& out) {
          const auto hash = hash_of(out);
          return hash && has(*hash);
        });
    if (complete) return stored;
  }
  return std::nullopt;
}

void RunCache::save(const Value& record) {
  const std::string folder = folder_of(key_of(record, paths_of(record.as_map().find("outs"))));
  const std::string p = cat(folder, "/", value_of(record));
  if (load(p)) return;
  if (shared_group_) make_group_dirs(disk_, folder);
  else disk_.make_dirs(folder);
  disk_.write_atomic(p, text::yaml::dump(record));
  if (shared_group_) disk_.chmod(p, kGroupFileMode);
}

}  // namespace pivot::store
