// `pivot config`: prints and changes settings of four levels, DVC's and ours.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/config_edit.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/config.h"
#include "workspace/root.h"

namespace pivot::commands {
namespace {

using workspace::Config;
using workspace::ConfigFile;
using workspace::ConfigLevel;
using workspace::ConfigName;
using workspace::ConfigSections;

/// "core.remote", "remote.storage.url", "db.main.url"; anything else is a usage error.
ConfigName parse_name(const std::string& text) {
  const auto low = lower(text);
  const auto parts = split(low, '.');
  if (parts.size() == 2) return {std::string(parts[0]), "", std::string(parts[1])};
  if (parts.size() == 3 && (parts[0] == "remote" || parts[0] == "db"))
    return {std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
  throw Error("argument name: name argument should look like remote.name.option or db.name.option or section.option",
              ErrorKind::usage);
}

/// What every part of the command needs.
struct Call {
  Session& session;
  Disk& disk;
  std::optional<std::string> root;
  std::optional<ConfigLevel> level;
  bool show_origin = false;
};

std::string path_of(const Call& call, ConfigLevel level, bool ours) {
  auto file = workspace::config_path(level, call.root, ours);
  if (file.empty()) fail_config("Not inside a DVC repo");
  return file;
}

/// The levels that a reading call looks at, weakest first.
std::vector<ConfigLevel> levels_to_read(const Call& call) {
  if (call.level) return {*call.level};
  if (call.root) return {workspace::kConfigLevels.begin(), workspace::kConfigLevels.end()};
  return {ConfigLevel::system, ConfigLevel::global};
}

/// Files of the repository by their path from its root, others whole.
std::string origin(const Call& call, const std::string& file) {
  if (!call.show_origin) return "";
  const bool inside = call.root && path::is_inside(file, *call.root);
  return cat(inside ? path::relative(file, *call.root) : file, "\t");
}

const workspace::ConfigSection* find(const ConfigSections& sections, const ConfigName& name) {
  for (const auto& section : sections)
    if (section.group == name.group && section.name == name.name) return &section;
  return nullptr;
}

Outcome list(const Call& call) {
  for (const auto level : levels_to_read(call)) {
    for (const bool ours : {false, true}) {
      const auto file = ConfigFile::read(call.disk, path_of(call, level, ours));
      for (const auto& section : file.sections()) {
        const auto where = section.name.empty() ? section.group : cat(section.group, ".", section.name);
        for (const auto& [key, value] : section.values)
          call.session.out().info(cat(origin(call, file.path()), where, where.empty() ? "" : ".", key, "=", value));
      }
    }
  }
  return {};
}

Outcome get(const Call& call, const ConfigName& name) {
  std::optional<std::string> line;
  for (const auto level : levels_to_read(call)) {
    auto file = ConfigFile::read(call.disk, path_of(call, level, workspace::is_ours(name.group)));
    const auto sections = file.sections();
    const auto* section = find(sections, name);
    const auto* value = section == nullptr ? nullptr : section->find(name.key);
    if (value != nullptr) line = cat(origin(call, file.path()), *value);
    // With a level named, what is missing there is an error; without one it is just not printed.
    else if (call.level) file.unset(name);
  }
  if (line) call.session.out().info(*line);
  return {};
}

Outcome change(const Call& call, const ConfigName& name, const std::optional<std::string>& value) {
  ConfigEdit edit(call.session, call.root, call.level.value_or(ConfigLevel::repo), workspace::is_ours(name.group));
  if (value) {
    edit.file().set(name, *value, call.session.cwd());
  } else {
    edit.file().unset(name);
  }
  edit.save();
  return {};
}

Outcome refuse(Session& session, std::string_view what) {
  session.out().error(what);
  return {1, ""};
}

}  // namespace

Outcome run_config(Session& session, const Args& args) {
  const auto text = args.value("name");
  const auto value = args.value("value");
  const bool unset = args.flag("unset");
  std::optional<ConfigName> name;
  if (text) name = parse_name(*text);
  Call call{session, real_disk(), workspace::find_root_if_any(session.cwd()), config_level(args), args.flag("show_origin")};
  if (call.show_origin && (value || unset))
    return refuse(session, "--show-origin can't be used together with any of these options: -u/--unset, value");
  if (args.flag("list")) {
    if (name || value || unset)
      return refuse(session, "-l/--list can't be used together with any of these options: -u/--unset, name, value");
    return list(call);
  }
  if (!name) return refuse(session, "name argument is required");
  if (unset) return change(call, *name, std::nullopt);
  return value ? change(call, *name, value) : get(call, *name);
}

}  // namespace pivot::commands
