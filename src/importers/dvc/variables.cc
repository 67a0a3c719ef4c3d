#include "importers/dvc/variables.h"

#include <algorithm>

#include "base/path.h"
#include "base/strings.h"
#include "importers/dvc/document.h"
#include "importers/dvc/python_types.h"
#include "text/params_file.h"

namespace pivot::importers::dvc {

namespace {

Value parse_yaml(std::string_view content, const std::string& shown) {
  try {
    return text::yaml::load(content);
  } catch (const text::yaml::SyntaxError& error) {
    throw unreadable_yaml(error, content, shown);
  }
}

Value parse_file(std::string_view content, const std::string& shown) {
  check_utf8(content, shown);
  const auto suffix = lower(path::extension(shown));
  if (suffix != ".json" && suffix != ".toml" && suffix != ".py") return parse_yaml(content, shown);
  try {
    return text::parse_params(content, shown);
  } catch (const Error& error) {
    // What is wrong comes as a hint; DVC prints it as the cause.
    if (error.kind() == ErrorKind::unexpected || error.hint().empty()) throw;
    Error out(cat(error.message(), ": ", error.hint()));
    if (error.place()) out.with_place(*error.place());
    throw out;
  }
}

/// Python's `data or {}`: an empty file, and any other empty value of YAML and JSON, counts as an empty map.
bool counts_as_empty(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !value.as_bool();
  if (value.is_int()) return value.as_int() == 0;
  if (value.is_real()) return value.as_real() == 0;
  if (value.is_string()) return value.as_string().empty();
  return value.is_list() && value.as_list().empty();
}

[[noreturn]] void fail(text::TemplateProblem problem, std::string message) {
  throw text::TemplateError(problem, std::move(message));
}

Value selected(const Value& whole, const std::vector<std::string>& keys, const std::string& shown) {
  Map out;
  for (const auto& key : keys) {
    const Value* value = whole.as_map().find(key);
    if (value == nullptr) fail(text::TemplateProblem::source, cat("could not find '", key, "' in '", shown, "'"));
    out.set(key, *value);
  }
  return Value(std::move(out));
}

}  // namespace

const Value* VariableFiles::load(const std::string& file) {
  const auto known = loaded_.find(file);
  if (known != loaded_.end()) return known->second ? &*known->second : nullptr;
  const auto content = reader_.read ? reader_.read(file) : std::nullopt;
  auto& slot = loaded_[file];
  if (!content) return nullptr;
  files_read_.push_back(file);
  slot = parse_file(*content, path_from(file, cwd_));
  if (counts_as_empty(*slot)) slot = Value(Map{});
  return &*slot;
}

void Variables::load_default(const std::string& folder) {
  const auto file = path::normalize(path::join(folder, "params.yaml"));
  if (files_->load(file) != nullptr) load_file("params.yaml", folder);
}

void Variables::load(const List& entries, const std::string& folder, const std::string& stage) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].is_string()) {
      load_file(entries[i].as_string(), folder);
    } else {
      context.merge(entries[i], cat(stage, stage.empty() ? "" : ".", "vars[", std::to_string(i), "]"));
    }
  }
}

void Variables::check_loaded(const Keys& loaded, const std::string& item, const Keys& keys) const {
  const bool partial = keys && !keys->empty();
  const auto& names = loaded ? *loaded : std::vector<std::string>{};
  const bool overlaps = loaded && partial && std::any_of(keys->begin(), keys->end(), [&](const std::string& key) {
                          return std::find(names.begin(), names.end(), key) != names.end();
                        });
  if ((loaded && !partial) || overlaps) {
    fail(text::TemplateProblem::already_loaded, cat("cannot load '", item, "' as it's partially loaded already"));
  }
  if (!loaded && partial) {
    fail(text::TemplateProblem::already_loaded, cat("cannot partially load '", item, "' as it's already loaded."));
  }
}

void Variables::load_file(const std::string& item, const std::string& folder) {
  const auto colon = item.find(':');
  const auto file = path::normalize(path::join(folder, item.substr(0, colon)));
  Keys keys;
  if (colon != std::string::npos && colon + 1 < item.size()) {
    keys.emplace();
    for (const auto key : split(std::string_view(item).substr(colon + 1), ',')) {
      if (!key.empty()) keys->emplace_back(key);
    }
  }
  const auto imported = imports_.find(file);
  if (imported != imports_.end()) {
    if ((!keys || keys->empty()) && !imported->second) return;  // the whole file once more: nothing to do
    check_loaded(imported->second, item, keys);
  }
  const auto shown = path_from(file, files_->cwd());
  const Value* value = files_->load(file);
  if (value == nullptr) fail(text::TemplateProblem::source, cat("'", shown, "' does not exist"));
  if (!value->is_map()) {
    fail(text::TemplateProblem::source,
         cat("expected a dictionary, got '", python_type_name(*value), "' in file '", shown, "'"));
  }
  context.merge(keys && !keys->empty() ? selected(*value, *keys, shown) : *value, shown, item);
  if (imported == imports_.end()) {
    imports_.emplace(file, std::move(keys));
  } else if (keys && imported->second) {
    imported->second->insert(imported->second->end(), keys->begin(), keys->end());
  }
}

}  // namespace pivot::importers::dvc
