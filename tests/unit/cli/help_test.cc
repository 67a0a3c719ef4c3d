#include "cli/help.h"

#include <doctest/doctest.h>

using namespace pivot;
using namespace pivot::cli;

TEST_CASE("help has usage, description, positionals, options and our own options, in this order") {
  const auto text = help(*commands::find_command("repro"), {.program = "pivot", .width = 80});
  const auto at = [&](const char* what) { return text.find(what); };
  CHECK(at("usage: pivot repro") == 0);
  CHECK(at("\n\nRun the stages") < at("\n\npositional arguments:\n  targets"));
  CHECK(at("positional arguments:") < at("\n\noptions:\n  -h, --help"));
  CHECK(at("\n\noptions:") < at("\n\noptions of pivot, not in DVC:\n  -j <number>, --jobs <number>\n"));
  CHECK(text.back() == '\n');
}

TEST_CASE("a short help is shown whole") {
  CHECK(help(*commands::find_command("check-ignore"), {.program = "dvc", .width = 80}) ==
        "usage: dvc check-ignore [-h] [-q | -v] [-d] [-n] [--stdin] [targets ...]\n"
        "\n"
        "Test which paths .dvcignore excludes.\n"
        "\n"
        "positional arguments:\n"
        "  targets             Paths to test.\n"
        "\n"
        "options:\n"
        "  -h, --help          Show this help and exit.\n"
        "  -q, --quiet         Print errors only.\n"
        "  -v, --verbose       Print more.\n"
        "  -d, --details       Print file, line and pattern in front of each path.\n"
        "  -n, --non-matching  With --details: list paths without a match too.\n"
        "  --stdin             Read the paths from standard input.\n");
}

TEST_CASE("no help line is wider than the terminal, for every command") {
  for (const auto& spec : commands::all_commands()) {
    const auto text = help(spec, {.program = "pivot", .width = 80});
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != text.npos; start = end + 1, end = text.find('\n', start)) {
      CAPTURE(text.substr(start, end - start));
      // A head that is longer than a line (metavars, lists of commands) cannot be broken.
      if (text[start] == ' ' && text.compare(start, 3, "  -") != 0 && text.find('{', start) > end)
        CHECK(end - start <= 80);
    }
  }
}

TEST_CASE("the program's help lists commands with their aliases, and no internal ones") {
  const auto text = help(*commands::find_command(""), {.program = "pivot", .width = 80});
  CHECK(text.find("    experiments (exp)   ") != text.npos);
  CHECK(text.find("    remove (rm)         ") != text.npos);
  CHECK(text.find("git-hook") == text.npos);
  CHECK(text.find("cprofile") == text.npos);
}
