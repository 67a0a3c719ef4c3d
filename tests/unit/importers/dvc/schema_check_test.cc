#include <doctest/doctest.h>

#include "importers/dvc/schema.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::importers::dvc;

namespace {

/// "message @ a/0/b; ..." of all problems.
std::string problems(const Schema& schema, const std::string& yaml) {
  std::string out;
  for (const auto& problem : find_problems(schema, text::yaml::load(yaml))) {
    out += (out.empty() ? "" : "; ") + problem.message + " @";
    for (const auto& step : problem.path) out += " " + python_str(step.key);
  }
  return out;
}

}  // namespace

TEST_CASE("all problems of a map are reported, in file order, missing keys last") {
  CHECK(problems(dvc_yaml_schema(), "{stages: {a: {foo: 1, deps: x, frozen: 1}}, bar: 2}") ==
        "extra keys not allowed @ stages a foo; expected a list @ stages a deps; expected bool @ stages a frozen; "
        "required key not provided @ stages a cmd; extra keys not allowed @ bar");
}

TEST_CASE("of a list's elements shallow problems add up, a deep one stands alone") {
  CHECK(problems(dvc_yaml_schema(), "{metrics: [1, 2]}") == "expected str @ metrics 0; expected str @ metrics 1");
  CHECK(problems(dvc_yaml_schema(), "{stages: {a: {cmd: x, outs: [1, {o: {cache: 1, push: 2}}, {p: {cache: 1}}]}}}") ==
        "expected bool @ stages a outs 1 o cache; expected bool @ stages a outs 1 o push");
}

TEST_CASE("correct documents have none") {
  CHECK(problems(dvc_yaml_schema(), "{}") == "");
  CHECK(problems(dvc_yaml_schema(),
                 "{stages: {a: {cmd: x, outs: [o, {p: {checkpoint: true}}], meta: 5}, b: {foreach: {}, do: {cmd: [1]}}}}") == "");
  CHECK(problems(dvc_file_schema(), "{outs: , deps: , wdir: , md5: , meta: {a: 1}}") == "");
  CHECK(problems(lock_file_schema(), "{schema: '2.0'}") == "");
}

TEST_CASE("hashes are texts or numbers of three characters and more, or nothing") {
  const auto md5 = [](const std::string& value) { return problems(dvc_file_schema(), "{md5: " + value + "}"); };
  CHECK(md5("abc") == "");
  CHECK(md5("''") == "");
  CHECK(md5("123") == "");
  CHECK(md5("ab") == "not a valid value @ md5");
  CHECK(md5("12") == "not a valid value @ md5");
  CHECK(md5("[a]") == "not a valid value @ md5");
}
