// The map that a *.dvc file holds (contract 4.1), in the key order of a new file.
#pragma once

#include "base/value.h"
#include "model/stage.h"

namespace pivot::exporters {

/// Top keys desc, md5, wdir, frozen, deps, outs, always_changed, meta; only those with something in them.
Value dvc_file_value(const model::Stage& stage);

}  // namespace pivot::exporters
