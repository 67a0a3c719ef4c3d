#include "commands/command.h"

namespace pivot::commands {

const std::vector<std::string>* Args::find(std::string_view dest) const {
  if (const auto it = raw.find(dest); it != raw.end()) return &it->second;
  if (const auto it = defaults.find(dest); it != defaults.end()) return &it->second;
  return nullptr;
}

bool Args::flag(std::string_view dest) const {
  const auto* words = find(dest);
  return words != nullptr && !words->empty() && words->back() != "0";
}

int Args::count(std::string_view dest) const {
  const auto* words = find(dest);
  return words == nullptr ? 0 : static_cast<int>(words->size());
}

std::optional<std::string> Args::value(std::string_view dest) const {
  const auto* words = find(dest);
  if (words == nullptr || words->empty()) return std::nullopt;
  return words->back();
}

std::string Args::value_or(std::string_view dest, std::string fallback) const {
  auto found = value(dest);
  return found ? *std::move(found) : std::move(fallback);
}

const std::vector<std::string>& Args::values(std::string_view dest) const {
  static const std::vector<std::string> kNone;
  const auto* words = find(dest);
  return words == nullptr ? kNone : *words;
}

bool Args::given(std::string_view dest) const { return raw.find(dest) != raw.end(); }

}  // namespace pivot::commands
