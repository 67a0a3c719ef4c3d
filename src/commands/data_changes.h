// What differs between two states of the tracked data: as two commits recorded it, or as the workspace has it. `diff` and `data status`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/stage.h"
#include "store/store.h"
#include "workspace/revision.h"

namespace pivot::commands {

/// A file or folder of one state. Paths are relative to the root.
struct DataEntry {
  std::string path;
  model::Hash hash;  ///< not known: never committed
  bool is_dir = false;
  /// "dir/" for folders.
  std::string shown() const { return is_dir ? path + "/" : path; }
};

/// One state: every cached out, and what is inside of folders, listed when asked for.
struct DataState {
  std::vector<DataEntry> outs;  ///< sorted by path
  /// The content of a folder; nullptr when its listing isn't in the cache.
  std::function<std::shared_ptr<const store::Tree>(const DataEntry&)> list;
};

/// What a revision's locks and *.dvc files say.
DataState recorded_data(workspace::Revision& revision);
/// What is there in the workspace at the outs of a state, hashed. `granular`: folders will be looked into.
DataState present_data(workspace::Workspace& ws, const DataState& recorded, bool granular);

struct DataChange {
  enum class Kind : unsigned char { modified, unknown, added, renamed, deleted, unchanged };
  Kind kind;
  std::optional<DataEntry> before, after;
};

struct DataComparison {
  bool granular = true;        ///< into folders
  bool unchanged = false;      ///< tell unchanged entries too
  bool by_hash_only = false;   ///< an entry that was never committed counts as absent
  std::vector<std::string> targets;  ///< only these paths and what is below; none: all
};

/// Changes sorted by path, each kind of its own in DVC's order: modified and unknown, added and renamed, deleted. A file with the hash
/// of a deleted one was renamed. Inside of a folder that one side can't list, everything is unknown.
std::vector<DataChange> data_changes(const DataState& before, const DataState& after, const DataComparison& how);

/// Entries of a state whose content the cache lacks; files inside of folders too where `granular`.
std::vector<DataEntry> missing_in_cache(store::Store& store, const DataState& state, const DataComparison& how);

}  // namespace pivot::commands
