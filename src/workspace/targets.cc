#include "workspace/targets.h"

#include <algorithm>

#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {

namespace {

bool is_stage_file(std::string_view p) {
  const auto name = path::basename(p);
  return name == "dvc.yaml" || name == "dvc.yml" || (name.ends_with(".dvc") && name.size() > 4);
}

void add_unique(std::vector<model::StageId>& to, const std::vector<model::StageId>& ids) {
  for (auto id : ids)
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

}  // namespace

std::string to_root(const std::string& root, const std::string& cwd, const std::string& typed) {
  const auto absolute = path::normalize(path::join(path::join(root, cwd), typed));
  return path::is_inside(absolute, root) ? path::relative(absolute, root) : absolute;
}

Error outside_project(const std::string& shown, std::string_view page) {
  return Error(cat("Cached output(s) outside of DVC project: ", shown, ". See <https://dvc.org/doc/user-guide/", page, "> for more info."));
}

Targets::Parsed Targets::parse(const std::string& target) const {
  Parsed out;
  const auto colon = target.rfind(':');
  const auto before = colon == target.npos ? std::string() : target.substr(0, colon);
  if (is_stage_file(target) || collection_.has_file(to_root(root_, cwd_, target))) {
    out.file_text = target;
    out.explicit_file = true;
  } else if (!before.empty() && (is_stage_file(before) || collection_.has_file(to_root(root_, cwd_, before)))) {
    out.file_text = before;
    out.name = target.substr(colon + 1);
    out.explicit_file = true;
  } else {
    out.file_text = "dvc.yaml";
    out.name = colon == 0 ? target.substr(1) : target;
  }
  out.file = to_root(root_, cwd_, out.file_text);
  return out;
}

/// The stages of a folder's Python pipelines, which share the names with its dvc.yaml.
std::vector<model::StageId> Targets::python_stages(const std::string& stage_file, const std::string& name, bool glob) const {
  std::vector<model::StageId> out;
  const auto folder = path::dirname(stage_file);
  for (std::size_t i = 0; i < collection_.stages.size(); ++i) {
    const auto& stage = collection_.stages[i];
    if (!stage.callable || path::dirname(stage.file) != folder) continue;
    const bool group = stage.name.size() > name.size() && stage.name[name.size()] == '@' && stage.name.starts_with(name);
    if (name.empty() || stage.name == name || group || (glob && fnmatch_python(stage.name, name))) out.push_back(static_cast<model::StageId>(i));
  }
  return out;
}

std::vector<model::StageId> Targets::lookup(const Parsed& parsed, bool glob) const {
  const bool python = !parsed.explicit_file && path::basename(parsed.file) == "dvc.yaml";
  auto from_python = python ? python_stages(parsed.file, parsed.name, glob) : std::vector<model::StageId>{};
  if (!from_python.empty()) {
    if (!parsed.name.empty() && !glob) return from_python;
    if (collection_.has_file(parsed.file)) {
      auto all = lookup_in_file(parsed, glob);
      add_unique(all, from_python);
      return all;
    }
    return from_python;
  }
  std::vector<model::StageId> found;
  try {
    found = lookup_in_file(parsed, glob);
  } catch (const Error&) {
    if (python) refuse_unknown(parsed);
    throw;
  }
  return found;
}

/// Where the folder has Python pipelines, a name may be one of theirs.
void Targets::refuse_unknown(const Parsed& parsed) const {
  const auto folder = path::dirname(parsed.file);
  std::vector<std::string> files, names;
  for (const auto& file : collection_.python_files)
    if (path::dirname(file) == folder) files.push_back(cat("'", path::relative(file, cwd_), "'"));
  const bool live = std::any_of(collection_.stages.begin(), collection_.stages.end(), [](const auto& stage) { return stage.callable != nullptr; });
  if (files.empty() && !live) return;
  if (files.empty()) files.emplace_back("this process");
  if (parsed.name.empty()) throw Error(cat(join(files, ", "), files.size() == 1 ? " defines" : " define", " no stage")).with_hint("a function becomes one by @stage(...), from pivot");
  if (collection_.has_file(parsed.file)) files.push_back("'dvc.yaml'");
  constexpr std::size_t kMostNames = 10;
  for (const auto& stage : collection_.stages)
    if (path::dirname(stage.file) == folder && !stage.name.empty() && names.size() < kMostNames) names.push_back(stage.name);
  throw Error(cat("there is no stage '", parsed.name, "' in ", join(files, " or "))).with_hint(names.empty() ? "" : cat("there are: ", join(names, ", "), names.size() == kMostNames ? ", ..." : ""));
}

std::vector<model::StageId> Targets::lookup_in_file(const Parsed& parsed, bool glob) const {
  if (!collection_.has_file(parsed.file)) {
    const auto absolute = path::is_absolute(parsed.file) ? parsed.file : cat(root_, "/", parsed.file);
    if (collection_.git_ignored(parsed.file)) throw Error(cat("bad DVC file name '", parsed.file_text, "' is git-ignored."));
    if (access(absolute.c_str(), F_OK) == 0) throw Error(cat("'", parsed.file_text, "' is ignored, or lies in the output of another stage"));
    throw Error(cat("'", parsed.explicit_file || parsed.is_default ? absolute : parsed.file_text, "' does not exist"));
  }
  if (parsed.file.ends_with(".dvc") || parsed.name.empty()) return collection_.of_file(parsed.file);
  if (glob) {
    std::vector<model::StageId> hits;
    for (auto id : collection_.of_file(parsed.file))
      if (fnmatch_python(collection_.stages[static_cast<std::size_t>(id)].name, parsed.name)) hits.push_back(id);
    return hits;
  }
  if (const auto id = collection_.find(parsed.file, parsed.name); id >= 0) return {id};
  if (const auto it = collection_.groups.find(cat(parsed.file, ":", parsed.name)); it != collection_.groups.end()) return it->second;
  throw Error(cat("Stage '", parsed.name, "' not found inside '", parsed.file_text, "' file"));
}

std::vector<model::StageId> Targets::below(const std::string& folder) const {
  std::vector<model::StageId> out;
  for (std::size_t i = 0; i < collection_.stages.size(); ++i)
    if (path::is_inside(collection_.stages[i].file, folder)) out.push_back(static_cast<model::StageId>(i));
  return out;
}

std::vector<model::StageId> Targets::stages(const std::vector<std::string>& targets, bool recursive, bool glob) {
  std::vector<model::StageId> out;
  if (targets.empty()) return lookup({to_root(root_, cwd_, "dvc.yaml"), "", false, "dvc.yaml", true}, false);
  for (const auto& target : targets) {
    const auto file = to_root(root_, cwd_, target);
    const auto absolute = path::is_absolute(file) ? file : cat(root_, "/", file);
    if (recursive && access(cat(absolute, "/.").c_str(), F_OK) == 0) {
      add_unique(out, below(file));
    } else {
      add_unique(out, lookup(parse(target), glob));
    }
  }
  return out;
}

std::vector<Target> Targets::outs(const std::vector<std::string>& targets, bool recursive, bool with_deps) {
  std::vector<Target> out;
  auto add = [&](model::StageId id, std::optional<std::string> filter) {
    for (const auto& t : out)
      if (t.stage == id && t.filter == filter) return;
    out.push_back({id, std::move(filter)});
  };
  auto add_stages = [&](const std::vector<model::StageId>& ids) {
    for (auto id : ids) {
      if (!with_deps) {
        add(id, std::nullopt);
        continue;
      }
      std::vector<model::StageId> all{id};
      for (std::size_t i = 0; i < all.size(); ++i) add_unique(all, collection_.graph().upstream(all[i]));
      for (auto it = all.rbegin(); it != all.rend(); ++it) add(*it, std::nullopt);
    }
  };
  if (targets.empty()) {
    for (std::size_t i = 0; i < collection_.stages.size(); ++i) add(static_cast<model::StageId>(i), std::nullopt);
    return out;
  }
  for (const auto& target : targets) {
    const auto file = to_root(root_, cwd_, target);
    const auto absolute = path::is_absolute(file) ? file : cat(root_, "/", file);
    const auto parsed = parse(target);
    if (parsed.explicit_file) {
      add_stages(lookup(parsed, false));
      continue;
    }
    if (recursive && access(cat(absolute, "/.").c_str(), F_OK) == 0) {
      add_stages(below(file));
      continue;
    }
    std::string reason;
    try {
      add_stages(lookup(parsed, false));
      continue;
    } catch (const Error& e) {
      reason = e.message();
    }
    const auto [owner, index] = collection_.outs().find_containing(file);
    if (owner < 0)
      throw Error(cat("'", target, "' does not exist as an output or a stage name in 'dvc.yaml': ", reason));
    add(owner, file);
  }
  return out;
}

}  // namespace pivot::workspace
