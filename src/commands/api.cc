// `pivot api`: answers for the Python package `pivot.api`. One request a line on standard input, one answer a line on standard output:
//   {"call": "list", "rev": null, "path": "data", ...}  ->  {"result": ...} or {"error": {"type": ..., "message": ...}}
// Where it asks: {"repo": URL or path, null for the working directory, "remote": name, "settings": [[group, name, key, value], ...],
// "remote_settings": [[key, value], ...]}. Each request sees a folder as it is then; what is behind a URL is asked for once.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/artifact.h"
#include "commands/experiment_list.h"
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
#include "workspace/data_objects.h"
#include "workspace/lockbooks.h"
#include "workspace/project_files.h"
#include "workspace/source_repository.h"

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

constexpr std::size_t kShortSha = 7;

/// One request.
class Call {
 public:
  Call(workspace::SourceRepository& source, std::string cwd, const Map& request)
      : request_(request), cwd_(std::move(cwd)), source_(source), ws_(source.workspace()), revisions_(source.revisions()) {}

  Value answer() {
    const auto call = text_at(request_, "call");
    if (call == "params") return measured(true);
    if (call == "metrics") return measured(false);
    if (call == "list") return listed();
    if (call == "info") return info();
    if (call == "read") return read();
    if (call == "url") return Value(source_.storage_url(path()));
    if (call == "artifact") return artifact();
    if (call == "names") return names();
    if (call == "baselines") return baselines();
    throw ApiError("ApiError", cat("there is no call '", call, "'"));
  }

 private:
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
    return merged(are_params ? reader.params(source_.commit(), choice) : reader.metrics(source_.commit(), choice));
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

  bool flag(std::string_view name) const {
    const auto* value = request_.find(name);
    return value != nullptr && value->is_bool() && value->as_bool();
  }

  Value info() {
    ProjectListing project(source_, ws_.root());
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
    ProjectListing project(source_, ws_.root());
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
    auto& revision = source_.revision();
    const auto file = path(), shown = text_at(request_, "path");
    get_data(shown, [&] { source_.fetch_listings(file); });
    const auto type = revision.files().type(file);
    const auto known = revision.files().tracked(file);
    if (type == FileType::dir || (known && known->is_dir)) throw ApiError("IsADirectoryError", cat(python_str_repr(shown), " is a directory"));
    if (!type && !known)
      throw ApiError("PathMissingError", cat("The path '", shown, "' does not exist in the target repository '", source_.is_clone() ? source_.url() : ws_.root(), "' neither as a DVC output nor as a Git-tracked file."));
    if (known && !revision.disk().stat(ws_.absolute(file))) get_data(shown, [&] { source_.fetch(file); });
    Map out;
    const auto stat = revision.is_workspace() ? ws_.disk().stat(ws_.absolute(file)) : std::nullopt;
    const auto object = stat ? ws_.absolute(file) : revision.files().cached_object(file);
    if (!object.empty()) {
      out.set("file", object);
      return out;
    }
    auto content = revision.files().read(file);
    if (!content) throw ApiError("MissingDataError", cat("'", shown, "' is tracked, but neither in the workspace nor in the cache"));
    out.set("base64", text::yaml::encode_base64(*content));
    return out;
  }

