// Which objects a remote lacks, and moving them: files first, a directory's listing last, so that whoever finds a listing finds its files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/remotes/remote.h"
#include "store/store.h"

namespace pivot::store {

/// What somebody wants to have: a file or directory object, or a part of a directory.
struct WantedObject {
  model::Hash hash;
  std::string name;                    ///< as it is shown: "data/raw"
  std::optional<std::string> subpath;  ///< of a directory: only what lies at or below this path
};

/// How an object stands, here and there.
enum class Whereabouts : std::uint8_t { both, only_here, only_there, nowhere };

class RemoteView;

class Transfer {
 public:
  /// All three must outlive it. `index_file` remembers which directories the remote is known to hold whole; "" for no memory.
  Transfer(Store& store, Remote& remote, Disk& disk, std::string index_file);
  ~Transfer();

  /// Told how many objects are going to be moved, before the first one is.
  std::function<void(std::size_t)> on_begin;

  struct Found {
    std::string name;  ///< "d/s/c"
    model::Hash hash;
    Whereabouts where;
  };
  /// Every object once, those of directories by their path in it. Listings that only the remote has are fetched into the cache; `missing` are
  /// those that nobody has.
  std::vector<Found> compare(const std::vector<WantedObject>& wanted, std::vector<model::Hash>& missing);

  struct Result {
    std::size_t moved = 0;
    std::int64_t bytes = 0;
    std::vector<ObjectTransfer> failed;
    std::vector<model::Hash> missing;  ///< neither here nor there
  };
  Result push(const std::vector<WantedObject>& wanted, const TransferProgress& progress);
  Result fetch(const std::vector<WantedObject>& wanted, const TransferProgress& progress);
  /// Of the directories among them: what is in them, not their files.
  Result fetch_listings(const std::vector<WantedObject>& wanted);

  struct Garbage {
    std::size_t removed = 0, removed_legacy = 0;
    std::int64_t bytes = 0;
    std::vector<model::Hash> objects;
    std::vector<ObjectTransfer> failed;
  };
  /// Removes every object of the remote that isn't wanted. Listings that only the remote has are read for it; throws Error when one can't be,
  /// because its files would go.
  Garbage collect_garbage(const std::vector<WantedObject>& wanted, bool dry);

 private:
  struct Objective;  // a directory object with its files, or one file
  std::vector<Objective> expand(const std::vector<WantedObject>& wanted, Result& result);
  void upload(std::vector<ObjectTransfer>& items, RemoteView& view, Result& result, const TransferProgress& progress);
  std::shared_ptr<const Tree> tree_of(const model::Hash& hash, Result& result);
  void load_index();
  void save_index();

  Store& store_;
  Remote& remote_;
  Disk& disk_;
  std::string index_file_;
  std::set<std::string> whole_;  ///< listings whose files are all on the remote
  bool index_changed_ = false;
};

}  // namespace pivot::store
