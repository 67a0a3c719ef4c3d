// What a Python host says of the pipelines (protocol: src/python/pivot/_protocol.py, "Stage") -> model.
#pragma once

#include <string>
#include <vector>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::importers::python {

/// The stages of a `describe` reply. Throws Error for what the protocol doesn't allow.
std::vector<model::Stage> read_stages(const Value& reply);
/// An Error of the protocol as ours: message, traceback, place and hint.
[[noreturn]] void throw_described(const Value& error);

/// A lock of a Python stage (.pivot/stages/<name>.lock, grammar: exporters/stage_lock.h), ours or the original tool's -> record. Throws
/// Error (validation) for a wrong shape.
model::StageRecord read_stage_lock(const Value& lock, const std::string& file);

}  // namespace pivot::importers::python
