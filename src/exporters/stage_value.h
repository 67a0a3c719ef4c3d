// model -> the map that dvc.yaml holds for a stage.
#pragma once

#include <string>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::exporters {

/// Reading the map again gives the same stage: keys cmd, wdir, deps, params, outs, metrics, plots, frozen, always_changed, desc, meta, those
/// with something in them. `folder`: of the dvc.yaml, relative to the root. Texts that would be read as templates are escaped.
Value stage_value(const model::Stage& stage, const std::string& folder);

}  // namespace pivot::exporters
