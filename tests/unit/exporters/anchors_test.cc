#include "exporters/anchors.h"

#include <doctest/doctest.h>

using namespace pivot::exporters;

TEST_CASE("numbers follow the first aliases; scopes keep equal numbers apart") {
  const std::vector<TextPiece> pieces{{"a: &id002\n  k: 1\nb: *id002\n", 0}, {"c: &id001\n  k: 1\nd:\n- *id001\n- *id001\n", 3}};
  CHECK(join_with_anchors(pieces) ==
        "a: &id001\n  k: 1\nb: *id001\nc: &id002\n  k: 1\nd:\n- *id002\n- *id002\n");
}

TEST_CASE("text that only looks like an anchor stays") {
  const std::string text = "cmd: run &id001 *id001 x\nb: 'a &id007'\nc: \"&id001\"\n";
  CHECK(join_with_anchors({{text, 0}}) == text);
  CHECK(join_with_anchors({}) == "");
}
