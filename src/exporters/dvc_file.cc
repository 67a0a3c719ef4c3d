#include <algorithm>
#include <iterator>

#include "base/hash.h"
#include "base/strings.h"
#include "exporters/dvc_file_value.h"
#include "exporters/dvc_lock.h"
#include "exporters/yaml_update.h"
#include "text/json.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

/// Keys that say nothing about where the data comes from, at any depth.
bool is_left_out(const Value& key) {
  static constexpr const char* kKeys[] = {"desc",   "type",   "labels",  "meta",   "locked", "frozen",
                                          "metric", "persist", "isexec", "size", "nfiles"};
  return key.is_string() && std::any_of(std::begin(kKeys), std::end(kKeys), [&](const char* k) { return key.as_string() == k; });
}

Value without_left_out(const Value& value) {
  if (value.is_list()) {
    List out;
    for (const auto& element : value.as_list()) out.push_back(without_left_out(element));
    return Value(std::move(out));
  }
  if (!value.is_map()) return value;
  Map out;
  for (const auto& [key, element] : value.as_map().items) {
    if (!is_left_out(key)) out.items.emplace_back(key, without_left_out(element));
  }
  return Value(std::move(out));
}

}  // namespace

std::string import_md5(const model::Stage& stage) {
  auto value = without_left_out(dvc_file_value(stage));
  value.as_map().erase("md5");
  text::json::Style style;
  style.sort_keys = true;
  return md5_hex(text::json::dump(value, style));
}

std::string write_dvc_file(const model::Stage& stage, std::string_view old) {
  const auto value = dvc_file_value(stage);
  if (trim(old).empty()) return text::yaml::dump(value);
  return update_yaml(text::yaml::roundtrip(old), value, UpdateStyle::as_dvc);
}

}  // namespace pivot::exporters
