// `pivot stage add`: writes a stage into dvc.yaml.
#include <map>
#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "model/graph.h"
#include "workspace/collection.h"
#include "workspace/gitignore.h"
#include "workspace/repo_lock.h"
#include "workspace/targets.h"

namespace pivot::commands {

namespace {

using workspace::Workspace;

void check_name(const std::string& name) {
  for (char c : name)
    if (std::string_view("!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~").find(c) != std::string_view::npos)
      throw Error("Stage name cannot contain punctuation characters.");
}

/// One word is taken as it is; of several, an empty one becomes "" and one with a blank is put in double quotes.
std::string command_text(const std::vector<std::string>& words) {
  if (words.size() == 1) return words[0];
  std::vector<std::string> out;
  for (const auto& w : words) {
    const bool quote = w.empty() || (w.find(' ') != w.npos && w.find('"') == w.npos);
    out.push_back(quote ? cat("\"", w, "\"") : w);
  }
  return join(out, " ");
}

struct OutFlag {
  const char* dest;
  const char* section;
  bool cache, persist;
};
constexpr OutFlag kOutFlags[] = {
    {"outs", "outs", true, false},           {"outs_no_cache", "outs", false, false},
    {"outs_persist", "outs", true, true},    {"outs_persist_no_cache", "outs", false, true},
    {"metrics", "metrics", true, false},     {"metrics_no_cache", "metrics", false, false},
    {"plots", "plots", true, false},         {"plots_no_cache", "plots", false, false},
};

/// Paths stay as they were typed; absolute ones inside of the repository are seen from the stage's folder.
std::string written(workspace::Workspace& ws, const Args& args, const std::string& typed) {
  if (!path::is_absolute(typed)) return typed;
  const auto file = workspace::to_root(ws, typed);
  return path::is_absolute(file) ? typed : path::relative(file, path::normalize(path::join(ws.cwd(), args.value_or("wdir", "."))));
}

/// The outs of one section, sorted by path: plain names, or {name: {cache: false, persist: true}}.
List section_outs(workspace::Workspace& ws, const Args& args, const std::string& section) {
  std::vector<std::pair<std::string, Value>> found;
  for (const auto& flag : kOutFlags) {
    if (flag.section != section) continue;
    for (const auto& typed : args.values(flag.dest)) {
      const auto name = written(ws, args, typed);
      Map options;
      if (!flag.cache) options.set("cache", false);
      if (flag.persist) options.set("persist", true);
      Map item;
      if (!options.empty()) item.set(name, std::move(options));
      found.emplace_back(name, item.empty() ? Value(name) : Value(std::move(item)));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  List out;
  for (auto& [name, value] : found) out.push_back(std::move(value));
  return out;
}

/// "a", "file.yaml:a,b", "file.yaml:" -> the list form of dvc.yaml.
List params_list(const std::vector<std::string>& texts) {
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, List>> files;
  for (const auto& text : texts) {
    const auto colon = text.rfind(':');
    const auto file = colon == text.npos ? std::string("params.yaml") : text.substr(0, colon);
    const auto list = colon == text.npos ? text : text.substr(colon + 1);
    const bool whole = colon != text.npos && list.empty();
    if (file == "params.yaml" && !whole) {
      for (auto key : split(list, ',')) keys.emplace_back(key);
      continue;
    }
    auto it = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.first == file; });
    if (it == files.end()) it = files.insert(files.end(), {file, {}});
    if (!whole)
      for (auto key : split(list, ',')) it->second.emplace_back(key);
  }
  std::sort(keys.begin(), keys.end());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  List out;
  for (auto& key : keys) out.emplace_back(std::move(key));
  for (auto& [file, list] : files) {
    Map item;
    item.set(file, list.empty() ? Value() : Value(std::move(list)));
    out.emplace_back(std::move(item));
  }
  return out;
}

/// `old` is what --force replaces: its description and meta stay.
Map stage_value(workspace::Workspace& ws, const Args& args, const model::Stage* old) {
  Map stage;
  if (const auto desc = args.value("desc")) {
    stage.set("desc", *desc);
  } else if (old != nullptr && !old->desc.empty()) {
    stage.set("desc", old->desc);
  }
  stage.set("cmd", command_text(args.values("command")));
  if (const auto wdir = args.value("wdir"); wdir && path::normalize(*wdir) != ".") stage.set("wdir", path::normalize(*wdir));
  auto deps = args.values("deps");
  for (auto& d : deps) d = written(ws, args, d);
  std::sort(deps.begin(), deps.end());
  deps.erase(std::unique(deps.begin(), deps.end()), deps.end());
  List dep_list;
  for (auto& d : deps) dep_list.emplace_back(std::move(d));
  if (!dep_list.empty()) stage.set("deps", std::move(dep_list));
  if (auto params = params_list(args.values("params")); !params.empty()) stage.set("params", std::move(params));
  for (const char* section : {"outs", "metrics", "plots"})
    if (auto outs = section_outs(ws, args, section); !outs.empty()) stage.set(section, std::move(outs));
  if (args.flag("always_changed")) stage.set("always_changed", true);
  if (old != nullptr && !old->meta.is_null()) stage.set("meta", old->meta);
  return stage;
}

/// The paths of all flags for outputs, in the order in which DVC looks at them.
std::vector<std::pair<const OutFlag*, std::string>> given_outs(const Args& args) {
  std::vector<std::pair<const OutFlag*, std::string>> out;
  for (const std::string_view section : {"metrics", "plots", "outs"})
    for (const auto& flag : kOutFlags)
      if (flag.section == section)
        for (const auto& text : args.values(flag.dest)) out.emplace_back(&flag, text);
  return out;
}

/// What the words of the command line alone can have wrong, as DVC checks it: before it looks at what is there.
void check_paths(Workspace& ws, const Args& args, const std::string& folder) {
  if (!ws.disk().stat(folder)) throw Error(cat("stage working dir '", folder, "' does not exist"));
  const auto absolute = [&](const std::string& text) { return path::is_url(text) ? text : path::normalize(path::join(folder, text)); };
  std::map<std::string, int> uses;
  std::vector<std::string> outs, outside;
  for (const auto& [flag, text] : given_outs(args)) {
    outs.push_back(absolute(text));
    ++uses[outs.back()];
    if (flag->cache && (path::is_url(text) || !path::is_inside(outs.back(), ws.root()))) outside.push_back(outs.back());
  }
  if (!outside.empty()) throw workspace::outside_project(join(outside, ", "), "pipelines/external-dependencies-and-outputs");
  std::set<std::string> deps;
  for (const auto& text : args.values("deps")) {
    deps.insert(absolute(text));
    ++uses[absolute(text)];
  }
  for (const auto& out : outs)
    if (deps.count(out) != 0) throw Error(cat("'", out, "' is specified as an output and as a dependency."));
  for (const auto& [file, count] : uses)
    if (count > 1) throw Error(cat("file '", file, "' is specified more than once."));
}

/// The stages that the edited file would hold; keeps what the graph checks refuse out of the file.
void check_edit(Workspace& ws, const std::string& file, const std::string& text, const std::string& name) {
  importers::dvc::FileReader reader{[&](const std::string& p) { return ws.disk().read(ws.absolute(p)); }};
  auto loaded = importers::dvc::load_dvc_yaml(file, text, reader, ws.parsing());
  auto& collection = ws.stages();
  std::vector<model::Stage> stages;
  for (const auto& s : collection.stages)
    if (s.file != file) stages.push_back(s);
  const model::Stage* added = nullptr;
  for (auto& s : loaded.stages) stages.push_back(std::move(s));
  for (const auto& s : stages)
    if (s.file == file && s.name == name) added = &s;
  if (added != nullptr)
    for (const auto& out : added->outs) {
      if (const auto [owner, index] = collection.outs().find(out.file); owner >= 0) {
        const auto& other = collection.stages[static_cast<std::size_t>(owner)];
        if (other.file == file && other.name == name) continue;
        throw Error(cat("output '", path::relative(out.file, ws.cwd()), "' is already specified in stage: '", other.address_from(ws.cwd()), "'.\nUse `dvc remove ",
                        other.address_from(ws.cwd()), "` to stop tracking the overlapping output."));
      }
    }
  const model::OutIndex outs(stages);
  model::check_graph(stages, outs, model::Graph(stages, outs), ws.cwd());
}

/// The .gitignore lines of what the stage will write. A folder that is not there yet gets its file when the stage has run.
void ignore_outs(Session& session, const Args& args, const std::string& folder) {
  auto& ws = session.workspace();
  for (const auto& [flag, out] : given_outs(args)) {
    if (!flag->cache || path::is_url(out)) continue;
    const auto file = path::normalize(path::join(folder, out));
    if (ws.disk().stat(path::dirname(file))) {
      ws.git_ignore().add(file, false);
    } else if (ws.git().exists()) {
      session.out().plain_error(cat("Could not create .gitignore entry in ", path::dirname(file),
                                    "/.gitignore. DVC will attempt to create .gitignore entry again when the stage is run."));
    }
  }
}

}  // namespace

Outcome run_stage_add(Session& session, const Args& args) {
  auto& ws = session.workspace();
  const auto name = args.value_or("name", "");
  check_name(name);
  if (args.values("command").empty()) throw Error("command is not specified");
  const auto file = path::normalize(path::join(ws.cwd(), "dvc.yaml"));
  ws.stages();
  ws.lock().acquire();
  const auto folder = path::normalize(path::join(ws.absolute(ws.cwd()), args.value_or("wdir", ".")));
  check_paths(ws, args, folder);
  const auto shown = path::relative(file, ws.cwd());
  auto text = ws.disk().read(ws.absolute(file)).value_or("");
  if (ws.stages().find(file, name) >= 0 || ws.stages().groups.count(cat(file, ":", name)) != 0) {
    if (!args.flag("force"))
      throw Error(cat("Stage '", name, "' already exists in '", shown, "'. Use '--force' to overwrite."));
  }
  const auto old = ws.stages().find(file, name);
  const auto edited = exporters::add_stage(text, name, stage_value(ws, args, old >= 0 ? &ws.stages().stages[static_cast<std::size_t>(old)] : nullptr));
  check_edit(ws, file, edited, name);
  ws.disk().write_atomic(ws.absolute(file), edited);
  ws.note_written(file);
  ignore_outs(session, args, folder);
  session.out().info(cat("Added stage '", name, "' in '", shown, "'"));
  if (args.flag("run")) run_one_stage(session, name);
  ws.finish();
  if (const auto hint = ws.git_hint(); !hint.empty()) session.out().info(hint);
  return {};
}

}  // namespace pivot::commands
