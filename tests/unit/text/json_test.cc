#include "text/json.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "golden.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("JSON is read and written as Python does it") {
  int count = 0;
  for (const auto& one : golden::cases("text/json_cases.json")) {
    const std::string& input = golden::text_of(one, "input");
    CAPTURE(input);
    ++count;
    if (const Value* error = one.as_map().find("error")) {
      std::string message;
      try {
        json::parse(input);
      } catch (const Error& e) {
        message = e.message();
      }
      CHECK(message == error->as_string());
      continue;
    }
    const Value value = json::parse(input);
    CHECK(golden::show(value) == golden::show(golden::untag(*one.as_map().find("value"))));
    CHECK(json::dump(value) == golden::text_of(one, "dump"));
    CHECK(json::dump(value, {.sort_keys = true}) == golden::text_of(one, "sorted"));
    CHECK(json::dump(value, {.indent = 2, .ensure_ascii = false}) == golden::text_of(one, "pretty"));
  }
  CHECK(count == 29);
}

TEST_CASE("an error knows its line and column") {
  try {
    json::parse("{\n  \"a\": x\n}", "p.json");
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.place()->file == "p.json");
    CHECK(e.place()->line == 2);
    CHECK(e.place()->column == 8);
  }
}

TEST_CASE("keys that are no strings become what Python makes of them") {
  const Value none;
  Map map;
  map.items.emplace_back(Value(1), Value(1));
  map.items.emplace_back(Value(true), Value(2));
  map.items.emplace_back(none, Value(3));
  map.items.emplace_back(Value(1.5), Value(4));
  CHECK(json::dump(map) == R"({"1": 1, "true": 2, "null": 3, "1.5": 4})");
}

TEST_CASE("deep nesting is refused, not crashed on") {
  CHECK_THROWS_AS(json::parse(std::string(100'000, '[')), Error);
}

TEST_CASE("quoting escapes what Python escapes") {
  CHECK(json::quote("a\"\\\n\x01\x7f é") == "\"a\\\"\\\\\\n\\u0001\\u007f \\u00e9\"");
  CHECK(json::quote("\xf0\x9f\x98\x80") == "\"\\ud83d\\ude00\"");
  CHECK(json::quote("a\xff\xe2") == "\"a\\udcff\\udce2\"");
  CHECK(json::quote("é\x7f", false) == "\"é\x7f\"");
}
