#include "workspace/config.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "scratch_folder.h"

using namespace pivot;
using namespace pivot::workspace;

namespace {

/// A repository whose machine and user settings are kept out of the real ones.
struct Repository {
  test::ScratchFolder scratch;
  test::ScopedVariable system{"DVC_SYSTEM_CONFIG_DIR", scratch / "system"};
  test::ScopedVariable global{"DVC_GLOBAL_CONFIG_DIR", scratch / "global"};
  test::ScopedVariable our_system{"PIVOT_SYSTEM_CONFIG_DIR", scratch / "our-system"};
  test::ScopedVariable our_global{"PIVOT_GLOBAL_CONFIG_DIR", scratch / "our-global"};
  std::string root = scratch / "repo";
};

std::string message_of(auto body) {
  try {
    body();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a later level wins, setting by setting") {
  Repository r;
  r.scratch.write("system/config", "[core]\n    remote = a\n    autostage = true\n    checksum_jobs = 1\n");
  r.scratch.write("global/config", "[core]\n    remote = b\n    checksum_jobs = 2\n");
  r.scratch.write("repo/.dvc/config", "[core]\n    remote = C\n");
  r.scratch.write("repo/.dvc/config.local", "[core]\n    checksum_jobs = 4\n");
  const auto config = Config::load(r.root);
  CHECK(config.get("core", "remote") == "C");
  CHECK(config.default_remote() == "c");
  CHECK(config.get_bool("core", "autostage", false));
  CHECK(config.get_int("core", "checksum_jobs", 0) == 4);
  CHECK_FALSE(config.get("core", "nope"));
  CHECK(Config::load(std::nullopt).get("core", "remote") == "b");
}

TEST_CASE("our sections live in files of their own") {
  Repository r;
  r.scratch.write("repo/.pivot/config", "[run]\n    jobs = 3\n    timeout = 1.5\n");
  r.scratch.write("repo/.pivot/config.local", "[run]\n    jobs = 5\n");
  const auto config = Config::load(r.root);
  CHECK(config.get_int("run", "jobs", 1) == 5);
  CHECK(config.get_real("run", "timeout", 0) == 1.5);
  r.scratch.write("repo/.dvc/config", "[run]\n    jobs = 3\n");
  CHECK(message_of([&] { Config::load(r.root); }) ==
        "configuration error - config file error: extra keys not allowed @ data['run']");
}

TEST_CASE("the cache is in .dvc unless it is set") {
  Repository r;
  CHECK(Config::load(r.root).cache_dir() == r.root + "/.dvc/cache");
  r.scratch.write("repo/.dvc/config", "[cache]\n    dir = ../../cc\n");
  CHECK(Config::load(r.root).cache_dir() == r.scratch / "cc");
}

TEST_CASE("a remote can stand on another one") {
  Repository r;
  r.scratch.write("repo/.dvc/config",
                  "['remote \"base\"']\n    url = s3://bucket/base\n    region = eu\n    jobs = 2\n"
                  "['remote \"top\"']\n    url = remote://base/sub\n    jobs = 4\n"
                  "['remote \"loop\"']\n    url = remote://loop/x\n");
  const auto config = Config::load(r.root);
  const auto top = config.remote("TOP");
  CHECK(top.name == "top");
  CHECK(top.url == "s3://bucket/base/sub");
  CHECK(*top.find("region") == "eu");
  CHECK(*top.find("jobs") == "4");
  CHECK(config.remotes() == std::vector<std::string>{"base", "top", "loop"});
  CHECK(message_of([&] { config.remote("nope"); }) ==
        "configuration error - config file error: remote 'nope' doesn't exist");
  CHECK(message_of([&] { config.remote("loop"); }) ==
        "configuration error - config file error: remote 'loop' stands on itself");
}

TEST_CASE("bad values stop a load, not an unchecked one") {
  Repository r;
  r.scratch.write("repo/.dvc/config.local", "[core]\n    autostage = maybe\n");
  CHECK_THROWS_AS(Config::load(r.root), Error);
  CHECK(Config::load_unchecked(r.root).get("core", "autostage") == "maybe");
}

TEST_CASE("files of a level follow the XDG folders when nothing else is said") {
  Repository r;
  CHECK(config_path(ConfigLevel::system, r.root) == r.scratch / "system/config");
  CHECK(config_path(ConfigLevel::local, r.root) == r.root + "/.dvc/config.local");
  CHECK(config_path(ConfigLevel::local, r.root, true) == r.root + "/.pivot/config.local");
  CHECK(config_path(ConfigLevel::repo, std::nullopt).empty());
  ::unsetenv("DVC_GLOBAL_CONFIG_DIR");
  ::unsetenv("DVC_SYSTEM_CONFIG_DIR");
  test::ScopedVariable home("XDG_CONFIG_HOME", "/h");
  test::ScopedVariable machine("XDG_CONFIG_DIRS", "/m:/n");
  CHECK(config_path(ConfigLevel::global, r.root) == "/h/dvc/config");
  CHECK(config_path(ConfigLevel::system, r.root) == "/m/dvc/config");
}
