#include "text/toml.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "golden.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("TOML is read as DVC reads it, in the order of the document") {
  int count = 0;
  for (const auto& one : golden::cases("text/toml_cases.json")) {
    const std::string& input = golden::text_of(one, "input");
    CAPTURE(input);
    ++count;
    if (one.as_map().find("error"))
      CHECK_THROWS_AS(toml_file::parse(input), Error);
    else
      CHECK(golden::show(toml_file::parse(input)) == golden::show(golden::untag(*one.as_map().find("value"))));
  }
  CHECK(count == 12);
}

TEST_CASE("an error in TOML has its place") {
  try {
    toml_file::parse("a = 1\nb = \n", "p.toml");
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.place()->file == "p.toml");
    CHECK(e.place()->line == 2);
  }
}
