// Vega-Lite templates: specifications with anchors (`<DVC_METRIC_DATA>`) that a plot fills in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

namespace pivot::commands::plots {

/// A template that comes with the program.
struct BuiltInTemplate {
  std::string_view name;
  std::string_view json;
};
/// In DVC's order: simple, linear, confusion, ...
const std::vector<BuiltInTemplate>& built_in_templates();

/// A template by name: a file in `folder` (with or without ".json"), a path as seen from `cwd`, or a built-in one. Throws Error
/// "Template 'x' not found.".
Value load_template(const std::string& name, const std::string& folder, const std::string& cwd);

/// "<DVC_METRIC_X_LABEL>" for "x_label".
std::string anchor(std::string_view name);
bool has_anchor(const Value& content, std::string_view name);
/// Replaces an anchor: where it is a whole string by the value, within longer strings (of maps) by its text.
Value fill_anchor(const Value& content, std::string_view name, const Value& value);

}  // namespace pivot::commands::plots
