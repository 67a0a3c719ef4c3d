#include "exporters/dvc_file_value.h"

#include "base/path.h"
#include "exporters/entry_value.h"

namespace pivot::exporters {

namespace {

bool is_nothing(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_map()) return value.as_map().empty();
  if (value.is_list()) return value.as_list().empty();
  return value.is_string() && value.as_string().empty();
}

void set_unless_empty(Map& out, const char* key, const Value& value) {
  if (!is_nothing(value)) out.set(key, value);
}

/// In the repository a path is written normalised, relative to the stage's folder; elsewhere as it was given.
std::string written_path(const std::string& written, const std::string& file, const std::string& wdir) {
  if (path::is_url(written) || path::is_absolute(written)) return written;
  if (file.empty() || path::is_absolute(file) || path::is_url(file)) return path::normalize(written);
  return path::relative(file, wdir.empty() ? "." : wdir);
}

/// Hash and sizes come first in *.dvc files, then `hash:` and the path.
void add_data(Map& out, const model::Hash& hash, const model::Meta& meta, const Value& extra) {
  if (carried(extra, "files") == nullptr) {
    if (hash.name == kLegacyHash && !hash.known()) out.set("md5", Value());
    add_hash(out, hash);
    add_meta(out, meta, extra);
  }
  if (hash.name != kLegacyHash) out.set("hash", Value("md5"));
}

void add_carried(Map& out, const Value& extra, const char* key) {
  if (const Value* value = carried(extra, key)) out.set(key, *value);
}

Value repo_value(const Value& repo) {
  Map out;
  for (const char* key : {"url", "rev", "rev_lock", "config", "remote"}) {
    const Value* value = repo.as_map().find(key);
    if (value != nullptr) set_unless_empty(out, key, *value);
  }
  return Value(std::move(out));
}

Value dep_value(const model::Dep& dep, const std::string& wdir) {
  Map out;
  if (const Value* db = carried(dep.extra, "db")) {
    Map filled;
    for (const auto& [key, value] : db->as_map().items) {
      if (!is_nothing(value)) filled.items.emplace_back(key, value);
    }
    if (!filled.empty()) out.set("db", Value(std::move(filled)));
    return Value(std::move(out));
  }
  if (dep.repo.is_map()) {
    out.set("path", Value(dep.path));
    out.set("repo", repo_value(dep.repo));
    return Value(std::move(out));
  }
  add_data(out, dep.hash, dep.meta, dep.extra);
  out.set("path", Value(written_path(dep.path, dep.file, wdir)));
  add_carried(out, dep.extra, "fs_config");
  add_carried(out, dep.extra, "files");
  return Value(std::move(out));
}

Value out_value(const model::Out& entry, const std::string& wdir) {
  Map out;
  add_data(out, entry.hash, entry.meta, entry.extra);
  out.set("path", Value(written_path(entry.path, entry.file, wdir)));
  add_carried(out, entry.extra, "fs_config");
  set_unless_empty(out, "desc", Value(entry.desc));
  set_unless_empty(out, "type", Value(entry.type));
  set_unless_empty(out, "labels", entry.labels);
  set_unless_empty(out, "meta", entry.meta_value);
  if (!entry.cache) out.set("cache", Value(false));
  if (entry.persist) out.set("persist", Value(true));
  set_unless_empty(out, "remote", Value(entry.remote));
  if (!entry.push) out.set("push", Value(false));
  add_carried(out, entry.extra, "files");
  return Value(std::move(out));
}

}  // namespace

Value dvc_file_value(const model::Stage& stage) {
  Map out;
  auto folder = path::dirname(stage.file);
  if (folder.empty()) folder = ".";
  const auto wdir = stage.wdir.empty() ? folder : stage.wdir;
  set_unless_empty(out, "desc", Value(stage.desc));
  set_unless_empty(out, "md5", Value(stage.md5));
  const auto relative = path::relative(wdir, folder);
  if (relative != ".") out.set("wdir", Value(relative));
  if (stage.frozen) out.set("frozen", Value(true));
  List deps;
  for (const auto& dep : stage.deps) deps.push_back(dep_value(dep, wdir));
  set_unless_empty(out, "deps", Value(std::move(deps)));
  List outs;
  for (const auto& entry : stage.outs) outs.push_back(out_value(entry, wdir));
  set_unless_empty(out, "outs", Value(std::move(outs)));
  if (stage.always_changed) out.set("always_changed", Value(true));
  set_unless_empty(out, "meta", stage.meta);
  return Value(std::move(out));
}

}  // namespace pivot::exporters
