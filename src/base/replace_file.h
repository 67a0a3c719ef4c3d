// Writes a file in pieces, so that readers see the old content or the new one.
#pragma once

#include <functional>
#include <string>

#include "base/disk.h"

namespace pivot {

/// As Disk::write_atomic, with a content that `fill` writes piece by piece. When it throws, the old file stays.
void replace_file(Disk& disk, const std::string& p, const std::function<void(NewFile&)>& fill);

}  // namespace pivot
