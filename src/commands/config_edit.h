// Changing one configuration file, with the checks of DVC: what `config`, `remote` and `cache dir` share.
#pragma once

#include <optional>
#include <string>

#include "commands/session.h"
#include "workspace/config.h"

namespace pivot::commands {

/// Throws Error (config) with DVC's words before it.
[[noreturn]] void fail_config(std::string_view what);

/// --system, --global, --project, --local; nullopt when none was given.
std::optional<workspace::ConfigLevel> config_level(const Args& args);

class ConfigEdit {
 public:
  /// Reads the file of a level. Throws Error (config) outside of a repository for the levels that need one.
  ConfigEdit(Session& session, const std::optional<std::string>& root, workspace::ConfigLevel level, bool ours = false);
  workspace::ConfigFile& file() { return file_; }
  /// All levels up to this one, the weakest first, as they will be.
  workspace::ConfigSections merged() const;
  /// Checks, writes, and says what is wrong in a stronger level.
  void save();

 private:
  Session& session_;
  std::optional<std::string> root_;
  workspace::ConfigLevel level_;
  bool ours_;
  workspace::ConfigFile file_;
};

}  // namespace pivot::commands
