// Many files into hashes, and into the cache when asked: all cores, MD5 lanes, each file read once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/hash.h"
#include "store/objects.h"

namespace pivot::store {

/// One file to hash. `stat` is what the caller saw; afterwards it is the stat of the content that was hashed.
struct IntakeFile {
  std::string path;
  FileStat stat;
  Md5Digest md5{};
  std::int64_t started_ns = 0;  ///< wall clock before the first byte was read
  bool steady = false;  ///< false: the file changed while it was read; the hash is that of the bytes that were read
  bool looked_at = true;  ///< false: `stat` is not filled in yet; take_in() looks when it opens the file
  bool absent = false;    ///< of one that was not looked at: there is no such file
};

/// What happens to the content.
enum class IntakeMode : std::uint8_t {
  hash,   ///< nothing
  store,  ///< copied into the cache in the same pass
};

/// Hashes (kind md5) and stores all `files`. Throws what the first failing file threw (one that is not there, if it was looked at before); objects that were
/// complete by then stay.
void take_in(std::vector<IntakeFile>& files, IntakeMode mode, Objects& objects, int jobs);

}  // namespace pivot::store
