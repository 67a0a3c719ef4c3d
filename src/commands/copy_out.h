// Data of another repository put somewhere, without a record: `get`, `artifacts get`.
#pragma once

#include <string>

#include "base/disk.h"
#include "base/error.h"
#include "workspace/source_repository.h"

namespace pivot::commands {

/// A cache for one command, on the file system of the destination: what it holds is linked, not copied once more.
class BorrowedCache {
 public:
  explicit BorrowedCache(const std::string& folder) : path_(temporary_name(folder)) {}
  ~BorrowedCache() {
    try {
      real_disk().remove_tree(path_);
    } catch (const Error&) {  // the data has arrived all the same
    }
  }
  BorrowedCache(const BorrowedCache&) = delete;
  BorrowedCache& operator=(const BorrowedCache&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Fetches a path of the repository and puts it at `target` (absolute), in the place of what is there. `source` has `cache` as its cache, which
/// lies in the folder of `target`. Throws Error as SourceRepository::fetch; nothing is left then.
void copy_out(workspace::SourceRepository& source, const std::string& wanted, const std::string& target, const BorrowedCache& cache);

}  // namespace pivot::commands
