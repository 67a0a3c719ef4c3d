#include "text/templates.h"

#include <doctest/doctest.h>

#include "text/yaml.h"

using namespace pivot;
using namespace pivot::text;

namespace {

std::string error_of(const std::string& expression) {
  try {
    parse_expression(expression);
  } catch (const TemplateError& error) {
    CHECK(error.problem() == TemplateProblem::parse);
    return error.message();
  }
  return "";
}

std::string flags(const std::string& yaml, const TemplateStyle& style = {}) { return template_text(yaml::load(yaml), style); }

}  // namespace

TEST_CASE("templates are found: shortest, not escaped, within a line") {
  const auto inner = [](std::string_view s) {
    std::string out;
    for (const auto& span : find_templates(s)) out += std::string(span.inner) + "|";
    return out;
  };
  CHECK(inner("a ${b} ${c.d}") == "b|c.d|");
  CHECK(inner("\\${b} ${c}") == "c|");
  CHECK(inner("${a ${b}}") == "a ${b|");
  CHECK(inner("${a\nb} ${c}") == "c|");
  CHECK(inner("${open") == "");
  CHECK(inner("$a {b} $ {c}") == "");
  CHECK(inner("\\\\${x}") == "");
  CHECK(is_exact_template("${a}"));
  CHECK_FALSE(is_exact_template("${a} "));
  CHECK_FALSE(is_exact_template("${a}${b}"));
}

TEST_CASE("expressions join to dotted keys") {
  CHECK(parse_expression("a.b[0].c") == "a.b.0.c");
  CHECK(parse_expression(" a . b ") == " a . b ");
  CHECK(parse_expression("a[b] .c [d]\t") == "a.b.c .d");
  CHECK(parse_expression("a[-1]") == "a.-1");
  CHECK(parse_expression("日本[ü]") == "日本.ü");
}

TEST_CASE("bad expressions are shown with a caret, as the parser of DVC does") {
  CHECK(error_of("") == "${}\n  ^\nParseException: Expected !W:(.[]), found '}'  (at char 2), (line:1, col:3)");
  CHECK(error_of("a.[b]") == "${a.[b]}\n   ^\nParseException: Expected end of text, found '.'  (at char 3), (line:1, col:4)");
  CHECK(error_of("a[b]foo bar") == "${a[b]foo bar}\n      ^\nParseException: Expected end of text, found 'foo'  (at char 6), (line:1, col:7)");
  CHECK(error_of("日本..x") == "${日本..x}\n    ^\nParseException: Expected end of text, found '.'  (at char 4), (line:1, col:5)");
  CHECK(error_of("a[b]é") == "${a[b]é}\n      ^\nParseException: Expected end of text, found 'é'  (at char 6), (line:1, col:7)");
}

TEST_CASE("values become text as in DVC") {
  CHECK(template_text(Value(true)) == "true");
  CHECK(template_text(Value()) == "None");
  CHECK(template_text(Value(1e-5)) == "1e-05");
  CHECK(template_text(Value("a b")) == "a b");
  CHECK(template_text(yaml::load("[1, a, true]")) == "[1, 'a', True]");
  CHECK(flags("{a: 1, b: {c: x y, d: true, e: false, f: }, g: [1, q r, true], h: {}, i: [], j: ''}") ==
        "--a 1 --b.c 'x y' --b.d --b.f None --g 1 'q r' True --j ''");
  CHECK(flags("{a: false, b: [1, 2]}", {true, true}) == "--no-a --b 1 --b 2");
  CHECK_THROWS_WITH(flags("{a: {b: [[1]]}}"), "Cannot interpolate nested iterable in 'a.b'");
}
