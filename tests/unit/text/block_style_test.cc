#include "text/block_style.h"

#include <doctest/doctest.h>

#include "golden.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("lines are cut into indentation, dash, key and value") {
  const auto line = split_line("  - path: a b: c  ");
  REQUIRE(line);
  CHECK(line->indent == 2);
  CHECK(line->dash);
  CHECK(line->key == "path");
  CHECK(line->value == "a b: c");
  CHECK(split_line("key:")->has_key);
  CHECK(split_line("'a: b': c")->key == "'a: b'");
  CHECK_FALSE(split_line("- http://x")->has_key);
  CHECK_FALSE(split_line("  # comment"));
  CHECK_FALSE(split_line(""));
}

TEST_CASE("a block counts as normal only when a round trip leaves it alone") {
  int normal = 0;
  for (const char* file : {"yaml/yaml_emit_cases.json", "yaml/yaml_roundtrip_cases.json", "lock/cases.json"}) {
    for (const auto& one : golden::cases(file)) {
      for (const char* key : {"text", "yaml", "input", "output", "rewrite"}) {
        const Value* value = one.is_map() ? one.as_map().find(key) : nullptr;
        if (value == nullptr || !value->is_string() || !is_normal_block(value->as_string(), 0)) continue;
        ++normal;
        try {
          const auto again = yaml::roundtrip(value->as_string());
          CHECK(again == value->as_string());
        } catch (const yaml::SyntaxError& error) {
          CHECK(error.error_class() == "DuplicateKeyError");  // for the readers to find
        }
      }
    }
  }
  CHECK(normal > 100);
}

TEST_CASE("what the emitter writes for common values is normal") {
  for (const char* text : {"a: 1\n", "a:\n  b: x\n  c:\n  - 1\n  - d: 2\n    e:\n", "a: 'true'\nb: '12'\nc: 1e-05\n", "a:\nb: x\n"}) {
    CHECK(is_normal_block(text, 0));
  }
  for (const char* text : {"a:  1\n", "a: 'x'\n", "a:\n    b: 1\n", "a:\n  - 1\n", "a: [1]\n", "a: null\n", "a: True\n", "a: x # y\n", "# x\n", "\n",
                           "a: &x b\n", "a: 1\r\n", "a: x \n", "'a': 1\n", "a: \"x\"\n"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(is_normal_block(text, 0));
  }
}

TEST_CASE("folded text is normal when it is folded where the emitter folds") {
  std::string text;
  yaml::dump_entry(text, Value("cmd"), Value("python train.py " + std::string(70, 'x') + " --more " + std::string(90, 'y') + " end"), 0);
  CHECK(text.find('\n') != text.size() - 1);
  CHECK(is_normal_block(text, 0));
  CHECK_FALSE(is_normal_block("cmd: a\n  b\n", 0));
}
