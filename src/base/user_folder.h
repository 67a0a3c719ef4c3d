// Where this user's own things lie, beside those of repositories.
#pragma once

#include <string>

namespace pivot {

/// $XDG_CACHE_HOME/pivot, else ~/.cache/pivot; "" when the environment names neither (a relative path names nothing).
std::string user_cache_folder();
/// Whether a folder is there, belongs to this user, and nobody else may write to it.
bool is_own_folder(const std::string& folder);

}  // namespace pivot
