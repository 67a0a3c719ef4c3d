// New folders that get their name when they are whole. Files below are written under their own names at once: for a small file the rename
// from a temporary name costs as much as all the rest, and nobody looks into a folder that has no name yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/disk.h"

namespace pivot::store {

/// Renames a folder, which is filled, to its place. If there is one meanwhile, every file moves on its own and replaces what has its name.
void publish_folder(Disk& disk, const std::string& staging, const std::string& target);

/// A folder under a temporary name. Unless it is published, it goes with all that is in it.
class StagedFolder {
 public:
  /// Makes `staging` (whose parent exists), which is to become `target` (in the same file system).
  StagedFolder(Disk& disk, std::string staging, std::string target);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  const std::string& path() const { return staging_; }
  void publish() { publish_folder(disk_, staging_, target_); }

 private:
  Disk& disk_;
  const std::string staging_;
  const std::string target_;
  int lock_ = -1;  ///< says to sweep_staged_folders() that we are alive
};

/// A fresh name below `area`, by which sweep_staged_folders() knows it.
std::string staged_folder_name(const std::string& area);

/// Where below `area` a folder waits until it can become a child of `parent`: a fresh name; "" when a rename can't bring it there, or when
/// what is made in `area` would have another group or other permissions than what is made in `parent`.
std::string staging_name(Disk& disk, const std::string& area, const std::string& parent);

/// A folder in `area` (which is made) that is to become `target`, which must not be there; nullptr when staging_name() has none. What killed processes have left
/// in `area` goes.
std::unique_ptr<StagedFolder> stage_folder(Disk& disk, const std::string& area, const std::string& target);

/// Whether a new folder is filled out of sight: not with a few files, and not when it takes long, as what is staged is lost when we are killed.
/// `bytes` of all of them; nullopt: unknown.
bool is_worth_staging(std::size_t files, const std::optional<std::int64_t>& bytes);

/// Removes the staged folders in `area` that killed processes have left.
void sweep_staged_folders(Disk& disk, const std::string& area);

}  // namespace pivot::store
