// `pivot add`: puts files and folders under DVC's control.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"
#include "store/store.h"
#include "store/versioned_transfer.h"
#include "workspace/collection.h"
#include "workspace/data_objects.h"
#include "workspace/dvc_ignore.h"
#include "workspace/gitignore.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"
#include "workspace/url_data.h"

#include <glob.h>

namespace pivot::commands {

namespace {

using workspace::Workspace;

std::vector<std::string> expand_globs(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const auto& pattern : patterns) {
    glob_t hits{};
    if (glob(pattern.c_str(), 0, nullptr, &hits) == 0)
      for (std::size_t i = 0; i < hits.gl_pathc; ++i) out.emplace_back(hits.gl_pathv[i]);
    globfree(&hits);
  }
  if (out.empty() && !patterns.empty()) throw Error(cat("Glob ", python_repr(List(patterns.begin(), patterns.end())), " has no matches."), ErrorKind::refusal);
  return out;
}

/// What a target stands for.
struct Added {
  std::string file;     ///< of the target, relative to the root
  model::Stage stage;   ///< the existing *.dvc file's, or a new one
};

/// The data stage of a target.
model::Stage stage_for(Workspace& ws, const std::string& file, const std::string& shown) {
  auto& collection = ws.stages();
  const auto [owner, index] = collection.outs().find_containing(file);
  if (owner >= 0) {
    const auto& stage = collection.stages[static_cast<std::size_t>(owner)];
    const auto& out = stage.outs[static_cast<std::size_t>(index)];
    if (!stage.is_data())
      throw Error(cat("cannot update '", shown, "': overlaps with an output of ", "stage: '", stage.address_from(ws.cwd()), "' in '",
                      path::relative(stage.file, ws.cwd()), "'.\nRun the pipeline or use 'dvc commit' to force update it."),
                  ErrorKind::refusal);
    if (out.file == file || stage.outs.size() == 1) return stage;
  }
  model::Stage stage;
  stage.file = cat(file, ".dvc");
  const auto folder = path::dirname(file);
  stage.wdir = folder.empty() ? "." : folder;
  model::Out out;
  out.path = path::basename(file);
  out.file = file;
  stage.outs.push_back(std::move(out));
  for (const auto& other : collection.stages)
    for (const auto& o : other.outs)
      if (o.file != file && path::is_inside(o.file, file))
        throw Error(cat("Cannot add '", shown, "', because it is overlapping with other DVC tracked output: '",
                        path::relative(o.file, ws.cwd()), "'.\nTo include '", path::relative(o.file, ws.cwd()), "' in '", shown,
                        "', run 'dvc remove ", other.address_from(ws.cwd()), "' and then 'dvc add ", shown, "'"),
                    ErrorKind::refusal);
  return stage;
}

/// The file lies in a directory that a *.dvc file tracks.
bool is_inside_tracked(Workspace& ws, const std::string& file) {
  const auto [owner, index] = ws.stages().outs().find_containing(file);
  if (owner < 0) return false;
  const auto& out = ws.stages().stages[static_cast<std::size_t>(owner)].outs[static_cast<std::size_t>(index)];
  return out.file != file && out.hash.is_dir();
}

void check_target(Workspace& ws, const std::string& file, const std::string& shown) {
  if (path::is_absolute(file))
    throw workspace::outside_project(shown, "pipelines/external-dependencies-and-outputs").with_kind(ErrorKind::refusal);
  if (file.ends_with(".dvc") || path::basename(file) == "dvc.yaml")
    throw Error(cat("DVC file '", shown, "' cannot be an output."), ErrorKind::refusal);
  const auto stat = ws.disk().stat(ws.absolute(file));
  if (!stat && is_inside_tracked(ws, file)) return;  // it leaves the directory
  if (const auto folder = ws.absolute(path::dirname(file)); !stat && !ws.disk().stat(folder))
    throw Error(cat("stage working dir '", folder, "' does not exist"), ErrorKind::refusal);
  if (!stat)
    throw Error(cat("output '", shown, "' does not exist: [Errno 2] No such file or directory: ", python_str_repr(ws.absolute(file))), ErrorKind::refusal);
  if (const auto found = ws.ignore().find(file, stat->type == FileType::dir); found && found->ignored)
    throw Error(cat("Path '", ws.absolute(file), "' is ignored by ", found->address()),
                ErrorKind::refusal);
}

/// Hashes the target and puts it into the cache: all of the output, or the part of a directory that the target names.
void add_out(Workspace& ws, const std::string& target, model::Out& out, bool no_commit) {
  const auto file = ws.absolute(out.file);
  if (target != out.file && out.hash.is_dir() && path::is_inside(target, out.file)) {
    const auto part = path::relative(target, out.file);
    const auto hashed = ws.store().commit_part(file, part, out.hash, out.meta, no_commit);
    out.extra = store::carry_versions(ws.store(), file, out.hash, out.extra, hashed);
    out.hash = hashed.hash;
    out.meta = hashed.meta;
    return;
  }
  const auto stat = ws.disk().stat(file);
  try {
    ws.git_ignore().add(file, stat && stat->type == FileType::dir);
  } catch (Error& e) {
    throw e.with_kind(ErrorKind::refusal);
  }
  const auto hashed = no_commit ? ws.store().hash(file) : ws.store().commit(file);
  if (!hashed) throw Error(cat("output '", out.path, "' does not exist"), ErrorKind::refusal);
  out.extra = store::carry_versions(ws.store(), file, out.hash, out.extra, *hashed);
  out.hash = hashed->hash;
  out.meta = hashed->meta;
}

void check_transfer_flags(const Args& args, const std::vector<std::string>& targets) {
  const auto refuse = [](const std::string& text) { throw Error(text, ErrorKind::refusal); };
  const bool to_remote = args.flag("to_remote");
  if ((to_remote || args.given("out")) && targets.size() != 1) refuse(cat("multiple targets can't be used with ", to_remote ? "--to-remote" : "--out"));
  if (to_remote && args.flag("no_commit")) refuse("--no-commit option can't be used with --to-remote");
  if (!to_remote && args.given("remote")) refuse("--remote can't be used without --to-remote");
  if (!to_remote && args.given("remote_jobs")) refuse("--remote-jobs can't be used without --to-remote");
}

/// A copy of something outside (`--out`), or its content in a remote only (`--to-remote`).
Outcome add_from_elsewhere(Session& session, const Args& args, const std::string& source) {
  auto& ws = session.workspace();
  const bool to_remote = args.flag("to_remote");
  const int jobs = std::atoi(args.value_or("remote_jobs", "0").c_str());
  try {
    ws.lock().acquire();
    const bool force = args.flag("force") || (to_remote && !args.given("out"));
    auto stage = new_import(session, args.value_or("out", ""), workspace::name_in_url(source), force);
    stage.frozen = false;
    auto& out = stage.outs.front();
    workspace::UrlData data(&ws, source, session.cwd(), {{}, jobs});
    if (!data.look()) throw Error(data.is_local() ? cat("[Errno 2] No such file or directory: '", data.url(), "'") : cat("'", source, "' does not exist"));
    workspace::UrlData::Identity content;
    if (to_remote) {
      workspace::Remotes remotes(ws, args.value("remote"), jobs);
      auto& remote = remotes.open(remotes.name_for(""));
      content = send_directly(session, data, remote);
    } else {
      const auto place = ws.absolute(out.file);
      data.download(ws.disk(), place);
      const auto hashed = args.flag("no_commit") ? ws.store().hash(place).value() : ws.store().commit(place);
      content = {hashed.hash, hashed.meta};
    }
    out.hash = content.hash;
    out.meta = content.meta;
    if (to_remote) ws.write_dvc_file(stage);  // nothing is there for Git to ignore
    else save_import(session, stage);
  } catch (Error& e) {
    if (e.kind() == ErrorKind::failure) e.with_kind(ErrorKind::refusal);
    throw;
  }
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace

Outcome run_add(Session& session, const Args& args) {
  auto& ws = session.workspace();
  auto targets = args.values("targets");
  if (args.flag("glob")) targets = expand_globs(targets);
  check_transfer_flags(args, targets);
  if (args.flag("to_remote") || args.given("out")) return add_from_elsewhere(session, args, targets.front());
  if (targets.empty()) return {};
  ws.lock().acquire();
  std::vector<Added> all;
  for (const auto& target : targets) {
    const auto file = workspace::to_root(ws, target);
    const auto shown = path::relative(file, ws.cwd());
    check_target(ws, file, shown);
    all.push_back({file, stage_for(ws, file, shown)});
    if (const auto& stage_file = all.back().stage.file; ws.stages().git_ignored(stage_file))
      throw Error(cat("bad DVC file name '", path::relative(stage_file, ws.cwd()), "' is git-ignored."), ErrorKind::refusal);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (auto& out : all[i].stage.outs) add_out(ws, all[i].file, out, args.flag("no_commit"));
    ws.write_dvc_file(all[i].stage);
    for (std::size_t later = i + 1; later < all.size(); ++later)  // two targets inside one directory
      if (all[later].stage.file == all[i].stage.file) all[later].stage = all[i].stage;
  }
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
