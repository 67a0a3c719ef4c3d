// Constants of a Python file as parameters: what DVC reads from params .py files.
#pragma once

#include <string_view>

#include "base/value.h"

namespace pivot::text {

/// Assignments of literals at the top level (`X = 1`, `X: int = 1`, also `self.x = 1`), class bodies as maps of
/// theirs, and in `__init__` bodies the assignments to `self`; all else is skipped. Tuples and sets become lists.
/// Throws Error with the line for text that is no Python as far as tokens, brackets and indentation tell; statements
/// are not parsed further, so some broken files that DVC refuses are read.
Value parse_python_constants(std::string_view text);

}  // namespace pivot::text
