// Are all files of a directory object in the cache? Asked by every status, so it must not cost a stat a file.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "store/hashing.h"

namespace pivot::store {

/// A folder of objects changes its time stamps when an object comes or goes. What was found whole is whole as long as
/// the stamps of the 256 folders stand; of a folder that changed only the names are looked at again. (An object that is
/// damaged in place, without a new name, is found when it is used.)
class Presence {
 public:
  using LoadTree = std::function<std::shared_ptr<const Tree>(const model::Hash&)>;

  Presence(Parts& parts, LoadTree load_tree) : parts_(parts), load_tree_(std::move(load_tree)) {}

  /// The .dir object and every file of it. Deletes damaged ones.
  bool has_tree(const model::Hash& hash);
  /// After a commit: all of it is there.
  void remember(const model::Hash& hash, std::size_t nfiles, std::int64_t checked_ns);

 private:
  /// Time stamps of the 256 folders of objects.
  struct Stamps {
    std::array<Hash128, kPrefixes> stamp;
    std::array<std::int64_t, kPrefixes> ctime_ns;
  };
  enum class Doubt : unsigned char {
    none,   ///< nothing happened in the folder since it was checked
    names,  ///< objects came or went: see whether ours are there
    all,    ///< never checked
  };

  Stamps look() const;
  bool check_each(const model::Hash& hash, const Tree& tree);
  bool check_doubtful(const model::Hash& hash, const Tree& tree, const std::array<Doubt, kPrefixes>& doubts);
  bool check_folder(HashKind kind, unsigned prefix, Doubt doubt, const std::vector<std::string_view>& values);

  Parts& parts_;
  LoadTree load_tree_;
};

}  // namespace pivot::store
