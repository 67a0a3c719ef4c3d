// What dvc.lock holds of a stage (contract 3.1), also the form that run-cache keys are made of.
#include <algorithm>

#include "exporters/dvc_lock.h"
#include "exporters/entry_value.h"
#include "exporters/lock_order.h"

namespace pivot::exporters {

namespace {

constexpr const char* kDefaultParams = "params.yaml";

Value entry_value(const model::LockEntry& entry) {
  Map out;
  out.set("path", Value(entry.path));
  if (const Value* dataset = carried(entry.extra, "dataset")) {
    out.set("dataset", *dataset);
    return Value(std::move(out));
  }
  if (entry.hash.name != kLegacyHash) out.set("hash", Value("md5"));
  if (const Value* files = carried(entry.extra, "files")) {
    out.set("files", *files);
    return Value(std::move(out));
  }
  add_hash(out, entry.hash);
  add_meta(out, entry.meta, entry.extra);
  return Value(std::move(out));
}

Value entries_value(const std::vector<model::LockEntry>& entries) {
  const auto sorted = in_lock_order(entries);
  List out;
  out.reserve(sorted.size());
  for (const auto* entry : sorted) out.push_back(entry_value(*entry));
  return Value(std::move(out));
}

/// Keys sorted at the first level only: what is nested keeps the order of its file.
Value sorted_params(const Value& values) {
  if (!values.is_map()) return Value(Map{});
  Map out = values.as_map();
  std::stable_sort(out.items.begin(), out.items.end(), [](const Map::Item& a, const Map::Item& b) {
    return a.first.is_string() && b.first.is_string() && a.first.as_string() < b.first.as_string();
  });
  return Value(std::move(out));
}

Value params_value(const std::vector<model::LockParams>& params) {
  std::vector<const model::LockParams*> sorted;
  for (const auto& file : params) sorted.push_back(&file);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    const bool a_first = a->file == kDefaultParams;
    const bool b_first = b->file == kDefaultParams;
    return a_first != b_first ? a_first : a->file < b->file;
  });
  Map out;
  for (const auto* file : sorted) out.set(file->file, sorted_params(file->values));
  return Value(std::move(out));
}

}  // namespace

Value lock_value(const model::StageRecord& record) {
  Map out;
  out.set("cmd", record.cmd);
  if (!record.deps.empty()) out.set("deps", entries_value(record.deps));
  if (!record.params.empty()) out.set("params", params_value(record.params));
  if (!record.outs.empty()) out.set("outs", entries_value(record.outs));
  return Value(std::move(out));
}

}  // namespace pivot::exporters
