#include "text/simple_scalar.h"

#include <doctest/doctest.h>

#include "golden.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("a scalar that is read here reads the same with the general reader") {
  std::vector<std::string> samples{"a", "a b", "0", "-1", "007", "1_000", "1.5", "-0.5", "1e5", "1e-05", ".5", "1.", "0x1f", "true", "True", "null", "~",
                                   "", "no", "2020-01-01", "12:30", "1.2.3", "a: b", "a #b", "a#b", "a:b", "#a", "-a", "- a", "---", "...", "'x'", "'it''s'",
                                   "\"x\"", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "=", "<<", "+1", "1e400", ".inf", "é", "日本", "a\tb",
                                   "123e4567", "99999999999999999999", "-", "?", ": a", "a:", "t", "f", "n", "nan", "0o17", "0b1", "1 2", "/x", "$x", "(a)"};
  for (const auto& one : golden::cases("yaml/yaml_load_cases.json")) {
    for (const auto& [key, value] : one.as_map().items) {
      if (value.is_string() && value.as_string().find('\n') == std::string::npos) samples.push_back(value.as_string());
    }
  }
  for (const auto& sample : samples) {
    const auto value = read_simple_scalar(sample);
    if (!value) continue;
    CAPTURE(sample);
    CHECK(golden::show(*value) == golden::show(*yaml::load("k: " + sample + "\n").as_map().find("k")));
  }
}

TEST_CASE("simple text is plain for the emitter as well") {
  for (const char* text : {"a", "a b", "it's", "x,y", "a[b]", "-x", "1.2.3", "12:30", "no", "~/x", "0e", "deadbeef0123", "é"}) {
    CHECK(is_simple_text(text));
    CHECK(yaml::dump(yaml::load("{}")) == "{}\n");
    Map map;
    map.set("k", Value(text));
    CHECK(yaml::dump(Value(std::move(map))) == std::string("k: ") + text + "\n");
  }
  for (const char* text : {"", "1", "true", "null", "a: b", "a #b", " a", "a ", "a:", "#a", "'a", "[a", "\xc2\x85", "1e5", "2020-01-01", "=", "<<"}) {
    CHECK_FALSE(is_simple_text(text));
  }
}
