// A Python stage as a stage of dvc.yaml that plain DVC runs.
#pragma once

#include <set>
#include <string>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::exporters {

/// The name that the stage gets in dvc.yaml: DVC keeps `@` for what a foreach or matrix made.
std::string exported_name(const model::Stage& stage);
/// What dvc.yaml gets for the stage: a `python -c` command, its deps and the source files that its fingerprint covers, params, outs, and
/// `meta: pivot: export:` with the stage's address and a digest of the rest, by which a later export sees edits made by hand.
/// `folder` of the dvc.yaml, relative to the root; `params`: dotted keys of the params file that give values to it. `standalone`: the
/// command calls the runner beside the dvc.yaml (exporters/standalone_runner.h) instead of the package.
Value exported_stage(const model::Stage& stage, const std::string& folder, const std::set<std::string>& params, bool standalone = false);
/// The digest of an exported stage's map, its own entry left out.
std::string export_digest(const Map& stage);
/// The address in `meta: pivot: export: of:`; "" for a stage that was not exported.
std::string exported_address(const Value& stage);

/// The head comments of a dvc.yaml that holds nothing but exported stages.
inline constexpr const char* kExportComment =
    "# Made by `pivot export` from the Python pipelines beside it: change these, then export again.\n"
    "# Running it takes DVC and the Python package pivot.\n";
inline constexpr const char* kStandaloneComment =
    "# Made by `pivot export` from the Python pipelines beside it: change these, then export again.\n"
    "# Running it takes DVC, and nothing else of pivot than the runner beside it.\n";

}  // namespace pivot::exporters
