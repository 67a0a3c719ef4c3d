// configobj's INI dialect as DVC's config files use it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivot::text {

/// One file: sections in order, each with key -> value in order. Keys and section names are lower-cased (ASCII), as
/// DVC does:
/// `['remote "X"']` is the section named `remote "x"`. Keys in front of the first section are in one with an empty
/// name.
struct Ini {
  struct Section {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;
    /// Values that were written as lists (`a, b`): their members. In `values` these stand joined by ",".
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
  };
  std::vector<Section> sections;
  /// Throws Error (config) with configobj's text for a bad line: `Invalid line ('...') (matched as neither section
  /// nor keyword) at line N.`
  static Ini parse(std::string_view text, const std::string& name);
  const std::string* find(std::string_view section, std::string_view key) const;
  void set(std::string_view section, std::string_view key, std::string value);
  bool unset(std::string_view section, std::string_view key);
  /// As DVC writes it: 4-space indent, no blank lines, plain sections first (then remotes, machines, dbs), empty
  /// sections dropped, values quoted where needed; nothing at all is one empty line. Throws Error (config) for a
  /// value that no quotes can hold.
  std::string dump() const;
};

}  // namespace pivot::text
