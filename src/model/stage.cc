#include "model/stage.h"

#include "base/path.h"
#include "base/strings.h"

namespace pivot::model {

std::string Stage::address() const { return address_from("."); }

std::string Stage::address_from(const std::string& cwd) const {
  const auto rel = path::relative(file, cwd);
  if (is_data()) return rel;
  // The folder's Python pipeline shares the names with its dvc.yaml.
  return rel == "dvc.yaml" || (callable != nullptr && path::dirname(rel).empty()) ? name : cat(rel, ":", name);
}

bool CodeEntry::same_key(const CodeEntry& other) const {
  return key == other.key || (key.starts_with("self:") && other.key.starts_with("self:"));
}

}  // namespace pivot::model
