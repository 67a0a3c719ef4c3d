#include "text/python_constants.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "golden.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("constants of Python files are the ones that DVC finds") {
  int count = 0;
  for (const auto& one : golden::cases("text/python_params_cases.json")) {
    const std::string& input = golden::text_of(one, "input");
    CAPTURE(input);
    ++count;
    if (one.as_map().find("error"))
      CHECK_THROWS_AS(parse_python_constants(input), Error);
    else
      CHECK(golden::show(parse_python_constants(input)) == golden::show(golden::untag(*one.as_map().find("value"))));
  }
  CHECK(count >= 50);
}

TEST_CASE("broken Python is refused with its line") {
  try {
    parse_python_constants("x = 1\ny = 'abc\n");
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.message() == "unterminated string literal (line 2)");
    CHECK(e.place()->line == 2);
  }
  CHECK_THROWS_AS(parse_python_constants("x = " + std::string(100'000, '[')), Error);
}
