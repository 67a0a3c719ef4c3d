#include "text/yaml.h"

#include "base/strings.h"
#include "text/yaml/block_reader.h"
#include "text/yaml/constructor.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

std::string place_text(const Mark& mark) {
  return cat(", in line ", std::to_string(mark.line + 1), ", column ", std::to_string(mark.column + 1));
}

std::string whole_message(const std::string& context, const std::optional<Mark>& context_mark,
                          const std::string& problem, const std::optional<Mark>& problem_mark) {
  std::string out = context;
  if (!context.empty() && context_mark) out += place_text(*context_mark);
  if (!out.empty() && !problem.empty()) out += ": ";
  out += problem;
  if (!problem.empty() && problem_mark) out += place_text(*problem_mark);
  return out;
}

}  // namespace

SyntaxError::SyntaxError(std::string context, std::optional<Mark> context_mark, std::string problem,
                         std::optional<Mark> problem_mark, std::string error_class)
    : Error(whole_message(context, context_mark, problem, problem_mark), ErrorKind::validation),
      context_(std::move(context)),
      problem_(std::move(problem)),
      error_class_(std::move(error_class)),
      context_mark_(context_mark),
      problem_mark_(problem_mark) {
  const auto& mark = problem_mark_ ? problem_mark_ : context_mark_;
  if (mark) with_place(Place{"", mark->line + 1, mark->column + 1});
}

Value load(std::string_view text, const Limits& limits) {
  if (auto value = read_block_style(text, limits)) return std::move(*value);
  Document document = compose(text, limits, false);
  return construct(document, limits);
}

bool resolves_to_other_type(std::string_view plain) { return resolve_plain(plain) != CoreTag::str; }

}  // namespace pivot::text::yaml
