// Objects into the workspace, by the first link type that works: reflink, hard link, symlink, copy.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "store/hashing.h"
#include "store/objects.h"

namespace pivot::store {

/// What is at the place where a file or link belongs.
enum class Target : std::uint8_t {
  any,   ///< perhaps something: it is replaced by a rename
  fresh  ///< nothing, and nobody sees the folder yet (StagedFolder): the file is made there at once
};

/// What a file that was put into the workspace got.
struct Placed {
  std::int64_t mtime_ns = 0;      ///< 0: it is a link
  std::optional<FileStat> stat;   ///< of a copy at a fresh target: nothing touches it after this
};

class Links {
 public:
  explicit Links(Parts& parts) : parts_(parts) {}

  /// Puts the content of an object at `target`, whose folder must exist; what is there is replaced by a rename and
  /// never written through: it may be a link into the cache. Executable files are copied even where links are
  /// configured: their mode would be the object's (known difference: DVC changes the object). Throws MissingObjects when the object is not there.
  Placed place(HashKind kind, std::string_view value, const std::string& target, bool isexec);
  /// The same when the object was found before: `object` is its stat. `made`: what create() gave for the target, where files are copied.
  Placed place_found(HashKind kind, std::string_view value, const FileStat& object, const std::string& target, bool isexec, Target there,
                     std::unique_ptr<NewFile> made = nullptr);
  /// The file that a copy is written to.
  std::unique_ptr<NewFile> create(const std::string& target, Target there);
  /// Files are copied, as far as is known.
  bool copies() const;
  /// The same for certain; `folder` is where they are going to be.
  bool copies_into(const std::string& folder);
  /// Content as a file at a fresh target.
  Placed place_bytes(std::string_view bytes, const std::string& target);

  /// True when `target`, which has the object's content, is the kind of link that the configuration wants.
  bool is_as_configured(HashKind kind, std::string_view value, const std::string& target);

  /// Replaces a link by a writable copy of its own; a plain file only gets its write permission back.
  void unprotect(const std::string& path);

 private:
  bool place_link(LinkType type, const std::string& object, const std::string& target, Target there);
  std::optional<Placed> place_copy(const std::string& object, const std::string& target, bool isexec, bool reflink_only, Target there,
                                   std::unique_ptr<NewFile> file);
  static Placed finish_copy(NewFile& file, const std::string& target, Target there);

  Parts& parts_;
  std::atomic<bool> reflinks_fail_{false};
};

}  // namespace pivot::store
