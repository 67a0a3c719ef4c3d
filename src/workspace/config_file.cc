#include "workspace/config_file.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/ini.h"

namespace pivot::workspace {
namespace {

/// `remote "storage"` -> remote, storage.
ConfigSection section_of(const text::Ini::Section& section) {
  const auto blank = section.name.find(' ');
  const auto group = section.name.substr(0, blank);
  const bool quoted = blank != section.name.npos && section.name.size() > blank + 2 && section.name[blank + 1] == '"' &&
                      section.name.back() == '"';
  if (!quoted || !has_named_sections(group)) return {section.name, "", section.values};
  return {group, section.name.substr(blank + 2, section.name.size() - blank - 3), section.values};
}

/// Settings that DVC leaves as they are: URLs and what starts with a home directory.
bool stays(const std::string& value) { return value.find("://") != value.npos || path::is_absolute(value); }

std::string expand_home(const std::string& value) {
  if (!value.starts_with("~") || (value.size() > 1 && value[1] != '/')) return value;
  const char* home = std::getenv("HOME");
  return home == nullptr ? value : cat(home, value.substr(1));
}

std::string absolute(const std::string& folder, const std::string& value) {
  if (value.starts_with("~")) return expand_home(value);
  return stays(value) ? value : path::normalize(path::join(folder, value));
}

std::string relative(const std::string& folder, const std::string& base, const std::string& value) {
  if (stays(value) || value.starts_with("~")) return value;
  return path::relative(path::normalize(path::join(base, value)), folder);
}

}  // namespace

ConfigFile ConfigFile::read(Disk& disk, std::string path) {
  ConfigFile out;
  out.path_ = std::move(path);
  const auto text = disk.read(out.path_);
  if (!text) return out;
  try {
    const auto ini = text::Ini::parse(*text, out.path_);
    for (const auto& section : ini.sections) out.sections_.push_back(section_of(section));
  } catch (Error& error) {
    // DVC joins the message and its cause, which has the same text.
    throw Error(cat("configuration error - config file error: ", error.message(), ": ", error.message()),
                ErrorKind::config)
        .with_place({out.path_});
  }
  return out;
}

ConfigSections ConfigFile::sections() const {
  ConfigSections out;
  for (const std::string_view group : {"remote", "machine", "db", ""}) {
    for (const auto& section : sections_) {
      if (has_named_sections(section.group) ? section.group != group : !group.empty()) continue;
      out.push_back(section);
      for (auto& [key, value] : out.back().values)
        if (is_path_setting(section.group, key)) value = absolute(path::dirname(path_), value);
    }
  }
  return out;
}

ConfigSection* ConfigFile::find(const ConfigName& name) {
  const auto it = std::find_if(sections_.begin(), sections_.end(), [&](const ConfigSection& section) {
    return section.group == name.group && section.name == name.name;
  });
  return it == sections_.end() ? nullptr : &*it;
}

void ConfigFile::set(const ConfigName& name, const std::string& value, const std::string& cwd) {
  auto* section = find(name);
  if (section == nullptr) section = &sections_.emplace_back(ConfigSection{name.group, name.name, {}});
  const auto stored = is_path_setting(name.group, name.key) ? relative(path::dirname(path_), cwd, value) : value;
  for (auto& [key, old] : section->values) {
    if (key != name.key) continue;
    old = stored;
    return;
  }
  section->values.emplace_back(name.key, stored);
}

void ConfigFile::unset(const ConfigName& name) {
  const auto fail = [](const std::string& what) {
    throw Error(cat("configuration error - config file error: ", what), ErrorKind::config);
  };
  auto* section = find(name);
  const bool missing_section = section == nullptr && !is_known_section(name.group);
  if (missing_section && name.name.empty()) fail(cat("section '", name.group, "' doesn't exist"));
  if (missing_section) fail(cat(name.group, " '", name.name, "' doesn't exist"));
  const auto option = cat("option '", name.key, "' doesn't exist in ");
  const auto where = name.name.empty() ? cat("section '", name.group, "'") : cat(name.group, " '", name.name, "'");
  if (section == nullptr) fail(option + where);
  const auto it = std::find_if(section->values.begin(), section->values.end(),
                               [&](const auto& item) { return item.first == name.key; });
  if (it == section->values.end()) fail(option + where);
  section->values.erase(it);
}

const ConfigSection* ConfigFile::section(const std::string& group, const std::string& name) const {
  return const_cast<ConfigFile*>(this)->find({group, name, ""});
}

void ConfigFile::clear_section(const std::string& group, const std::string& name) {
  auto* old = find({group, name, ""});
  if (old == nullptr) old = &sections_.emplace_back(ConfigSection{group, name, {}});
  old->values.clear();
}

bool ConfigFile::remove_section(const std::string& group, const std::string& name) {
  return std::erase_if(sections_, [&](const ConfigSection& section) { return section.group == group && section.name == name; }) > 0;
}

void ConfigFile::rename_section(const std::string& group, const std::string& from, const std::string& to) {
  const auto* old = section(group, from);
  if (old == nullptr) return;
  auto moved = *old;
  moved.name = to;
  remove_section(group, from);
  sections_.push_back(std::move(moved));
}

void ConfigFile::save(Disk& disk) const {
  const auto folder = path::dirname(path_);
  text::Ini ini;
  for (const bool named : {false, true}) {
    for (const auto& section : sections_) {
      if (section.name.empty() == named || section.values.empty()) continue;
      auto& out = ini.sections.emplace_back();
      out.name = named ? cat(section.group, " \"", section.name, "\"") : section.group;
      out.values = section.values;
      for (auto& [key, value] : out.values)
        if (is_path_setting(section.group, key)) value = relative(folder, folder, value);
    }
  }
  if (!disk.stat(folder)) disk.make_dirs(folder);
  disk.write_atomic(path_, ini.dump());
}

}  // namespace pivot::workspace
