// `pivot merge-lock`: Git's merge driver for dvc.lock.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/lock_merge.h"
#include "importers/dvc/dvc_importer.h"

namespace pivot::commands {

namespace {

/// Throws Error, as every command does that reads it, when it is no dvc.lock.
std::string read_lock(const std::string& cwd, const std::string& typed, const std::string& shown) {
  const auto text = real_disk().read(path::join(cwd, typed));
  if (!text) throw Error(cat("there is no file '", typed, "'"));
  if (trim(*text).empty()) return "";
  const auto lock = importers::dvc::LockFile::parse(*text, shown);
  for (const auto name : lock.names()) lock.find(name);
  return *text;
}

}  // namespace

Outcome run_merge_lock(Session& session, const Args& args) {
  const auto shown = args.value_or("path", "dvc.lock");
  const auto ancestor = read_lock(session.cwd(), args.value_or("ancestor", ""), shown);
  const auto ours = read_lock(session.cwd(), args.value_or("ours", ""), shown);
  const auto theirs = read_lock(session.cwd(), args.value_or("theirs", ""), shown);
  const auto merged = exporters::merge_locks(ancestor, ours, theirs);
  // Git reads the result from the file of our side, and a lock without stages is none.
  real_disk().write(path::join(session.cwd(), args.value_or("ours", "")), merged.text.empty() ? "schema: '2.0'\n" : merged.text);
  for (const auto& name : merged.conflicts)
    session.out().warning(cat("'", shown, "': both sides ran stage '", name, "' with different results. Kept ours; `pivot status` tells whether it still holds."));
  return {};
}

}  // namespace pivot::commands
