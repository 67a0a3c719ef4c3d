// The one stage model: what every front door is imported into and every back door is exported from. Plain data, no I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/value.h"

namespace pivot::model {

/// A content hash. `name` is "md5" (DVC 3), "md5-dos2unix" (entries without `hash:`), "etag" or "checksum"; `value` ends with
/// ".dir" for a directory. Empty value: not known.
struct Hash {
  std::string name = "md5";
  std::string value;
  bool known() const { return !value.empty(); }
  bool is_dir() const { return value.ends_with(".dir"); }
  bool operator==(const Hash&) const = default;
};

/// What is recorded beside a hash.
struct Meta {
  std::optional<std::int64_t> size;    ///< bytes; of a directory: the sum of its files
  std::optional<std::int64_t> nfiles;  ///< directories only
  bool isexec = false;                 ///< regular files only
  bool operator==(const Meta&) const = default;
};

/// One dep or out as a lock remembers it. `path` is as written there (relative to the stage's wdir).
struct LockEntry {
  std::string path;
  Hash hash;
  Meta meta;
  /// Keys that we carry but do not interpret (version_id, cloud, files, ...), in file order; null when there are none.
  Value extra;
};

/// The parameters of one file as a lock remembers them: a map of dotted key -> value.
struct LockParams {
  std::string file;
  Value values;
};

/// A place in a source file, relative to the root; line from 1, 0: none.
struct SourcePlace {
  std::string file;
  int line = 0;
  bool operator==(const SourcePlace&) const = default;
};

/// One part of the code that a Python stage is made of: "func:clean" and the hash of its syntax tree (16 hex digits).
struct CodeEntry {
  std::string key;
  std::string hash;
  SourcePlace place;  ///< not recorded in locks
  /// Equal names, or both the stage function itself: renaming it is no change.
  bool same_key(const CodeEntry& other) const;
};

/// What is known of the last good run of a stage: one entry of dvc.lock, or one lock of a Python stage.
struct StageRecord {
  Value cmd;  ///< string or list, null when absent
  std::vector<LockEntry> deps;
  std::vector<LockParams> params;
  std::vector<LockEntry> outs;
  /// Python stages only: the code that ran, the parameters, the versions of third-party packages, and what the run read without declaring it.
  std::vector<CodeEntry> code;
  Value values;
  std::vector<std::pair<std::string, std::string>> distributions;
  std::vector<LockEntry> reads;
};

struct Dep {
  std::string path;  ///< as written, templates resolved, relative to the stage's wdir; a URL stays as it is
  std::string file;  ///< normalised, relative to the repository root; absolute when outside; the URL when remote
  Hash hash;         ///< *.dvc files only: what is recorded there
  Meta meta;
  Value repo;   ///< `dvc import`: the repo mapping, null otherwise
  Value extra;  ///< further keys of a *.dvc dep, null when none
};

struct ParamDep {
  std::string path;               ///< the params file as written, relative to wdir
  std::string file;               ///< as Dep::file
  std::vector<std::string> keys;  ///< dotted keys in the order written; empty: the whole file
};

enum class OutKind : std::uint8_t { data, metric, plot };

struct Out {
  std::string path;
  std::string file;
  OutKind kind = OutKind::data;
  bool cache = true;
  bool persist = false;
  bool push = true;
  std::string remote;
  std::string desc;
  std::string type;
  Value labels;
  Value meta_value;
  Value plot;  ///< plot properties (template, x, y, ...): a map, or a list of maps; null when none
  Hash hash;   ///< *.dvc files only: what is recorded there
  Meta meta;
  Value extra;  ///< further keys of a *.dvc out (files, cloud, ...), null when none
};

/// Our own settings of a stage, from `meta: pivot:` in dvc.yaml; DVC ignores them.
struct Settings {
  double timeout = 0;  ///< seconds, 0: none
  int retries = 0;
  std::vector<std::string> mutex;
  std::vector<std::pair<std::string, std::string>> env;
  Value resources;
  std::string exports;  ///< the address of the Python stage that this one was exported from; "" for all others
};

/// What no static reading of the code can follow.
struct BlindSpot {
  SourcePlace place;
  std::string text;
};

/// The Python function of a stage, as the interpreter described it.
struct Callable {
  std::string address;  ///< what the interpreter calls the stage: "pipeline.py:train"
  std::string module, qualname;
  SourcePlace place;    ///< of the `def`
  std::string doc;
  std::string executor;                   ///< "warm", "process", "interpreter"; "": not said
  std::vector<CodeEntry> code;            ///< sorted by key
  Value params;                           ///< map: name -> value after overrides
  std::vector<std::string> files;         ///< sources that the code came from
  std::vector<std::pair<std::string, std::string>> distributions;  ///< third-party packages that it touches, with versions
  std::optional<bool> track_versions;     ///< another version of one of them is a reason to run; nullopt: as configured
  std::vector<BlindSpot> blind_spots;
};

struct Stage {
  std::string name;      ///< "train", "train@0"; empty for a *.dvc file
  std::string file;      ///< dvc.yaml, the *.dvc file or the Python pipeline's file, relative to the root
  std::string wdir;      ///< normalised, relative to the root
  std::string wdir_text; ///< as written ("" when absent)
  Value cmd;             ///< string, list of strings, or null (data stage)
  std::vector<Dep> deps;
  std::vector<ParamDep> params;
  std::vector<Out> outs;  ///< outs, then metrics, then plots, in the order written
  bool frozen = false;
  bool always_changed = false;
  std::string desc;
  Value meta;
  Settings settings;
  std::string md5;  ///< *.dvc imports: the recorded stage checksum
  std::shared_ptr<const Callable> callable;  ///< Python stages; null otherwise. They have no `cmd`

  bool is_data() const { return name.empty(); }
  /// Something runs: a command or a Python function.
  bool has_action() const { return callable != nullptr || !cmd.is_null(); }
  /// A *.dvc file with a dep: an import.
  bool is_import() const { return is_data() && !deps.empty(); }
  /// A stage that always runs because it has nothing to compare: neither deps nor params nor outs.
  bool is_callback() const { return !is_data() && !callable && !cmd.is_null() && deps.empty() && params.empty() && outs.empty(); }
  /// "train" for ./dvc.yaml, "sub/dvc.yaml:train", "data.dvc": relative to the root.
  std::string address() const;
  /// The same relative to a folder (both relative to the root): what messages and targets use.
  std::string address_from(const std::string& cwd) const;
};

}  // namespace pivot::model
