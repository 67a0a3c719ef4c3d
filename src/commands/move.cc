// `pivot move`: renames tracked data with its *.dvc file and .gitignore line.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/collection.h"
#include "workspace/gitignore.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

void move_out(workspace::Workspace& ws, const std::string& from_text, const std::string& to_text) {
  const auto from = workspace::to_root(ws, from_text);
  auto to = workspace::to_root(ws, to_text);
  const auto [owner, index] = ws.stages().outs().find(from);
  if (owner < 0) throw Error(cat("Unable to find DVC file with output '", path::relative(from, ws.cwd()), "'"));
  auto stage = ws.stages().stages[static_cast<std::size_t>(owner)];
  if (!stage.is_data() || stage.outs.size() != 1)
    throw Error(cat("move is not permitted for stages that are not data sources. You need to either move '",
                    stage.address_from(ws.cwd()), "' to a new location and edit it by hand, or remove '", stage.address_from(ws.cwd()),
                    "' and create a new one at the desired location."));
  const auto target = ws.disk().stat(ws.absolute(to));
  if (target && target->type == FileType::dir) to = cat(to, "/", path::basename(from));
  if (path::is_absolute(to)) throw Error(cat("'", to_text, "' is outside of the repository"));
  if (ws.disk().lstat(ws.absolute(to))) throw Error(cat("'", path::relative(to, ws.cwd()), "' exists already"));
  const auto old_file = stage.file;
  const auto old_text = ws.disk().read(ws.absolute(old_file)).value_or("");
  const auto folder = path::dirname(to);
  auto& out = stage.outs[0];
  stage.file = cat(to, ".dvc");
  stage.wdir = folder.empty() ? "." : folder;
  stage.wdir_text.clear();
  out.file = to;
  out.path = path::basename(to);
  if (ws.disk().lstat(ws.absolute(from))) {
    ws.disk().make_dirs(path::dirname(ws.absolute(to)));
    ws.disk().rename(ws.absolute(from), ws.absolute(to));
  }
  // The old text carries over comments and further keys.
  ws.disk().write_atomic(ws.absolute(stage.file), old_text);
  ws.write_dvc_file(stage);
  ws.disk().remove_file(ws.absolute(old_file));
  ws.note_written(old_file);
  ws.git_ignore().remove(ws.absolute(from));
  const auto now = ws.disk().stat(ws.absolute(to));
  ws.git_ignore().add(ws.absolute(to), now && now->type == FileType::dir);
}

}  // namespace

Outcome run_move(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto from = args.value_or("src", ""), to = args.value_or("dst", "");
  try {
    ws.stages();
    ws.lock().acquire();
    move_out(ws, from, to);
  } catch (Error& e) {
    ws.finish();
    if (e.kind() != ErrorKind::failure) throw;
    throw Error(cat("failed to move '", from, "' -> '", to, "' - ", e.message()), ErrorKind::refusal);
  }
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
