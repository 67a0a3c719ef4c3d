// `pivot cache migrate`: objects of DVC 2 into the layout of DVC 3, and with --dvc-files the entries that name them.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/transfers.h"
#include "store/intake.h"
#include "store/objects.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

constexpr std::string_view kLegacy = "md5-dos2unix";

bool is_legacy(const model::Hash& hash) { return hash.known() && hash.name == kLegacy; }

std::vector<std::string> legacy_objects(Workspace& ws) {
  const auto& folder = ws.store().objects().folder(store::HashKind::dos2unix);
  std::vector<std::string> out;
  if (!ws.disk().stat(folder)) return out;
  for (const auto& prefix : ws.disk().list(folder)) {
    if (prefix.type != FileType::dir || prefix.name.size() != 2 || prefix.name.find_first_not_of("0123456789abcdef") != prefix.name.npos) continue;
    for (const auto& entry : ws.disk().list(cat(folder, "/", prefix.name)))
      if (store::is_object_name(prefix.name + entry.name)) out.push_back(cat(folder, "/", prefix.name, "/", entry.name));
  }
  return out;
}

/// Links (or copies) each object to the place that the MD5 of its bytes gives it; the old ones stay. Gives how many were not there yet.
std::size_t migrate_objects(Workspace& ws, const std::vector<std::string>& files) {
  auto& objects = ws.store().objects();
  std::vector<store::IntakeFile> intake;
  for (const auto& file : files)
    if (const auto stat = ws.disk().stat(file)) intake.push_back({.path = file, .stat = *stat});
  store::take_in(intake, store::IntakeMode::hash, objects, 0);
  std::size_t out = 0;
  for (const auto& file : intake) {
    const auto value = cat(to_hex(file.md5), file.path.ends_with(".dir") ? ".dir" : "");
    if (objects.find(store::HashKind::md5, value)) continue;
    ++out;
    if (objects.adopt_link(file.path, value)) continue;
    auto copy = objects.stage();
    copy->write(ws.disk().read(file.path).value_or(""));
    objects.adopt(std::move(copy), value);
  }
  return out;
}

struct Legacy {
  model::Stage stage;
  bool records = false;  ///< in dvc.lock, not in the *.dvc file itself
};

std::vector<Legacy> legacy_stages(Workspace& ws) {
  std::vector<Legacy> out;
  for (const auto& stage : ws.stages().stages) {
    bool found = false;
    if (stage.is_data()) {
      for (const auto& entry : stage.outs) found = found || is_legacy(entry.hash);
      for (const auto& entry : stage.deps) found = found || is_legacy(entry.hash);
    } else if (const auto* record = ws.lockbook().find(stage)) {
      for (const auto* entries : {&record->deps, &record->outs})
        for (const auto& entry : *entries) found = found || is_legacy(entry.hash);
    }
    if (found) out.push_back({stage, !stage.is_data()});
  }
  return out;
}

/// What the path has today's hash of, if it is what the entry says; the entry stays as it is otherwise.
bool renew(Session& session, const std::string& file, bool keep_content, model::Hash& hash, model::Meta& meta) {
  if (!is_legacy(hash)) return true;
  auto& ws = session.workspace();
  const auto place = ws.absolute(file);
  if (!ws.disk().stat(place) && keep_content) {
    try {
      ws.store().checkout(place, hash, meta);
    } catch (const Error&) {  // said below
    }
  }
  if (!ws.store().matches(place, hash, meta)) {
    session.out().warning(cat("'", path::relative(file, ws.cwd()), "' is not what was recorded, or its data is missing: its entry stays as it is"));
    return false;
  }
  const auto hashed = keep_content ? ws.store().commit(place) : ws.store().hash(place).value();
  hash = hashed.hash;
  meta = hashed.meta;
  return true;
}

void migrate_stage(Session& session, Legacy& legacy) {
  auto& ws = session.workspace();
  auto& stage = legacy.stage;
  if (!legacy.records) {
    session.out().info(cat("Updating DVC file '", path::relative(stage.file, ws.cwd()), "'"));
    for (auto& out : stage.outs) renew(session, out.file, out.cache, out.hash, out.meta);
    for (auto& dep : stage.deps) renew(session, dep.file, false, dep.hash, dep.meta);
    ws.write_dvc_file(stage);
    return;
  }
  auto record = *ws.lockbook().find(stage);
  for (auto& entry : record.outs)
    for (const auto& out : stage.outs)
      if (out.path == entry.path) renew(session, out.file, out.cache, entry.hash, entry.meta);
  for (auto& entry : record.deps)
    for (const auto& dep : stage.deps)
      if (dep.path == entry.path) renew(session, dep.file, false, entry.hash, entry.meta);
  session.out().info(cat("Updating lock file '", path::relative(ws.lockbook().record(stage, record).file, ws.cwd()), "'"));
}

}  // namespace

Outcome run_cache_migrate(Session& session, const Args& args) {
  auto& ws = session.workspace();
  ws.lock().acquire();
  ws.lockbook().refresh();
  const auto files = legacy_objects(ws);
  const bool dry = args.flag("dry");
  if (dry) session.out().info(counted_files(files.size(), "will be re-hashed and migrated to the DVC 3.0 cache location."));
  else session.out().info(cat("Migrated ", counted_files(migrate_objects(ws, files), "to DVC 3.0 cache location.")));
  if (args.flag("dvc_files")) {
    auto stages = legacy_stages(ws);
    if (dry && !stages.empty()) session.out().info("Entries in following DVC files will be migrated to the 3.0 format:");
    std::string last;
    for (auto& legacy : stages) {
      if (!dry) {
        migrate_stage(session, legacy);
        continue;
      }
      const auto file = path::relative(legacy.stage.file, ws.cwd());
      const auto line = legacy.records ? cat("\t", file, " (", path::join(path::dirname(file), "dvc.lock"), ")") : cat("\t", file);
      if (line != last) session.out().info(line);
      last = line;
    }
  }
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
