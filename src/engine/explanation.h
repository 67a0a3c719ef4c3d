// A reason in words, for `explain`, `repro --explain` and logs.
#pragma once

#include <string>

#include "engine/scan.h"

namespace pivot::engine {

/// "dependency 'data/x.csv' was modified (md5 1234... -> 5678...)"; paths relative to `cwd`.
std::string explanation(const Reason& reason, const std::string& cwd);
/// The same as data: {"kind", "change", "path", "key", "before", "after"}; absent parts left out.
Value explanation_value(const Reason& reason, const std::string& cwd);

/// "'a', 'b' and 'c'": stages named in a message.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace pivot::engine
