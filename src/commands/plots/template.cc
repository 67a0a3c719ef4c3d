#include "commands/plots/template.h"

#include <algorithm>

#include "base/disk.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/json.h"

namespace pivot::commands::plots {

namespace {

Value replace(const Value& content, const std::string& anchor, const Value& value) {
  if (content.is_map()) {
    Map out;
    for (const auto& [key, item] : content.as_map().items) {
      if (item.is_string() && item.as_string() != anchor && value.is_string()) {
        out.items.emplace_back(key, replace_all(item.as_string(), anchor, value.as_string()));
      } else {
        out.items.emplace_back(key, replace(item, anchor, value));
      }
    }
    return out;
  }
  if (content.is_list()) {
    List out;
    for (const auto& item : content.as_list()) out.push_back(replace(item, anchor, value));
    return out;
  }
  return content.is_string() && content.as_string() == anchor ? value : content;
}

bool contains(const Value& content, const std::string& anchor) {
  if (content.is_map())
    return std::any_of(content.as_map().items.begin(), content.as_map().items.end(), [&](const auto& item) { return contains(item.second, anchor); });
  if (content.is_list())
    return std::any_of(content.as_list().begin(), content.as_list().end(), [&](const auto& item) { return contains(item, anchor); });
  return content.is_string() && content.as_string() == anchor;
}

Value read_template(const std::string& file) {
  auto content = text::json::parse(real_disk().read(file).value_or(""), file);
  if (!content.is_map()) throw Error(cat("the plot template '", file, "' is not a JSON object"));
  return content;
}

bool is_file(const std::string& p) {
  const auto stat = real_disk().stat(p);
  return stat && stat->type == FileType::file;
}

}  // namespace

Value load_template(const std::string& name, const std::string& folder, const std::string& cwd) {
  const auto suffix = path::extension(name);
  const auto with_json = cat(name.substr(0, name.size() - suffix.size()), ".json");
  for (const auto& file : {path::join(folder, name), path::join(folder, with_json), path::join(cwd, name)})
    if (is_file(file)) return read_template(file);
  for (const auto& known : built_in_templates())
    if (known.name == name) return text::json::parse(known.json);
  throw Error(cat("Template '", name, "' not found."), ErrorKind::unexpected);
}

std::string anchor(std::string_view name) {
  std::string out = "<DVC_METRIC_";
  for (char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out + ">";
}

bool has_anchor(const Value& content, std::string_view name) { return contains(content, anchor(name)); }
Value fill_anchor(const Value& content, std::string_view name, const Value& value) { return replace(content, anchor(name), value); }

}  // namespace pivot::commands::plots
