// *.dvc files (contract 4.1): data tracked by `add`, and imports.
#include "base/path.h"
#include "base/strings.h"
#include "importers/dvc/document.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/dvc/entries.h"
#include "importers/dvc/stage_builder.h"

namespace pivot::importers::dvc {

namespace {

bool flag(const Map& map, const char* key, bool absent) {
  const Value* value = map.find(key);
  return value == nullptr || !value->is_bool() ? absent : value->as_bool();
}

std::string text_of(const Map& map, const char* key) {
  const Value* value = map.find(key);
  return value == nullptr || value->is_null() ? std::string() : python_str(*value);
}

/// Takes a key out of the keys that are only carried.
Value take(Value& extra, const char* key) {
  if (!extra.is_map()) return {};
  const Value* found = extra.as_map().find(key);
  if (found == nullptr) return {};
  Value out = *found;
  extra.as_map().erase(key);
  if (extra.as_map().empty()) extra = Value();
  return out;
}

bool taken_flag(Value& extra, const char* key, bool absent) {
  const auto value = take(extra, key);
  return value.is_bool() ? value.as_bool() : absent;
}

std::string taken_text(Value& extra, const char* key) {
  const auto value = take(extra, key);
  return value.is_string() ? value.as_string() : std::string();
}

/// The files of an import's source in another repository are named as there.
model::Dep read_dep(const StagePlace& place, const std::string& wdir, const Map& entry) {
  const auto written = text_of(entry, "path");
  const bool is_remote = path::is_url(written) || entry.find("repo") != nullptr;
  auto data = read_entry(entry, !is_remote && !path::is_absolute(written));
  model::Dep dep;
  dep.repo = take(data.extra, "repo");
  if (dep.repo.is_null() && !written.empty()) {
    auto placed = place_path(place, wdir, written);
    dep.path = std::move(placed.path);
    dep.file = std::move(placed.file);
  } else {
    dep.path = dep.file = written;
  }
  dep.hash = std::move(data.hash);
  dep.meta = data.meta;
  dep.extra = std::move(data.extra);
  return dep;
}

model::Out read_out(const StagePlace& place, const std::string& wdir, const Map& entry) {
  if (entry.find("path") == nullptr) throw Error("'path'", ErrorKind::unexpected).with_hint("an out has no path");
  const auto written = text_of(entry, "path");
  auto data = read_entry(entry, !path::is_url(written) && !path::is_absolute(written));
  model::Out out;
  auto placed = place_path(place, wdir, written);
  out.path = std::move(placed.path);
  out.file = std::move(placed.file);
  out.hash = std::move(data.hash);
  out.meta = data.meta;
  out.cache = taken_flag(data.extra, "cache", true);
  out.persist = taken_flag(data.extra, "persist", false);
  out.push = taken_flag(data.extra, "push", true);
  out.remote = taken_text(data.extra, "remote");
  out.desc = taken_text(data.extra, "desc");
  out.type = taken_text(data.extra, "type");
  out.labels = take(data.extra, "labels");
  out.meta_value = take(data.extra, "meta");
  out.extra = std::move(data.extra);
  return out;
}

const List& list_of(const Map& map, const char* key) {
  static const List kEmpty;
  const Value* value = map.find(key);
  return value == nullptr || !value->is_list() ? kEmpty : value->as_list();
}

}  // namespace

model::Stage load_dvc_file(const std::string& file, std::string_view content, const ParsingOptions& options) {
  const auto document = load_document(content, file, options.cwd, dvc_file_schema());
  const auto& map = document.as_map();
  const auto place = stage_place(file, options);
  model::Stage stage;
  stage.file = file;
  stage.wdir_text = text_of(map, "wdir");
  stage.wdir = place_wdir(place, stage.wdir_text);
  stage.md5 = text_of(map, "md5");
  stage.desc = text_of(map, "desc");
  stage.frozen = flag(map, "frozen", false) || flag(map, "locked", false);
  stage.always_changed = flag(map, "always_changed", false);
  if (const Value* meta = map.find("meta")) stage.meta = *meta;
  for (const auto& entry : list_of(map, "deps")) stage.deps.push_back(read_dep(place, stage.wdir, entry.as_map()));
  for (const auto& entry : list_of(map, "outs")) stage.outs.push_back(read_out(place, stage.wdir, entry.as_map()));
  return stage;
}

}  // namespace pivot::importers::dvc
