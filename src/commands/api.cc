// `pivot api`: answers for the Python package `pivot.api`. One request a line on standard input, one answer a line on standard output:
//   {"call": "list", "rev": null, "path": "data", ...}  ->  {"result": ...} or {"error": {"type": ..., "message": ...}}
// Each request sees the project as it is then.
#include <iostream>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/measures.h"
#include "commands/project_listing.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/table_text.h"
#include "git/git.h"
#include "text/json.h"
#include "text/yaml/base64.h"
#include "workspace/collection.h"
#include "workspace/config.h"
#include "workspace/lockbooks.h"
#include "workspace/project_files.h"

namespace pivot::commands {

namespace {

/// A failure with the name of the exception that Python raises for it.
class ApiError : public Error {
 public:
  ApiError(std::string type, std::string message) : Error(std::move(message)), type_(std::move(type)) {}
  const std::string& type() const { return type_; }

 private:
  std::string type_;
};

std::string text_at(const Map& request, std::string_view key) {
  const auto* value = request.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

std::vector<std::string> texts_at(const Map& request, std::string_view key) {
  std::vector<std::string> out;
  const auto* value = request.find(key);
  if (value != nullptr && value->is_list())
    for (const auto& item : value->as_list()) out.push_back(python_str(item));
  return out;
}

/// One request: the workspace and the revision that it is about.
class Call {
 public:
  Call(Session& session, const Map& request)
      : request_(request), cwd_(session.cwd()), ws_(session.cwd(), session.lock_wait(), real_disk(), true), revisions_(ws_) {}

  Value answer() {
    const auto call = text_at(request_, "call");
    if (call == "params") return measured(true);
    if (call == "metrics") return measured(false);
    if (call == "list") return listed();
    if (call == "info") return info();
    if (call == "read") return read();
    if (call == "url") return url();
    if (call == "names") return names();
    if (call == "baselines") return baselines();
    throw ApiError("ApiError", cat("there is no call '", call, "'"));
  }

 private:
  std::string commit() {
    const auto rev = text_at(request_, "rev");
    if (rev.empty()) return "";
    try {
      return revisions_.resolve(rev);
    } catch (const Error& e) {
      throw ApiError("RevError", e.message());
    }
  }
  std::string path() const {
    const auto typed = text_at(request_, "path");
    const auto inside = path::is_absolute(typed) && path::is_inside(path::normalize(typed), ws_.root()) ? path::relative(path::normalize(typed), ws_.root()) : typed;
    auto out = path::normalize(inside.empty() ? "." : inside);
    while (out.size() > 1 && out[0] == '/') out.erase(0, 1);
    return out == "/" ? "." : out;
  }

  /// Top-level keys of all files; a key that several files have goes by its file too.
  static Map merged(const Measures& measures) {
    if (measures.failure) throw ApiError("ApiError", measures.failure->message);
    std::map<std::string, int> counts;
    for (const auto& file : measures.files) {
      if (file.failure) throw ApiError(file.failure->type, file.failure->message);
      if (file.data.is_map())
        for (const auto& [key, value] : file.data.as_map().items) ++counts[python_str(key)];
    }
    Map out;
    for (const auto& file : measures.files)
      if (file.data.is_map())
        for (const auto& [key, value] : file.data.as_map().items) out.set(counts[python_str(key)] > 1 ? cat(file.file, ":", python_str(key)) : python_str(key), value);
    return out;
  }

  Value measured(bool are_params) {
    MeasureReader reader(revisions_);
    MeasureChoice choice{measure_targets(ws_, texts_at(request_, "targets")), false, texts_at(request_, "stages")};
    const auto* deps = request_.find("deps");
    choice.deps_only = deps != nullptr && deps->is_bool() && deps->as_bool();
    return merged(are_params ? reader.params(commit(), choice) : reader.metrics(commit(), choice));
  }

  [[noreturn]] static void refuse_missing(const std::string& shown) {
    throw ApiError("FileNotFoundError", cat("[Errno 2] No such file or directory: ", python_str_repr(shown)));
  }

  static Value described(const Listed& entry) {
    Map out;
    out.set("path", entry.path);
    out.set("type", entry.is_dir ? "directory" : "file");
    out.set("size", entry.size ? Value(*entry.size) : Value());
    out.set("isexec", entry.is_exec);
    out.set("isdvc", entry.is_out);
    out.set("md5", entry.hash.empty() ? Value() : Value(entry.hash));
    return out;
  }

  ProjectListing listing() {
    const auto rev = commit();
    return ProjectListing(ws_.root(), ws_.root(), rev.empty() ? std::nullopt : std::optional(rev));
  }

  bool flag(std::string_view name) const {
    const auto* value = request_.find(name);
    return value != nullptr && value->is_bool() && value->as_bool();
  }

  Value info() {
    auto project = listing();
    const auto found = project.find(path(), false);
    if (!found) refuse_missing(text_at(request_, "path"));
    return described(*found);
  }

  void add_entries(ProjectListing& project, const std::string& folder, bool recursive, List& out) {
    for (const auto& entry : project.list(folder, flag("dvc_only"))) {
      const auto name = path::basename(entry.path);
      if (!flag("dvcfiles") && (name == "dvc.yaml" || name == ".dvcignore" || name.ends_with(".dvc"))) continue;
      out.push_back(described(entry));
      if (recursive && entry.is_dir) add_entries(project, entry.path, true, out);
    }
  }

  Value listed() {
    auto project = listing();
    const auto found = project.find(path(), false);
    if (!found) refuse_missing(text_at(request_, "path"));
    List out;
    if (!found->is_dir) {
      out.push_back(described(*found));
    } else {
      add_entries(project, path(), flag("recursive"), out);
    }
    return out;
  }

  /// Where the content is: {"file": absolute path}, or itself when only Git has it.
  Value read() {
    auto& revision = revisions_.at(commit());
    const auto file = path(), shown = text_at(request_, "path");
    const auto type = revision.files().type(file);
    const auto known = revision.files().tracked(file);
    if (type == FileType::dir || (known && known->is_dir)) throw ApiError("IsADirectoryError", cat(python_str_repr(shown), " is a directory"));
    if (!type && !known)
      throw ApiError("PathMissingError", cat("The path '", shown, "' does not exist in the target repository '", ws_.root(), "' neither as a DVC output nor as a Git-tracked file."));
    Map out;
    const auto stat = revision.is_workspace() ? ws_.disk().stat(ws_.absolute(file)) : std::nullopt;
    const auto object = stat ? ws_.absolute(file) : revision.files().cached_object(file);
    if (!object.empty()) {
      out.set("file", object);
      return out;
    }
    std::optional<std::string> content;
    try {
      content = revision.files().read(file);
    } catch (const DiskError& e) {
      throw ApiError("FileNotFoundError", cat("'", shown, "' is tracked, but neither in the workspace nor in the cache (", e.message(), ")"));
    }
    if (!content) throw ApiError("MissingDataError", cat("'", shown, "' is tracked, but neither in the workspace nor in the cache"));
    out.set("base64", text::yaml::encode_base64(*content));
    return out;
  }

  /// Where a remote keeps the data of a path.
  Value url() {
    auto& revision = revisions_.at(commit());
    const auto known = revision.files().tracked(path());
    const auto* owner = revision.files().out_of(path());
    if (!known || owner == nullptr || !owner->out->cache)
      throw ApiError("OutputNotFoundError", cat("Unable to find DVC file with output '", text_at(request_, "path"), "'"));
    auto name = text_at(request_, "remote");
    if (name.empty()) name = ws_.config().default_remote().value_or("");
    if (name.empty()) throw ApiError("NoRemoteError", "no remote specified in the settings: set a default remote with `dvc remote default <remote name>`");
    const auto remote = ws_.config().remote(name);
    const auto& hash = known->hash.value;
    const bool is_legacy = known->hash.name == "md5-dos2unix";
    return Value(cat(remote.url, is_legacy ? "/" : "/files/md5/", hash.substr(0, 2), "/", hash.substr(2)));
  }

  Value names() {
    const auto kind = text_at(request_, "kind");
    List out;
    for (auto& name : kind == "tags" ? ws_.git().tags() : kind == "branches" ? ws_.git().branches() : ws_.git().commits()) out.emplace_back(std::move(name));
    return out;
  }

  /// Params, metrics and hashes of deps of the workspace and of the last commits.
  Value baselines() {
    for (const auto& name : ws_.git().references("refs/exps/"))
      if (!name.starts_with("refs/exps/exec/")) throw ApiError("NotImplementedError", cat("there are experiments (", name, "), which pivot.api can't show yet"));
    List out;
    auto revs = texts_at(request_, "revs");
    revs.insert(revs.begin(), "");
    for (const auto& rev : revs) {
      const auto sha = rev.empty() ? "" : revisions_.resolve(rev);
      MeasureReader reader(revisions_);
      Map row, deps;
      row.set("rev", sha.empty() ? "workspace" : short_name(sha));
      row.set("time", sha.empty() ? Value() : Value(ws_.git().commit_time(sha)));
      row.set("metrics", flat(reader.metrics(sha, {})));
      row.set("params", flat(reader.params(sha, {{}, flag("deps"), {}})));
      auto& revision = revisions_.at(sha);
      for (const auto& stage : revision.stages().stages)
        if (const auto* record = stage.is_data() ? nullptr : revision.lockbook().find(stage))
          for (const auto& dep : record->deps) deps.set(dep.path, dep.hash.value);
      row.set("deps", std::move(deps));
      out.emplace_back(std::move(row));
    }
    return out;
  }

  std::string short_name(const std::string& sha) {
    for (const auto& [names, name_of] : {std::pair{ws_.git().branches(), "refs/heads/"}, {ws_.git().tags(), "refs/tags/"}})
      for (const auto& name : names)
        if (ws_.git().resolve(cat(name_of, name)) == sha) return name;
    return sha.substr(0, 7);
  }

  /// Dotted keys; those that several files have go by their file too.
  static Map flat(const Measures& measures) {
    std::map<std::string, int> counts;
    std::vector<std::pair<std::string, Map>> files;
    for (const auto& file : measures.files)
      if (!file.failure && file.data.is_map()) files.emplace_back(file.file, flatten(file.data));
    for (const auto& [file, keys] : files)
      for (const auto& [key, value] : keys.items) ++counts[key.as_string()];
    Map out;
    for (const auto& [file, keys] : files)
      for (const auto& [key, value] : keys.items) out.set(counts[key.as_string()] > 1 ? cat(file, ":", key.as_string()) : key.as_string(), value);
    return out;
  }

  const Map& request_;
  std::string cwd_;
  workspace::Workspace ws_;
  workspace::Revisions revisions_;
};

Map failure(const std::string& type, const std::string& message) {
  Map error, out;
  error.set("type", type);
  error.set("message", message);
  out.set("error", std::move(error));
  return out;
}

Map answer_to(Session& session, const std::string& line) {
  try {
    const auto request = text::json::parse(line, "request");
    if (!request.is_map()) return failure("ApiError", "a request is a JSON object");
    Map out;
    out.set("result", Call(session, request.as_map()).answer());
    return out;
  } catch (const ApiError& e) {
    return failure(e.type(), e.message());
  } catch (const Error& e) {
    return failure(e.kind() == ErrorKind::no_repo ? "NotDvcRepoError" : "ApiError", e.message());
  }
}

}  // namespace

Outcome run_api(Session& session, const Args&) {
  for (std::string line; std::getline(std::cin, line);) {
    if (trim(line).empty()) continue;
    session.out().output(cat(text::json::dump(answer_to(session, line)), "\n"));
    session.out().flush();
  }
  return {};
}

}  // namespace pivot::commands
