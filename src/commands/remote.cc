// `pivot remote ...`: the remotes in the configuration.
#include "base/error.h"
#include "base/strings.h"
#include "commands/config_edit.h"
#include "commands/run_functions.h"
#include "workspace/root.h"

namespace pivot::commands {

namespace {

using workspace::Config;
using workspace::ConfigLevel;
using workspace::ConfigName;
using workspace::ConfigSections;

ConfigName default_remote() { return {"core", "", "remote"}; }

ConfigEdit open(Session& session, const Args& args) {
  return ConfigEdit(session, workspace::find_root_if_any(session.cwd()), config_level(args).value_or(ConfigLevel::repo));
}

bool has_remote(const ConfigSections& sections, const std::string& name) {
  for (const auto& section : sections)
    if (section.group == "remote" && section.name == name) return true;
  return false;
}

const std::string* default_of(const workspace::ConfigFile& file) {
  const auto* core = file.section("core", "");
  return core == nullptr ? nullptr : core->find("remote");
}

/// Every level from the strongest down to the one that is edited: where the remote is the default, `change` it.
template <typename Change>
void change_defaults(Session& session, const Args& args, const std::string& name, Change change) {
  const auto root = workspace::find_root_if_any(session.cwd());
  const auto last = config_level(args).value_or(ConfigLevel::repo);
  for (auto level = ConfigLevel::local; level >= last; level = static_cast<ConfigLevel>(static_cast<int>(level) - 1)) {
    if (!workspace::config_path(level, root).empty()) {
      ConfigEdit edit(session, root, level);
      if (const auto* old = default_of(edit.file()); old != nullptr && lower(*old) == name) {
        change(edit);
        edit.save();
      }
    }
    if (level == ConfigLevel::system) break;
  }
}

}  // namespace

Outcome run_remote_add(Session& session, const Args& args) {
  const auto name = lower(*args.value("name"));
  auto edit = open(session, args);
  if (edit.file().section("remote", name) != nullptr && !args.flag("force"))
    fail_config(cat("remote '", name, "' already exists. Use `-f|--force` to overwrite it."));
  edit.file().clear_section("remote", name);
  edit.file().set({"remote", name, "url"}, *args.value("url"), session.cwd());
  if (args.flag("default")) {
    session.out().info(cat("Setting '", name, "' as a default remote."));
    edit.file().set(default_remote(), name, session.cwd());
  }
  edit.save();
  return {};
}

Outcome run_remote_remove(Session& session, const Args& args) {
  const auto name = lower(*args.value("name"));
  {
    auto edit = open(session, args);
    if (!edit.file().remove_section("remote", name)) fail_config(cat("remote '", name, "' doesn't exist."));
    // A default that is gone is no default: both changes are one file where they are one level.
    if (const auto* old = default_of(edit.file()); old != nullptr && lower(*old) == name) edit.file().unset(default_remote());
    edit.save();
  }
  change_defaults(session, args, name, [](ConfigEdit& edit) { edit.file().unset(default_remote()); });
  return {};
}

Outcome run_remote_rename(Session& session, const Args& args) {
  const auto name = lower(*args.value("name")), renamed = lower(*args.value("new"));
  {
    auto edit = open(session, args);
    if (edit.file().section("remote", name) == nullptr) fail_config(cat("remote '", name, "' doesn't exist."));
    if (edit.file().section("remote", renamed) != nullptr)
      fail_config(cat("Rename failed. Remote name '", renamed, "' already exists."));
    edit.file().rename_section("remote", name, renamed);
    if (const auto* old = default_of(edit.file()); old != nullptr && lower(*old) == name)
      edit.file().set(default_remote(), renamed, session.cwd());
    edit.save();
  }
  change_defaults(session, args, name, [&](ConfigEdit& edit) { edit.file().set(default_remote(), renamed, session.cwd()); });
  return {};
}

Outcome run_remote_modify(Session& session, const Args& args) {
  const auto name = lower(*args.value("name"));
  auto edit = open(session, args);
  if (!has_remote(edit.merged(), name)) fail_config(cat("remote '", name, "' doesn't exist."));
  const ConfigName option{"remote", name, lower(*args.value("option"))};
  const auto value = args.value("value");
  if (args.flag("unset")) {
    const auto* section = edit.file().section("remote", name);
    if (section != nullptr && section->find(option.key) != nullptr) edit.file().unset(option);
  } else if (value) {
    edit.file().set(option, *value, session.cwd());
  } else {
    throw Error("argument value: expected the new value of the option, or -u to remove it", ErrorKind::usage);
  }
  edit.save();
  return {};
}

Outcome run_remote_default(Session& session, const Args& args) {
  const auto root = workspace::find_root_if_any(session.cwd());
  const auto level = config_level(args);
  const auto name = args.value("name");
  if (name || args.flag("unset")) {
    ConfigEdit edit(session, root, level.value_or(ConfigLevel::repo));
    if (args.flag("unset")) {
      if (default_of(edit.file()) != nullptr) edit.file().unset(default_remote());
    } else {
      if (!has_remote(edit.merged(), lower(*name))) fail_config("default remote must be present in remote list.");
      edit.file().set(default_remote(), lower(*name), session.cwd());
    }
    edit.save();
    return {};
  }
  std::optional<std::string> found;
  if (level) {
    const auto file = ConfigEdit(session, root, *level).file();
    if (const auto* own = default_of(file)) found = *own;
  } else {
    found = Config::load_unchecked(root).default_remote();
  }
  if (found) return {0, cat(*found, "\n")};
  session.out().info("No default remote set");
  return {1, ""};
}

Outcome run_remote_list(Session& session, const Args& args) {
  const auto root = workspace::find_root_if_any(session.cwd());
  const auto level = config_level(args);
  const auto chosen = Config::load_unchecked(root).default_remote();
  ConfigSections sections;
  for (const auto each : workspace::kConfigLevels) {
    if (level ? each != *level : workspace::config_path(each, root).empty()) continue;
    workspace::merge(sections, ConfigEdit(session, root, each).file().sections());
  }
  std::string text;
  for (const auto& section : sections) {
    if (section.group != "remote") continue;
    const auto* url = section.find("url");
    text += cat(section.name, "\t", url == nullptr ? "" : *url, chosen == section.name ? "\t(default)" : "", "\n");
  }
  return {0, expand_tabs(text)};
}

}  // namespace pivot::commands
