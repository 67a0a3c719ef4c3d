#include "commands/original_locks.h"

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/yaml.h"

namespace pivot::commands {

namespace {

using State = OriginalEntry::State;
using workspace::Workspace;

constexpr const char* kFolder = ".pivot/stages";
constexpr const char* kReason = "Recorded by the Python package pivot, whose fingerprints can't be compared with ours";

std::string string_at(const Map& map, std::string_view key) {
  const auto* value = map.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

const List& list_at(const Map& map, std::string_view key) {
  static const List kNone;
  const auto* value = map.find(key);
  return value != nullptr && value->is_list() ? value->as_list() : kNone;
}

/// Names in a lock are data from strangers.
bool is_safe(const std::string& name) { return !name.empty() && !path::is_absolute(name) && !path::normalize(name).starts_with(".."); }

State state_of_file(Workspace& ws, const std::string& name, const std::string& hash) {
  if (!is_safe(name)) return State::unknown;
  const auto stat = ws.disk().stat(ws.absolute(name));
  if (!stat) return State::missing;
  if (stat->type != FileType::file) return State::unknown;
  const auto now = xxh64_of_file(ws.absolute(name));
  return !now ? State::unknown : *now == hash ? State::as_recorded : State::changed;
}

/// A folder by the files that its manifest names; one that came since makes it another folder.
State state_of_folder(Workspace& ws, const std::string& name, const List& manifest) {
  if (!is_safe(name)) return State::unknown;
  if (!ws.disk().stat(ws.absolute(name))) return State::missing;
  std::size_t files = 0;
  std::vector<std::string> open{name};
  while (!open.empty()) {
    const auto folder = open.back();
    open.pop_back();
    for (const auto& entry : ws.disk().list(ws.absolute(folder))) {
      if (entry.type == FileType::dir) open.push_back(cat(folder, "/", entry.name));
      else ++files;
    }
  }
  if (files != manifest.size()) return State::changed;
  for (const auto& item : manifest) {
    if (!item.is_map()) return State::unknown;
    const auto state = state_of_file(ws, cat(name, "/", string_at(item.as_map(), "relpath")), string_at(item.as_map(), "hash"));
    if (state != State::as_recorded) return state == State::unknown ? state : State::changed;
  }
  return State::as_recorded;
}

class Reader {
 public:
  explicit Reader(Workspace& ws) : ws_(ws) {}

  std::vector<OriginalLock> read() {
    std::vector<std::string> open{kFolder};
    while (!open.empty()) {
      const auto folder = open.back();
      open.pop_back();
      if (!ws_.disk().stat(ws_.absolute(folder))) continue;
      for (const auto& entry : ws_.disk().list(ws_.absolute(folder))) {
        const auto file = cat(folder, "/", entry.name);
        if (entry.type == FileType::dir) open.push_back(file);
        if (entry.type == FileType::file && entry.name.ends_with(".lock")) load(file);
      }
    }
    for (const auto& [name, lock] : loaded_)
      for (const auto& out : list_at(lock, "outs"))
        if (out.is_map()) made_.emplace(producer(name, string_at(out.as_map(), "key")), string_at(out.as_map(), "path"));
    std::vector<OriginalLock> out;
    for (const auto& [name, lock] : loaded_) out.push_back(look(name, lock));
    return out;
  }

 private:
  static std::string producer(const std::string& stage, const std::string& key) { return key.empty() ? stage : cat(stage, "#", key); }

  void load(const std::string& file) {
    try {
      const auto value = text::yaml::load(ws_.disk().read(ws_.absolute(file)).value_or(""));
      if (!value.is_map() || value.as_map().find("code_manifest") == nullptr) return;
      const auto name = path::relative(file, kFolder);
      loaded_.emplace(name.substr(0, name.size() - std::string_view(".lock").size()), value.as_map());
    } catch (const Error&) {
      // Whoever needs it says what is wrong with it.
    }
  }

  OriginalLock look(const std::string& name, const Map& lock) {
    OriginalLock out{cat(kFolder, "/", name, ".lock"), name, {}, {}};
    const auto* manifest = lock.find("code_manifest");
    for (const auto& item : list_at(lock, "deps")) {
      if (!item.is_map()) continue;
      const auto& dep = item.as_map();
      const auto made_by = producer(string_at(dep, "producer"), string_at(dep, "key"));
      auto file = string_at(dep, "path");
      if (file.empty() && manifest->is_map()) file = input_path(manifest->as_map(), made_by);
      out.deps.push_back({file.empty() ? made_by : file, file.empty() ? State::unknown : state_of(file, dep)});
    }
    for (const auto& item : list_at(lock, "outs"))
      if (item.is_map()) out.outs.push_back({string_at(item.as_map(), "path"), state_of(string_at(item.as_map(), "path"), item.as_map())});
    return out;
  }

  /// Where an input lies: what another stage makes, or "wire:ARGUMENT: NAME" beside "wire:ARGUMENT:path: FILE".
  std::string input_path(const Map& manifest, const std::string& made_by) const {
    if (const auto found = made_.find(made_by); found != made_.end()) return found->second;
    for (const auto& [key, value] : manifest.items)
      if (value.is_string() && value.as_string() == made_by && key.is_string() && key.as_string().starts_with("wire:"))
        if (auto file = string_at(manifest, cat(key.as_string(), ":path")); !file.empty()) return file;
    return "";
  }

  State state_of(const std::string& name, const Map& entry) {
    const auto* manifest = entry.find("manifest");
    return manifest != nullptr && manifest->is_list() ? state_of_folder(ws_, name, manifest->as_list()) : state_of_file(ws_, name, string_at(entry, "hash"));
  }

  Workspace& ws_;
  std::map<std::string, Map> loaded_;
  std::map<std::string, std::string> made_;  ///< producer -> path
};

const char* state_text(State state) {
  switch (state) {
    case State::as_recorded: return "as recorded";
    case State::changed: return "changed";
    case State::missing: return "missing";
    case State::unknown: break;
  }
  return "not known";
}

std::string line_of(const char* title, const std::vector<OriginalEntry>& entries) {
  std::vector<std::string> parts;
  for (const auto& entry : entries) parts.push_back(cat(entry.name, " is ", state_text(entry.state)));
  return parts.empty() ? "" : cat("  ", title, ": ", join(parts, ", "), "\n");
}

}  // namespace

std::vector<OriginalLock> original_locks(Workspace& ws) { return Reader(ws).read(); }

std::string text_of(const OriginalLock& lock) {
  return cat("Stage: ", lock.stage, "\n  Status: WILL RUN\n  Reason: ", kReason, "\n", line_of("Inputs", lock.deps), line_of("Outputs", lock.outs), "\n");
}

Value value_of(const OriginalLock& lock) {
  Map out;
  out.set("status", "changed");
  out.set("reason", kReason);
  for (const auto& [name, entries] : {std::pair{"deps", &lock.deps}, {"outs", &lock.outs}}) {
    Map states;
    for (const auto& entry : *entries) states.set(entry.name, state_text(entry.state));
    out.set(name, Value(std::move(states)));
  }
  return Value(std::move(out));
}

}  // namespace pivot::commands
