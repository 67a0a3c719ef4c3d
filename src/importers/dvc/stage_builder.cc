#include "importers/dvc/stage_builder.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/path.h"
#include "base/strings.h"
#include "importers/dvc/document.h"
#include "importers/dvc/python_types.h"

namespace pivot::importers::dvc {

namespace {

/// A template may have put something else than text where a path belongs. DVC stops with an error of its path library.
const std::string& path_text(const Value& value, const StagePlace& place, const std::string& stage, const char* key) {
  if (value.is_string()) return value.as_string();
  throw Error(cat("'", python_type_name(value), "' object has no attribute 'decode'"), ErrorKind::unexpected)
      .with_hint(cat("'stages.", stage, ".", key, "' in '", place.shown, "': expected a path, got ", python_repr(value)));
}

[[noreturn]] void raise_unexpected(std::string message) { throw Error(std::move(message), ErrorKind::unexpected); }

/// Params entries grouped by file; a file named without keys is tracked whole, whatever else is said of it.
class ParamsByFile {
 public:
  void add(const List& entries) {
    for (const auto& entry : entries) {
      if (!entry.is_map()) continue;
      for (const auto& [file, keys] : entry.as_map().items) {
        if (is_empty(keys)) whole_.push_back(python_str(file));
      }
    }
    for (const auto& entry : entries) add_entry(entry);
  }
  std::vector<model::ParamDep> take() { return std::move(deps_); }

 private:
  static bool is_empty(const Value& keys) {
    return keys.is_null() || (keys.is_list() && keys.as_list().empty()) || (keys.is_map() && keys.as_map().empty()) ||
           (keys.is_string() && keys.as_string().empty()) || (keys.is_bool() && !keys.as_bool());
  }
  bool is_whole(const std::string& file) const { return std::find(whole_.begin(), whole_.end(), file) != whole_.end(); }
  model::ParamDep& of_file(const std::string& file) {
    const auto found = std::find_if(deps_.begin(), deps_.end(), [&](const auto& dep) { return dep.path == file; });
    if (found != deps_.end()) return *found;
    return deps_.emplace_back(model::ParamDep{file, "", {}});
  }
  void add_entry(const Value& entry) {
    if (entry.is_string()) {
      if (!is_whole("params.yaml")) add_key(of_file("params.yaml"), entry);
      return;
    }
    if (!entry.is_map()) {
      raise_unexpected(cat("Only list of str/dict is supported. Got: '", python_type_name(entry), "'."));
    }
    for (const auto& [key, keys] : entry.as_map().items) {
      const auto file = python_str(key);
      if (is_whole(file)) {
        of_file(file);
        continue;
      }
      if (!keys.is_list()) {
        raise_unexpected(cat("Expected list of params for custom params file '", file, "', got '",
                             python_type_name(keys), "'."));
      }
      auto& dep = of_file(file);
      for (const auto& name : keys.as_list()) add_key(dep, name);
    }
  }

  void add_key(model::ParamDep& dep, const Value& key) {
    auto text = python_str(key);
    if (seen_.insert(cat(dep.path, std::string_view("\0", 1), text)).second) dep.keys.push_back(std::move(text));
  }

  std::vector<model::ParamDep> deps_;
  std::vector<std::string> whole_;
  std::unordered_set<std::string> seen_;
};

bool is_plot_property(const std::string& name) {
  static constexpr const char* kNames[] = {"template", "x", "y", "x_label", "y_label", "title", "header"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* known) { return name == known; });
}

/// A template may have made a number of a description.
std::string text_or_empty(const Value& value) { return value.is_null() ? std::string() : python_str(value); }

void apply_flag(model::Out& out, const std::string& name, const Value& value) {
  if (name == "cache") {
    out.cache = !value.is_bool() || value.as_bool();
  } else if (name == "persist") {
    out.persist = value.is_bool() && value.as_bool();
  } else if (name == "push") {
    out.push = !value.is_bool() || value.as_bool();
  } else if (name == "remote") {
    out.remote = text_or_empty(value);
  } else if (name == "desc") {
    out.desc = text_or_empty(value);
  } else if (name == "type") {
    out.type = text_or_empty(value);
  } else if (name == "labels") {
    out.labels = value;
  } else if (name == "meta") {
    out.meta_value = value;
  } else if (out.kind == model::OutKind::plot && is_plot_property(name)) {
    if (out.plot.is_null()) out.plot = Value(Map{});
    out.plot.as_map().set(name, value);
  }
}

/// Outs of one section; the same path twice is one out with the flags of both.
class OutsOfSection {
 public:
  OutsOfSection(model::Stage& stage, const StagePlace& place, model::OutKind kind, const char* key)
      : stage_(stage), place_(place), kind_(kind), key_(key) {}

  void add(const List& entries) {
    for (const auto& entry : entries) {
      if (entry.is_map()) {
        for (const auto& [written, flags] : entry.as_map().items) add_flags(written, flags);
      } else if (entry.is_string()) {
        of_path(entry);
      } else {
        raise_unexpected(cat("'", python_type_name(entry), "' not supported."));
      }
    }
  }

