// Compares a stage with what the lockbook remembers. `status`, `repro`, `--dry` and `explain` print this one verdict; nothing decides a
// second time.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/value.h"
#include "engine/seams.h"

namespace pivot::engine {

enum class Change : unsigned char { added, modified, deleted, not_in_cache };
/// "new", "modified", "deleted", "not in cache": DVC's words.
std::string_view change_name(Change change);

struct Reason {
  enum class Kind : unsigned char {
    command, always, dep, param, out, checksum,
    code,          ///< a part of a Python stage's code
    distribution,  ///< the version of a third-party package
    read,          ///< a file that the last run read without declaring it
  };
  Kind kind;
  Change change = Change::modified;
  std::string file;  ///< of the dep, params file or out, relative to the root
  std::string key;   ///< of a param (empty: the whole file) or a part of the code; name of a package
  Value before, after;  ///< params and commands; hashes as strings for deps, outs and code; versions; null when not known
  model::SourcePlace place{};  ///< of code
};

struct Verdict {
  std::vector<Reason> reasons;  ///< in the order of the checks: command, deps and params, outs
  bool changed() const { return !reasons.empty(); }
  bool has(Reason::Kind kind) const;
  /// Every reason is an output that is only missing in the workspace or the cache.
  bool only_missing_outs() const;
};

class Scan {
 public:
  enum class Depth : unsigned char { first, all };
  struct Options {
    Depth depth = Depth::all;
    bool allow_missing = false;
    bool hashes = false;  ///< fill in the present hashes of changed deps and outs
  };
  explicit Scan(Project& project) : project_(project) {}
  Verdict look(model::StageId id, const Options& options);
  /// A stage wrote its outs: what was known of them is void.
  void forget_outs(model::StageId id);
  /// The current values of a param dep: key -> value for the keys that exist (all top-level keys for a whole file);
  /// null when the file is absent.
  Value current_params(const model::ParamDep& dep);

 private:
  Verdict compare_all(model::StageId id, const Options& options);
  enum class PathState : unsigned char { same, different, missing };
  PathState compare(const std::string& file, const model::Hash& expected, const model::Meta& meta);
  void look_at_deps(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict);
  void look_at_callable(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict);
  void look_at_params(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict);
  void look_at_outs(const model::Stage& stage, const model::StageRecord* record, const Options& options, Verdict& verdict);
  void look_at_url(Reason::Kind kind, const std::string& url, const model::Hash& known, Verdict& verdict);
  void look_at_dep(const std::string& file, const model::LockEntry* entry, const Options& options, Verdict& verdict);
  void look_at_out(const model::Out& out, const model::Hash& hash, const model::Meta& meta, const Options& options, Verdict& verdict);

  Project& project_;
  /// What was found out about outs (a dep is usually somebody's out, so each path is looked at once).
  struct Seen {
    model::Hash expected;
    std::optional<std::int64_t> size;
    PathState state;
  };
  std::unordered_map<std::string, Seen> seen_;
  std::unordered_map<std::string, std::optional<model::LockEntry>> urls_;  ///< each is asked for once
};

/// Packages whose version is another than at the last run of a Python stage, whether that is a reason or not.
std::vector<Reason> version_changes(const model::Stage& stage, const model::StageRecord& record);
/// The entry of a path in a lock's list, nullptr when absent.
const model::LockEntry* find_entry(const std::vector<model::LockEntry>& entries, const std::string& path);

}  // namespace pivot::engine
