// `pivot status`: what differs from the last run, stage by stage.

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/cloud_status.h"
#include "commands/import_for_runs.h"
#include "commands/import_run.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "engine/scan.h"
#include "exporters/dvc_lock.h"
#include "text/json.h"
#include "workspace/collection.h"
#include "workspace/known_verdicts.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using engine::Reason;

/// {"changed deps": {path: state or {key: state}}} as DVC has it; an empty list when nothing changed.
List stage_status(const engine::Verdict& verdict, const model::Stage& stage, const std::string& cwd) {
  auto shown = [&](const std::string& file) {
    return path::is_url(file) || path::is_absolute(file) ? file : path::relative(file, cwd);
  };
  Map deps, outs, code, packages, params;
  bool always = false, command = false;
  for (const auto& reason : verdict.reasons) {
    const Value state(engine::change_name(reason.change));
    switch (reason.kind) {
      case Reason::Kind::dep: deps.set(shown(reason.file), state); break;
      case Reason::Kind::out: outs.set(shown(reason.file), state); break;
      case Reason::Kind::read: deps.set(shown(reason.file), state); break;
      case Reason::Kind::code: code.set(reason.key, state); break;
      case Reason::Kind::distribution: packages.set(reason.key, state); break;
      case Reason::Kind::param:
        if (reason.file.empty()) {
          params.set(reason.key, state);
        } else if (reason.key.empty()) {
          deps.set(shown(reason.file), state);
        } else {
          auto* keys = deps.find(shown(reason.file));
          if (keys == nullptr) keys = &deps.set(shown(reason.file), Map{});
          keys->as_map().set(reason.key, state);
        }
        break;
      case Reason::Kind::always: always = true; break;
      case Reason::Kind::command:
      case Reason::Kind::checksum: command = true; break;
    }
  }
  List out;
  auto add = [&](const char* key, Map& map) {
    if (map.empty()) return;
    Map m;
    m.set(key, std::move(map));
    out.emplace_back(std::move(m));
  };
  add("changed code", code);
  add("changed params", params);
  add("changed packages", packages);
  add("changed deps", deps);
  add("changed outs", outs);
  if (always) out.emplace_back("always changed");
  if (command) out.emplace_back(stage.is_data() ? "changed checksum" : "changed command");
  return out;
}

std::string state_line(const std::string& indent, const std::string& state, const std::string& what) {
  auto line = cat(indent, state, ":");
  line.resize(std::max(line.size(), indent.size() + 20), ' ');
  return cat(line, what, "\n");
}

std::string status_text(const Map& status) {
  std::string out;
  for (const auto& [stage, entries] : status.items) {
    out += cat(stage.as_string(), ":\n");
    for (const auto& entry : entries.as_list()) {
      if (entry.is_string()) {
        out += cat("\t", entry.as_string(), "\n");
        continue;
      }
      for (const auto& [title, items] : entry.as_map().items) {
        out += cat("\t", title.as_string(), ":\n");
        for (const auto& [name, state] : items.as_map().items) {
          if (state.is_string()) {
            out += state_line("\t\t", state.as_string(), name.as_string());
            continue;
          }
          out += cat("\t\t", name.as_string(), ":\n");
          for (const auto& [key, key_state] : state.as_map().items) out += state_line("\t\t\t", key_state.as_string(), python_str(key));
        }
      }
    }
  }
  return out;
}

void refuse_cloud_options(const Args& args) {
  std::vector<std::string> useless;
  for (const auto& [dest, name] : {std::pair{"all_branches", "--all-branches"}, {"all_tags", "--all-tags"}, {"all_commits", "--all-commits"}, {"jobs", "--jobs"}})
    if (args.given(dest)) useless.emplace_back(name);
  if (useless.empty()) return;
  throw Error(cat("The following options are meaningless for local status: ", join(useless, ", ")), ErrorKind::refusal);
}

constexpr const char* kNothingTracked =
    "There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!";
constexpr const char* kUpToDate = "Data and pipelines are up to date.";

/// `calm` is what to say when nothing differs.
Outcome answer(Session& session, const Args& args, const Map& status, std::string (*text)(const Map&), const std::string& calm) {
  if (args.flag("json")) return {0, session.quiet > 0 ? "" : cat(text::json::dump(status), "\n")};
  if (session.quiet > 0) return {status.empty() ? 0 : 1, ""};
  if (!status.empty()) return {0, text(status)};
  session.out().info(calm);
  return {};
}