 private:
  void add_flags(const Value& written, const Value& flags) {
    if (!flags.is_map()) {
      raise_unexpected(cat("Expected dict for '", python_str(written), "', got: '", python_type_name(flags), "'"));
    }
    auto& out = of_path(written);
    for (const auto& [name, value] : flags.as_map().items) apply_flag(out, python_str(name), value);
  }

  model::Out& of_path(const Value& written) {
    const auto& text = path_text(written, place_, stage_.name, key_);
    const auto [known, fresh] = by_path_.emplace(text, stage_.outs.size());
    if (!fresh) return stage_.outs[known->second];
    auto placed = place_path(place_, stage_.wdir, text);
    auto& out = stage_.outs.emplace_back();
    out.path = std::move(placed.path);
    out.file = std::move(placed.file);
    out.kind = kind_;
    return out;
  }

  model::Stage& stage_;
  const StagePlace& place_;
  model::OutKind kind_;
  const char* key_;
  std::unordered_map<std::string, std::size_t> by_path_;
};

void add_outs(model::Stage& stage, const StagePlace& place, const Value* entries, model::OutKind kind, const char* key) {
  if (entries != nullptr && entries->is_list()) OutsOfSection(stage, place, kind, key).add(entries->as_list());
}

void add_deps(model::Stage& stage, const StagePlace& place, const Value* entries) {
  if (entries == nullptr) return;
  stage.deps.reserve(entries->as_list().size());
  for (const auto& written : entries->as_list()) {
    auto placed = place_path(place, stage.wdir, path_text(written, place, stage.name, "deps"));
    auto& dep = stage.deps.emplace_back();
    dep.path = std::move(placed.path);
    dep.file = std::move(placed.file);
  }
}

void add_params(model::Stage& stage, const StagePlace& place, const Value* entries) {
  if (entries == nullptr) return;
  ParamsByFile by_file;
  by_file.add(entries->as_list());
  stage.params = by_file.take();
  for (auto& dep : stage.params) {
    auto placed = place_path(place, stage.wdir, dep.path);
    dep.path = std::move(placed.path);
    dep.file = std::move(placed.file);
  }
}

/// A key that stands for itself; paths come later, when the working directory is known.
void apply_key(model::Stage& stage, const StagePlace& place, const std::string& key, const Value& value) {
  if (key == "cmd") {
    stage.cmd = value;
  } else if (key == "wdir") {
    if (!value.is_string()) {
      raise_unexpected(
          cat("join() argument must be str, bytes, or os.PathLike object, not '", python_type_name(value), "'"));
    }
    stage.wdir_text = value.as_string();
  } else if (key == "frozen") {
    stage.frozen = value.is_bool() && value.as_bool();
  } else if (key == "always_changed") {
    stage.always_changed = value.is_bool() && value.as_bool();
  } else if (key == "desc") {
    stage.desc = text_or_empty(value);
  } else if (key == "meta") {
    stage.meta = value;
    stage.settings = read_settings(value, stage.name, place.shown);
  }
}

}  // namespace

StagePlace stage_place(const std::string& file, const ParsingOptions& options) {
  auto folder = path::dirname(file);
  return {file, folder.empty() ? "." : std::move(folder), options.root, path_from(file, options.cwd)};
}

PlacedPath place_path(const StagePlace& place, const std::string& wdir, const std::string& written) {
  if (path::is_url(written)) return {written, written};
  if (path::is_absolute(written)) {
    auto normal = path::normalize(written);
    if (place.root.empty() || normal == place.root || !path::is_inside(normal, place.root)) return {written, normal};
    auto file = path::relative(normal, place.root);
    return {path::relative(file, path::is_absolute(wdir) ? path::relative(wdir, place.root) : wdir), file};
  }
  auto file = path::normalize(path::join(wdir, written));
  if (path::escapes(file) && !place.root.empty()) file = path::normalize(path::join(place.root, file));
  if (path::is_absolute(file) && !place.root.empty() && path::is_inside(file, place.root)) {
    file = path::relative(file, place.root);
  }
  return {written, std::move(file)};
}

std::string place_wdir(const StagePlace& place, const std::string& written) {
  if (written.empty()) return place.folder;
  return place_path(place, place.folder, written).file;
}

model::Stage build_stage(const StagePlace& place, const std::string& name, const Map& keys) {
  model::Stage stage;
  stage.name = name;
  stage.file = place.file;
  for (const auto& [key, value] : keys.items) apply_key(stage, place, key.as_string(), value);
  stage.wdir = place_wdir(place, stage.wdir_text);
  add_deps(stage, place, keys.find("deps"));
  add_params(stage, place, keys.find("params"));
  add_outs(stage, place, keys.find("outs"), model::OutKind::data, "outs");
  add_outs(stage, place, keys.find("metrics"), model::OutKind::metric, "metrics");
  add_outs(stage, place, keys.find("plots"), model::OutKind::plot, "plots");
  return stage;
}

}  // namespace pivot::importers::dvc
