#include "commands/cloud_status.h"

#include "base/error.h"
#include "base/strings.h"
#include "commands/transfers.h"
#include "commands/versioned_calls.h"
#include "text/json.h"
#include "workspace/lockbooks.h"

namespace pivot::commands {

namespace {

constexpr std::size_t kStateWidth = 20;

/// nullptr for what both sides have.
const char* state_of(store::Whereabouts where) {
  switch (where) {
    case store::Whereabouts::only_here: return "new";
    case store::Whereabouts::only_there: return "deleted";
    case store::Whereabouts::nowhere: return "missing";
    case store::Whereabouts::both: break;
  }
  return nullptr;
}

void warn_missing(Session& session, const std::vector<model::Hash>& missing) {
  if (missing.empty()) return;
  std::string text = "Some of the cache files do not exist neither locally nor on remote. Missing cache files:";
  for (const auto& hash : missing) text += cat("\nname: None, ", hash.name == "md5" ? "md5" : hash.name, ": ", hash.value);
  session.out().warning(text);
}

Map differences(Session& session, const Args& args, workspace::Remotes& remotes) {
  auto& ws = session.workspace();
  std::map<std::string, std::vector<store::WantedObject>> groups;
  const auto warn = [&](const std::string& text) { session.out().warning(text); };
  std::vector<workspace::DataObject> objects;
  try {
    objects = workspace::data_objects(ws, data_scope(args), warn);
  } catch (const Error& e) {
    throw Error(cat("Failed to collect 'workspace': ", e.message()), ErrorKind::refusal);
  }
  for (auto& object : objects)
    if (object.push && !object.from_repository) groups[remotes.name_for(object.remote)].push_back(std::move(object.wanted));
  Map out;
  for (const auto& [name, wanted] : groups) {
    refuse_versioned(remotes, name, "status");
    store::Transfer transfer(ws.store(), remotes.open(name), ws.disk(), workspace::remote_index_file(ws, remotes.url(name)));
    std::vector<model::Hash> missing;
    for (const auto& found : transfer.compare(wanted, missing))
      if (const char* state = state_of(found.where)) out.set(found.name, state);
    warn_missing(session, missing);
  }
  return out;
}

}  // namespace

Outcome cloud_status(Session& session, const Args& args) {
  auto& ws = session.workspace();
  workspace::Remotes remotes(ws, args.value("remote"), std::atoi(args.value_or("jobs", "0").c_str()));
  if (ws.stages().stages.empty()) {
    if (args.flag("json")) return {0, session.quiet > 0 ? "" : "{}\n"};
    session.out().info(kNothingTracked);
    return {};
  }
  std::string name;
  Map status;
  try {
    name = remotes.name_for("");
    refuse_versioned(remotes, name, "status");
    status = differences(session, args, remotes);
  } catch (Error& e) {
    constexpr std::string_view kConfig = "configuration error - ";
    throw Error(e.message().starts_with(kConfig) ? e.message().substr(kConfig.size()) : e.message(), ErrorKind::refusal);
  }
  if (args.flag("json")) return {0, session.quiet > 0 ? "" : cat(text::json::dump(status), "\n")};
  if (session.quiet > 0) return {status.empty() ? 0 : 1, ""};
  if (status.empty()) {
    session.out().info(cat("Cache and remote '", name, "' are in sync."));
    return {};
  }
  std::string text;
  for (const auto& [file, state] : status.items) {
    auto line = cat("\t", state.as_string(), ":");
    line.resize(std::max(line.size(), kStateWidth + 1), ' ');
    text += cat(line, file.as_string(), "\n");
  }
  return {0, text};
}

}  // namespace pivot::commands
