// Changing values of a YAML text so that all other text stays as it is.
#pragma once

#include <string>

#include "base/value.h"

namespace pivot::exporters {

enum class UpdateStyle : unsigned char {
  as_dvc,     ///< comments behind an entry belong to it: they go when it goes, and what is new comes behind them
  keep_text,  ///< comments and blank lines stay where a reader expects them
};

/// `text` with the content of `wanted`. Only entries that differ are touched: keys keep their order, new ones come last. The result is
/// read again; where the edit did not work out (aliases of a changed anchor), it is written anew as a whole.
std::string update_yaml(const std::string& text, const Value& wanted, UpdateStyle style);
/// The same where what the text holds is known already.
std::string update_yaml(const std::string& text, const Value& old, const Value& wanted, UpdateStyle style);

}  // namespace pivot::exporters
