#include "commands/config_edit.h"

#include "base/error.h"
#include "base/strings.h"

namespace pivot::commands {

using workspace::Config;
using workspace::ConfigFile;
using workspace::ConfigLevel;
using workspace::ConfigSections;

namespace {

ConfigFile read_level(const std::optional<std::string>& root, ConfigLevel level, bool ours) {
  auto file = workspace::config_path(level, root, ours);
  if (file.empty()) fail_config("Not inside a DVC repo");
  return ConfigFile::read(real_disk(), std::move(file));
}

}  // namespace

void fail_config(std::string_view what) {
  throw Error(cat("configuration error - config file error: ", what), ErrorKind::config);
}

std::optional<ConfigLevel> config_level(const Args& args) {
  const auto word = args.value("level");
  if (!word) return std::nullopt;
  if (*word == "system") return ConfigLevel::system;
  if (*word == "global") return ConfigLevel::global;
  return *word == "local" ? ConfigLevel::local : ConfigLevel::repo;
}

ConfigEdit::ConfigEdit(Session& session, const std::optional<std::string>& root, ConfigLevel level, bool ours)
    : session_(session), root_(root), level_(level), ours_(ours), file_(read_level(root, level, ours)) {}

ConfigSections ConfigEdit::merged() const {
  ConfigSections out;
  for (const auto level : workspace::kConfigLevels) {
    if (level > level_) break;
    const auto file = workspace::config_path(level, root_, ours_);
    if (file.empty()) continue;
    workspace::merge(out, file == file_.path() ? file_.sections() : ConfigFile::read(real_disk(), file).sections());
  }
  return out;
}

void ConfigEdit::save() {
  const auto all = merged();
  if (const auto warning = workspace::unsupported_features(all); !warning.empty()) session_.out().warning(warning);
  if (ours_) {
    validate_ours(all);
  } else {
    validate(all);
  }
  file_.save(real_disk());
  // As DVC: the change is made, but what is wrong in a stronger level is said.
  Config::load(root_, real_disk());
}

}  // namespace pivot::commands
