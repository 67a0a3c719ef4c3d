#include "base/path.h"

#include <doctest/doctest.h>

using namespace pivot;

TEST_CASE("a relative path, from the same folder, from above, from beside") {
  CHECK(path::relative("a/b", ".") == "a/b");
  CHECK(path::relative("a", ".") == "a");
  CHECK(path::relative(".", ".") == ".");
  CHECK(path::relative("..", ".") == "..");
  CHECK(path::relative("../a", ".") == "../a");
  CHECK(path::relative(".a", ".") == ".a");
  CHECK(path::relative("..a/.b", ".") == "..a/.b");
  CHECK(path::relative("a/b/c", "a") == "b/c");
  CHECK(path::relative("a/b/c", "a/b/c") == ".");
  CHECK(path::relative("ab/c", "a") == "../ab/c");
  CHECK(path::relative("a/b", "a/c/d") == "../../b");
  CHECK(path::relative("/r/a", "/r") == "a");
  CHECK(path::relative("/r", "/r/a") == "..");
  CHECK(path::relative("/a", "/") == "a");
  CHECK(path::relative("/r/a", ".") == "/r/a");
}

TEST_CASE("empty parts and dots go from a relative path") {
  CHECK(path::relative("./a", ".") == "a");
  CHECK(path::relative("a//b", ".") == "a/b");
  CHECK(path::relative("a/./b", ".") == "a/b");
  CHECK(path::relative("a/", ".") == "a");
  CHECK(path::relative("a/.", ".") == "a");
  CHECK(path::relative("a//b", "a") == "b");
  CHECK(path::relative("a/./b", "a") == "b");
  CHECK(path::relative("a/b/", "a") == "b");
  CHECK(path::relative("a/", "a") == ".");
  CHECK(path::relative("/r//a", "/r") == "a");
  CHECK(path::relative("", ".") == ".");
}
