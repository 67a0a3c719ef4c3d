// Edits of dvc.yaml by stage.
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
