// Which settings there are and what they may hold: DVC's schema, and ours for .pivot/config.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivot::workspace {

/// Settings of one section: `core`, or one of a kind that has many, like the remote `name`.
struct ConfigSection {
  std::string group;  ///< "core", "remote", "db"; "" for keys that stand in no section
  std::string name;   ///< of a remote, db or machine; "" otherwise
  std::vector<std::pair<std::string, std::string>> values;
  const std::string* find(std::string_view key) const;
};

using ConfigSections = std::vector<ConfigSection>;

/// remote, machine, db: sections that have a name.
bool has_named_sections(std::string_view group);

/// True for run, fingerprint, ui, queue and worker: settings of ours, which go to .pivot/config because real DVC
/// refuses what it does not know.
bool is_ours(std::string_view group);

/// True for sections without names that DVC or we know: core, cache, run, ...
bool is_known_section(std::string_view group);

/// True for settings that hold a path, kept relative to the folder of their file.
bool is_path_setting(std::string_view group, std::string_view key);

/// Throws Error (config) with DVC's text for the first setting that DVC would refuse.
void validate(const ConfigSections& sections);
/// The same for the files of ours (.pivot/config).
void validate_ours(const ConfigSections& sections);

/// Keys of the `feature` section that DVC warns about: "'feature.x' config option is unsupported"; "" when there are
/// none.
std::string unsupported_features(const ConfigSections& sections);

}  // namespace pivot::workspace
