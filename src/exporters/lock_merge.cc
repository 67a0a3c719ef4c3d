#include "exporters/lock_merge.h"

#include "exporters/dvc_lock.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

std::vector<std::string> stage_names(const std::string& lock) {
  std::vector<std::string> out;
  const auto document = text::yaml::load(lock);
  const auto* stages = document.is_map() ? document.as_map().find("stages") : nullptr;
  if (stages != nullptr && stages->is_map())
    for (const auto& [name, entry] : stages->as_map().items) out.push_back(python_str(name));
  return out;
}

}  // namespace

LockMerge merge_locks(const std::string& ancestor, const std::string& ours, const std::string& theirs) {
  const DvcLockWriter before(ancestor), left(ours), right(theirs);
  DvcLockWriter merged(ours);
  LockMerge out;
  auto settle = [&](const std::string& name) {
    const std::string was(before.entry_text(name)), mine(left.entry_text(name)), other(right.entry_text(name));
    if (mine == other || was == other) return;
    if (was == mine) {
      other.empty() ? static_cast<void>(merged.remove(name)) : static_cast<void>(merged.set_text(name, other));
      return;
    }
    // Removed on one side and run on the other: the run counts, a stage that is gone takes no harm from it.
    if (mine.empty()) merged.set_text(name, other);
    if (!mine.empty() && !other.empty()) out.conflicts.push_back(name);
  };
  for (const auto& name : stage_names(ours)) settle(name);
  for (const auto& name : stage_names(theirs))
    if (left.entry_text(name).empty()) settle(name);
  if (!merged.empty()) out.text = merged.text();
  return out;
}

}  // namespace pivot::exporters
