// foreach and matrix: which stages they generate, and under which names.
#include <algorithm>

#include "base/strings.h"
#include "importers/dvc/python_types.h"
#include "importers/dvc/resolver.h"

namespace pivot::importers::dvc {

namespace {

using text::TemplateError;
using text::TemplateProblem;

/// The part of a name that a value gives. A value out of a variable is wrapped in DVC, and prints as Python prints it.
std::string name_part(const Value& value, bool wrapped) { return wrapped ? python_str(value) : text::template_text(value); }

bool is_exact(const Value& value) { return value.is_string() && text::is_exact_template(value.as_string()); }

std::vector<std::string> code_points(const std::string& s) {
  std::vector<std::string> out;
  for (const char c : s) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 || out.empty()) out.emplace_back();
    out.back() += c;
  }
  return out;
}

}  // namespace

void Resolver::warn_if_hidden(const std::vector<std::string>& names, const std::string& stage) {
  std::vector<std::string> hidden;
  std::copy_if(names.begin(), names.end(), std::back_inserter(hidden),
               [&](const std::string& name) { return variables_.context.contains(name); });
  if (hidden.empty()) return;
  warnings_.push_back(cat(join(hidden, " and "), hidden.size() == 1 ? " is" : " are",
                          " already specified, will be overwritten for stages generated from '", stage, "'"));
}

/// An equal name keeps its place and takes the later value, like a key of a Python dict.
void Resolver::add_round(Definition& definition, Round round) const {
  const auto [known, fresh] = definition.round_of.emplace(round.suffix, definition.rounds.size());
  if (fresh) {
    definition.rounds.push_back(std::move(round));
  } else {
    definition.rounds[known->second] = std::move(round);
  }
}

Resolver::Element Resolver::resolve_element(const Value& value, const std::string& where) const {
  try {
    return {variables_.context.resolve(value, {}), is_exact(value)};
  } catch (const TemplateError& error) {
    fail(error, where);
  }
}

void Resolver::expand(Definition& definition) {
  if (definition.kind == Definition::Kind::foreach) expand_foreach(definition);
  if (definition.kind == Definition::Kind::matrix) expand_matrix(definition);
}

void Resolver::expand_foreach(Definition& definition) {
  const auto where = cat("'stages.", definition.name, ".foreach'");
  const auto data = resolve_element(*definition.data, where);
  if (!data.value.is_container()) {
    throw Error(cat("failed to resolve ", where, " in '", shown_, "': expected list/dictionary, got ",
                    python_type_name(data.value)));
  }
  warn_if_hidden(data.value.is_map() ? std::vector<std::string>{"item", "key"} : std::vector<std::string>{"item"},
                 definition.name);
  if (data.value.is_map()) {
    for (const auto& [key, value] : data.value.as_map().items) {
      if (data.wrapped && !key.is_string()) continue;
      add_round(definition, {name_part(key, false), value, true});
    }
    return;
  }
  const auto& list = data.value.as_list();
  const bool by_index = std::any_of(list.begin(), list.end(), [](const Value& value) { return value.is_container(); });
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool wrapped = data.wrapped || (definition.data->is_list() && is_exact(definition.data->as_list()[i]));
    add_round(definition, {by_index ? std::to_string(i) : name_part(list[i], wrapped), list[i], false});
  }
}

/// The values of one matrix variable: `written` as in the file, `whole` resolved.
std::vector<Resolver::Element> Resolver::axis(const Value& written, const Element& whole) {
  std::vector<Element> out;
  if (whole.value.is_list()) {
    for (std::size_t i = 0; i < whole.value.as_list().size(); ++i) {
      const bool from_variable = whole.wrapped || is_exact(written.as_list()[i]);
      out.push_back({whole.value.as_list()[i], from_variable});
    }
  } else if (whole.value.is_map()) {
    for (const auto& [key, element] : whole.value.as_map().items) {
      if (key.is_string()) out.push_back({key, false});
    }
  } else if (whole.wrapped) {
    throw TemplateError(TemplateProblem::unexpected, "'Value' object is not iterable");
  } else {
    for (auto& character : code_points(whole.value.as_string())) out.push_back({Value(std::move(character)), false});
  }
  return out;
}

void Resolver::expand_matrix(Definition& definition) {
  const auto where = cat("'stages.", definition.name, ".matrix'");
  std::vector<std::pair<std::string, std::vector<Element>>> axes;
  std::vector<Element> resolved_axes;  // all of them before the first is looked into: the order of errors
  for (const auto& [name, value] : definition.data->as_map().items) {
    const auto resolved = resolve_element(name, where);
    axes.emplace_back(text::template_text(resolved.value), std::vector<Element>());
    resolved_axes.push_back(resolve_element(value, where));
  }
  warn_if_hidden({"key", "item"}, definition.name);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    axes[i].second = axis(definition.data->as_map().items[i].second, resolved_axes[i]);
  }
  const bool empty = std::any_of(axes.begin(), axes.end(), [](const auto& one) { return one.second.empty(); });
  std::vector<std::size_t> at(axes.size(), 0);
  while (!empty) {
    Round round;
    round.has_key = true;
    Map item;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto& [value, wrapped] = axes[i].second[at[i]];
      if (i > 0) round.suffix += '-';
      round.suffix += value.is_container() ? cat(axes[i].first, std::to_string(at[i])) : name_part(value, wrapped);
      item.set(axes[i].first, value);
    }
    round.item = Value(std::move(item));
    add_round(definition, std::move(round));
    auto i = axes.size();
    while (i > 0 && ++at[i - 1] == axes[i - 1].second.size()) at[--i] = 0;
    if (i == 0) break;
  }
}

}  // namespace pivot::importers::dvc
