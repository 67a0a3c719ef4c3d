// `pivot plots modify`: how an output is drawn, in its entry of dvc.yaml. A data output becomes a plot.
#include <algorithm>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/plots/template.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

Map entry(const std::string& path, const Value& details) {
  Map out;
  out.set(path, details);
  return out;
}

const std::string& path_of(const Value& item) { return item.is_map() ? item.as_map().items.at(0).first.as_string() : item.as_string(); }

/// Takes an out from the section of its stage where it stands; gives its flags and properties.
Map take_entry(Map& stage, const std::string& path) {
  for (const char* section : {"plots", "outs", "metrics"}) {
    auto* list = stage.find(section);
    if (list == nullptr || !list->is_list()) continue;
    List kept;
    std::optional<Map> details;
    for (const auto& item : list->as_list()) {
      if (path_of(item) != path) {
        kept.push_back(item);
      } else {
        details = item.is_map() && item.as_map().items[0].second.is_map() ? item.as_map().items[0].second.as_map() : Map{};
      }
    }
    if (!details) continue;
    if (kept.empty()) {
      stage.erase(section);
    } else {
      stage.set(section, std::move(kept));
    }
    return *details;
  }
  throw Error(cat("the entry of '", path, "' is generated: edit dvc.yaml by hand"));
}

void check_unset(const model::Out& out, const std::vector<std::string>& unset) {
  List missing;
  for (const auto& name : unset)
    if (!out.plot.is_map() || out.plot.as_map().find(name) == nullptr) missing.emplace_back(name);
  if (!missing.empty()) throw Error(cat("display properties ", python_repr(missing), " not found in plot '", out.path, "'"));
}

std::string edited(const std::string& text, const model::Stage& stage, const model::Out& out, const Map& props, const std::vector<std::string>& unset) {
  auto document = text::yaml::load(text);
  auto* stages = document.is_map() ? document.as_map().find("stages") : nullptr;
  const auto* found = stages != nullptr && stages->is_map() ? stages->as_map().find(stage.name) : nullptr;
  if (found == nullptr || !found->is_map() || found->as_map().find("outs") == nullptr) {
    if (found == nullptr || !found->is_map() || found->as_map().find("cmd") == nullptr)
      throw Error(cat("cannot dump a parametrized stage: '", stage.name, "'"));
  }
  auto changed = found->clone().as_map();
  auto details = take_entry(changed, out.path);
  for (const auto& name : unset) details.erase(name);
  for (const auto& [key, value] : props.items) details.set(key.as_string(), value);
  List plots;
  if (const auto* list = changed.find("plots"); list != nullptr && list->is_list()) plots = list->as_list();
  plots.push_back(details.empty() ? Value(out.path) : Value(entry(out.path, std::move(details))));
  std::stable_sort(plots.begin(), plots.end(), [](const auto& a, const auto& b) { return path_of(a) < path_of(b); });
  changed.set("plots", std::move(plots));
  return exporters::add_stage(text, stage.name, changed);
}

}  // namespace

Outcome run_plots_modify(Session& session, const Args& args) {
  auto& ws = session.workspace();
  Map props;
  for (const char* name : {"template", "x", "y", "x_label", "y_label", "title"})
    if (const auto value = args.value(name)) props.set(name, *value);
  if (args.given("header")) props.set("header", args.flag("header"));
  if (const auto name = args.value("template")) plots::load_template(*name, cat(ws.dvc_dir(), "/plots"), session.cwd());
  ws.lock().acquire();
  const auto typed = args.value_or("target", "");
  ws.stages().check();
  const auto [id, index] = ws.stages().outs().find(workspace::to_root(ws, typed));
  if (id < 0) throw Error(cat("Unable to find DVC file with output '", typed, "'"));
  const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
  const auto& out = stage.outs[static_cast<std::size_t>(index)];
  const auto& unset = args.values("unset");
  if (out.kind != model::OutKind::plot && args.given("unset"))
    throw Error(cat("'", out.path, "' is not a known plot. Use `dvc plots modify` to turn it into one."));
  if (stage.is_data()) throw Error(cat("'", typed, "' belongs to a .dvc file: list it under `plots:` in a dvc.yaml instead"));
  check_unset(out, unset);
  const auto file = ws.absolute(stage.file);
  const auto text = ws.disk().read(file).value_or("");
  if (const auto now = edited(text, stage, out, props, unset); now != text) {
    ws.disk().write_atomic(file, now);
    session.out().info(cat("Modifying stage '", stage.name, "' in '", path::relative(stage.file, ws.cwd()), "'"));
    ws.note_written(stage.file);
  }
  ws.finish();
  return {};
}

}  // namespace pivot::commands
