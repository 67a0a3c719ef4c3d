// Metrics and params of a revision: each file's values, or why there are none. What `metrics`, `params` and whoever compares revisions read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"
#include "commands/command.h"
#include "workspace/revision.h"
#include "workspace/workspace.h"

namespace pivot::commands {

/// A failure as DVC names it in JSON: {"error": {"type": ..., "msg": ...}}.
struct NamedFailure {
  std::string type, message;
  Value json() const;
};
/// DVC's name for what went wrong with a file of this name ("" for a project that can't be loaded).
NamedFailure name_failure(const Error& error, const std::string& file);

/// One file's values. Exactly one of the two is there.
struct MeasuredFile {
  std::string file;  ///< relative to the root
  Value data;
  std::optional<NamedFailure> failure;
};

/// All files of one revision, or why the revision can't be read.
struct Measures {
  std::vector<MeasuredFile> files;
  std::optional<NamedFailure> failure;
  bool failed() const;
  /// {"data": {file: {"data": ...} or {"error": ...}}}, or {"error": ...}; files as seen from `cwd` (relative to the root).
  Value json(const std::string& cwd) const;
};

/// What to measure.
struct MeasureChoice {
  std::vector<std::string> targets;  ///< files or folders relative to the root; none: all of the project
  bool deps_only = false;            ///< params: only what stages depend on
  std::vector<std::string> stages;   ///< params: only what these stages depend on; none: all
};

/// Reads measures; a file that is the same in two revisions is parsed once.
class MeasureReader {
 public:
  explicit MeasureReader(workspace::Revisions& revisions) : revisions_(revisions) {}
  /// Never throws for a broken file or project: that is part of the result.
  Measures metrics(const std::string& commit, const MeasureChoice& choice);
  Measures params(const std::string& commit, const MeasureChoice& choice);

 private:
  using Reduce = std::function<Value(const Value&)>;
  MeasuredFile measure(workspace::Revision& revision, const std::string& file, const Reduce& reduce, bool is_metric);
  workspace::Revisions& revisions_;
  std::unordered_map<std::string, MeasuredFile> known_;  ///< whole metric files by the SHA of their content and their name
};

/// Targets as typed in the working directory, relative to the root.
std::vector<std::string> measure_targets(const workspace::Workspace& ws, const std::vector<std::string>& typed);

/// Measures by the name of their revision, in order.
using MeasuresByRevision = std::vector<std::pair<std::string, Measures>>;
/// Reads several revisions. "workspace" goes when `hide_workspace` and the branch that is checked out has the same.
MeasuresByRevision read_measures(workspace::Workspace& ws, Reporter& out, const workspace::RevisionChoice& revisions, bool are_params,
                                 const MeasureChoice& choice, bool hide_workspace);

/// Files that could not be read, each on a line of stderr below the message of which revisions that were (DVC leaves them out).
void report_failed_files(Reporter& out, std::vector<std::string> lines);
/// Says on stderr which revisions could not be read whole, and why.
void report_failed_revisions(Reporter& out, const MeasuresByRevision& revisions);

/// --precision, or DVC's default.
int table_precision(const Args& args);

/// DVC's comparison of two revisions: {file: {key: {"old", "new", "diff"}}}, files as seen from `cwd`.
Map measure_diff(const Measures& before, const Measures& after, const std::string& cwd, bool with_unchanged);

}  // namespace pivot::commands
