#include "cli/parser.h"

#include <doctest/doctest.h>

#include "base/strings.h"

using namespace pivot;
using namespace pivot::cli;

namespace {

Request request(std::string_view line) {
  std::vector<std::string> words;
  if (!line.empty())
    for (auto word : split(line, ' ')) words.emplace_back(word);
  return parse(words);
}

/// "message @ command" of the usage error that a line gives.
std::string refusal(std::string_view line) {
  try {
    request(line);
  } catch (const UsageError& error) {
    return cat(error.message(), " @ ", error.command());
  }
  return "accepted";
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a command, its options and its positionals in any order") {
  const auto r = request("repro -f a b --dry");
  CHECK(r.command.name == "repro");
  CHECK(r.args.flag("force"));
  CHECK(r.args.flag("dry"));
  CHECK_FALSE(r.args.flag("pull"));
  CHECK(r.args.values("targets") == Words{"a", "b"});
  CHECK(request("list . -R data").args.value("path") == "data");
}

TEST_CASE("options of the program stand in front of the command; -q and -v count on both sides") {
  const auto r = request("--cd sub -q stage list -q");
  CHECK(r.command.name == "stage list");
  CHECK(r.args.value("cd") == "sub");
  CHECK(r.args.count("quiet") == 2);
  CHECK(request("root -vv").args.count("verbose") == 2);
}

TEST_CASE("aliases name their commands") {
  CHECK(request("exp rm x").command.name == "experiments remove");
  CHECK(request("mv a b").command.name == "move");
  CHECK(request("doctor").command.name == "version");
}

TEST_CASE("long options may be abbreviated as long as one option of DVC fits") {
  CHECK(request("repro --single").args.flag("single_item"));
  CHECK(request("repro --keep").args.value("on_error") == "keep-going");
  CHECK(refusal("repro --fo") == "ambiguous option: --fo could match --force, --force-downstream @ repro");
  CHECK(refusal("repro --fo=1") == "ambiguous option: --fo=1 could match --force, --force-downstream @ repro");
}

TEST_CASE("options of ours are spelled out") {
  CHECK(request("repro --explain").args.flag("explain"));
  CHECK(request("repro -j4").args.value("jobs") == "4");
  CHECK(refusal("repro --expl") == "unrecognized arguments: --expl @ repro");
}

TEST_CASE("values are glued, separate or behind an equals sign") {
  CHECK(request("push -j3").args.value("jobs") == "3");
  CHECK(request("push -j 3").args.value("jobs") == "3");
  CHECK(request("push --jobs=3").args.value("jobs") == "3");
  CHECK(request("push --job 3").args.value("jobs") == "3");
  CHECK(request("gc -n -1").args.value("num") == "-1");
}

TEST_CASE("short switches stand together") {
  const auto r = request("repro -fks a");
  CHECK(r.args.flag("force"));
  CHECK(r.args.flag("single_item"));
  CHECK(r.args.value("on_error") == "keep-going");
  CHECK(refusal("repro -fx") == "argument -f/--force: ignored explicit argument 'x' @ repro");
}

TEST_CASE("everything behind a double dash is an argument") {
  CHECK(request("add -- -x").args.values("targets") == Words{"-x"});
  CHECK(request("config a.b -- --x").args.value("value") == "--x");
}

TEST_CASE("the command of a stage is taken whole") {
  const auto r = request("stage add -n x -d a python t.py -f --lr=1");
  CHECK(r.args.values("command") == Words{"python", "t.py", "-f", "--lr=1"});
  CHECK(r.args.values("deps") == Words{"a"});
  CHECK_FALSE(r.args.flag("force"));
}

TEST_CASE("defaults are found without being given") {
  const auto r = request("diff");
  CHECK(r.args.value("a_rev") == "HEAD");
  CHECK_FALSE(r.args.given("a_rev"));
  CHECK(request("stage list").args.values("targets") == Words{"dvc.yaml"});
  CHECK(request("add x").args.flag("relink"));
  CHECK_FALSE(request("add --no-relink x").args.flag("relink"));
  CHECK_FALSE(request("pull").args.flag("run_cache"));
  CHECK(request("pull --run-cache").args.flag("run_cache"));
  CHECK_FALSE(request("pull --run-cache --no-run-cache").args.flag("run_cache"));
  CHECK(request("data status --untracked-files").args.value("untracked_files") == "all");
  CHECK(request("data status").args.value("untracked_files") == "no");
}

TEST_CASE("what is missing is named") {
  CHECK(refusal("") == "the following arguments are required: command @ ");
  CHECK(refusal("remote") == "the following arguments are required: cmd @ remote");
  CHECK(refusal("remote add") == "the following arguments are required: name, url @ remote add");
  CHECK(refusal("remote add x") == "the following arguments are required: url @ remote add");
  CHECK(refusal("remote modify") == "the following arguments are required: name, option @ remote modify");
  CHECK(refusal("stage add x") == "the following arguments are required: -n/--name @ stage add");
  CHECK(refusal("push -j") == "argument -j/--jobs: expected one argument @ push");
  CHECK(refusal("import-db --conn x") == "one of the arguments --sql --table is required @ import-db");
}

TEST_CASE("what does not fit is refused with the name of the argument") {
  CHECK(refusal("repro --bogus") == "unrecognized arguments: --bogus @ repro");
  CHECK(refusal("repro a -f b") == "unrecognized arguments: b @ repro");
  CHECK(refusal("--bogus root") == "unrecognized arguments: --bogus @ root");
  CHECK(refusal("push -j x") == "argument -j/--jobs: invalid int value: 'x' @ push");
  CHECK(refusal("completion -s fish") ==
        "argument -s/--shell: invalid choice: 'fish' (choose from 'bash', 'zsh') @ completion");
  CHECK(refusal("remote bogus") ==
        "argument cmd: invalid choice: 'bogus' (choose from 'add', 'default', 'modify', 'list', 'remove', 'rename') @ "
        "remote");
  CHECK(refusal("du . --remote-config x") == "argument --remote-config: expected name=value, not 'x' @ du");
}

TEST_CASE("flags of an exclusive group refuse each other") {
  CHECK(refusal("config --global --local") == "argument --local: not allowed with argument --global @ config");
  CHECK(refusal("import-db --conn x --sql a --table b") ==
        "argument --table: not allowed with argument --sql @ import-db");
  CHECK(refusal("config --global --global a.b") == "accepted");
}

TEST_CASE("-q and -v exclude each other even across levels") {
  for (const char* line : {"root -q -v", "-q root -v", "-v root -q"}) {
    CAPTURE(line);
    try {
      request(line);
      FAIL("accepted");
    } catch (const UsageError& error) {
      CHECK(error.about_verbosity());
    }
  }
}

TEST_CASE("help and version win over what stands behind them") {
  CHECK(request("--version --bogus").what == Request::What::version);
  CHECK(request("repro --bogus -h").what == Request::What::help);
  CHECK(request("repro -h").command.name == "repro");
  CHECK(request("-h").command.name.empty());
}