  /// `get` brings what was asked for into the cache, from where a remote has it.
  void get_data(const std::string& shown, const std::function<void()>& get) {
    try {
      get();
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::config) throw;
      throw ApiError("MissingDataError", cat("'", shown, "' is tracked, but neither in the workspace nor in the cache (", e.message(), ")"));
    }
  }

  Value names() {
    const auto kind = text_at(request_, "kind");
    List out;
    for (auto& name : kind == "tags" ? ws_.git().tags() : kind == "branches" ? ws_.git().branches() : ws_.git().commits()) out.emplace_back(std::move(name));
    return out;
  }

  /// What `exp_show` says: the workspace, and the commits that were asked for, each with its experiments.
  Value baselines() {
    List out;
    Map empty;
    for (const auto* part : {"metrics", "params", "deps"}) empty.set(part, Map{});
    auto workspace = source_.commit().empty() ? measured_row("") : empty;  // behind a URL there is none
    workspace.set("rev", "workspace");
    out.emplace_back(std::move(workspace));
    for (const auto& sha : asked_commits()) {
      auto row = measured_row(sha);
      row.set("rev", short_name(sha));
      List experiments;
      for (const auto& experiment : experiments_of(ws_.git(), sha)) {
        auto entry = measured_row(experiment.commit);
        if (experiment.is_queued) entry.set("metrics", Map{});
        entry.set("rev", experiment.commit.substr(0, kShortSha));
        entry.set("name", experiment.name);
        entry.set("is_queued", experiment.is_queued);
        experiments.emplace_back(std::move(entry));
      }
      row.set("experiments", std::move(experiments));
      out.emplace_back(std::move(row));
    }
    return out;
  }

  /// Each of `revs` with those before it, `num` in all (negative: as many as there are).
  std::vector<std::string> asked_commits() {
    const auto* number = request_.find("num");
    const auto num = number != nullptr && number->is_int() ? number->as_int() : 1;
    std::vector<std::string> out;
    for (const auto& rev : texts_at(request_, "revs")) {
      const auto first = revisions_.resolve(rev);
      std::optional<std::string> sha = first;
      for (std::int64_t n = 0; sha && (num < 0 || n < num); sha = ws_.git().resolve(cat(first, "~", std::to_string(++n))))
        if (std::find(out.begin(), out.end(), *sha) == out.end()) out.push_back(*sha);
    }
    return out;
  }

  /// Params, metrics by file (null for one that can't be read) and hashes of deps.
  Map measured_row(const std::string& sha) {
    MeasureReader reader(revisions_);
    Map row, deps;
    row.set("time", sha.empty() ? Value() : Value(ws_.git().commit_time(sha)));
    row.set("metrics", by_file(reader.metrics(sha, {})));
    row.set("params", by_file(reader.params(sha, {{}, flag("deps"), {}})));
    auto& revision = revisions_.at(sha);
    for (const auto& stage : revision.stages().stages)
      if (const auto* record = stage.is_data() ? nullptr : revision.lockbook().find(stage))
        for (const auto& dep : record->deps) deps.set(dep.path, dep.hash.value);
    row.set("deps", std::move(deps));
    return row;
  }

  /// The branch of HEAD, the last tag, the last branch, or a short SHA: as DVC calls a commit.
  std::string short_name(const std::string& sha) {
    const auto branches = ws_.git().branches();
    // A clone has one branch, that of its source's HEAD; where it is now stands among those of the source.
    const auto active = !source_.is_clone() ? ws_.git().active_branch() : branches.empty() ? "" : branches.front();
    if (!active.empty() && ws_.git().resolve(cat(source_.is_clone() ? "refs/remotes/origin/" : "refs/heads/", active)) == sha) return active;
    for (auto [names, name_of] : {std::pair{ws_.git().tags(), "refs/tags/"}, {branches, "refs/heads/"}})
      for (auto it = names.rbegin(); it != names.rend(); ++it)
        if (ws_.git().resolve(cat(name_of, *it)) == sha) return *it;
    return sha.substr(0, kShortSha);
  }

  /// Dotted keys of each file; null for a file that can't be read.
  static Map by_file(const Measures& measures) {
    Map out;
    for (const auto& file : measures.files) out.set(file.file, file.failure ? Value() : file.data.is_map() ? Value(flatten(file.data)) : Value(Map{}));
    return out;
  }

  /// Where an artifact is: the commit of its tag, and its path.
  Value artifact() {
    const Artifact wanted{text_at(request_, "name"), text_at(request_, "version"), text_at(request_, "stage")};
    Map out;
    const auto commit = artifact_commit(ws_.git(), wanted);
    out.set("rev", commit);
    out.set("path", artifact_path(revisions_.at(commit), wanted));
    return out;
  }

  const Map& request_;
  std::string cwd_;
  workspace::SourceRepository& source_;
  workspace::Workspace& ws_;
  workspace::Revisions& revisions_;
};

/// Repositories behind URLs that were asked for, by what was asked.
using Clones = std::map<std::string, std::unique_ptr<workspace::SourceRepository>>;

