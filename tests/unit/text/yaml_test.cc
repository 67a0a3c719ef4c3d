#include "text/yaml.h"

#include <doctest/doctest.h>

#include "golden.h"

using namespace pivot;
using namespace pivot::text;
using golden::show;

namespace {

std::string error_class(std::string_view text, const yaml::Limits& limits = {}) {
  try {
    yaml::load(text, limits);
    return "";
  } catch (const yaml::SyntaxError& e) {
    return e.error_class();
  }
}

yaml::SyntaxError error_of(std::string_view text) {
  try {
    yaml::load(text);
  } catch (const yaml::SyntaxError& e) {
    return e;
  }
  FAIL("no error for ", text);
  return yaml::SyntaxError("", std::nullopt, "", std::nullopt, "");
}

}  // namespace

TEST_CASE("load gives what DVC loads, or fails with the same class of error") {
  int count = 0;
  for (const auto& one : golden::cases("yaml/yaml_load_cases.json")) {
    const std::string& input = golden::text_of(one, "input");
    CAPTURE(input);
    ++count;
    if (const Value* error = one.as_map().find("error")) {
      CHECK(error_class(input) == error->as_string());
      continue;
    }
    std::string expected = show(golden::untag(*one.as_map().find("value")));
    // DVC makes an empty mapping of an empty document; that is its caller's affair here.
    if (yaml::load(input).is_null()) expected = show(Value());
    CHECK(show(yaml::load(input)) == expected);
  }
  CHECK(count == 147);
}

TEST_CASE("a syntax error has ruamel's parts") {
  const auto quoted = error_of("a: 1\nb: 'x\n");
  CHECK(quoted.context() == "while scanning a quoted scalar");
  CHECK(quoted.context_mark()->line == 1);
  CHECK(quoted.context_mark()->column == 3);
  CHECK(quoted.problem() == "found unexpected end of stream");
  CHECK(quoted.problem_mark()->line == 2);
  CHECK(quoted.problem_mark()->column == 0);
  CHECK(std::string(quoted.what()) ==
        "while scanning a quoted scalar, in line 2, column 4: found unexpected end of stream, in line 3, column 1");

  const auto nested = error_of("a: b: c\n");
  CHECK(nested.context().empty());
  CHECK(!nested.context_mark());
  CHECK(nested.problem() == "mapping values are not allowed here");

  const auto twice = error_of("a: 1\nb:\n  x: 1\n  x: 2\n");
  CHECK(twice.context() == "while constructing a mapping");
  CHECK(twice.problem() == "found duplicate key \"x\" with value \"2\" (original value: \"1\")");
  CHECK(twice.problem_mark()->line == 3);

  const auto control = error_of("a: \x01\n");
  CHECK(control.problem() == "unacceptable character #x0001: special characters are not allowed");
}

TEST_CASE("of two errors the one is reported that ruamel meets first") {
  // The outer mapping is complete before the inner one is looked at.
  CHECK(error_of("a:\n  x: 1\n  x: 2\nb: 1\nb: 2\n").problem().find("\"b\"") != std::string::npos);
}

TEST_CASE("aliases share their container and merge keys are flattened") {
  const Value v = yaml::load("a: &x [1]\nb: *x\nc: {<<: {p: 1, q: 2}, q: 3}\n");
  CHECK(v.as_map().find("a")->identity() == v.as_map().find("b")->identity());
  CHECK(show(*v.as_map().find("c")) == "{\"p\": 1, \"q\": 3, }");
}

TEST_CASE("an alias bomb and a cycle fail at once") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i), before = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [";
    for (int k = 0; k < 9; ++k) bomb += before + ", ";
    bomb += before + "]\n";
  }
  CHECK(error_class(bomb) == "ComposerError");
  CHECK(error_class("a: &a [*a]\n") == "ConstructorError");
  CHECK(error_class("a: &a {<<: *a}\n") == "ConstructorError");
  std::string merges = "m0: &m0 {k: 1}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i), before = "*m" + std::to_string(i - 1);
    merges += "m" + n + ": &m" + n + " {<<: [" + before + ", " + before + ", " + before + ", " + before + "]}\n";
  }
  CHECK(!error_class(merges).empty());
}

