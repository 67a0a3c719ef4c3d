#include "engine/saving.h"

#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "store/versioned_transfer.h"

namespace pivot::engine {

namespace {

constexpr std::string_view kLegacy = "md5-dos2unix";

}  // namespace

bool can_use_run_cache(const model::Stage& stage) {
  if (stage.cmd.is_null() || stage.always_changed || stage.outs.empty() || (stage.deps.empty() && stage.params.empty())) return false;
  for (const auto& dep : stage.deps)
    if (path::is_url(dep.file)) return false;
  for (const auto& out : stage.outs)
    if (out.persist || path::is_url(out.file) || path::is_absolute(out.file)) return false;
  return true;
}

bool may_save_run(const model::Stage& stage) {
  for (const auto& out : stage.outs)
    if (out.kind == model::OutKind::data && !out.cache) return false;
  return can_use_run_cache(stage);
}

model::StageRecord run_cache_record(model::StageRecord record) {
  for (auto* entries : {&record.deps, &record.outs})
    for (auto& entry : *entries) entry.extra = model::without_versions(entry.extra);
  return record;
}

store::Hashed Saver::hash_or_throw(const std::string& file, const std::string& what) {
  if (auto hashed = project_.store.hash(project_.absolute(file))) return *std::move(hashed);
  throw Error(cat(what, " '", path::is_url(file) ? file : path::relative(file, project_.cwd), "' does not exist"));
}

model::LockEntry Saver::url_entry(const std::string& written, const std::string& url, const std::string& what) {
  auto entry = project_.look_at_url ? project_.look_at_url(url) : std::nullopt;
  if (!entry) throw Error(cat(what, " '", written, "' does not exist"));
  entry->path = written;
  return *std::move(entry);
}

void Saver::note_if_empty(const std::string& file, const store::Hashed& hashed) {
  const bool empty = hashed.hash.is_dir() ? hashed.meta.nfiles.value_or(0) == 0 : hashed.meta.size.value_or(0) == 0;
  if (empty && on_empty) on_empty(path::relative(file, project_.cwd));
}

/// DVC's two texts: stages that the run cache could hold are hashed first, and fail there.
void Saver::throw_missing_dep(const model::Stage& stage, const model::Dep& dep) const {
  if (can_use_run_cache(stage)) throw Error(cat("[Errno 2] No such file or directory: ", python_str_repr(project_.absolute(dep.file))));
  throw Error(cat("dependency '", path::relative(dep.file, project_.cwd), "' does not exist"));
}

model::LockEntry Saver::dep_entry(const model::Dep& dep, const model::StageRecord* old) {
  // An entry of DVC 2 whose content is unchanged stays as it is.
  if (old != nullptr)
    if (const auto* entry = find_entry(old->deps, dep.path); entry != nullptr && entry->hash.name == kLegacy)
      if (project_.store.matches(project_.absolute(dep.file), entry->hash, entry->meta)) return *entry;
  if (path::is_url(dep.file)) return url_entry(dep.path, dep.file, "dependency");
  auto hashed = hash_or_throw(dep.file, "dependency");
  note_if_empty(dep.file, hashed);
  return {dep.path, hashed.hash, hashed.meta, {}};
}

void Saver::collect_params(const model::Stage& stage, model::StageRecord& record) {
  for (const auto& dep : stage.params) {
    auto values = scan_.current_params(dep);
    if (values.is_null()) throw Error(cat("dependency '", path::relative(dep.file, project_.cwd), "' does not exist"));
    std::vector<std::string> missing;
    for (const auto& key : dep.keys)
      if (values.as_map().find(key) == nullptr) missing.push_back(key);
    if (!missing.empty())
      throw Error(cat("Parameters '", join(missing, ", "), "' are missing from '", path::relative(dep.file, project_.cwd), "'."));
    record.params.push_back({dep.path, std::move(values)});
  }
}

void Saver::collect_callable(const model::Stage& stage, const model::StageRecord* old, model::StageRecord& record) {
  record.code = stage.callable->code;
  record.values = stage.callable->params;
  record.distributions = stage.callable->distributions;
  std::vector<std::string> reads;
  if (report != nullptr) {
    reads = report->reads;
    for (const auto& [name, version] : report->distributions)
      if (std::none_of(record.distributions.begin(), record.distributions.end(), [&](const auto& d) { return d.first == name; }))
        record.distributions.emplace_back(name, version);
    std::sort(record.distributions.begin(), record.distributions.end());
  } else if (old != nullptr) {
    for (const auto& entry : old->reads) reads.push_back(entry.path);
  }
  for (const auto& file : reads)
    if (auto hashed = project_.store.hash(project_.absolute(file)); hashed && !hashed->hash.is_dir())
      record.reads.push_back({file, hashed->hash, hashed->meta, {}});
}

model::StageRecord Saver::inputs(const model::Stage& stage) {
  const auto* old = project_.lockbook.find(stage);
  model::StageRecord record;
  record.cmd = stage.cmd;
  if (stage.callable) collect_callable(stage, old, record);
  for (const auto& dep : stage.deps) record.deps.push_back(dep_entry(dep, old));
  collect_params(stage, record);
  return record;
}

void Saver::check_deps(const model::Stage& stage) {
  for (const auto& dep : stage.deps)
    if (path::is_url(dep.file)) url_entry(dep.path, dep.file, "dependency");
    else if (!project_.disk.stat(project_.absolute(dep.file))) throw_missing_dep(stage, dep);
  model::StageRecord unused;
  collect_params(stage, unused);
}

model::LockEntry Saver::out_entry(const model::Out& out, const model::LockEntry* old) {
  if ((path::is_absolute(out.file) || path::is_url(out.file)) && out.cache)
    throw Error(cat("Saving cached external output ", out.file,
                    " is not supported since DVC 3.0. See <https://dvc.org/doc/user-guide/upgrade> for more info."));
  if (path::is_url(out.file)) return url_entry(out.path, out.file, "output");
  const auto file = project_.absolute(out.file);
  if (old != nullptr && old->hash.name == kLegacy && project_.store.matches(file, old->hash, old->meta)) return *old;
  if (options_.allow_missing && !project_.disk.stat(file)) {
    if (old != nullptr) return *old;
    return {out.path, {}, {}, {}};
  }
  auto hashed = out.cache && options_.commit && project_.disk.stat(file) ? project_.store.commit(file) : hash_or_throw(out.file, "output");
  note_if_empty(out.file, hashed);
  model::LockEntry entry{out.path, hashed.hash, hashed.meta, {}};
  if (old != nullptr && !old->extra.is_null()) entry.extra = store::carry_versions(project_.store, file, old->hash, old->extra, hashed);
  return entry;
}

model::StageRecord Saver::record(const model::Stage& stage) {
  auto record = inputs(stage);
  const auto* old = project_.lockbook.find(stage);
  // Nothing is put into the cache before all outs are there.
  if (!options_.allow_missing)
    for (const auto& out : stage.outs)
      if (!path::is_url(out.file) && !project_.disk.stat(project_.absolute(out.file)))
        throw Error(cat("output '", path::relative(out.file, project_.cwd), "' does not exist"));
  for (const auto& out : stage.outs) {
    auto entry = out_entry(out, old != nullptr ? find_entry(old->outs, out.path) : nullptr);
    // DVC tells the folders of a stage file by file only when it has pushed them.
    if (entry.hash.is_dir() && !options_.allow_missing) entry.extra = model::without_versions(entry.extra);
    if (entry.hash.known()) record.outs.push_back(std::move(entry));
  }
  return record;
}

model::Stage Saver::data_stage(const model::Stage& stage) {
  auto copy = stage;
  for (auto& out : copy.outs) {
    const model::LockEntry old{out.path, out.hash, out.meta, out.extra};
    auto entry = out_entry(out, &old);
    out.hash = entry.hash;
    out.meta = entry.meta;
    out.extra = entry.extra;
  }
  return copy;
}

std::optional<model::StageRecord> Restorer::find(model::StageId id) {
  const auto& stage = project_.stage(id);
  const auto* record = project_.lockbook.find(stage);
  auto all_cached = [&](const model::StageRecord& r) {
    for (const auto& out : stage.outs) {
      const auto* entry = find_entry(r.outs, out.path);
      if (entry == nullptr || !project_.store.has(entry->hash)) return false;
    }
    return true;
  };
  if (record != nullptr) {
    const auto verdict = scan_.look(id, {});
    bool only_outs = true, all_known = true;
    for (const auto& reason : verdict.reasons) only_outs = only_outs && reason.kind == Reason::Kind::out;
    for (const auto& out : stage.outs) all_known = all_known && find_entry(record->outs, out.path) != nullptr;
    if (only_outs && all_known) return all_cached(*record) ? std::optional(*record) : std::nullopt;
  }
  if (!options_.run_cache) return std::nullopt;
  Saver saver(project_, scan_, {.commit = false});
  saver.check_deps(stage);
  auto key = saver.inputs(stage);
  std::vector<std::string> outs;
  for (const auto& out : stage.outs) {
    outs.push_back(out.path);
    key.outs.push_back({out.path, {}, {}, {}});
  }
  const auto stored = project_.store.find_run(recorder_.lock_value(key), outs);
  if (!stored) return std::nullopt;
  auto found = recorder_.read_record(*stored);
  if (!all_cached(found) && options_.fetch && !options_.dry) options_.fetch(stage, found);
  if (!all_cached(found)) return std::nullopt;
  return found;
}

void Restorer::checkout(const model::Stage& stage, const model::StageRecord& record) {
  for (const auto& out : stage.outs) {
    const auto* entry = find_entry(record.outs, out.path);
    store::CheckoutOptions options;
    options.force = true;
    project_.store.checkout(project_.absolute(out.file), entry->hash, entry->meta, options);
  }
}

}  // namespace pivot::engine
