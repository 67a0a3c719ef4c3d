#include <doctest/doctest.h>

#include "base/hash.h"
#include "store/store.h"

using namespace pivot;
using namespace pivot::store;

namespace {
constexpr const char* kMd5 = "d41d8cd98f00b204e9800998ecf8427e";

Tree tree_of(std::vector<std::string> paths) {
  Tree tree;
  for (auto& p : paths) tree.files.push_back({p, kMd5});
  tree.sort();
  return tree;
}

std::string json_of(const std::string& relpath) {
  return std::string("[{\"md5\": \"") + kMd5 + "\", \"relpath\": \"" + relpath + "\"}]";
}
}  // namespace

TEST_CASE("an empty tree is the two brackets") {
  CHECK(Tree().serialize() == "[]");
  CHECK(md5_hex(Tree().serialize()) == "d751713988987e9331980363e24189ce");
  CHECK(Tree::parse("[]", "x").files.empty());
}

TEST_CASE("trees are sorted by the whole path, not by its parts") {
  const Tree tree = tree_of({"a/x", "a.d/z", "a-b", "a", "a b/c", "a\nb"});
  std::vector<std::string> order;
  for (const auto& f : tree.files) order.push_back(f.relpath);
  CHECK(order == std::vector<std::string>{"a", "a\nb", "a b/c", "a-b", "a.d/z", "a/x"});
}

TEST_CASE("a tree that was filled in any order is written in order") {
  Tree tree;
  tree.files.push_back({"b", kMd5});
  tree.files.push_back({"a", kMd5});
  CHECK(tree.serialize() == std::string("[{\"md5\": \"") + kMd5 + "\", \"relpath\": \"a\"}, {\"md5\": \"" + kMd5 +
                                "\", \"relpath\": \"b\"}]");
}

TEST_CASE("names are escaped as Python's json does") {
  CHECK(tree_of({"\xc3\xa9\"\\\n\t\x01\x7f"}).serialize() == json_of("\\u00e9\\\"\\\\\\n\\t\\u0001\\u007f"));
  CHECK(tree_of({"\xf0\x9f\x98\x80"}).serialize() == json_of("\\ud83d\\ude00"));
  // no UTF-8: Python's surrogate escapes
  CHECK(tree_of({"a\xff\xe9"}).serialize() == json_of("a\\udcff\\udce9"));
}

TEST_CASE("bytes that are no UTF-8 sort by their surrogate escapes") {
  const Tree tree = tree_of({"\xef\xbf\xbd", "\xff", "\xed\x9f\xbf", "\xf0\x90\x80\x80"});
  std::vector<std::string> order;
  for (const auto& f : tree.files) order.push_back(f.relpath);
  CHECK(order == std::vector<std::string>{"\xed\x9f\xbf", "\xff", "\xef\xbf\xbd", "\xf0\x90\x80\x80"});
}

TEST_CASE("what is written is read back, names of all kinds included") {
  const Tree tree = tree_of({"a", "b/c", "\xc3\xa9\"\\\n", "\xf0\x9f\x98\x80", "a\xff\xe9", "\xed\xa0\x80", " "});
  const Tree again = Tree::parse(tree.serialize(), "x");
  REQUIRE(again.files.size() == tree.files.size());
  for (std::size_t i = 0; i < tree.files.size(); ++i) CHECK(again.files[i].relpath == tree.files[i].relpath);
  REQUIRE(tree.find("b/c") != nullptr);
  CHECK(tree.find("b/c")->md5 == kMd5);
  CHECK(tree.find("b") == nullptr);
}

TEST_CASE("other spacing, key orders and keys are read") {
  const Tree tree = Tree::parse(std::string("[ {\"relpath\":\"b\",\"size\": 3, \"md5\":\"") + kMd5 +
                                    "\"},\n{\"md5\": \"" + kMd5 + "\", \"relpath\": \"a\"} ]",
                                "x");
  REQUIRE(tree.files.size() == 2);
  CHECK(tree.files[0].relpath == "a");
  CHECK(tree.files[1].relpath == "b");
}

TEST_CASE("names that would leave the directory are refused, and the object is named") {
  for (const char* bad : {"/etc/passwd", "../x", "a/../../x", "a//b", "", ".", "a/.", "a/", "a\\u0000b"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(Tree::parse(json_of(bad), "cafe.dir"), Error);
  }
  CHECK_THROWS_WITH(Tree::parse(json_of("../x"), "cafe.dir"), "directory object 'cafe.dir' has the unsafe path '../x'");
}

TEST_CASE("bad hashes, double names and broken JSON are refused") {
  CHECK_THROWS_AS(Tree::parse("[{\"md5\": \"../../../../../../../../etc/passwd0\", \"relpath\": \"a\"}]", "x"), Error);
  CHECK_THROWS_AS(Tree::parse("[{\"md5\": \"D41D8CD98F00B204E9800998ECF8427E\", \"relpath\": \"a\"}]", "x"), Error);
  CHECK_THROWS_AS(Tree::parse("[{\"relpath\": \"a\"}]", "x"), Error);
  CHECK_THROWS_AS(Tree::parse("{}", "x"), Error);
  CHECK_THROWS_AS(Tree::parse("[", "x"), Error);
  CHECK_THROWS_AS(Tree::parse("", "x"), Error);
  const std::string one = json_of("a").substr(1, json_of("a").size() - 2);
  CHECK_THROWS_WITH(Tree::parse("[" + one + ", " + one + "]", "x"), "directory object 'x' has the path 'a' twice");
}
