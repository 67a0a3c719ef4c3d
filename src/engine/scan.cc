#include "engine/scan.h"

#include <algorithm>

#include "base/path.h"
#include "base/strings.h"
#include "engine/param_path.h"

namespace pivot::engine {

std::string Project::absolute(const std::string& file) const {
  return path::is_absolute(file) ? file : file == "." ? root : cat(root, "/", file);
}

std::string_view change_name(Change change) {
  switch (change) {
    case Change::added: return "new";
    case Change::modified: return "modified";
    case Change::deleted: return "deleted";
    case Change::not_in_cache: break;
  }
  return "not in cache";
}

bool Verdict::has(Reason::Kind kind) const {
  for (const auto& r : reasons)
    if (r.kind == kind) return true;
  return false;
}

bool Verdict::only_missing_outs() const {
  for (const auto& r : reasons)
    if (r.kind != Reason::Kind::out || (r.change != Change::deleted && r.change != Change::not_in_cache)) return false;
  return true;
}

const model::LockEntry* find_entry(const std::vector<model::LockEntry>& entries, const std::string& path) {
  for (const auto& e : entries)
    if (e.path == path) return &e;
  return nullptr;
}

Scan::PathState Scan::compare(const std::string& file, const model::Hash& expected, const model::Meta& meta) {
  const bool is_out = project_.outs.find(file).first >= 0;
  if (is_out)
    if (const auto it = seen_.find(file); it != seen_.end() && it->second.expected == expected && it->second.size == meta.size)
      return it->second.state;
  const auto absolute = project_.absolute(file);
  auto state = PathState::same;
  if (!project_.store.matches(absolute, expected, meta))
    state = project_.disk.stat(absolute) ? PathState::different : PathState::missing;
  if (is_out) seen_[file] = {expected, meta.size, state};
  return state;
}

void Scan::forget_outs(model::StageId id) {
  for (const auto& out : project_.stage(id).outs) {
    seen_.erase(out.file);
    urls_.erase(out.file);
  }
  if (project_.known != nullptr) project_.known->forget(id);
}

void Scan::look_at_url(Reason::Kind kind, const std::string& url, const model::Hash& known, Verdict& verdict) {
  auto it = urls_.find(url);
  if (it == urls_.end()) it = urls_.emplace(url, project_.look_at_url ? project_.look_at_url(url) : std::nullopt).first;
  const auto& now = it->second;
  if (now && known.known() && now->hash == known) return;
  Reason reason{kind, now ? Change::modified : Change::deleted, url};
  if (known.known()) reason.before = known.value;
  if (now) reason.after = now->hash.value;
  verdict.reasons.push_back(std::move(reason));
}

void Scan::look_at_dep(const std::string& file, const model::LockEntry* entry, const Options& options, Verdict& verdict) {
  static const model::LockEntry kNone;
  const auto& known = entry != nullptr ? *entry : kNone;
  if (path::is_url(file)) return look_at_url(Reason::Kind::dep, file, known.hash, verdict);
  const auto state = compare(file, known.hash, known.meta);
  if (state == PathState::same) return;
  if (state == PathState::missing && options.allow_missing) {
    const auto [producer, index] = project_.outs.find(file);
    if (producer < 0) return;
    const auto& upstream = project_.stage(producer);
    const auto* record = project_.lockbook.find(upstream);
    const auto& out = upstream.outs[static_cast<std::size_t>(index)];
    const auto* made = record != nullptr ? find_entry(record->outs, out.path) : nullptr;
    const auto& hash = upstream.is_data() ? out.hash : made != nullptr ? made->hash : known.hash;
    if (hash == known.hash) return;
  }
  Reason reason{Reason::Kind::dep, state == PathState::missing ? Change::deleted : Change::modified, file};
  if (known.hash.known()) reason.before = known.hash.value;
  if (options.hashes && state == PathState::different)
    if (const auto now = project_.store.hash(project_.absolute(file), known.hash.name)) reason.after = now->hash.value;
  verdict.reasons.push_back(std::move(reason));
}

void Scan::look_at_deps(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict) {
  for (const auto& dep : stage.deps) {
    if (!dep.repo.is_null()) continue;
    if (stage.is_data()) {
      const model::LockEntry entry{dep.path, dep.hash, dep.meta, {}};
      look_at_dep(dep.file, &entry, options, verdict);
    } else {
      const auto* entry = record != nullptr ? find_entry(record->deps, dep.path) : nullptr;
      // DVC takes a dep that the record does not know for one of DVC 2, and leaves the listing of a folder in that layout of the cache.
      if (record != nullptr && entry == nullptr && !path::is_url(dep.file)) {
        const auto stat = project_.disk.stat(project_.absolute(dep.file));
        if (stat && stat->type == FileType::dir) project_.store.hash(project_.absolute(dep.file), "md5-dos2unix");
      }
      look_at_dep(dep.file, entry, options, verdict);
    }
    if (options.depth == Depth::first && verdict.changed()) return;
  }
}

Value Scan::current_params(const model::ParamDep& dep) {
  const auto file = project_.params(dep.file);
  if (!file) return {};
  if (dep.keys.empty()) {
    if (file->is_map()) return *file;
    return Map{};
  }
  Map values;
  for (const auto& key : dep.keys)
    if (const auto* v = find_param(*file, key)) values.set(key, *v);
  return values;
}

std::vector<Reason> version_changes(const model::Stage& stage, const model::StageRecord& record) {
  std::vector<Reason> out;
  for (const auto& [name, version] : stage.callable->distributions)
    for (const auto& [known, before] : record.distributions) {
      if (known != name || before == version) continue;
      Reason reason{Reason::Kind::distribution, Change::modified, {}, name};
      reason.before = before;
      reason.after = version;
      out.push_back(std::move(reason));
    }
  return out;
}

namespace {

/// Both lists are sorted by key, but the stage's own function counts without its name.
void compare_code(const std::vector<model::CodeEntry>& known, const std::vector<model::CodeEntry>& current, Verdict& verdict) {
  auto find = [](const std::vector<model::CodeEntry>& list, const model::CodeEntry& entry) -> const model::CodeEntry* {
    const auto it = std::find_if(list.begin(), list.end(), [&](const auto& other) { return other.same_key(entry); });
    return it == list.end() ? nullptr : &*it;
  };
  for (const auto& entry : current) {
    const auto* before = find(known, entry);
    if (before != nullptr && before->hash == entry.hash) continue;
    Reason reason{Reason::Kind::code, before == nullptr ? Change::added : Change::modified, {}, entry.key};
    if (before != nullptr) reason.before = before->hash;
    reason.after = entry.hash;
    reason.place = entry.place;
    verdict.reasons.push_back(std::move(reason));
  }
  for (const auto& entry : known) {
    if (find(current, entry) != nullptr) continue;
    Reason reason{Reason::Kind::code, Change::deleted, {}, entry.key};
    reason.before = entry.hash;
    verdict.reasons.push_back(std::move(reason));
  }
}

/// Parameters of a Python stage: name -> value.
void compare_values(const Value& known, const Value& current, Verdict& verdict) {
  static const Map kNone;
  const auto& before = known.is_map() ? known.as_map() : kNone;
  const auto& after = current.is_map() ? current.as_map() : kNone;
  auto add = [&](Change change, const std::string& key, const Value* was, const Value* is) {
    Reason reason{Reason::Kind::param, change, {}, key};
    if (was != nullptr) reason.before = *was;
    if (is != nullptr) reason.after = *is;
    verdict.reasons.push_back(std::move(reason));
  };
  for (const auto& [key, value] : after.items) {
    const auto* was = before.find(key.as_string());
    if (was == nullptr) {
      add(Change::added, key.as_string(), nullptr, &value);
    } else if (!python_equal(*was, value)) {
      add(Change::modified, key.as_string(), was, &value);
    }
  }
  for (const auto& [key, value] : before.items)
    if (after.find(python_str(key)) == nullptr) add(Change::deleted, python_str(key), &value, nullptr);
}

}  // namespace

void Scan::look_at_callable(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict) {
  if (record == nullptr) {
    verdict.reasons.push_back({Reason::Kind::command, Change::added, {}});
    return;
  }
  compare_code(record->code, stage.callable->code, verdict);
  compare_values(record->values, stage.callable->params, verdict);
  if (stage.callable->track_versions.value_or(project_.track_versions))
    for (auto& reason : version_changes(stage, *record)) verdict.reasons.push_back(std::move(reason));
  for (const auto& entry : record->reads) {
    const auto state = compare(entry.path, entry.hash, entry.meta);
    if (state == PathState::same || (state == PathState::missing && options.allow_missing)) continue;
    Reason reason{Reason::Kind::read, state == PathState::missing ? Change::deleted : Change::modified, entry.path};
    reason.before = entry.hash.value;
    if (options.hashes && state == PathState::different)
      if (const auto now = project_.store.hash(project_.absolute(entry.path), entry.hash.name)) reason.after = now->hash.value;
    verdict.reasons.push_back(std::move(reason));
  }
}

namespace {

void compare_params(const model::ParamDep& dep, const Map& known, const Map& current, Verdict& verdict) {
  auto keys = dep.keys;
  if (keys.empty())
    for (const auto* side : {&known, &current})
      for (const auto& [key, value] : side->items) {
        auto text = python_str(key);
        if (std::find(keys.begin(), keys.end(), text) == keys.end()) keys.push_back(std::move(text));
      }
  for (const auto& key : keys) {
    const auto *before = known.find(key), *after = current.find(key);
    if (before != nullptr && after != nullptr && python_equal(*before, *after)) continue;
    Reason reason{Reason::Kind::param, Change::modified, dep.file, key};
    if (before != nullptr) reason.before = *before;
    if (after != nullptr) reason.after = *after;
    if (after == nullptr) {
      reason.change = Change::deleted;
    } else if (before == nullptr) {
      reason.change = Change::added;
    }
    verdict.reasons.push_back(std::move(reason));
  }
}

}  // namespace

void Scan::look_at_params(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict) {
  for (const auto& dep : stage.params) {
    const model::LockParams* known = nullptr;
    if (record != nullptr)
      for (const auto& p : record->params)
        if (p.file == dep.path) known = &p;
    if (!project_.params(dep.file)) {
      if (!options.allow_missing) verdict.reasons.push_back({Reason::Kind::param, Change::deleted, dep.file});
    } else if (known == nullptr || !known->values.is_map()) {
      verdict.reasons.push_back({Reason::Kind::param, Change::added, dep.file});
    } else {
      compare_params(dep, known->values.as_map(), current_params(dep).as_map(), verdict);
    }
    if (options.depth == Depth::first && verdict.changed()) return;
  }
}

void Scan::look_at_out(const model::Out& out, const model::Hash& hash, const model::Meta& meta, const Options& options,
                       Verdict& verdict) {
  if (path::is_url(out.file)) return look_at_url(Reason::Kind::out, out.file, hash, verdict);
  Reason reason{Reason::Kind::out, Change::modified, out.file};
  if (hash.known()) reason.before = hash.value;
  if (hash.known() && out.cache && !project_.store.has(hash)) {
    reason.change = Change::not_in_cache;
    if (!options.allow_missing) verdict.reasons.push_back(std::move(reason));
    return;
  }
  const auto state = compare(out.file, hash, meta);
  if (state == PathState::same) return;
  if (state == PathState::missing) {
    if (options.allow_missing && hash.known()) return;
    reason.change = Change::deleted;
  } else if (options.hashes) {
    if (const auto now = project_.store.hash(project_.absolute(out.file), hash.name)) reason.after = now->hash.value;
  }
  verdict.reasons.push_back(std::move(reason));
}

void Scan::look_at_outs(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict) {
  for (const auto& out : stage.outs) {
    if (stage.is_data()) {
      look_at_out(out, out.hash, out.meta, options, verdict);
    } else {
      const auto* entry = record != nullptr ? find_entry(record->outs, out.path) : nullptr;
      look_at_out(out, entry != nullptr ? entry->hash : model::Hash{}, entry != nullptr ? entry->meta : model::Meta{}, options, verdict);
    }
    if (options.depth == Depth::first && verdict.changed()) return;
  }
}

Verdict Scan::look(model::StageId id, const Options& options) {
  if (project_.known != nullptr && project_.known->unchanged(id)) return {};
  auto verdict = compare_all(id, options);
  if (project_.known != nullptr && !verdict.changed() && !options.allow_missing) project_.known->found_unchanged(id);
  return verdict;
}

Verdict Scan::compare_all(model::StageId id, const Options& options) {
  const auto& stage = project_.stage(id);
  Verdict verdict;
  const auto* record = stage.is_data() ? nullptr : project_.lockbook.find(stage);
  const bool first = options.depth == Depth::first;
  if (!stage.is_data()) {
    const Value known = record != nullptr ? record->cmd : Value{};
    if (stage.is_callback() || stage.always_changed) {
      verdict.reasons.push_back({Reason::Kind::always, Change::modified, {}});
    }
    if (stage.callable && !stage.frozen) {
      look_at_callable(stage, record, options, verdict);
      if (record == nullptr && !first) return verdict;  // nothing to compare: one reason says it
    } else if (record != nullptr && !python_equal(known, stage.cmd)) {
      Reason reason{Reason::Kind::command, Change::modified, {}};
      reason.before = known;
      reason.after = stage.cmd;
      verdict.reasons.push_back(std::move(reason));
    }
    // No record is no reason by itself: then deps and outs have no hashes to be equal to. A frozen stage without outs never ran and
    // does not run, as in DVC.
    if (first && verdict.changed()) return verdict;
  }
  if (!stage.frozen) {
    look_at_deps(stage, record, options, verdict);
    if (first && verdict.changed()) return verdict;
    look_at_params(stage, record, options, verdict);
    if (first && verdict.changed()) return verdict;
  }
  look_at_outs(stage, record, options, verdict);
  return verdict;
}

}  // namespace pivot::engine
