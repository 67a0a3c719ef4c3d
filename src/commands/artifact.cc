#include "commands/artifact.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/path.h"
#include "base/strings.h"
#include "workspace/collection.h"

namespace pivot::commands {

namespace {

using Version = std::array<int, 3>;

/// "1.2.3"; nothing else.
std::optional<Version> version_of(std::string_view text) {
  Version out{};
  const auto parts = split(text, '.');
  if (parts.size() != out.size()) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), out[i]);
    if (error != std::errc() || end != parts[i].data() + parts[i].size()) return std::nullopt;
  }
  return out;
}

std::string tag_name(const Artifact& wanted) { return replace_all(wanted.name, ":", "="); }

/// The tag of the wanted version or stage; "" when there is none.
std::string tag_of(git::Git& git, const Artifact& wanted) {
  std::string found;
  Version latest{-1, -1, -1};
  int number = -1;
  for (const auto& tag : git.tags()) {
    const auto versions = cat(tag_name(wanted), "@v"), stages = cat(tag_name(wanted), "#", wanted.stage, "#");
    if (!wanted.stage.empty()) {
      int n = 0;
      if (tag.starts_with(stages) && std::from_chars(tag.data() + stages.size(), tag.data() + tag.size(), n).ec == std::errc() && n > number) number = n, found = tag;
    } else if (tag.starts_with(versions)) {
      const auto version = version_of(std::string_view(tag).substr(versions.size()));
      const bool fits = wanted.version.empty() ? version && *version > latest : cat("v", tag.substr(versions.size())) == wanted.version;
      if (version && fits) latest = *version, found = tag;
    }
  }
  return found;
}

[[noreturn]] void refuse_unknown(const Artifact& wanted) {
  const auto what = !wanted.version.empty() ? cat(" @ ", wanted.version) : !wanted.stage.empty() ? cat(" @ ", wanted.stage) : "";
  throw NoArtifact(cat("Unable to find artifact '", wanted.name, what, "'"));
}

}  // namespace

std::string artifact_commit(git::Git& git, const Artifact& wanted) {
  const auto tag = tag_of(git, wanted);
  const auto commit = tag.empty() ? std::nullopt : git.resolve(cat("refs/tags/", tag));
  if (!commit) refuse_unknown(wanted);
  return *commit;
}

std::string artifact_path(workspace::Revision& revision, const Artifact& wanted) {
  const auto colon = wanted.name.rfind(':');
  const auto folder = colon == wanted.name.npos ? "" : wanted.name.substr(0, colon);
  const auto name = colon == wanted.name.npos ? wanted.name : wanted.name.substr(colon + 1);
  for (const auto& [file, sections] : revision.stages().files) {
    const auto at = path::dirname(file);
    if ((at == "." ? "" : at) != folder || !sections.artifacts.is_map()) continue;
    const auto* artifact = sections.artifacts.as_map().find(name);
    const auto* target = artifact != nullptr && artifact->is_map() ? artifact->as_map().find("path") : nullptr;
    if (target != nullptr && target->is_string()) return path::normalize(path::join(folder, target->as_string()));
  }
  refuse_unknown(wanted);
}

}  // namespace pivot::commands
