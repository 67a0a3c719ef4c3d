#include "workspace/python_pipelines.h"

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "importers/python/description.h"
#include "text/yaml.h"
#include "workers/python_host.h"
#include "workers/python_runner.h"
#include "workers/runtime_files.h"
#include "workspace/config.h"
#include "workspace/python_record.h"
#include "workspace/snapshot.h"

namespace pivot::workspace {

namespace {

using workers::field;

std::string folder_of(const std::string& file) {
  auto folder = path::dirname(file);
  return folder.empty() ? "." : folder;
}

/// The file whose values override the parameters of a pipeline's stages.
std::string params_file_of(const std::string& pipeline) {
  const auto folder = path::dirname(pipeline);
  return folder.empty() ? "params.yaml" : cat(folder, "/params.yaml");
}

/// `modules: [a.b]` and `files: [x.py]`, both seen from the folder of the pivot.yaml.
void add_named(List& out, const std::string& file, std::string_view content) {
  Value value;
  try {
    value = text::yaml::load(content);
  } catch (const text::yaml::SyntaxError& e) {
    throw Error(cat("'", file, "' is invalid: ", e.problem()), ErrorKind::validation)
        .with_place({file, e.problem_mark() ? e.problem_mark()->line + 1 : 0, e.problem_mark() ? e.problem_mark()->column + 1 : 0});
  }
  const char* hint = "write `modules: [package.module]` or `files: [stages.py]`";
  if (!value.is_map()) throw Error(cat("'", file, "' is invalid: it is no mapping"), ErrorKind::validation).with_hint(hint);
  for (const auto& [key, list] : value.as_map().items) {
    const auto name = python_str(key);
    if (name == "stages" || name == "pipeline" || name == "pipelines")
      throw Error(cat("'", file, "' is written for the Python package pivot (up to version 0.5): its `", name, "` can't be run by this command"),
                  ErrorKind::validation)
          .with_hint("`pivot explain` says what stands of its stages; write them as functions with @stage, and name their modules here: `modules: [stages]`");
    if ((name != "modules" && name != "files") || !list.is_list())
      throw Error(cat("'", file, "' is invalid: ", name == "modules" || name == "files" ? cat("'", name, "' is not a list") : cat("unknown key '", name, "'")),
                  ErrorKind::validation)
          .with_hint(hint);
    for (const auto& item : list.as_list()) {
      Map pipeline;
      if (name == "modules") {
        pipeline.set("module", python_str(item));
        pipeline.set("folder", folder_of(file));
      } else {
        pipeline.set("file", path::normalize(path::join(path::dirname(file), python_str(item))));
      }
      out.emplace_back(std::move(pipeline));
    }
  }
}

}  // namespace

PythonPipelines::PythonPipelines(Disk& disk, std::string root, std::string tmp, const Config& config, PythonOptions options)
    : disk_(disk), root_(std::move(root)), tmp_(std::move(tmp)), config_(config), options_(std::move(options)) {
  const auto wanted = !options_.interpreter.empty() ? options_.interpreter : config_.get("python", "interpreter").value_or("");
  interpreter_ = workers::find_interpreter(root_, wanted);
  record_ = std::make_unique<PythonRecord>(disk_, root_, tmp_, xxh3_64(interpreter_, program_mark(disk_)));
}

PythonPipelines::~PythonPipelines() = default;

bool PythonPipelines::is_ours(std::string_view name, std::string_view content) {
  if (name == "pivot.yaml") return true;
  while (!content.empty()) {
    const auto line = trim(content.substr(0, content.find('\n')));
    for (const std::string_view start : {"import pivot", "from pivot"})
      if (line.starts_with(start) && (line.size() == start.size() || std::string_view(" .,;#").find(line[start.size()]) != std::string_view::npos))
        return true;
    const auto end = content.find('\n');
    content.remove_prefix(end == content.npos ? content.size() : end + 1);
  }
  return false;
}

std::uint64_t PythonPipelines::import_id() { return options_.overrides.empty() && !is_live() && record_->stands() ? record_->id() : 0; }

Value PythonPipelines::open_request(const std::vector<std::string>& files, const ParamsReader& params) const {
  List pipelines;
  Map all_params;
  for (const auto& file : files) {
    if (path::basename(file) == "pivot.yaml") {
      add_named(pipelines, file, disk_.read(cat(root_, "/", file)).value_or(""));
    } else {
      Map pipeline;
      pipeline.set("file", file);
      pipelines.emplace_back(std::move(pipeline));
    }
    const auto params_file = params_file_of(file);
    if (const auto value = params(params_file); value && value->is_map()) all_params.set(params_file, *value);
  }
  Map overrides, out;
  for (const auto& [key, value] : options_.overrides) overrides.set(key, value);
  out.set("request", "open");
  out.set("protocol", workers::kProtocol);
  out.set("root", root_);
  out.set("pipelines", Value(std::move(pipelines)));
  out.set("params", Value(std::move(all_params)));
  out.set("overrides", Value(std::move(overrides)));
  out.set("restore_environment", workers::restored_environment());
  out.set("read_at_load", workers::read_at_load());
  out.set("strict", options_.strict);
  out.set("analyses", cat(tmp_, "/analyses"));
  return Value(std::move(out));
}

/// What an earlier description said of stages whose sources stand, so that they are not read again.
Value PythonPipelines::known_stages(const Value& earlier) const {
  Map known;
  if (!field(earlier, "stages").is_list()) return Value(std::move(known));
  for (const auto& stage : field(earlier, "stages").as_list()) {
    const auto& files = field(stage, "files");
    if (!files.is_list()) continue;
    const auto& moved = record_->moved().files;
    if (std::any_of(files.as_list().begin(), files.as_list().end(), [&](const Value& f) { return moved.count(python_str(f)) != 0; })) continue;
    Map kept;
    for (const char* name : {"manifest", "where", "files", "distributions", "blind_spots"}) kept.set(name, field(stage, name));
    known.items.emplace_back(field(stage, "address"), Value(std::move(kept)));
  }
  return Value(std::move(known));
}

void PythonPipelines::start_host() {
  host_ = is_live() ? std::make_unique<workers::PythonHost>(options_.host)
                    : std::make_unique<workers::PythonHost>(workers::HostStart{interpreter_, workers::unpack_runtime(tmp_)});
}

Value PythonPipelines::describe(const std::vector<std::string>& files, const ParamsReader& params) {
  const auto started = wall_ns();
  open_ = open_request(files, params);
  start_host();
  Map request;
  request.set("request", "describe");
  request.set("id", 0);
  // Known stages are worth nothing when other modules act at import than did then.
  if (const auto earlier = record_->moved().whole ? std::nullopt : record_->description()) {
    request.set("known", known_stages(*earlier));
    request.set("effects", field(*earlier, "effects"));
  }
  try {
    host_->send(open_);
    host_->send(Value(std::move(request)));
  } catch (const Error&) {
    // It has gone: there will be no reply either.
  }
  while (auto message = host_->receive()) {
    if (workers::text_field(*message, "reply") != "describe") continue;
    if (field(*message, "error").is_map()) importers::python::throw_described(field(*message, "error"));
    if (options_.overrides.empty() && !is_live()) {
      std::vector<std::string> read;
      for (const auto& file : files) {
        read.push_back(params_file_of(file));
        if (path::basename(file) == "pivot.yaml") read.push_back(file);
      }
      message->as_map().set("pipelines", join(files, "\n"));
      record_->save(*message, read, started);
    }
    return *std::move(message);
  }
  throw Error(cat("the Python interpreter '", interpreter_, "' ended before it had described the pipeline"))
      .with_hint("Python 3.10 or newer is needed; name another one with --python or the setting python.interpreter");
}

void PythonPipelines::use(const std::vector<std::string>& files, const ParamsReader& params) {
  files_ = files;
  params_ = params;
}

std::vector<model::Stage> PythonPipelines::load(const std::vector<std::string>& files, const ParamsReader& params) {
  files_ = files;
  params_ = params;
  if (import_id() != 0)
    if (auto kept = record_->description(); kept && workers::text_field(*kept, "pipelines") == join(files, "\n")) description_ = *std::move(kept);
  if (description_.is_null()) description_ = describe(files, params);
  return importers::python::read_stages(description_);
}

std::string PythonPipelines::effective_executor() const {
  auto name = options_.executor;
  if (const char* env = std::getenv("PIVOT_EXECUTOR"); name.empty() && env != nullptr) name = env;
  if (name.empty()) name = config_.get("run", "executor").value_or("");
  if (name.empty()) return "warm";
  if (name != "warm" && name != "process" && name != "interpreter")
    throw Error(cat("unknown executor '", name, "'"), ErrorKind::config).with_hint("warm, process or interpreter");
  return name;
}

std::vector<std::pair<std::string_view, std::string_view>> python_package() {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (const auto& file : workers::runtime_files()) out.emplace_back(file.name, file.content);
  return out;
}

std::string PythonPipelines::runtime() const { return workers::unpack_runtime(tmp_); }

void PythonPipelines::finish() {
  runner_.reset();
  host_.reset();
}

workers::PythonRunner& PythonPipelines::runner() {
  if (runner_) return *runner_;
  workers::RunnerOptions options;
  options.start = [this] { return workers::HostStart{interpreter_, workers::unpack_runtime(tmp_)}; };
  options.open = [this] {
    if (open_.is_null()) open_ = open_request(files_, params_);
    return open_;
  };
  options.executor = effective_executor();
  options.reuse = options_.reuse;
  options.ahead = options_.jobs;
  runner_ = std::make_unique<workers::PythonRunner>(std::move(options), std::move(host_));
  return *runner_;
}

}  // namespace pivot::workspace
