#include "exporters/lock_merge.h"

#include <doctest/doctest.h>

#include "importers/dvc/dvc_importer.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

std::string lock(const std::vector<std::pair<std::string, std::string>>& stages) {
  std::string out = "schema: '2.0'\nstages:\n";
  for (const auto& [name, cmd] : stages) out += "  " + name + ":\n    cmd: " + cmd + "\n";
  return out;
}

}  // namespace

TEST_CASE("stages that different sides ran are merged") {
  const auto merged = merge_locks(lock({{"a", "x"}, {"b", "x"}, {"c", "x"}}), lock({{"a", "y"}, {"b", "x"}, {"n", "x"}}),
                                  lock({{"a", "x"}, {"b", "z"}, {"c", "x"}, {"m", "x"}}));
  CHECK(merged.conflicts.empty());
  CHECK(merged.text == lock({{"a", "y"}, {"b", "z"}, {"n", "x"}, {"m", "x"}}));
}

TEST_CASE("a stage that both sides ran stays ours, and the result parses") {
  const auto merged = merge_locks(lock({{"a", "x"}}), lock({{"a", "ours"}}), lock({{"a", "theirs"}, {"b", "x"}}));
  CHECK(merged.conflicts == std::vector<std::string>{"a"});
  CHECK(merged.text == lock({{"a", "ours"}, {"b", "x"}}));
  CHECK(importers::dvc::LockFile::parse(merged.text, "dvc.lock").names().size() == 2);
}

TEST_CASE("equal changes are no conflict, a removed stage goes, a run counts more than a removal") {
  CHECK(merge_locks(lock({{"a", "x"}}), lock({{"a", "y"}}), lock({{"a", "y"}})).text == lock({{"a", "y"}}));
  CHECK(merge_locks(lock({{"a", "x"}, {"b", "x"}}), lock({{"a", "x"}, {"b", "x"}}), lock({{"b", "x"}})).text == lock({{"b", "x"}}));
  CHECK(merge_locks(lock({{"a", "x"}, {"b", "x"}}), lock({{"b", "x"}}), lock({{"a", "y"}, {"b", "x"}})).text == lock({{"b", "x"}, {"a", "y"}}));
  CHECK(merge_locks("", lock({{"a", "x"}}), lock({{"b", "x"}})).text == lock({{"a", "x"}, {"b", "x"}}));
  CHECK(merge_locks(lock({{"a", "x"}}), "", "").text.empty());
}
