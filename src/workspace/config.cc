#include "workspace/config.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The XDG folder of the user's settings for one program.
std::string user_dir(std::string_view program) {
  auto base = from_environment("XDG_CONFIG_HOME");
  if (base.empty()) base = cat(from_environment("HOME"), "/.config");
  return cat(base, "/", program);
}

/// The first of the machine's XDG folders.
std::string machine_dir(std::string_view program) {
  auto base = from_environment("XDG_CONFIG_DIRS");
  base = base.substr(0, base.find(':'));
  return cat(base.empty() ? "/etc/xdg" : base, "/", program);
}

const ConfigSection* find_section(const ConfigSections& sections, std::string_view group, std::string_view name) {
  for (const auto& section : sections)
    if (section.group == group && section.name == name) return &section;
  return nullptr;
}

}  // namespace

std::string config_path(ConfigLevel level, const std::optional<std::string>& root, bool ours) {
  const std::string_view program = ours ? "pivot" : "dvc";
  const auto outside = [&](const char* variable, const char* our_variable, std::string folder) {
    const auto given = from_environment(ours ? our_variable : variable);
    return cat(given.empty() ? folder : given, "/config");
  };
  switch (level) {
    case ConfigLevel::system: return outside("DVC_SYSTEM_CONFIG_DIR", "PIVOT_SYSTEM_CONFIG_DIR", machine_dir(program));
    case ConfigLevel::global: return outside("DVC_GLOBAL_CONFIG_DIR", "PIVOT_GLOBAL_CONFIG_DIR", user_dir(program));
    case ConfigLevel::repo: return root ? cat(*root, "/.", program, "/config") : "";
    case ConfigLevel::local: return root ? cat(*root, "/.", program, "/config.local") : "";
  }
  return "";
}

std::string without_config_prefix(const std::string& message) {
  constexpr std::string_view kPrefix = "configuration error - ";
  return message.starts_with(kPrefix) ? message.substr(kPrefix.size()) : message;
}

const std::string* RemoteConfig::find(std::string_view key) const {
  for (const auto& [known, value] : options)
    if (known == key) return &value;
  return nullptr;
}

void merge(ConfigSections& below, const ConfigSections& above) {
  for (const auto& section : above) {
    auto it = std::find_if(below.begin(), below.end(), [&](const ConfigSection& known) {
      return known.group == section.group && known.name == section.name;
    });
    if (it == below.end()) {
      below.push_back(section);
      continue;
    }
    for (const auto& [key, value] : section.values) {
      const auto old =
          std::find_if(it->values.begin(), it->values.end(), [&](const auto& item) { return item.first == key; });
      if (old == it->values.end()) {
        it->values.emplace_back(key, value);
      } else {
        old->second = value;
      }
    }
  }
}

Config Config::load_unchecked(const std::optional<std::string>& root, Disk& disk) {
  Config out;
  out.root_ = root;
  for (const bool ours : {false, true}) {
    for (const auto level : kConfigLevels) {
      const auto file = config_path(level, root, ours);
      if (!file.empty()) merge(ours ? out.ours_ : out.merged_, ConfigFile::read(disk, file).sections());
    }
  }
  return out;
}

Config Config::load(const std::optional<std::string>& root, Disk& disk) {
  auto out = load_unchecked(root, disk);
  validate(out.merged_);
  validate_ours(out.ours_);
  return out;
}

void Config::lay_over(const ConfigSections& above) {
  for (const auto& section : above) merge(is_ours(section.group) ? ours_ : merged_, {section});
  validate(merged_);
  validate_ours(ours_);
}

std::optional<std::string> Config::get(std::string_view group, std::string_view key) const {
  return get_named(group, "", key);
}

std::optional<std::string> Config::get_named(std::string_view group, std::string_view name,
                                             std::string_view key) const {
  const auto* section = find_section(is_ours(group) ? ours_ : merged_, group, name);
  const auto* value = section == nullptr ? nullptr : section->find(key);
  if (value == nullptr) return std::nullopt;
  return *value;
}

bool Config::get_bool(std::string_view group, std::string_view key, bool fallback) const {
  const auto value = get(group, key);
  return value ? lower(*value) == "true" : fallback;
}

std::int64_t Config::get_int(std::string_view group, std::string_view key, std::int64_t fallback) const {
  const auto value = get(group, key);
  return value ? std::strtoll(value->c_str(), nullptr, 10) : fallback;
}

double Config::get_real(std::string_view group, std::string_view key, double fallback) const {
  const auto value = get(group, key);
  return value ? std::strtod(value->c_str(), nullptr) : fallback;
}

std::string Config::cache_dir() const {
  if (auto dir = get("cache", "dir")) return *dir;
  return root_ ? cat(*root_, "/.dvc/cache") : "";
}

std::optional<std::string> Config::default_remote() const {
  auto name = get("core", "remote");
  if (!name) return std::nullopt;
  return lower(*name);
}

std::vector<std::string> Config::remotes() const {
  std::vector<std::string> out;
  for (const auto& section : merged_)
    if (section.group == "remote") out.push_back(section.name);
  return out;
}

RemoteConfig Config::remote(std::string_view name) const { return resolve_remote(name, 0); }

RemoteConfig Config::resolve_remote(std::string_view name, int depth) const {
  constexpr int kMostRemotes = 20;
  const auto* section = find_section(merged_, "remote", lower(name));
  if (section == nullptr)
    throw UnknownRemote(cat("configuration error - config file error: remote '", name, "' doesn't exist"), ErrorKind::config);
  RemoteConfig out{section->name, "", section->values};
  if (const auto* url = section->find("url")) out.url = *url;
  constexpr std::string_view kScheme = "remote://";
  if (!out.url.starts_with(kScheme)) return out;
  const auto rest = out.url.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (depth == kMostRemotes)
    throw Error(cat("configuration error - config file error: remote '", name, "' stands on itself"),
                ErrorKind::config);
  auto base = resolve_remote(rest.substr(0, slash), depth + 1);
  if (slash != rest.npos) base.url = path::join(base.url, rest.substr(slash + 1));
  // The options written here win over those of the remote below.
  for (const auto& [key, value] : section->values) {
    if (key == "url") continue;
    const auto old =
        std::find_if(base.options.begin(), base.options.end(), [&](const auto& item) { return item.first == key; });
    if (old == base.options.end()) {
      base.options.emplace_back(key, value);
    } else {
      old->second = value;
    }
  }
  base.name = out.name;
  return base;
}

}  // namespace pivot::workspace
