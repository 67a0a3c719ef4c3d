#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/python/description.h"

namespace pivot::importers::python {

namespace {

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw Error(cat("'", file, "' is not a lock of a stage: ", what), ErrorKind::validation)
      .with_hint("restore it from Git, or delete it: the stage then runs once more");
}

const Map* section(const Map& lock, const char* name, const std::string& file) {
  const auto* value = lock.find(name);
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_map()) fail(file, cat("'", name, "' is not a mapping"));
  return &value->as_map();
}

/// "path -> {hash: HEX}" of the original tool; ours is a list of entries as in dvc.lock.
model::StageRecord read_entries(const Map& lock, const std::string& file) {
  Map entry;
  for (const char* name : {"deps", "outs"}) {
    const auto* value = lock.find(name);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_list()) fail(file, cat("'", name, "' is not a list"));
    List entries;
    for (const auto& item : value->as_list()) {
      if (!item.is_map() || item.as_map().find("path") == nullptr) fail(file, cat("an item of '", name, "' has no path"));
      auto copy = item.as_map();
      // Locks of the original tool call every checksum `hash`.
      if (const auto* hash = copy.find("hash"); hash != nullptr && copy.find("md5") == nullptr && *hash->as_string().data() != 'm') {
        copy.set("md5", *hash);
        copy.set("hash", "md5");
      }
      entries.emplace_back(std::move(copy));
    }
    entry.set(name, Value(std::move(entries)));
  }
  return dvc::read_record(Value(std::move(entry)));
}

}  // namespace

model::StageRecord read_stage_lock(const Value& lock, const std::string& file) {
  if (!lock.is_map()) fail(file, "it is not a mapping");
  const auto& top = lock.as_map();
  if (const auto* schema = top.find("schema"); schema != nullptr && (!schema->is_int() || schema->as_int() != 1))
    throw Error(cat("'", file, "' was written by a newer pivot (schema ", python_str(*schema), ")"), ErrorKind::validation)
        .with_hint("install that version, or delete the lock: the stage then runs once more");
  auto out = read_entries(top, file);
  const auto* code = section(top, "code", file);
  if (code == nullptr) code = section(top, "code_manifest", file);  // the original tool's name
  if (code != nullptr)
    for (const auto& [key, hash] : code->items) out.code.push_back({python_str(key), python_str(hash), {}});
  std::sort(out.code.begin(), out.code.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  Map values;
  if (const auto* params = section(top, "params", file)) values = *params;
  out.values = Value(std::move(values));
  if (const auto* files = section(top, "param_files", file))
    for (const auto& [name, known] : files->items) out.params.push_back({python_str(name), known});
  if (const auto* packages = section(top, "packages", file))
    for (const auto& [name, version] : packages->items) out.distributions.emplace_back(python_str(name), python_str(version));
  if (const auto* reads = top.find("reads"); reads != nullptr && reads->is_list()) {
    Map entry;
    entry.set("deps", *reads);
    out.reads = dvc::read_record(Value(std::move(entry))).deps;
  }
  return out;
}

}  // namespace pivot::importers::python
