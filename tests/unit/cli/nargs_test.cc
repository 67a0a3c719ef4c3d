#include "cli/nargs.h"

#include <doctest/doctest.h>

using namespace pivot::cli;

namespace {

using Lengths = std::vector<std::size_t>;

Lengths some(std::vector<std::string_view> nargs, std::string_view letters) {
  return match_some_positionals(nargs, letters);
}

}  // namespace

TEST_CASE("each positional takes as much as it can and leaves enough for those behind it") {
  CHECK(some({""}, "AA") == Lengths{1});
  CHECK(some({"*"}, "AAA") == Lengths{3});
  CHECK(some({"+", ""}, "AAA") == Lengths{2, 1});
  CHECK(some({"?", ""}, "A") == Lengths{0, 1});
  CHECK(some({"", "?"}, "A") == Lengths{1, 0});
  CHECK(some({"", "?"}, "AA") == Lengths{1, 1});
}

TEST_CASE("positionals that cannot be filled are left out, the last one first") {
  CHECK(some({"", ""}, "A") == Lengths{1});
  CHECK(some({"+"}, "").empty());
  CHECK(some({"", "?"}, "").empty());
}

TEST_CASE("words stop at an option, and an optional positional without words waits for those behind it") {
  CHECK(some({"*"}, "AAO") == Lengths{2});
  CHECK(some({"", "?"}, "AOA") == Lengths{1});
  CHECK(some({"*"}, "OA").empty());
}

TEST_CASE("a remainder and a subcommand take options too") {
  CHECK(some({"..."}, "AOAO") == Lengths{4});
  CHECK(some({kSubcommand}, "AOA") == Lengths{3});
  CHECK(some({kSubcommand}, "").empty());
}

TEST_CASE("a double dash stands between words of a positional") {
  CHECK(some({"*"}, "-AA") == Lengths{3});
  CHECK(some({"", ""}, "A-A") == Lengths{2, 1});
  CHECK(some({""}, "-A") == Lengths{2});
}

TEST_CASE("an option takes the words behind it, never a double dash") {
  CHECK(match_option("", "AA") == 1);
  CHECK(match_option("", "OA") == std::nullopt);
  CHECK(match_option("?", "") == 0);
  CHECK(match_option("?", "AA") == 1);
  CHECK(match_option("*", "AAO") == 2);
  CHECK(match_option("*", "-A") == 0);
  CHECK(match_option("+", "O") == std::nullopt);
}
