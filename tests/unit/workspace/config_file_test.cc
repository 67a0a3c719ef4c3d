#include "workspace/config_file.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "scratch_folder.h"

using namespace pivot;
using namespace pivot::workspace;

namespace {

std::string message_of(auto body) {
  try {
    body();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("paths are relative to the file and read as absolute ones") {
  test::ScratchFolder scratch;
  scratch.write(".dvc/config", "[cache]\n    dir = ../../cc\n['remote \"r\"']\n    url = ../data\n    keyfile = k\n");
  const auto sections = ConfigFile::read(real_disk(), scratch / ".dvc/config").sections();
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].group == "remote");
  CHECK(sections[0].name == "r");
  CHECK(*sections[0].find("url") == scratch / "data");
  CHECK(*sections[0].find("keyfile") == scratch / ".dvc/k");
  CHECK(*sections[1].find("dir") == "/tmp/cc");
}

TEST_CASE("a path from the command line is stored relative to the file, URLs and home directories stay") {
  test::ScratchFolder scratch;
  auto file = ConfigFile::read(real_disk(), scratch / ".dvc/config");
  file.set({"cache", "", "dir"}, "../cc", scratch.path());
  file.set({"remote", "a", "url"}, "rel/x/", scratch / "sub");
  file.set({"remote", "b", "url"}, "s3://bucket/x", scratch.path());
  file.set({"remote", "c", "url"}, "~/x", scratch.path());
  file.set({"core", "", "remote"}, "A", scratch.path());
  file.save(real_disk());
  CHECK(scratch.read(".dvc/config") ==
        "[cache]\n    dir = ../../cc\n[core]\n    remote = A\n['remote \"a\"']\n    url = ../sub/rel/x\n"
        "['remote \"b\"']\n    url = s3://bucket/x\n['remote \"c\"']\n    url = ~/x\n");
}

TEST_CASE("unsetting what is not there is an error that names it") {
  test::ScratchFolder scratch;
  scratch.write("config", "[core]\n    remote = x\n['remote \"r\"']\n    url = /x\n");
  auto file = ConfigFile::read(real_disk(), scratch / "config");
  const std::string prefix = "configuration error - config file error: ";
  CHECK(message_of([&] {
          file.unset({"core", "", "autostage"});
        }) == prefix + "option 'autostage' doesn't exist in section 'core'");
  CHECK(message_of([&] {
          file.unset({"cache", "", "dir"});
        }) == prefix + "option 'dir' doesn't exist in section 'cache'");
  CHECK(message_of([&] { file.unset({"nope", "", "x"}); }) == prefix + "section 'nope' doesn't exist");
  CHECK(message_of([&] { file.unset({"remote", "q", "url"}); }) == prefix + "remote 'q' doesn't exist");
  CHECK(message_of([&] {
          file.unset({"remote", "r", "jobs"});
        }) == prefix + "option 'jobs' doesn't exist in remote 'r'");
  file.unset({"core", "", "remote"});
  file.save(real_disk());
  CHECK(scratch.read("config") == "['remote \"r\"']\n    url = /x\n");
}

TEST_CASE("a syntax error names the line, twice as DVC does") {
  test::ScratchFolder scratch;
  scratch.write("config", "xx\n");
  CHECK(message_of([&] { ConfigFile::read(real_disk(), scratch / "config"); }) ==
        "configuration error - config file error: Invalid line ('xx') (matched as neither section nor keyword) at line "
        "1.: "
        "Invalid line ('xx') (matched as neither section nor keyword) at line 1.");
}
