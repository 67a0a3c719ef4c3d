#include "text/params_file.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "golden.h"

using namespace pivot;
using namespace pivot::text;
using golden::show;

TEST_CASE("the suffix of a params file chooses its reader") {
  CHECK(show(parse_params("a: 1e3\n", "p.yaml")) == "{\"a\": real(1000.0), }");
  CHECK(show(parse_params("a: 1\n", "p.any")) == "{\"a\": 1, }");
  CHECK(show(parse_params("{\"a\": [1]}", "x/p.JSON")) == "{\"a\": [1, ], }");
  CHECK(show(parse_params("a = 1\n", "p.toml")) == "{\"a\": 1, }");
  CHECK(show(parse_params("A = (1, 'x')\n", "p.py")) == "{\"A\": [1, \"x\", ], }");
  CHECK(parse_params("", "p.yaml").is_null());
}

TEST_CASE("a broken params file is reported in DVC's words, with the place and what is wrong") {
  auto message = [](const char* content, const char* name) -> std::string {
    try {
      parse_params(content, name);
    } catch (const Error& e) {
      CHECK(e.place()->file == name);
      CHECK(e.place()->line == 2);
      CHECK(!e.hint().empty());
      return e.message();
    }
    return "";
  };
  CHECK(message("a: 1\nb: c: d\n", "p.yaml") == "unable to read: 'p.yaml', YAML file structure is corrupted");
  CHECK(message("{\n]", "p.json") == "unable to read: 'p.json', JSON file structure is corrupted");
  CHECK(message("a = 1\nb = \n", "p.toml") == "unable to read: 'p.toml', TOML file structure is corrupted");
  CHECK(message("a = 1\n b = 2\n", "p.py") == "unable to read: 'p.py', Python file structure is corrupted");
}

TEST_CASE("a date that does not exist is an unexpected error, as in DVC") {
  try {
    parse_params("a: 2020-13-45\n", "params.yaml");
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::unexpected);
    CHECK(e.message() == "month must be in 1..12");
  }
}
