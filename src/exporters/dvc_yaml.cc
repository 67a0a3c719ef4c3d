// Edits of dvc.yaml by stage.
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "exporters/dvc_lock.h"
#include "exporters/yaml_update.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

/// A copy of the document whose `stages` (made when missing) can be changed without touching the original.
Value with_own_stages(const Value& document) {
  Map out;
  if (document.is_map()) out.items = document.as_map().items;
  const Value* stages = out.find("stages");
  Map own;
  if (stages != nullptr && stages->is_map()) own.items = stages->as_map().items;
  out.set("stages", Value(std::move(own)));
  return Value(std::move(out));
}

Map& stages_of(Value& document) { return document.as_map().find("stages")->as_map(); }

}  // namespace

std::string add_stage(std::string_view dvc_yaml, const std::string& name, const Value& stage) {
  auto wanted = with_own_stages(text::yaml::load(dvc_yaml));
  stages_of(wanted).set(name, stage);
  return update_yaml(std::string(dvc_yaml), wanted, UpdateStyle::keep_text);
}

std::string edit_stages(const std::string& dvc_yaml, const Value& document, const std::vector<std::string>& removed, const Map& stages) {
  auto wanted = with_own_stages(document);
  auto& own = stages_of(wanted);
  std::unordered_map<std::string, std::size_t> places;
  const std::unordered_set<std::string> gone(removed.begin(), removed.end());
  std::erase_if(own.items, [&gone](const Map::Item& item) { return item.first.is_string() && gone.count(item.first.as_string()) != 0; });
  for (std::size_t i = 0; i < own.items.size(); ++i)
    if (own.items[i].first.is_string()) places.emplace(own.items[i].first.as_string(), i);
  for (const auto& [name, stage] : stages.items) {
    const auto found = places.find(name.as_string());
    if (found == places.end()) {
      own.items.emplace_back(name, stage);
    } else {
      own.items[found->second].second = stage;
    }
  }
  if (own.empty()) return "";
  return update_yaml(dvc_yaml, document, wanted, UpdateStyle::keep_text);
}

std::string remove_stage(std::string_view dvc_yaml, const std::string& name) {
  auto wanted = with_own_stages(text::yaml::load(dvc_yaml));
  if (!stages_of(wanted).erase(name)) return std::string(dvc_yaml);
  if (stages_of(wanted).empty()) return "";
  return update_yaml(std::string(dvc_yaml), wanted, UpdateStyle::keep_text);
}

std::string set_frozen(std::string_view dvc_yaml, const std::string& name, bool frozen) {
  auto wanted = with_own_stages(text::yaml::load(dvc_yaml));
  Value* stage = stages_of(wanted).find(name);
  if (stage == nullptr || !stage->is_map()) return std::string(dvc_yaml);
  Map changed;
  changed.items = stage->as_map().items;
  if (frozen) {
    changed.set("frozen", Value(true));
  } else {
    changed.erase("frozen");
  }
  *stage = Value(std::move(changed));
  return update_yaml(std::string(dvc_yaml), wanted, UpdateStyle::keep_text);
}

}  // namespace pivot::exporters