TEST_CASE("limits of depth and size hold in block and flow style") {
  std::string flow(5000, '['), block;
  for (int i = 0; i < 3000; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  CHECK(error_class(flow) == "ComposerError");
  CHECK(error_class("k: " + flow) == "ComposerError");
  CHECK(error_class(block) == "ComposerError");
  CHECK(error_class("- - - - - a\n", yaml::Limits{.depth = 3, .nodes = 100}) == "ComposerError");
  CHECK(error_class("[a, b, c, d]\n", yaml::Limits{.depth = 10, .nodes = 4}) == "ComposerError");
  CHECK(error_class("a: 1\nb: 2\n", yaml::Limits{.depth = 10, .nodes = 5}) == "");
}

TEST_CASE("long input is read in linear time") {
  // Each of these takes minutes when one step looks at all that came before.
  const std::size_t big = 200'000;
  std::string keys, quoted = "k: \"", plain = "k:", flow = "k: [";
  for (std::size_t i = 0; i < big; ++i) {
    keys += "k" + std::to_string(i) + ": 1\n";
    quoted += "\\t";
    plain += " w\n  ";
    flow += "a, ";
  }
  CHECK(yaml::load(keys).as_map().size() == big);
  CHECK(yaml::load("# \xc2\x85\n" + keys).as_map().size() == big);
  const Value tabs = yaml::load(quoted + "\"\n");
  CHECK(tabs.as_map().find("k")->as_string().size() == big);
  CHECK(yaml::dump(tabs).size() > 2 * big);
  CHECK(yaml::load(plain + "\n").as_map().find("k")->as_string().size() == 2 * big - 1);
  CHECK(yaml::load(flow + "]\n").as_map().find("k")->as_list().size() == big);
}

TEST_CASE("locate finds the place of values, keys and list items") {
  const char* text = "stages:\n  a:\n    cmd: x\n    deps:\n      - p\n      - {q: 1}\n  'b c': y\n1: z\n";
  auto at = [&](const std::vector<yaml::Step>& path, bool of_key = false) {
    const auto mark = yaml::locate(text, path, of_key);
    return mark ? std::to_string(mark->line) + ":" + std::to_string(mark->column) : std::string("none");
  };
  CHECK(at({}) == "0:0");
  CHECK(at({"stages", "a", "cmd"}) == "2:9");
  CHECK(at({"stages", "a", "cmd"}, true) == "2:4");
  CHECK(at({"stages", "a", "deps", std::size_t{1}}) == "5:8");
  CHECK(at({"stages", "a", "deps", std::size_t{1}, "q"}) == "5:12");
  CHECK(at({"stages", "b c"}, true) == "6:2");
  CHECK(at({"1"}) == "7:3");
  CHECK(at({"stages", "nope"}) == "none");
  CHECK(at({"stages", "a", "deps", std::size_t{7}}) == "none");
  CHECK(yaml::locate("a: [", {"a"}) == std::nullopt);
}

TEST_CASE("plain texts that are no strings are told apart") {
  for (const char* text :
       {"",    "~",     "null", "true", "FALSE", "1",     "-1",   "007",        "0o7",        "0x1F",
        "0b1", "1_000", "1e5",  "1.",   ".5",    "+.inf", ".NaN", "2020-01-01", "2020-13-45", "2001-1-1 1:02:03",
        "=",   "<<"})
    CHECK_MESSAGE(yaml::resolves_to_other_type(text), text);
  for (const char* text : {"yes",  "no",  "on", "y",   "tRUE",     "12:30", "1.2.3",
                           ".5e3", "0o8", "_1", "1-2", "2020-1-1", "nul",   "d41d8cd98f00b204e9800998ecf8427e",
                           "a",    "<",   "0x", "1e",  "+",        "-.nan"})
    CHECK_MESSAGE(!yaml::resolves_to_other_type(text), text);
}
