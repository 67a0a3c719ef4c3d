// Outputs whose remote keeps plain files with versions: which files are wanted, and fetching them.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "store/versioned_transfer.h"
#include "workspace/data_objects.h"

namespace pivot::workspace {

/// What one such remote has to do.
struct VersionedGroup {
  std::string remote;
  std::vector<DataObject> objects;
};

/// Told how many files will move, and of each that arrived.
struct TransferTold {
  std::function<void(std::size_t)> begin;
  store::TransferProgress arrived;
};

/// One output with all its files, and what of it is wanted.
struct VersionedOutput {
  const DataObject* object;
  std::vector<model::CloudFile> files;
  std::set<std::string> subpaths;  ///< empty: all of it
  bool takes(const model::CloudFile& file) const;
};

/// Several targets may name parts of one output. `missing`: outputs whose files nobody here knows.
std::vector<VersionedOutput> gather_versioned(store::Store& store, const VersionedGroup& group, std::vector<std::string>& missing);
std::vector<store::VersionedOut> chosen_files(const std::vector<VersionedOutput>& all);

store::VersionedTransfer::Result fetch_versioned(Workspace& ws, Remotes& remotes, const VersionedGroup& group, const TransferTold& told);

}  // namespace pivot::workspace
