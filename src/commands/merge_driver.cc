// `pivot git-hook merge-driver`: merges two versions of a *.dvc file that tracks a folder, file by file of the folder.
#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "store/store.h"
#include "store/tree_merge.h"
#include "text/yaml.h"
#include "workspace/repo_lock.h"
#include "workspace/root.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

/// One version of the file.
struct Version {
  std::string text;
  std::optional<model::Stage> stage;  ///< nothing where the file is empty: the side has no such file
  std::shared_ptr<const store::Tree> tree;
};

Version read_version(Workspace& ws, const std::string& cwd, const std::string& typed) {
  Version out;
  out.text = ws.disk().read(path::join(cwd, typed)).value_or("");
  if (trim(out.text).empty()) return out;
  out.stage = importers::dvc::load_dvc_file(typed, out.text);
  if (out.stage->outs.size() != 1 || out.stage->is_import() || !out.stage->cmd.is_null())
    throw Error("unable to auto-merge DVC files that weren't created by `dvc add`");
  return out;
}

/// Everything of an out but what it holds.
Value options_of(const Version& version) {
  auto stage = *version.stage;
  stage.desc.clear();
  stage.meta = Value();
  stage.outs[0].hash.value.clear();
  stage.outs[0].meta = {};
  return text::yaml::load(exporters::write_dvc_file(stage));
}

void load_tree(Workspace& ws, Version& version) {
  if (!version.stage) {
    version.tree = std::make_shared<store::Tree>();
    return;
  }
  const auto& hash = version.stage->outs[0].hash;
  if (!hash.is_dir()) throw Error("unable to auto-merge outputs that are not directories");
  version.tree = ws.store().load_tree(hash);
  if (!version.tree) throw Error(cat("unable to auto-merge: the list of files ", hash.value, " is not in the cache")).with_hint("get it with `pivot fetch`");
}

/// The object of the merged list, with its size: of files that the cache holds, else what the two sides added to the ancestor's.
model::Meta meta_of(Workspace& ws, const store::Tree& tree, const Version& ancestor, const Version& ours, const Version& theirs) {
  model::Meta meta;
  meta.nfiles = static_cast<std::int64_t>(tree.files.size());
  std::int64_t size = 0;
  bool known = true;
  for (const auto& file : tree.files) {
    const auto stat = ws.disk().stat(ws.store().object_path({"md5", file.md5}));
    known = known && stat.has_value();
    size += stat ? stat->size : 0;
  }
  if (known) meta.size = size;
  auto of = [](const Version& version) { return version.stage ? version.stage->outs[0].meta.size : std::optional<std::int64_t>(0); };
  if (!known && of(ancestor) && of(ours) && of(theirs)) meta.size = *of(ours) + *of(theirs) - *of(ancestor);
  return meta;
}

void keep_object(Workspace& ws, const model::Hash& hash, const std::string& content) {
  const auto file = ws.store().object_path(hash);
  if (ws.disk().stat(file)) return;
  ws.disk().make_dirs(path::dirname(file));
  ws.disk().write_atomic(file, content);
  ws.disk().chmod(file, 0444);
}

}  // namespace

Outcome run_git_hook_merge_driver(Session& session, const Args& args) {
  if (!workspace::find_root_if_any(session.cwd())) return {};
  auto& ws = session.workspace();
  auto ancestor = read_version(ws, session.cwd(), args.value_or("ancestor", ""));
  const auto our_file = args.value_or("our", "");
  auto ours = read_version(ws, session.cwd(), our_file);
  auto theirs = read_version(ws, session.cwd(), args.value_or("their", ""));
  if (!ours.stage || !theirs.stage) throw Error("unable to auto-merge: one of the sides is empty");
  if (!python_equal(options_of(ours), options_of(theirs))) throw Error("unable to auto-merge outputs with different options");
  for (auto* version : {&ancestor, &ours, &theirs}) load_tree(ws, *version);
  auto merged = store::merge_trees(*ancestor.tree, *ours.tree, *theirs.tree);
  if (!merged.conflicts.empty()) {
    const auto text = cat("unable to auto-merge the following paths:\n", join(merged.conflicts, "\n"));
    throw Error(cat(text, ": ", text));
  }
  const auto content = merged.tree.serialize();
  auto stage = *ours.stage;
  auto& out = stage.outs[0];
  out.hash = {"md5", cat(md5_hex(content), ".dir")};
  out.meta = meta_of(ws, merged.tree, ancestor, ours, theirs);
  ws.lock().acquire();
  keep_object(ws, out.hash, content);
  ws.disk().write(path::join(session.cwd(), our_file), exporters::write_dvc_file(stage, ours.text));
  return {};
}

}  // namespace pivot::commands
