#include "engine/param_path.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/strings.h"
#include "text/yaml.h"

using namespace pivot;

namespace {

std::string look(const std::string& yaml, std::string_view key) {
  const auto root = text::yaml::load(yaml);
  try {
    const auto* value = engine::find_param(root, key);
    return value == nullptr ? "missing" : python_repr(*value);
  } catch (const Error& e) {
    return cat("error: ", e.message());
  }
}

}  // namespace

// What DVC's dpath.get(config, key, separator=".") gives for each.
TEST_CASE("names and indices") {
  const std::string file = "a: {b: [1, {c: 2}]}\n1: one\n'01': text\n2.5: real\nnull: none\n";
  CHECK(look(file, "a.b.0") == "1");
  CHECK(look(file, "a.b.-1.c") == "2");
  CHECK(look(file, "a.b.+1.c") == "2");
  CHECK(look(file, "a.b.2") == "missing");
  CHECK(look(file, "a.b.x") == "missing");
  CHECK(look(file, "a.b.0.x") == "missing");
  CHECK(look(file, ".a.b.0") == "1");
  CHECK(look(file, "2.5") == "missing");
  CHECK(look(file, "None") == "missing");
  CHECK(look("x.y: 1\n", "x.y") == "missing");
}

TEST_CASE("patterns that match one value, none, or too many") {
  const std::string file = "'a*': 1\nab: 2\n'b[0]': 3\nlist: [{x: 1}, {y: 2}]\ndeep: {z: {w: 5}}\n";
  CHECK(look(file, "a*") == "error: dpath.get() globs must match only one leaf: a*");
  CHECK(look(file, "a[*]") == "1");
  CHECK(look(file, "b[0]") == "missing");
  CHECK(look(file, "b[[]0]") == "3");
  CHECK(look(file, "list.*.x") == "1");
  CHECK(look(file, "list.*") == "error: dpath.get() globs must match only one leaf: list.*");
  CHECK(look(file, "list.[1]") == "{'y': 2}");
  CHECK(look(file, "**.w") == "5");
  CHECK(look(file, "deep.**.w") == "5");
  CHECK(look(file, "deep.**.z") == "{'w': 5}");
  CHECK(look(file, "**.**.w") == "error: Invalid glob. Only one '**' is permitted per glob: **.**.w");
}
