// `pivot stage list`: the stages with one line about each.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/collection.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

constexpr std::size_t kMaxDescription = 80;  // characters

std::string generated_description(const model::Stage& stage) {
  std::string outs, reports, deps;
  auto add = [](std::string& list, const std::string& name) { list += cat(list.empty() ? "" : ", ", name); };
  for (const auto& out : stage.outs) add(out.kind == model::OutKind::data ? outs : reports, out.path);
  for (const auto& dep : stage.deps) add(deps, dep.path);
  for (const auto& param : stage.params) add(deps, param.path);
  if (stage.outs.empty()) return deps.empty() ? "No outputs or dependencies" : cat("Depends on ", deps);
  if (reports.empty()) return cat("Outputs ", outs);
  if (outs.empty()) return cat("Reports ", reports);
  return cat("Outputs ", outs, "; Reports ", reports);
}

/// At most kMaxDescription characters; the last one says that something was cut.
std::string shortened(const std::string& text) {
  if (utf8_length(text) <= kMaxDescription) return text;
  std::size_t end = 0, count = 0;
  while (end < text.size()) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 && ++count == kMaxDescription) break;
    ++end;
  }
  return text.substr(0, end) + "\xe2\x80\xa6";
}

std::string description(const model::Stage& stage) {
  const auto lines = python_splitlines(stage.desc);
  return shortened(!lines.empty() && !lines[0].empty() ? lines[0] : generated_description(stage));
}

std::vector<model::StageId> wanted_stages(workspace::Workspace& ws, const Args& args) {
  auto& collection = ws.stages();
  if (args.flag("all")) {
    std::vector<model::StageId> all;
    for (std::size_t i = 0; i < collection.stages.size(); ++i) all.push_back(static_cast<model::StageId>(i));
    return all;
  }
  const auto targets = args.given("targets") ? args.values("targets") : std::vector<std::string>{};
  const bool python = std::any_of(collection.python_files.begin(), collection.python_files.end(), [&](const auto& file) {
    return path::normalize(cat("./", path::dirname(file))) == ws.cwd();
  });
  if (targets.empty() && !python && !collection.has_file(path::normalize(path::join(ws.cwd(), "dvc.yaml"))) && !args.flag("fail"))
    throw Error(cat("'", ws.absolute(path::normalize(path::join(ws.cwd(), "dvc.yaml"))), "' does not exist"));
  return workspace::Targets(collection, ws.root(), ws.cwd()).stages(targets, args.flag("recursive"), false);
}

}  // namespace

Outcome run_stage_list(Session& session, const Args& args) {
  auto& ws = session.workspace();
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t width = 0;
  for (auto id : wanted_stages(ws, args)) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    rows.emplace_back(stage.address_from(ws.cwd()), args.flag("name_only") ? "" : description(stage));
    width = std::max(width, utf8_length(rows.back().first));
  }
  std::string text;
  for (const auto& [name, about] : rows) {
    text += name;
    if (!args.flag("name_only")) text += cat(std::string(width - utf8_length(name) + 2, ' '), about);
    text += '\n';
  }
  return {0, text};
}

}  // namespace pivot::commands
