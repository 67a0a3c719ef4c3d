// `pivot cache dir`: where the cache is, and moving it elsewhere.
#include "base/error.h"
#include "base/strings.h"
#include "commands/config_edit.h"
#include "commands/run_functions.h"
#include "workspace/root.h"

namespace pivot::commands {

using workspace::Config;
using workspace::ConfigFile;
using workspace::ConfigLevel;

Outcome run_cache_dir(Session& session, const Args& args) {
  const auto root = workspace::find_root_if_any(session.cwd());
  const auto level = config_level(args);
  const auto value = args.value("value");
  const workspace::ConfigName name{"cache", "", "dir"};
  if (value || args.flag("unset")) {
    ConfigEdit edit(session, root, level.value_or(ConfigLevel::repo));
    if (args.flag("unset")) {
      edit.file().unset(name);
    } else {
      edit.file().set(name, *value, session.cwd());
    }
    edit.save();
    return {};
  }
  if (level) {
    auto file = ConfigEdit(session, root, *level).file();
    for (const auto& section : file.sections())
      if (section.group == "cache")
        if (const auto* dir = section.find("dir")) return {0, cat(*dir, "\n")};
    file.unset(name);  // says what is missing
  }
  const auto config = Config::load(root);
  const auto set = config.get("cache", "dir");
  if (!set && !root) fail_config("option 'dir' doesn't exist in section 'cache'");
  return {0, cat(set ? *set : config.cache_dir(), "\n")};
}

}  // namespace pivot::commands
