// Reading files through memory maps: no copy into our memory, but a file that another process cuts off meanwhile
// answers with SIGBUS, which must not kill us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace pivot {

/// A read-only map of a range of an open file. `offset` must be a multiple of 4096.
class MappedRange {
 public:
  /// Throws DiskError (named after `shown`) when the range cannot be mapped.
  MappedRange(int fd, std::int64_t offset, std::size_t size, const std::string& shown);
  ~MappedRange();
  MappedRange(const MappedRange&) = delete;
  MappedRange& operator=(const MappedRange&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_;
  std::size_t size_;
};

/// Runs `body`, which reads mapped memory and does nothing else: it may not own anything, as it is left by a jump when
/// the file behind a map has been cut off. False then.
bool read_mapped(const std::function<void()>& body);

}  // namespace pivot
