#include "cli/usage.h"

#include <doctest/doctest.h>

using namespace pivot;
using namespace pivot::cli;

TEST_CASE("a usage line breaks as argparse breaks it") {
  const Look look{.program = "dvc", .width = 80};
  CHECK(usage(*commands::find_command("gc"), look) ==
        "usage: dvc gc [-h] [-q | -v] [-w] [--rev <commit>] [-n <num>] [-a] [-T] [-A]\n"
        "              [--date <yyyy-mm-dd>] [--all-experiments] [--not-in-remote] [-c]\n"
        "              [-r <name>] [--skip-failed] [-f] [-j <number>]\n"
        "              [-p [<paths> ...]] [--dry]\n");
  CHECK(usage(*commands::find_command("add"), look) ==
        "usage: dvc add [-h] [-q | -v] [--no-commit] [--glob] [-o <path>] [--to-remote]\n"
        "               [-r <name>] [--remote-jobs <number>] [-f] [--no-relink]\n"
        "               targets [targets ...]\n");
}

TEST_CASE("a required option may break between its name and its value") {
  CHECK(usage(*commands::find_command("import-db"), {.program = "dvc", .width = 80}) ==
        "usage: dvc import-db [-h] [-q | -v] (--sql sql | --table table)\n"
        "                     [--output-format [{csv,json}]] [-o [<path>]] [-f] --conn\n"
        "                     conn\n");
}

TEST_CASE("what fits into one line stays there; a wider terminal holds more") {
  CHECK(usage(*commands::find_command("root"), {.program = "pivot", .width = 80}) ==
        "usage: pivot root [-h] [-q | -v]\n");
  const auto wide = usage(*commands::find_command("gc"), {.program = "dvc", .width = 400});
  CHECK(wide.find('\n') == wide.size() - 1);
}

TEST_CASE("a group shows its commands, hidden ones not") {
  CHECK(usage(*commands::find_command("remote"), {.program = "dvc", .width = 80}) ==
        "usage: dvc remote [-h] [-q | -v] {add,default,modify,list,remove,rename} ...\n");
  CHECK(usage(*commands::find_command("experiments"), {.program = "dvc", .width = 80}).find("exec-run") ==
        std::string::npos);
}
