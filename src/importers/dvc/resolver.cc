#include "importers/dvc/resolver.h"

#include <unordered_set>

#include "base/path.h"
#include "base/strings.h"
#include "importers/dvc/document.h"
#include "importers/dvc/python_types.h"

namespace pivot::importers::dvc {

namespace {

using text::TemplateError;
using text::TemplateProblem;

bool is_ours(TemplateProblem problem) { return problem == TemplateProblem::parse || problem == TemplateProblem::missing_key; }

std::string folder_of(const std::string& file) {
  auto folder = path::dirname(file);
  return folder.empty() ? "." : folder;
}

std::string quoted_place(std::string_view section, std::string_view name, std::string_view key) {
  return key.empty() ? cat("'", section, ".", name, "'") : cat("'", section, ".", name, ".", key, "'");
}

}  // namespace

Resolver::Resolver(const std::string& file, const Value& document, VariableFiles& files, const ParsingOptions& options)
    : folder_(folder_of(file)),
      shown_(path_from(file, options.cwd)),
      document_(document),
      style_{options.boolean_optional, options.append_lists},
      variables_(files) {
  const Value* vars = document_.as_map().find("vars");
  if (vars != nullptr) check_vars_plain(*vars, "vars");
  try {
    variables_.load_default(folder_);
    if (vars != nullptr) variables_.load(vars->as_list(), folder_, "");
  } catch (const TemplateError& error) {
    fail(error, "'vars'");
  }
  const Value* datasets = document_.as_map().find("datasets");
  if (datasets != nullptr && !datasets->is_container() && !datasets->is_string()) {
    throw Error(cat("'", python_type_name(*datasets), "' object is not iterable"), ErrorKind::unexpected)
        .with_hint(cat("'datasets' in '", shown_, "': expected a list"));
  }
}

void Resolver::fail(const TemplateError& error, const std::string& what) const {
  Error out(cat("failed to parse ", what, " in '", shown_, "':", error.starts_new_line() ? "\n" : " ", error.message()));
  if (error.problem() == TemplateProblem::unexpected) out = error;
  throw out;
}

void Resolver::check_vars_plain(const Value& vars, const std::string& where) const {
  if (text::contains_template(vars)) {
    throw Error(cat("failed to parse '", where, "' in '", shown_, "': interpolating is not allowed"));
  }
}

void Resolver::check_syntax(const Map& body, const std::string& name) const {
  for (const auto& [key, value] : body.items) {
    if (key.as_string() == "matrix") continue;
    try {
      text::check_expressions(value);
    } catch (const TemplateError& error) {
      fail(error, quoted_place("stages", name, key.as_string()));
    }
  }
}

/// The folder (relative to the root) that files of the stage's own vars are relative to.
std::string Resolver::stage_folder(const Map& body, const std::string& name) const {
  const Value* wdir = body.find("wdir");
  if (wdir == nullptr || wdir->as_string().empty()) return folder_;
  try {
    const auto value = variables_.context.resolve_text(wdir->as_string(), {});
    return path::join(folder_, text::template_text(value));
  } catch (const TemplateError& error) {
    fail(error, quoted_place("stages", name, "wdir"));
  }
}

Map Resolver::resolve_body(const Map& body, const std::string& name, const Variables& variables, bool skip_checks) const {
  Map out;
  out.items.reserve(body.items.size());
  for (const auto& [key, value] : body.items) {
    const auto& key_name = key.as_string();
    if (key_name == "vars" || key_name == "matrix") continue;
    try {
      out.items.emplace_back(key, variables.context.resolve(value, {key_name, skip_checks, style_}));
    } catch (const TemplateError& error) {
      if (is_ours(error.problem())) fail(error, quoted_place("stages", name, key_name));
      throw;
    }
  }
  return out;
}

Map Resolver::resolve_one(const Definition& definition, const std::string& name, const Round* round) {
  const auto folder = stage_folder(*definition.body, name);
  const Value* vars = definition.body->find("vars");
  if (vars == nullptr || vars->as_list().empty()) return resolve_body(*definition.body, name, variables_, round != nullptr);
  check_vars_plain(*vars, cat("stages.", name, ".vars"));
  auto own = Variables::below(variables_);
  try {
    own.load(vars->as_list(), folder, name);
  } catch (const TemplateError& error) {
    fail(error, error.problem() == TemplateProblem::already_loaded ? quoted_place("stages", name, "vars")
                                                                   : cat("stage '", name, "'"));
  }
  return resolve_body(*definition.body, name, own, round != nullptr);
}

void Resolver::resolve_stages(const std::function<void(const std::string&, const Map&)>& found) {
  const Value* stages = document_.as_map().find("stages");
  if (stages == nullptr) return;
  std::vector<Definition> definitions;
  std::unordered_map<std::string_view, std::size_t> by_name;
  definitions.reserve(stages->as_map().size());
  for (const auto& [name, body] : stages->as_map().items) {
    Definition definition;
    definition.name = name.as_string();
    definition.body = &body.as_map();
    if ((definition.data = body.as_map().find("matrix")) != nullptr) {
      definition.kind = Definition::Kind::matrix;
    } else if ((definition.data = body.as_map().find("foreach")) != nullptr) {
      definition.kind = Definition::Kind::foreach;
      definition.body = &body.as_map().find("do")->as_map();
    }
    definitions.push_back(std::move(definition));
    by_name.emplace(name.as_string(), definitions.size() - 1);
  }
  for (auto& definition : definitions) expand(definition);

  std::unordered_set<std::string> done;
  const auto resolve = [&](const std::string& name) {
    if (!done.insert(name).second) return;
    // As in DVC, a name is taken apart at its last "@": what stands before must be a group that makes what stands behind.
    const auto at = name.rfind('@');
    const auto group = by_name.find(std::string_view(name).substr(0, at));
    Definition* definition = group == by_name.end() ? nullptr : &definitions[group->second];
    const Round* round = nullptr;
    if (definition != nullptr && at != std::string::npos) {
      const auto known = definition->round_of.find(name.substr(at + 1));
      if (known != definition->round_of.end()) round = &definition->rounds[known->second];
    }
    if (definition == nullptr || (at != std::string::npos) != (round != nullptr)) {
      throw Error(cat("Stage '", name, "' not found inside '", shown_, "' file"));
    }
    if (name.ends_with('@')) {
      // DVC stops at an assertion here.
      throw Error("", ErrorKind::unexpected).with_hint(cat("'stages.", definition->name, "' makes a stage without a name behind '@'"));
    }
    if (!definition->checked) check_syntax(*definition->body, definition->name);
    definition->checked = true;
    if (round != nullptr) {
      std::vector<std::pair<std::string, Value>> names;
      if (definition->kind == Definition::Kind::matrix) names.emplace_back("key", Value(round->suffix));
      names.emplace_back("item", round->item);
      if (definition->kind == Definition::Kind::foreach && round->has_key) names.emplace_back("key", Value(round->suffix));
      variables_.context.set_temporary(std::move(names));
    }
    found(name, resolve_one(*definition, name, round));
    variables_.context.clear_temporary();
  };
  for (const auto& definition : definitions) {
    if (definition.kind == Definition::Kind::plain) resolve(definition.name);
    for (const auto& round : definition.rounds) resolve(cat(definition.name, "@", round.suffix));
  }
}

Value Resolver::resolve_section(const char* section, const std::string& name, const Value& value) const {
  try {
    text::check_expressions(value);
    return variables_.context.resolve(value, {});
  } catch (const TemplateError& error) {
    fail(error, quoted_place(section, name, ""));
  }
}

Value Resolver::resolve_list(const char* section) const {
  const Value* entries = document_.as_map().find(section);
  if (entries == nullptr) return {};
  if (!entries->is_list()) return *entries;
  List out;
  for (const auto& entry : entries->as_list()) {
    out.push_back(resolve_section(section, std::to_string(out.size()), entry));
  }
  return Value(std::move(out));
}

Sections Resolver::resolve_sections() {
  Sections out;
  out.metrics = resolve_list("metrics");
  out.plots = resolve_list("plots");
  out.params = resolve_list("params");
  if (const Value* artifacts = document_.as_map().find("artifacts")) {
    Map resolved;
    for (const auto& [key, value] : artifacts->as_map().items) {
      const auto name = resolve_section("artifacts", key.as_string(), key);
      if (!name.is_string()) {
        throw Error(cat("failed to resolve 'artifacts.", key.as_string(), "' in '", shown_, "': expected str, got ",
                        python_type_name(name)));
      }
      resolved.set(name.as_string(), resolve_section("artifacts", key.as_string(), value));
    }
    out.artifacts = Value(std::move(resolved));
  }
  out.datasets = resolve_list("datasets");
  return out;
}

}  // namespace pivot::importers::dvc
