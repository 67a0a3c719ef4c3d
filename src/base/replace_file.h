// Writes a file in pieces, so that readers see the old content or the new one.
#pragma once

#include <functional>
#include <string>

#include "base/disk.h"

namespace pivot {

/// As Disk::write_atomic, with a content that `fill` writes piece by piece. When it throws, the old file stays.
void replace_file(Disk& disk, const std::string& p, const std::function<void(NewFile&)>& fill);

/// Puts a file or folder that `fill` makes at a path beside it (nothing is there) into the place of what is at `p`. When it throws, nothing has
/// changed and nothing is left.
void replace_path(Disk& disk, const std::string& p, const std::function<void(const std::string& incoming)>& fill);

}  // namespace pivot
