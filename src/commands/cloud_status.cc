#include "commands/cloud_status.h"

#include "base/error.h"
#include "base/strings.h"
#include "commands/transfers.h"
#include "commands/versioned_calls.h"
#include "workspace/config.h"
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

CloudStatus cloud_status(Session& session, const Args& args) {
  workspace::Remotes remotes(session.workspace(), args.value("remote"), std::atoi(args.value_or("jobs", "0").c_str()));
  try {
    CloudStatus out;
    out.remote = remotes.name_for("");
    refuse_versioned(remotes, out.remote, "status");
    out.differences = differences(session, args, remotes);
    return out;
  } catch (const Error& e) {
    throw Error(workspace::without_config_prefix(e.message()), ErrorKind::refusal);
  }
}

std::string cloud_status_text(const Map& differences) {
  std::string out;
  for (const auto& [file, state] : differences.items) {
    auto line = cat("\t", state.as_string(), ":");
    line.resize(std::max(line.size(), kStateWidth + 1), ' ');
    out += cat(line, file.as_string(), "\n");
  }
  return out;
}

}  // namespace pivot::commands
