// `pivot params diff`: how parameters differ between two revisions, or a revision and the workspace.
#include <map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "engine/param_path.h"
#include "git/git.h"
#include "text/json.h"
#include "text/params_file.h"
#include "workspace/collection.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

/// Params files with the keys that are looked at; an empty list means the whole file.
using Wanted = std::map<std::string, std::vector<std::string>>;

Wanted wanted_params(Workspace& ws, const Args& args) {
  Wanted out;
  for (const auto& target : args.values("targets")) out[path::normalize(path::join(ws.cwd(), target))];
  if (!out.empty()) return out;
  std::vector<std::string> whole;
  for (const auto& [file, sections] : ws.stages().files) {
    if (!sections.params.is_list() || args.flag("deps")) continue;
    for (const auto& item : sections.params.as_list())
      if (item.is_string()) whole.push_back(path::normalize(path::join(path::dirname(file), item.as_string())));
  }
  if (!args.flag("deps")) whole.emplace_back("params.yaml");
  for (const auto& stage : ws.stages().stages)
    for (const auto& dep : stage.params) {
      if (dep.keys.empty()) whole.push_back(dep.file);
      auto& keys = out[dep.file];
      for (const auto& key : dep.keys)
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  for (const auto& file : whole) out[file].clear();
  return out;
}

std::optional<std::string> content_of(Workspace& ws, const std::string& rev, const std::string& file) {
  if (rev == "workspace") return ws.disk().read(ws.absolute(file));
  return ws.git().read(rev, path::relative(ws.absolute(file), ws.git().root()));
}

/// The values of one file in one revision, flattened; an absent file has none.
Map values_of(Workspace& ws, const std::string& rev, const std::string& file, const std::vector<std::string>& keys, Reporter& out) {
  const auto content = content_of(ws, rev, file);
  if (!content) return {};
  try {
    const auto parsed = text::parse_params(*content, file);
    if (keys.empty()) return flatten(parsed);
    Map picked;
    for (const auto& key : keys)
      if (const auto* value = engine::find_param(parsed, key)) picked.set(key, *value);
    return flatten(picked);
  } catch (const Error& e) {
    out.error(cat("DVC failed to load some params for following revisions: '", rev, "'."));
    return {};
  }
}

/// Containers are compared and shown as text, as DVC does.
Value shown_value(const Value* value) {
  if (value == nullptr) return {};
  return value->is_list() ? Value(python_repr(*value)) : *value;
}

Value number_difference(const Value& before, const Value& after) {
  auto number = [](const Value& v) { return v.is_int() || v.is_real() || v.is_bool(); };
  if (!number(before) || !number(after)) return {};
  auto whole = [](const Value& v) { return v.is_bool() ? std::int64_t{v.as_bool()} : v.as_int(); };
  auto real = [&](const Value& v) { return v.is_real() ? v.as_real() : static_cast<double>(whole(v)); };
  if (before.is_real() || after.is_real()) return real(after) - real(before);
  return whole(after) - whole(before);
}

Map file_diff(const Map& before, const Map& after, bool all) {
  std::vector<std::string> keys;
  for (const auto* side : {&before, &after})
    for (const auto& [key, value] : side->items)
      if (side == &before || before.find(key.as_string()) == nullptr) keys.push_back(key.as_string());
  std::sort(keys.begin(), keys.end());
  Map out;
  for (const auto& key : keys) {
    const auto old_value = shown_value(before.find(key)), new_value = shown_value(after.find(key));
    if (!all && python_equal(old_value, new_value)) continue;
    Map entry;
    entry.set("old", old_value);
    entry.set("new", new_value);
    if (const auto diff = number_difference(old_value, new_value); !diff.is_null()) entry.set("diff", diff);
    out.items.emplace_back(key, std::move(entry));
  }
  return out;
}

}  // namespace

Outcome run_params_diff(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto a = args.value_or("a_rev", "HEAD"), b = args.value_or("b_rev", "workspace");
  if (!ws.git().exists()) throw Error("failed to show params diff - not a Git repository", ErrorKind::refusal);
  for (const auto& rev : {a, b})
    if (rev != "workspace" && !ws.git().has_rev(rev) && rev != "HEAD") throw Error(cat("unknown Git revision '", rev, "'"), ErrorKind::refusal);
  Map diff;
  for (const auto& [file, keys] : wanted_params(ws, args)) {
    auto values = [&](const std::string& rev) {
      return rev != "workspace" && !ws.git().has_rev(rev) ? Map{} : values_of(ws, rev, file, keys, session.out());
    };
    auto changes = file_diff(values(a), values(b), args.flag("all"));
    if (!changes.empty()) diff.items.emplace_back(path::relative(file, ws.cwd()), std::move(changes));
  }
  if (args.flag("json")) return {0, cat(text::json::dump(diff), "\n")};
  const bool with_path = !args.flag("no_path");
  std::vector<std::string> header{"Path", "Param", a, b};
  if (!with_path) header.erase(header.begin());
  std::vector<std::vector<std::string>> rows;
  for (const auto& [file, changes] : diff.items)
    for (const auto& [key, entry] : changes.as_map().items) {
      std::vector<std::string> row{key.as_string(), cell_text(*entry.as_map().find("old"), 5), cell_text(*entry.as_map().find("new"), 5)};
      if (with_path) row.insert(row.begin(), file.as_string());
      rows.push_back(std::move(row));
    }
  return {0, table_text(header, rows, args.flag("markdown"))};
}

}  // namespace pivot::commands
