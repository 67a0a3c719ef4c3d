// The settings of a project: four levels of files (system, global, repo, local), the later one wins. DVC's own settings
// live in .dvc/config and its companions, ours in .pivot/config and its.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "workspace/config_file.h"

namespace pivot::workspace {

enum class ConfigLevel : std::uint8_t {
  system,  ///< /etc/xdg/dvc/config, $DVC_SYSTEM_CONFIG_DIR/config
  global,  ///< ~/.config/dvc/config, $DVC_GLOBAL_CONFIG_DIR/config
  repo,    ///< <root>/.dvc/config
  local,   ///< <root>/.dvc/config.local
};

inline constexpr std::array kConfigLevels{ConfigLevel::system, ConfigLevel::global, ConfigLevel::repo,
                                          ConfigLevel::local};

/// Where the file of a level is; "" for repo and local without a root. `ours`: pivot's own file (.pivot/config,
/// ~/.config/pivot/config, $PIVOT_GLOBAL_CONFIG_DIR/config, ...).
std::string config_path(ConfigLevel level, const std::optional<std::string>& root, bool ours = false);

/// A remote with all its options; a `remote://` URL is already resolved to the remote that it stands on.
struct RemoteConfig {
  std::string name;
  std::string url;  ///< absolute path or URL
  std::vector<std::pair<std::string, std::string>> options;
  const std::string* find(std::string_view key) const;
};

/// An error's message without the words that name its kind, for a text that says so itself.
std::string without_config_prefix(const std::string& message);

/// A remote that the settings don't name: "remote 'x' doesn't exist".
class UnknownRemote : public Error {
  using Error::Error;
};

class Config {
 public:
  /// Reads all levels (repo and local only with a root) and checks them. Throws Error (config, 251).
  static Config load(const std::optional<std::string>& root, Disk& disk = real_disk());
  /// The same without the checks: what `config` prints.
  static Config load_unchecked(const std::optional<std::string>& root, Disk& disk = real_disk());

  /// Lays settings over those of all levels. Throws Error (config) for one that DVC would refuse.
  void lay_over(const ConfigSections& above);

  /// The value of the strongest level; path settings are absolute. Sections of ours are found too.
  std::optional<std::string> get(std::string_view group, std::string_view key) const;
  /// remote.<name>.<key>, db.<name>.<key>.
  std::optional<std::string> get_named(std::string_view group, std::string_view name, std::string_view key) const;
  bool get_bool(std::string_view group, std::string_view key, bool fallback) const;
  std::int64_t get_int(std::string_view group, std::string_view key, std::int64_t fallback) const;
  double get_real(std::string_view group, std::string_view key, double fallback) const;

  /// The cache folder, absolute: cache.dir or <root>/.dvc/cache.
  std::string cache_dir() const;
  /// core.remote in lower case, nullopt when there is none.
  std::optional<std::string> default_remote() const;
  std::vector<std::string> remotes() const;
  /// Throws UnknownRemote (config).
  RemoteConfig remote(std::string_view name) const;
  /// What DVC warns about while loading; "" for nothing.
  std::string warning() const { return unsupported_features(merged_); }

 private:
  RemoteConfig resolve_remote(std::string_view name, int depth) const;

  std::optional<std::string> root_;
  ConfigSections merged_, ours_;
};

/// Lays `above` over `below`, setting by setting.
void merge(ConfigSections& below, const ConfigSections& above);

}  // namespace pivot::workspace
