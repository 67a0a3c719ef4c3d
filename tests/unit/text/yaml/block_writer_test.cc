#include <doctest/doctest.h>

#include "../golden.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("dump writes the bytes that DVC writes") {
  int count = 0;
  for (const auto& one : golden::cases("yaml/yaml_emit_cases.json")) {
    if (golden::text_of(one, "group") == "alias") continue;  // JSON cannot say what is shared
    CAPTURE(one.as_map().find("id")->as_int());
    CHECK(yaml::dump(golden::untag(*one.as_map().find("input"))) == golden::text_of(one, "yaml"));
    ++count;
  }
  CHECK(count == 2145);
}

TEST_CASE("dump_entry writes a pair exactly as the whole file would have it") {
  // Columns decide about folding, so every case is put below another key.
  for (const auto& one : golden::cases("yaml/yaml_emit_cases.json")) {
    const Value input = golden::untag(*one.as_map().find("input"));
    if (!input.is_map() || input.as_map().empty()) continue;
    CAPTURE(one.as_map().find("id")->as_int());
    Map outer;
    outer.set("stages", input);
    std::string expected = yaml::dump(outer);
    REQUIRE(expected.starts_with("stages:\n"));
    if (expected.ends_with("\n...\n")) expected.resize(expected.size() - 4);
    std::string entries = "stages:\n";
    for (const auto& [key, value] : input.as_map().items) yaml::dump_entry(entries, key, value, 2);
    CHECK(entries == expected);
  }
}

TEST_CASE("a container that occurs twice is written once, with an anchor") {
  const Value list(List{1, 2}), map(Map{});
  Map inner;
  inner.set("x", 1);
  const Value shared(inner);
  Map root;
  root.set("a", list);
  root.set("b", list);
  CHECK(yaml::dump(root) == "a: &id001\n- 1\n- 2\nb: *id001\n");

  Map second;
  second.set("a", shared);
  second.set("b", shared);
  second.set("c", List{shared});
  CHECK(yaml::dump(second) == "a: &id001\n  x: 1\nb: *id001\nc:\n- *id001\n");

  Map empty;
  empty.set("a", map);
  empty.set("b", map);
  CHECK(yaml::dump(empty) == "a: &id001 {}\nb: *id001\n");

  // Numbers follow the order of the second occurrences, and go on from entry to entry.
  Map crossed;
  crossed.set("p", list);
  crossed.set("q", shared);
  crossed.set("r", shared);
  crossed.set("s", list);
  CHECK(yaml::dump(crossed) == "p: &id002\n- 1\n- 2\nq: &id001\n  x: 1\nr: *id001\ns: *id002\n");
  int last_anchor = 0;
  std::string out;
  yaml::dump_entry(out, "one", root, 2, &last_anchor);
  yaml::dump_entry(out, "two", root, 2, &last_anchor);
  CHECK(out ==
        "  one:\n    a: &id001\n    - 1\n    - 2\n    b: *id001\n  two:\n    a: &id002\n    - 1\n    - 2\n    b: "
        "*id002\n");
}

TEST_CASE("equal strings are never shared") {
  Map root;
  root.set("a", "text");
  root.set("b", "text");
  CHECK(yaml::dump(root) == "a: text\nb: text\n");
}

TEST_CASE("bytes and unusual keys are written as ruamel does") {
  Map root;
  const Value none, bytes = Value::tagged(Value::Kind::bytes, "abc");
  root.items.emplace_back(none, bytes);
  root.items.emplace_back(Value("two\nlines"), Value(List{1}));
  root.items.emplace_back(Value(std::string(130, 'k')), Value(Map{}));
  CHECK(yaml::dump(root) ==
        "null: !!binary |\n  YWJj\n? \"two\\nlines\"\n: - 1\n? " + std::string(130, 'k') + "\n: {}\n");
}

TEST_CASE("text that is not UTF-8 is written as escapes and does no harm") {
  Map root;
  root.set("k", "a\xff");
  root.set("l", "\xe2\x82");
  CHECK(yaml::dump(root) == "k: \"a\\uDCFF\"\nl: \"\\uDCE2\\uDC82\"\n");
}
