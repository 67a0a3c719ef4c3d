// The text of one entry of dvc.lock.
#pragma once

#include <string>

#include "model/stage.h"

namespace pivot::exporters {

/// `  stage:` and what lock_value() gives below it, ending with a line break. Entries of the usual kind (one-line scalars, nothing carried)
/// are written straight from the record; the others as values, by the general writer.
std::string lock_entry_text(const std::string& stage, const model::StageRecord& record);

/// By the general writer alone: what lock_entry_text() is held to.
std::string lock_entry_text_by_values(const std::string& stage, const model::StageRecord& record);

}  // namespace pivot::exporters
