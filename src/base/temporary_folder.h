// A folder that is gone afterwards.
#pragma once

#include <string>
#include <utility>

#include "base/disk.h"
#include "base/error.h"

namespace pivot {

/// Removes the path, with all that is in it by then, at its own end. Makes nothing.
class TemporaryFolder {
 public:
  TemporaryFolder(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~TemporaryFolder() {
    try {
      disk_.remove_tree(path_);
    } catch (const Error&) {  // what it was for is done all the same, and nobody else uses its name
    }
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  Disk& disk_;
  std::string path_;
};

}  // namespace pivot
