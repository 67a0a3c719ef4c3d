#include "commands/checkout_run.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/scan.h"
#include "store/store.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

void count(CheckoutReport& changes, const store::CheckoutResult& done, bool was_there, bool is_dir) {
  if (!is_dir) {
    ++(was_there ? changes.files_modified : changes.files_added);
    return;
  }
  changes.files_added += done.added.size();
  changes.files_modified += done.modified.size();
  changes.files_deleted += done.deleted.size();
}

std::string counted(std::size_t n, const char* what) {
  return cat(std::to_string(n), n == 1 ? " file " : " files ", what);
}

/// One out that is to be checked out, with what is known of its content.
struct Wanted {
  const model::Out* out;
  model::Hash hash;
  model::Meta meta;
  std::optional<std::string> subpath;
};

std::vector<Wanted> wanted_outs(Workspace& ws, const std::vector<workspace::Target>& targets) {
  std::vector<Wanted> out;
  for (const auto& target : targets) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(target.stage)];
    const auto* record = stage.is_data() ? nullptr : ws.lockbook().find(stage);
    for (const auto& o : stage.outs) {
      // As in DVC, nothing outside of the repository is checked out.
      if (!o.cache || path::is_url(o.file) || path::is_absolute(o.file)) continue;
      Wanted w{&o, o.hash, o.meta, std::nullopt};
      if (target.filter) {
        if (!path::is_inside(o.file, *target.filter) && !path::is_inside(*target.filter, o.file)) continue;
        if (*target.filter != o.file && path::is_inside(*target.filter, o.file)) w.subpath = path::relative(*target.filter, o.file);
      }
      if (!stage.is_data()) {
        const auto* entry = record != nullptr ? engine::find_entry(record->outs, o.path) : nullptr;
        w.hash = entry != nullptr ? entry->hash : model::Hash();
        w.meta = entry != nullptr ? entry->meta : model::Meta();
      }
      out.push_back(std::move(w));
    }
  }
  // A path that a second stage claims too is checked out from the one that knows its content.
  std::set<std::string> known;
  for (const auto& w : out)
    if (w.hash.known()) known.insert(w.out->file);
  std::erase_if(out, [&](const Wanted& w) { return !w.hash.known() && known.contains(w.out->file); });
  return out;
}

/// The files of a path whose content the cache doesn't hold.
std::vector<std::string> unsaved_files(Workspace& ws, const std::string& file) {
  const auto now = ws.store().hash(file);
  if (!now) return {};
  if (!now->hash.is_dir()) return ws.store().has_object(now->hash) ? std::vector<std::string>() : std::vector{file};
  std::vector<std::string> out;
  for (const auto& f : ws.store().tree_of(file, *now)->files)
    if (!ws.store().has_object({"md5", f.md5})) out.push_back(cat(file, "/", f.relpath));
  return out;
}

/// What stands where an out belongs.
struct Looked {
  bool was_there = false;
  std::unique_ptr<store::PendingCheckout> pending;  ///< none when the content is not known or its listing is missing
  std::vector<std::string> lost;                    ///< of an out whose content is not known

  const std::vector<std::string>& unsaved() const { return pending ? pending->unsaved() : lost; }
};

Looked look(Workspace& ws, const Wanted& w, const CheckoutFlags& flags) {
  const auto file = ws.absolute(w.out->file);
  Looked out;
  out.was_there = ws.disk().lstat(file).has_value();
  if (!w.hash.known()) {
    if (out.was_there && !flags.force) out.lost = unsaved_files(ws, file);
    return out;
  }
  try {
    const store::CheckoutOptions options{flags.force, flags.relink, flags.allow_missing, w.subpath};
    out.pending = ws.store().begin_checkout(file, w.hash, w.meta, options);
  } catch (const store::MissingObjects&) {
  }
  return out;
}

}  // namespace

void expect_objects(Session& session, const std::vector<workspace::Target>& targets) {
  auto& ws = session.workspace();
  for (const auto& w : wanted_outs(ws, targets))
    if (w.hash.is_dir() && !w.subpath) ws.store().fill_on_arrival(ws.absolute(w.out->file), w.hash, w.meta);
}

CheckoutReport check_out(Session& session, const std::vector<workspace::Target>& targets, const CheckoutFlags& flags) {
  auto& ws = session.workspace();
  CheckoutReport changes;
  const auto wanted = wanted_outs(ws, targets);
  // As in DVC, one file that would be lost keeps all outs from being touched: everything is looked at first.
  std::vector<Looked> looked;
  for (const auto& w : wanted) {
    looked.push_back(look(ws, w, flags));
    const auto& lost = looked.back().unsaved();
    changes.unsaved.insert(changes.unsaved.end(), lost.begin(), lost.end());
  }
  if (!changes.unsaved.empty()) return changes;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& w = wanted[i];
    const auto shown = path::relative(w.out->file, ws.cwd());
    if (!w.hash.known()) session.out().warning(cat("No file hash info found for '", ws.absolute(w.out->file), "'. It won't be created."));
    if (!looked[i].pending) {
      changes.failed.push_back(shown);
      continue;
    }
    try {
      const auto done = looked[i].pending->finish();
      looked[i].pending.reset();
      if (!done.changed) continue;
      count(changes, done, looked[i].was_there, w.hash.is_dir());
      (looked[i].was_there ? changes.modified : changes.added).push_back(w.hash.is_dir() ? cat(shown, "/") : shown);
    } catch (const store::MissingObjects&) {
      changes.failed.push_back(shown);
    }
  }
  return changes;
}

std::vector<std::string> change_counts(const CheckoutReport& report) {
  std::vector<std::string> parts;
  if (report.files_modified > 0) parts.push_back(counted(report.files_modified, "modified"));
  if (report.files_added > 0) parts.push_back(counted(report.files_added, "added"));
  if (report.files_deleted > 0) parts.push_back(counted(report.files_deleted, "deleted"));
  return parts;
}

std::string joined_counts(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out += cat(i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ", parts[i]);
  return out;
}

void list_changes(Session& session, const CheckoutReport& report) {
  for (const auto& [mark, list] : {std::pair{"M", &report.modified}, {"A", &report.added}, {"D", &report.deleted}})
    for (const auto& name : *list) session.out().info(cat(mark, std::string(7, ' '), name));
}

void fail_checkout(const CheckoutReport& report, bool allow_missing) {
  if (!report.unsaved.empty())
    throw Error(cat("Can't remove the following unsaved files without confirmation. Use `--force` to force.\n", join(report.unsaved, "\n")));
  if (!report.failed.empty() && !allow_missing)
    throw Error(cat("Checkout failed for following targets:\n", join(report.failed, "\n"),
                    "\nIs your cache up to date?\n<https://error.dvc.org/missing-files>"));
}

}  // namespace pivot::commands
