// A file that is copied into or out of the cache.
#pragma once

#include <cstdint>
#include <string>

#include "base/disk.h"

namespace pivot::store {

/// Opened for reading. Throws DiskError.
class SourceFile {
 public:
  explicit SourceFile(const std::string& path);
  ~SourceFile();
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;
  int fd() const { return fd_; }
  std::int64_t size() const { return size_; }  ///< when it was opened

 private:
  int fd_;
  std::int64_t size_ = 0;
};

/// Appends the whole content. Returns its bytes: fewer than `from.size()` when the file became shorter. `shown` is named in errors.
std::int64_t copy_content(const SourceFile& from, NewFile& to, const std::string& shown);

}  // namespace pivot::store
