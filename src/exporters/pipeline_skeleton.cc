#include "exporters/pipeline_skeleton.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::exporters {

namespace {

const std::set<std::string_view>& python_words() {
  static const std::set<std::string_view> kWords{
      "False", "None",   "True",  "and",  "as",       "assert", "async",  "await", "break", "class", "continue", "def",    "del",    "elif",   "else",
      "except", "finally", "for", "from", "global",   "if",     "import", "in",    "is",    "lambda", "nonlocal", "not",   "or",     "pass",   "raise",
      "return", "try",   "while", "with", "yield",    "stage",  "shell",  "Out",   "Metric", "Plot",  "print",    "open",  "match",  "case",   "type"};
  return kWords;
}

/// A name for the function of a stage: what Python takes, and nobody's yet.
std::string function_name(const std::string& stage, std::set<std::string>& taken) {
  std::string name;
  for (const char c : stage) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 || python_words().count(name) != 0) name = "stage_" + name;
  const auto base = name;
  for (int n = 2; !taken.insert(name).second; ++n) name = cat(base, "_", std::to_string(n));
  return name;
}

std::string text(const std::string& s) {
  // Double quotes, as Python's formatters have it, where that takes no escapes.
  const bool plain = std::all_of(s.begin(), s.end(), [](char c) { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' '; });
  return plain ? cat("\"", s, "\"") : python_str_repr(s);
}

std::string list_of(const std::vector<std::string>& items, std::size_t indent) {
  const auto line = cat("[", join(items, ", "), "]");
  if (line.size() + indent <= 110 || items.size() < 2) return line;
  const std::string blanks(indent, ' ');
  std::string out = "[\n";
  for (const auto& item : items) out += cat(blanks, "    ", item, ",\n");
  return cat(out, blanks, "]");
}

/// "path", or Out("path", cache=False, ...).
std::string out_text(const model::Out& out) {
  std::vector<std::string> options;
  if (!out.cache) options.emplace_back("cache=False");
  if (out.persist) options.emplace_back("persist=True");
  if (!out.push) options.emplace_back("push=False");
  for (const auto& [name, value] : {std::pair{"remote", &out.remote}, {"desc", &out.desc}, {"type", &out.type}})
    if (!value->empty()) options.push_back(cat(name, "=", text(*value)));
  if (out.labels.is_list() && !out.labels.as_list().empty()) options.push_back(cat("labels=", python_repr(out.labels)));
  if (out.plot.is_map())
    for (const auto& [key, value] : out.plot.as_map().items) options.push_back(cat(key.as_string(), "=", value.is_string() ? text(value.as_string()) : python_repr(value)));
  if (options.empty()) return text(out.path);
  const char* kind = out.kind == model::OutKind::metric ? "Metric" : out.kind == model::OutKind::plot ? "Plot" : "Out";
  return cat(kind, "(", text(out.path), ", ", join(options, ", "), ")");
}

std::string param_keys(const model::Stage& stage) {
  std::vector<std::string> files;
  for (const auto& dep : stage.params) {
    std::vector<std::string> keys;
    for (const auto& key : dep.keys) keys.push_back(text(key));
    files.push_back(cat(text(dep.path), ": ", list_of(keys, 4)));
  }
  return cat("{", join(files, ", "), "}");
}

std::string number(double value) { return value == static_cast<double>(static_cast<std::int64_t>(value)) ? std::to_string(static_cast<std::int64_t>(value)) : python_float_repr(value); }

std::vector<std::string> decorator_options(const model::Stage& stage, const std::string& function, const std::string& folder) {
  std::vector<std::string> out;
  if (function != stage.name) out.push_back(cat("name=", text(stage.name)));
  if (const auto wdir = path::relative(stage.wdir, folder); wdir != ".") out.push_back(cat("wdir=", text(wdir)));
  std::vector<std::string> deps;
  for (const auto& dep : stage.deps) deps.push_back(text(dep.path));
  if (!deps.empty()) out.push_back(cat("deps=", list_of(deps, 4)));
  if (!stage.params.empty()) out.push_back(cat("param_keys=", param_keys(stage)));
  for (const auto& [kind, name] : {std::pair{model::OutKind::data, "outs"}, {model::OutKind::metric, "metrics"}, {model::OutKind::plot, "plots"}}) {
    std::vector<std::string> outs;
    for (const auto& o : stage.outs)
      if (o.kind == kind) outs.push_back(out_text(o));
    if (!outs.empty()) out.push_back(cat(name, "=", list_of(outs, 4)));
  }
  if (stage.always_changed || stage.is_callback()) out.emplace_back("always=True");
  if (stage.settings.timeout > 0) out.push_back(cat("timeout=", number(stage.settings.timeout)));
  if (stage.settings.retries > 0) out.push_back(cat("retries=", std::to_string(stage.settings.retries)));
  std::vector<std::string> mutex, environment;
  for (const auto& name : stage.settings.mutex) mutex.push_back(text(name));
  for (const auto& [name, value] : stage.settings.env) environment.push_back(cat(text(name), ": ", text(value)));
  if (!mutex.empty()) out.push_back(cat("mutex=[", join(mutex, ", "), "]"));
  if (!environment.empty()) out.push_back(cat("environment={", join(environment, ", "), "}"));
  return out;
}

