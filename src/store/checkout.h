// Cache content into the workspace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/arrivals.h"
#include "store/hashing.h"
#include "store/links.h"
#include "store/safe_folders.h"
#include "store/staged_folder.h"
#include "store/trees.h"

namespace pivot::store {

/// One run of Store::checkout: look, plan, check, and only then touch the workspace.
class Checkout : public PendingCheckout {
 public:
  /// `arrivals`: where fetched files may be already; nullptr for nowhere.
  Checkout(Parts& parts, Trees& trees, Links& links, Arrivals* arrivals, std::string path, const model::Hash& hash, const model::Meta& meta,
           const Store::CheckoutOptions& options);

  /// Looks at what is there and what is wanted; touches nothing.
  void look();
  const std::vector<std::string>& unsaved() const override { return unsaved_; }
  CheckoutResult finish() override;

 private:
  /// What is to be at a place. A file out is a tree of one file with the relpath "".
  struct Wanted {
    std::string_view relpath;
    std::string_view md5;
    bool isexec = false;
    std::size_t index = 0;             ///< in the tree
    std::optional<FileStat> object;    ///< of what has to be placed; absent: missing or damaged
    Placed placed;                     ///< after place(), or take_arrived()
  };
  /// What is there.
  struct Present {
    std::string_view relpath;
    FileStat stat;
  };

  bool collect_wanted();
  bool is_known_unchanged();
  void collect_present();
  void add_present(std::string_view relpath, const FileStat& stat);
  bool is_in_scope(std::string_view relpath) const;
  void compare();
  void compare_known(Wanted& wanted, const Present& present, bool same);
  void look_behind_additions();
  void find_unsaved();
  std::vector<Wanted*> to_place() const;
  void look_for_objects();
  void look_for_damage();
  bool is_whole(Wanted& wanted);
  void refuse_missing();
  void apply();
  void remove_deleted();
  void make_folders();
  void take_arrived();
  void stage_new_folder();
  void make_subfolders(const std::string& root, bool is_safe);
  void place(const std::string& root, Target there);
  bool remember_staged();
  void record_tree(const StatSum& sum, std::size_t count, std::int64_t seen_ns);
  void remember();
  std::string place_of(std::string_view relpath) const { return below(path_, relpath); }

  Parts& parts_;
  Trees& trees_;
  Links& links_;
  Arrivals* const arrivals_;
  Hashing hashing_;
  const std::string path_;
  const model::Hash hash_;
  const model::Meta meta_;
  const Store::CheckoutOptions options_;
  const HashKind kind_;
  SafeFolders folders_;

  std::shared_ptr<const Tree> tree_;
  Walk walk_;
  std::vector<Wanted> wanted_;    // sorted by relpath
  std::vector<Present> present_;  // sorted by relpath
  std::vector<Wanted*> added_, modified_, relinked_, made_executable_;
  std::vector<Present*> deleted_, overwritten_;
  std::vector<std::string> unsaved_;  // sorted, absolute
  std::unique_ptr<StagedFolder> staged_;  ///< where the files of a new directory wait for it
  bool nothing_to_do_ = false;
  std::size_t left_out_ = 0;  ///< wanted, but missing in the cache and allowed to be
};

}  // namespace pivot::store
