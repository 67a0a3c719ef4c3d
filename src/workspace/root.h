// Where the repository begins: the folder that holds `.dvc`.
#pragma once

#include <optional>
#include <string>

namespace pivot::workspace {

/// The repository around an absolute folder, its symlinks resolved. Throws Error (no_repo) with DVC's text.
std::string find_root(const std::string& cwd);

/// The same, nullopt outside of a repository.
std::optional<std::string> find_root_if_any(const std::string& cwd);

}  // namespace pivot::workspace
