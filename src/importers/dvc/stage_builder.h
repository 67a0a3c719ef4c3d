// Resolved keys of a stage -> model::Stage: paths placed in the repository, params and outs merged, our settings read.
#pragma once

#include <string>

#include "importers/dvc/dvc_importer.h"

namespace pivot::importers::dvc {

/// Where a stage file stands, for placing its paths.
struct StagePlace {
  std::string file;    ///< relative to the root
  std::string folder;  ///< of the file, "." at the root
  std::string root;    ///< absolute, may be empty
  std::string shown;   ///< the file as messages name it
};

StagePlace stage_place(const std::string& file, const ParsingOptions& options);

/// A path as model::Dep has it: `written` (absolute ones inside the repository become relative) and where that is.
struct PlacedPath {
  std::string path;
  std::string file;
};
PlacedPath place_path(const StagePlace& place, const std::string& wdir, const std::string& written);

/// The normalised working directory of a stage.
std::string place_wdir(const StagePlace& place, const std::string& written);

model::Stage build_stage(const StagePlace& place, const std::string& name, const Map& keys);

/// Reads `meta: pivot:`; throws Error (validation) naming the stage and the key.
model::Settings read_settings(const Value& meta, const std::string& stage, const std::string& shown);

}  // namespace pivot::importers::dvc
