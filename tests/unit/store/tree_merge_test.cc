#include "store/tree_merge.h"

#include <doctest/doctest.h>

using namespace pivot::store;

namespace {

Tree tree(const std::vector<std::pair<std::string, std::string>>& files) {
  Tree out;
  for (const auto& [path, md5] : files) out.files.push_back({path, md5, -1, false});
  return out;
}

std::string names(const Tree& tree) {
  std::string out;
  for (const auto& file : tree.files) out += file.relpath + "=" + file.md5 + " ";
  return out;
}

}  // namespace

TEST_CASE("changes of different files are merged, equal changes are taken once") {
  const auto before = tree({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
  const auto ours = tree({{"a", "2"}, {"c", "1"}, {"d", "3"}, {"n", "1"}, {"m", "1"}});
  const auto theirs = tree({{"a", "1"}, {"b", "1"}, {"d", "3"}, {"z", "1"}, {"m", "1"}});
  const auto merged = merge_trees(before, ours, theirs);
  CHECK(merged.conflicts.empty());
  CHECK(names(merged.tree) == "a=2 d=3 m=1 n=1 z=1 ");
}

TEST_CASE("a file that both sides changed in different ways is a conflict") {
  const auto merged = merge_trees(tree({{"a", "1"}, {"b", "1"}}), tree({{"a", "2"}, {"n", "1"}}), tree({{"a", "3"}, {"b", "2"}, {"n", "2"}}));
  CHECK(merged.conflicts == std::vector<std::string>{"a", "b", "n"});
}
