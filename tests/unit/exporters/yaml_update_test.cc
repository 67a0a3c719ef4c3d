#include "exporters/yaml_update.h"

#include <doctest/doctest.h>

#include "text/yaml.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

std::string updated(const std::string& text, const std::string& wanted, UpdateStyle style = UpdateStyle::as_dvc) {
  return update_yaml(text, text::yaml::load(wanted), style);
}

}  // namespace

TEST_CASE("an equal value leaves the text alone") {
  const std::string text = "a:   1   # one\nb: [x,   y]\n";
  CHECK(updated(text, "{b: [x, y], a: 1}") == text);
}

TEST_CASE("scalars change in place and keep the comment behind them") {
  CHECK(updated("a: 1  # one\nb: 'x # y'  # two\nc: |\n  text\nd: 1\n", "{a: 2, b: z, c: t, d: 1}") ==
        "a: 2  # one\nb: z  # two\nc: t\nd: 1\n");
  CHECK(updated("l:\n- a  # one\n- b\n", "{l: [c, d]}") == "l:\n- c\n- d\n");
}

TEST_CASE("the first key behind a dash can go") {
  CHECK(updated("l:\n- a: 1\n  b: 2\n- c: 3\n", "{l: [{b: 2}, {c: 3}]}") == "l:\n- b: 2\n- c: 3\n");
  CHECK(updated("l:\n- a: 1\n  b: 2\n", "{l: [{b: 3}]}") == "l:\n- b: 3\n");
}

TEST_CASE("lists of another length are written anew") {
  CHECK(updated("l:\n  - a\n  - b\nz: 1\n", "{l: [a], z: 1}") == "l:\n- a\nz: 1\n");
  CHECK(updated("l: [a]\nz: 1\n", "{l: [a, b], z: 1}") == "l:\n- a\n- b\nz: 1\n");
}

TEST_CASE("what cannot be edited in place is right in meaning") {
  const std::string text = "a: &x\n  k: 1\nb: *x\n";
  const auto value = text::yaml::load(updated(text, "{a: {k: 2}, b: {k: 1}}"));
  CHECK(python_repr(value) == "{'a': {'k': 2}, 'b': {'k': 1}}");
  CHECK(updated("{a: 1}\n", "{a: 2}") == "a: 2\n");
  CHECK(updated("", "{a: 2}") == "a: 2\n");
}

TEST_CASE("new keys come behind comments as in DVC, or before them for the reader") {
  const std::string text = "m:\n  a: 1\n# about n\nn: 2\n";
  CHECK(updated(text, "{m: {a: 1, b: 3}, n: 2}") == "m:\n  a: 1\n# about n\n  b: 3\nn: 2\n");
  CHECK(updated(text, "{m: {a: 1, b: 3}, n: 2}", UpdateStyle::keep_text) == "m:\n  a: 1\n  b: 3\n# about n\nn: 2\n");
}