/// The commands as arguments of shell(), one a line when they are long.
std::string shell_call(const Value& cmd) {
  std::vector<std::string> commands;
  if (cmd.is_list()) {
    for (const auto& item : cmd.as_list()) commands.push_back(text(python_str(item)));
  } else {
    commands.push_back(text(python_str(cmd)));
  }
  if (commands.size() == 1) return cat("    shell(", commands[0], ")\n");
  std::string out = "    shell(\n";
  for (const auto& command : commands) out += cat("        ", command, ",\n");
  return out + "    )\n";
}

std::string stage_text(const SkeletonStage& from, const std::string& folder, std::set<std::string>& taken) {
  const auto& stage = *from.stage;
  const auto function = function_name(stage.name, taken);
  std::string out = "\n\n@stage(";
  const auto options = decorator_options(stage, function, folder);
  const auto line = join(options, ", ");
  if (line.size() < 110 && line.find('\n') == line.npos) {
    out += cat(line, ")\n");
  } else {
    out += "\n";
    for (const auto& option : options) out += cat("    ", option, ",\n");
    out += ")\n";
  }
  out += cat("def ", function, "():\n");
  if (!stage.desc.empty()) out += cat("    ", text(stage.desc), "\n");
  if (from.call) return out + cat("    from ", *from.call, " import main\n\n    main()\n");
  return out + shell_call(stage.cmd);
}

const char* out_obstacle(const model::Out& out) {
  if (path::is_url(out.file) || path::is_absolute(out.file)) return "an output outside of the repository";
  if (!out.meta_value.is_null()) return "`meta` of an output";
  if (out.plot.is_null()) return nullptr;
  if (!out.plot.is_map()) return "several plots of one file";
  static const std::set<std::string_view> kKnown{"template", "x", "y", "title", "x_label", "y_label", "header"};
  for (const auto& [key, value] : out.plot.as_map().items)
    if (!key.is_string() || kKnown.count(key.as_string()) == 0) return "a plot property that is not known";
  return nullptr;
}

}  // namespace

std::string obstacle_to_python(const model::Stage& stage) {
  if (stage.frozen) return "it is frozen";
  for (const auto& dep : stage.deps)
    if (path::is_url(dep.file)) return "a dependency that is a URL";
  for (const auto& out : stage.outs)
    if (const char* what = out_obstacle(out)) return what;
  if (stage.meta.is_map())
    for (const auto& [key, value] : stage.meta.as_map().items)
      if (python_str(key) != "pivot") return "`meta` of its own";
  if (!stage.settings.resources.is_null()) return "`resources` of its own";
  return "";
}

std::string pipeline_skeleton(const std::vector<SkeletonStage>& stages, const std::string& folder) {
  std::set<std::string> taken, names{"stage"};
  std::string body;
  for (const auto& one : stages) {
    body += stage_text(one, folder, taken);
    if (!one.call) names.insert("shell");
  }
  for (const auto* kind : {"Metric", "Out", "Plot"})
    if (body.find(cat(kind, "(\"")) != body.npos || body.find(cat(kind, "('")) != body.npos) names.insert(kind);
  const std::vector<std::string> imported(names.begin(), names.end());
  return cat("\"\"\"The stages of dvc.yaml, taken over by `pivot import-dvc`.\"\"\"\n\nfrom pivot import ", join(imported, ", "), "\n", body);
}

std::string plain_script(const std::string& command) {
  const auto words = split(trim(command), ' ');
  if (words.size() != 2 || (words[0] != "python" && words[0] != "python3")) return "";
  const auto script = words[1];
  if (!script.ends_with(".py") || script.size() < 4) return "";
  const auto stem = script.substr(0, script.size() - 3);
  const bool name = std::all_of(stem.begin(), stem.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
  return name && std::isdigit(static_cast<unsigned char>(stem[0])) == 0 && python_words().count(stem) == 0 ? std::string(script) : "";
}

std::optional<std::string> callable_main(const std::string& command, const std::string& script) {
  const auto file = plain_script(command);
  if (file.empty()) return std::nullopt;
  for (const auto* reader : {"argv", "argparse", "click", "fire", "typer", "hydra", "__file__", "absl", "docopt"})
    if (script.find(reader) != script.npos) return std::nullopt;
  const bool defines = script.find("\ndef main():\n") != script.npos || script.find("\ndef main() -> None:\n") != script.npos ||
                       script.starts_with("def main():\n") || script.starts_with("def main() -> None:\n");
  const auto end = trim(script);
  bool calls = false;
  for (const auto* guard : {"\nif __name__ == \"__main__\":\n    main()", "\nif __name__ == '__main__':\n    main()"}) calls |= end.ends_with(guard);
  if (!defines || !calls) return std::nullopt;
  return file.substr(0, file.size() - 3);
}

}  // namespace pivot::exporters
