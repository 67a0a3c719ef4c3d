// One configuration file: configobj's INI, whose path settings are kept relative to its folder.
#pragma once

#include <string>
#include <string_view>

#include "base/disk.h"
#include "workspace/config_schema.h"

namespace pivot::workspace {

/// The name of one setting, lower-cased: core.remote, remote.storage.url.
struct ConfigName {
  std::string group;
  std::string name;  ///< of a remote or db; "" otherwise
  std::string key;
};

class ConfigFile {
 public:
  /// An absent file is an empty one. Throws Error (config) for a syntax error.
  static ConfigFile read(Disk& disk, std::string path);
  const std::string& path() const { return path_; }
  /// Named sections (remotes, machines, dbs) first, then the others, as DVC lists them. Paths are absolute, ~ is
  /// expanded.
  ConfigSections sections() const;
  /// Sets a value; a path setting given relative to `cwd` is stored relative to this file's folder.
  void set(const ConfigName& name, const std::string& value, const std::string& cwd);
  /// Throws Error (config) when there is no such section or option.
  void unset(const ConfigName& name);
  /// A whole section as written; nullptr when there is none.
  const ConfigSection* section(const std::string& group, const std::string& name) const;
  /// Empties a section, or makes an empty one at the end.
  void clear_section(const std::string& group, const std::string& name);
  bool remove_section(const std::string& group, const std::string& name);
  /// It then stands behind all others, as with DVC.
  void rename_section(const std::string& group, const std::string& from, const std::string& to);
  /// Re-creates the file as DVC does: 4 blanks of indentation, no comments, plain sections first.
  void save(Disk& disk) const;

 private:
  std::string path_;
  ConfigSections sections_;  ///< as written, in file order
  ConfigSection* find(const ConfigName& name);
};

}  // namespace pivot::workspace
