// Python's ast.literal_eval over tokens.
#pragma once

#include <optional>
#include <span>

#include "base/value.h"
#include "text/python/tokens.h"

namespace pivot::text::python {

/// The value when the tokens are one literal (numbers, strings, bytes, None, True, False, tuples, lists, sets, dicts
/// of those), nullopt when they are another expression. Tuples and sets become lists.
std::optional<Value> literal(std::span<const Token> tokens);

}  // namespace pivot::text::python