std::vector<std::vector<std::string>> rows_at(const Map& request, std::string_view key) {
  std::vector<std::vector<std::string>> out;
  const auto* rows = request.find(key);
  for (const auto& row : rows != nullptr && rows->is_list() ? rows->as_list() : List{}) {
    auto& words = out.emplace_back();
    if (row.is_list())
      for (const auto& word : row.as_list()) words.push_back(python_str(word));
  }
  return out;
}

workspace::SourceRepository::Wish wish_of(Session& session, const Map& request) {
  workspace::SourceRepository::Wish out;
  out.base = session.cwd();
  out.url = text_at(request, "repo");
  if (out.url.empty()) out.url = ".";
  const auto optional_at = [&](const char* key) { return text_at(request, key).empty() ? std::nullopt : std::optional(text_at(request, key)); };
  out.rev = optional_at("rev");
  out.remote = optional_at("remote");
  for (const auto& row : rows_at(request, "settings"))
    if (row.size() == 4) workspace::merge(out.settings, {{lower(row[0]), lower(row[1]), {{lower(row[2]), row[3]}}}});
  for (const auto& row : rows_at(request, "remote_settings"))
    if (row.size() == 2) out.remote_settings.emplace_back(lower(row[0]), row[1]);
  const auto call = text_at(request, "call");
  out.any_folder = call == "read" || call == "list" || call == "info";
  return out;
}

Value answer(Session& session, const Map& request, Clones& clones) {
  std::string key;
  for (const auto* part : {"repo", "rev", "remote", "settings", "remote_settings"})
    if (const auto* value = request.find(part)) key += cat(text::json::dump(*value), "\n");
  if (const auto it = clones.find(key); it != clones.end()) return Call(*it->second, session.cwd(), request).answer();
  auto source = std::make_unique<workspace::SourceRepository>(wish_of(session, request));
  auto& kept = *source;
  if (source->is_clone()) clones[key] = std::move(source);
  return Call(kept, session.cwd(), request).answer();
}

Map failure(const std::string& type, const std::string& message) {
  Map error, out;
  error.set("type", type);
  error.set("message", message);
  out.set("error", std::move(error));
  return out;
}

Map answer_to(Session& session, const std::string& line, Clones& clones) {
  try {
    const auto request = text::json::parse(line, "request");
    if (!request.is_map()) return failure("ApiError", "a request is a JSON object");
    Map out;
    out.set("result", answer(session, request.as_map(), clones));
    return out;
  } catch (const ApiError& e) {
    return failure(e.type(), e.message());
  } catch (const workspace::NoRepository& e) {
    return failure("CloneError", e.message());
  } catch (const workspace::UnknownRevision& e) {
    return failure("RevError", e.message());
  } catch (const workspace::NoOutput& e) {
    return failure("OutputNotFoundError", e.message());
  } catch (const workspace::UnknownRemote& e) {
    return failure("RemoteNotFoundError", workspace::without_config_prefix(e.message()));
  } catch (const workspace::NoDefaultRemote& e) {
    return failure("NoRemoteError", workspace::without_config_prefix(e.message()));
  } catch (const NoArtifact& e) {
    return failure("ArtifactNotFoundError", e.message());
  } catch (const Error& e) {
    return failure(e.kind() == ErrorKind::no_repo ? "NotDvcRepoError" : e.kind() == ErrorKind::config ? "ConfigError" : "ApiError", workspace::without_config_prefix(e.message()));
  }
}

/// Lines of standard input. Not std::cin: what it sets up takes each start of this program, of any command, a tenth longer.
class InputLines {
 public:
  bool next(std::string& line) {
    char* text = text_.release();
    const auto length = ::getline(&text, &room_, stdin);
    text_.reset(text);
    if (length < 0) return false;
    line.assign(text, static_cast<std::size_t>(length));
    if (line.ends_with('\n')) line.pop_back();
    return true;
  }

 private:
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  std::unique_ptr<char, Free> text_;
  std::size_t room_ = 0;
};

}  // namespace

Outcome run_api(Session& session, const Args&) {
  Clones clones;
  InputLines input;
  for (std::string line; input.next(line);) {
    if (trim(line).empty()) continue;
    session.out().output(cat(text::json::dump(answer_to(session, line, clones)), "\n"));
    session.out().flush();
  }
  return {};
}

}  // namespace pivot::commands
