// A stage as bytes (grammar: base/binary.h), field after field in the order of model/stage.h. Read back only by the program that wrote it.
#pragma once

#include "base/binary.h"
#include "model/stage.h"

namespace pivot::model {

void write_stage(BinaryWriter& to, const Stage& stage);
/// Throws Error for bytes that write_stage() has not made.
Stage read_stage(BinaryReader& from);

}  // namespace pivot::model
