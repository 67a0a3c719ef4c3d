// Names of Python's types, as they stand in DVC's messages.
#pragma once

#include "base/value.h"

namespace pivot::importers::dvc {

/// type(value).__name__
const char* python_type_name(const Value& value);

}  // namespace pivot::importers::dvc
