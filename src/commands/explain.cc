// `pivot explain`: why a stage would run, in the words of the scan that decides it.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/original_locks.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/explanation.h"
#include "engine/plan.h"
#include "engine/scan.h"
#include "git/git.h"
#include "text/json.h"
#include "text/line_diff.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/stage_lockbook.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using engine::Reason;
using workspace::Workspace;

/// The lines of the function, class or constant `name` in a Python source: from its first line to the next one that is indented no deeper.
std::string definition(const std::string& source, std::string_view name) {
  std::string out;
  std::size_t depth = 0;
  for (const auto& line : python_splitlines(source)) {
    const auto indent = line.find_first_not_of(" \t");
    if (!out.empty()) {
      if (indent != line.npos && indent <= depth && line[indent] != ')' && line[indent] != ']' && line[indent] != '}') break;
      out += cat(line, "\n");
      continue;
    }
    if (indent == line.npos) continue;
    auto rest = std::string_view(line).substr(indent);
    for (const std::string_view word : {"async def ", "def ", "class "})
      if (rest.starts_with(word)) rest.remove_prefix(word.size());
    if (!rest.starts_with(name) || rest.size() == name.size() || std::string_view("(:= ").find(rest[name.size()]) == std::string_view::npos) continue;
    depth = indent;
    out = cat(line, "\n");
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

/// The part of the code as Git has it in HEAD beside what it is now; "" when there is nothing to compare.
std::string code_diff(Workspace& ws, const Reason& reason) {
  if (reason.place.file.empty() || path::is_absolute(reason.place.file) || !ws.git().exists()) return "";
  auto name = std::string_view(reason.key);
  name = name.substr(name.find_last_of(".:") + 1);
  const auto now = ws.disk().read(ws.absolute(reason.place.file));
  std::optional<std::string> old;
  try {
    if (ws.git().has_rev("HEAD")) old = ws.git().read("HEAD", path::relative(ws.absolute(reason.place.file), ws.git().root()));
  } catch (const Error&) {
    return "";
  }
  if (!now || !old) return "";
  const auto before = definition(*old, name), after = definition(*now, name);
  if (before.empty() || after.empty() || before == after) return "";
  std::string out;
  for (const auto& line : text::line_diff(before, after)) out += cat("        ", line, "\n");
  return out;
}

std::string reason_line(const engine::Verdict& verdict) {
  auto has = [&](Reason::Kind kind) { return verdict.has(kind); };
  if (has(Reason::Kind::always)) return "It always runs";
  if (has(Reason::Kind::command)) return "It has not run yet";
  if (has(Reason::Kind::code)) return "Code dependency changed";
  if (has(Reason::Kind::param)) return "Parameters changed";
  if (has(Reason::Kind::dep)) return "Dependencies changed";
  if (has(Reason::Kind::read)) return "A file that it reads without declaring it changed";
  if (has(Reason::Kind::distribution)) return "Package versions changed";
  return "Outputs are missing or changed";
}

std::string text_of(const Value& v, const char* absent) { return v.is_null() ? absent : v.is_string() ? v.as_string() : python_repr(v); }

/// The reasons of some kinds under a title: name, old, new and where.
std::string section(Workspace& ws, const engine::Verdict& verdict, const char* title, std::initializer_list<Reason::Kind> kinds) {
  std::string out;
  for (const auto& reason : verdict.reasons) {
    if (std::find(kinds.begin(), kinds.end(), reason.kind) == kinds.end()) continue;
    if (out.empty()) out = cat("\n  ", title, ":\n");
    const auto name = !reason.key.empty() ? reason.key : path::relative(reason.file, ws.cwd());
    const bool gone = reason.change == engine::Change::deleted || reason.change == engine::Change::not_in_cache;
    out += cat("    ", name, gone ? cat(" (", engine::change_name(reason.change), ")") : "", "\n      Old: ", text_of(reason.before, "-"),
               "\n      New: ", text_of(reason.after, "-"), "\n");
    if (reason.place.file.empty()) continue;
    out += cat("      File: ", path::is_absolute(reason.place.file) ? reason.place.file : path::relative(reason.place.file, ws.cwd()), ":",
               std::to_string(reason.place.line), "\n");
    if (const auto diff = code_diff(ws, reason); !diff.empty()) out += cat("      Since the last commit:\n", diff);
  }
  return out;
}

std::string callable_text(Workspace& ws, const model::Stage& stage, const engine::Verdict& verdict) {
  auto out = cat("Stage: ", stage.address_from(ws.cwd()), "\n  Status: ", verdict.changed() ? "WILL RUN" : "unchanged", "\n");
  if (verdict.changed()) out += cat("  Reason: ", reason_line(verdict), "\n");
  out += section(ws, verdict, "Code changes", {Reason::Kind::code});
  out += section(ws, verdict, "Param changes", {Reason::Kind::param});
  out += section(ws, verdict, "Dep changes", {Reason::Kind::dep, Reason::Kind::read});
  out += section(ws, verdict, "Package changes", {Reason::Kind::distribution});
  out += section(ws, verdict, "Out changes", {Reason::Kind::out});
  const auto* record = ws.lockbook().find(stage);
  if (record != nullptr && !verdict.has(Reason::Kind::distribution))
    for (const auto& change : engine::version_changes(stage, *record))
      out += cat("\n  Note: ", engine::explanation(change, ws.cwd()), "; that is no reason to run unless fingerprint.track_versions is set\n");
  if (!stage.callable->blind_spots.empty()) {
    out += "\n  Blind spots:\n";
    for (const auto& spot : stage.callable->blind_spots)
      out += cat("    ", spot.place.file, ":", std::to_string(spot.place.line), ": ", spot.text, "\n");
  }
  return cat(out, "\n");
}

Map entry_of(Workspace& ws, const model::Stage& stage, const engine::Verdict& verdict) {
  List reasons;
  for (const auto& reason : verdict.reasons) reasons.push_back(engine::explanation_value(reason, ws.cwd()));
  Map entry;
  entry.set("status", verdict.changed() ? "changed" : "unchanged");
  entry.set("frozen", stage.frozen);
  entry.set("reasons", std::move(reasons));
  if (!stage.callable) return entry;
  List spots;
  for (const auto& spot : stage.callable->blind_spots) {
    Map one;
    one.set("file", spot.place.file);
    one.set("line", static_cast<std::int64_t>(spot.place.line));
    one.set("text", spot.text);
    spots.emplace_back(std::move(one));
  }
  entry.set("blind_spots", std::move(spots));
  return entry;
}

/// Locks of the Python package for stages that are none of ours yet: nothing of ours makes what they made.
std::vector<OriginalLock> not_taken_over(Workspace& ws) {
  auto locks = original_locks(ws);
  if (locks.empty()) return locks;
  std::set<std::string> ours;
  for (const auto& stage : ws.stages().stages) {
    if (stage.callable) ours.insert(workspace::StageLockbook::file_of(stage));
    for (const auto& out : stage.outs) ours.insert(out.file);
  }
  std::erase_if(locks, [&ours](const OriginalLock& lock) {
    return ours.count(lock.file) != 0 ||
           (!lock.outs.empty() && std::all_of(lock.outs.begin(), lock.outs.end(), [&ours](const auto& out) { return ours.count(out.name) != 0; }));
  });
  return locks;
}

Outcome report(const std::vector<OriginalLock>& locks, bool as_json) {
  std::string text;
  Map json;
  for (const auto& lock : locks) {
    text += text_of(lock);
    json.items.emplace_back(lock.stage, value_of(lock));
  }
  return {0, as_json ? cat(text::json::dump(json), "\n") : text};
}

}  // namespace

Outcome run_explain(Session& session, const Args& args) {
  auto& ws = session.workspace();
  try {
    ws.stages();
  } catch (const Error& e) {
    // The pipeline is still written for that package; what stands of its stages can be told all the same.
    const auto locks = original_locks(ws);
    if (locks.empty()) throw;
    auto out = report(locks, args.flag("json"));
    session.out().error(e.message());
    out.exit_code = 255;
    return out;
  }
  for (const auto& warning : ws.stages().warnings) session.out().warning(warning);
  const auto originals = original_locks(ws);
  auto original_of = [&](const model::Stage& stage) {
    return std::find_if(originals.begin(), originals.end(), [&](const auto& lock) { return lock.file == workspace::StageLockbook::file_of(stage); });
  };
  workspace::Targets resolver(ws.stages(), ws.root(), ws.cwd());
  const auto& names = args.values("targets");
  std::vector<model::StageId> ids;
  if (names.empty()) {
    ws.stages().check();
    ids = engine::make_plan(ws.project(), {}, {.everything = true});
  } else {
    ids = resolver.stages(names, false, false);
  }
  engine::Scan scan(ws.project());
  std::string text;
  Map json;
  for (auto id : ids) {
    const auto& stage = ws.stages().stages[static_cast<std::size_t>(id)];
    auto verdict = scan.look(id, {.depth = engine::Scan::Depth::all, .hashes = true});
    const auto address = stage.address_from(ws.cwd());
    const auto* record = stage.is_data() ? nullptr : ws.project().lockbook.find(stage);
    if (!stage.is_data() && !stage.callable && record == nullptr)
      verdict.reasons.insert(verdict.reasons.begin(), {Reason::Kind::command, engine::Change::added, {}, {}, {}, {}});
    json.items.emplace_back(address, entry_of(ws, stage, verdict));
    if (stage.callable) {
      const auto original = original_of(stage);
      text += original == originals.end() ? callable_text(ws, stage, verdict) : text_of(*original);
      continue;
    }
    text += cat(stage.is_data() ? "" : "Stage ", "'", address, "' ", verdict.changed() ? "changed:" : "is unchanged", "\n");
    for (const auto& reason : verdict.reasons) text += cat("  - ", engine::explanation(reason, ws.cwd()), "\n");
  }
  if (names.empty())
    for (const auto& lock : not_taken_over(ws)) {
      text += text_of(lock);
      json.items.emplace_back(lock.stage, value_of(lock));
    }
  if (args.flag("json")) return {0, cat(text::json::dump(json), "\n")};
  return {0, text};
}

}  // namespace pivot::commands