Outcome answer_of_cloud(Session& session, const Args& args) {
  if (session.workspace().stages().stages.empty()) return answer(session, args, Map{}, cloud_status_text, kNothingTracked);
  const auto status = cloud_status(session, args);
  return answer(session, args, status.differences, cloud_status_text, cat("Cache and remote '", status.remote, "' are in sync."));
}

/// What an import with versions follows; nothing for all others.
bool follows_versions(const model::Stage& stage) {
  if (!stage.is_import() || !stage.deps.front().extra.is_map()) return false;
  const auto* config = stage.deps.front().extra.as_map().find("fs_config");
  const auto* aware = config != nullptr && config->is_map() ? config->as_map().find("version_aware") : nullptr;
  return aware != nullptr && aware->is_bool() && aware->as_bool();
}

Value changed_dep(const std::string& shown, const char* state) {
  Map dep, entry;
  dep.set(shown, state);
  entry.set("changed deps", Value(std::move(dep)));
  return Value(std::move(entry));
}

/// As DVC has it: a file of another version is an update, anything else has changed.
const char* version_state(Session& session, const model::Stage& stage) {
  const auto& dep = stage.deps.front();
  auto source = url_source(session.workspace(), stage, 0);
  if (!source.look()) return "deleted";
  const auto now = source.identify(session.workspace(), std::nullopt);
  if (now.hash == dep.hash) return nullptr;
  return dep.hash.known() && !dep.hash.is_dir() ? "update available" : "modified";
}

bool is_repository_import(const model::Stage& stage) { return stage.is_import() && stage.deps.front().repo.is_map(); }

/// Whether the source has moved on (in front), and a record that an import never filled (behind).
void add_import_status(Session& session, const model::Stage& stage, List& entries, MovedRepositories& repositories) {
  auto& ws = session.workspace();
  if (is_repository_import(stage)) {
    try {
      if (repositories.moved(ws, stage)) entries.insert(entries.begin(), changed_dep(shown_source(session, stage), "update available"));
    } catch (const Error& e) {
      session.out().warning(cat("can't tell whether '", shown_source(session, stage), "' has an update: ", e.message()));
    }
  } else if (follows_versions(stage)) {
    if (const char* state = version_state(session, stage)) entries.insert(entries.begin(), changed_dep(shown_source(session, stage), state));
  }
  if (stage.md5 != exporters::import_md5(stage)) entries.emplace_back("changed checksum");
}

}  // namespace

Outcome run_status(Session& session, const Args& args) {
  if (args.flag("cloud") || args.given("remote")) return answer_of_cloud(session, args);
  refuse_cloud_options(args);
  auto& ws = session.workspace();
  const bool plain = args.values("targets").empty();
  if (plain && ws.known().all_unchanged()) return answer(session, args, Map{}, status_text, kUpToDate);
  auto& collection = ws.stages();
  for (const auto& warning : collection.warnings) session.out().warning(warning);
  workspace::Targets targets(collection, ws.root(), ws.cwd());
  std::vector<workspace::Target> wanted;
  try {
    wanted = targets.outs(args.values("targets"), args.flag("recursive"), args.flag("with_deps"));
  } catch (Error& e) {
    throw e.with_kind(ErrorKind::refusal);
  }
  engine::Scan scan(ws.project());
  MovedRepositories repositories;
  Map status;
  for (const auto& target : wanted) {
    const auto& stage = collection.stages[static_cast<std::size_t>(target.stage)];
    if (stage.frozen && !is_repository_import(stage) && !follows_versions(stage))
      session.out().warning(cat("stage: '", stage.address_from(ws.cwd()),
                                "' is frozen. Its dependencies are not going to be shown in the status output."));
    auto verdict = scan.look(target.stage, {});
    if (target.filter)
      std::erase_if(verdict.reasons, [&](const Reason& r) {
        return r.kind != Reason::Kind::out || !(path::is_inside(*target.filter, r.file) || path::is_inside(r.file, *target.filter));
      });
    auto entries = stage_status(verdict, stage, ws.cwd());
    if (stage.is_import() && !target.filter) add_import_status(session, stage, entries, repositories);
    if (!entries.empty()) status.items.emplace_back(stage.address_from(ws.cwd()), std::move(entries));
  }
  return answer(session, args, status, status_text, collection.stages.empty() ? kNothingTracked : kUpToDate);
}

}  // namespace pivot::commands
