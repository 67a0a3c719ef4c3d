#include "text/ini.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/strings.h"
#include "golden.h"

using namespace pivot;
using namespace pivot::text;

TEST_CASE("config files are read and written as configobj does it for DVC") {
  int count = 0;
  for (const auto& one : golden::cases("text/ini_cases.json")) {
    const std::string& input = golden::text_of(one, "input");
    CAPTURE(input);
    ++count;
    if (const Value* error = one.as_map().find("error")) {
      std::string message;
      try {
        Ini::parse(input, "config");
      } catch (const Error& e) {
        message = e.message();
        CHECK(e.kind() == ErrorKind::config);
      }
      CHECK(message == error->as_string());
      continue;
    }
    const Ini ini = Ini::parse(input, "config");
    const Map& sections = one.as_map().find("value")->as_map();
    REQUIRE(ini.sections.size() == sections.size());
    for (std::size_t i = 0; i < sections.size(); ++i) {
      CHECK(ini.sections[i].name == sections.items[i].first.as_string());
      const Map& values = sections.items[i].second.as_map();
      REQUIRE(ini.sections[i].values.size() == values.size());
      for (const auto& [key, value] : values.items) {
        std::vector<std::string> members;
        if (value.is_list())
          for (const auto& member : value.as_list()) members.push_back(member.as_string());
        const std::string* ours = ini.find(ini.sections[i].name, key.as_string());
        REQUIRE(ours);
        CHECK(*ours == (value.is_list() ? join(members, ",") : value.as_string()));
      }
    }
    CHECK(ini.dump() == golden::text_of(one, "dump"));
  }
  CHECK(count == 26);
}

TEST_CASE("set and unset change one value; remotes come last and empty sections go") {
  Ini ini = Ini::parse("['remote \"r\"']\nurl = s3://b\n[core]\nremote = r\n", "config");
  ini.set("cache", "type", "hardlink,symlink");
  ini.set("core", "remote", "x");
  ini.set("remote \"r\"", "url", "s3://c#d");
  CHECK(
      ini.dump() ==
      "[core]\n    remote = x\n[cache]\n    type = \"hardlink,symlink\"\n['remote \"r\"']\n    url = \"s3://c#d\"\n");
  CHECK(ini.unset("core", "remote"));
  CHECK(!ini.unset("core", "remote"));
  CHECK(!ini.unset("nope", "x"));
  CHECK(ini.dump() == "[cache]\n    type = \"hardlink,symlink\"\n['remote \"r\"']\n    url = \"s3://c#d\"\n");
}

TEST_CASE("a value that no quotes can hold is refused") {
  Ini ini;
  ini.set("a", "k", "''' \"\"\"");
  CHECK_THROWS_AS(ini.dump(), Error);
}
