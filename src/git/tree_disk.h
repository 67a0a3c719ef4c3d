// The work tree as a Git commit has it, as a Disk that can't be written to: paths below the work tree's root are answered from Git's
// objects, all others (the cache elsewhere, files outside) by the real disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "git/git.h"

namespace pivot::git {

/// Folders and blobs are read when they are asked for, each once. Symlinks inside the tree are followed. Not thread-safe.
class TreeDisk final : public Disk {
 public:
  /// Throws Error for an unknown revision.
  TreeDisk(Git& git, const std::string& rev);
  ~TreeDisk() override;

  /// Names the content of a path, the same in every commit that has it: the object's SHA; "" when there is nothing.
  std::string object_id(const std::string& p);

  std::optional<FileStat> stat(const std::string& p) override;
  std::optional<FileStat> lstat(const std::string& p) override;
  std::optional<std::string> read(const std::string& p) override;
  std::optional<std::string> read_link(const std::string& p) override;
  /// In Git's order.
  std::vector<DirEntry> list(const std::string& p) override;

  void write(const std::string& p, std::string_view) override { refuse(p); }
  void write_atomic(const std::string& p, std::string_view) override { refuse(p); }
  void append(const std::string& p, std::string_view) override { refuse(p); }
  void make_dirs(const std::string& p) override { refuse(p); }
  bool remove_file(const std::string& p) override { refuse(p); }
  bool remove_tree(const std::string& p) override { refuse(p); }
  void rename(const std::string& from, const std::string&) override { refuse(from); }
  void chmod(const std::string& p, std::uint32_t) override { refuse(p); }
  void hard_link(const std::string&, const std::string& to) override { refuse(to); }
  void symlink(const std::string&, const std::string& link) override { refuse(link); }
  bool reflink(const std::string&, const std::string& to) override { refuse(to); }
  void copy(const std::string&, const std::string& to) override { refuse(to); }
  void write_at(const std::string& p, std::int64_t, std::string_view) override { refuse(p); }
  std::unique_ptr<NewFile> create(const std::string& temporary, std::uint32_t) override { refuse(temporary); }
  void make_dir(const std::string& p) override { refuse(p); }
  bool remove_dir(const std::string& p) override { refuse(p); }

 private:
  struct Folders;
  struct Entry;
  /// Where a path lies in the tree; nullopt: outside of it.
  std::optional<std::string> inside(const std::string& p) const;
  /// The entry at a path relative to the work tree; `follow`: symlinks at its end too.
  std::optional<Entry> find(const std::string& file, bool follow, int depth = 0);
  std::optional<FileStat> stat_of(const std::string& p, bool follow);
  [[noreturn]] void refuse(const std::string& p) const;
  Git& git_;
  std::string root_;
  std::unique_ptr<Folders> folders_;
};

}  // namespace pivot::git
