#include "base/text_sink.h"

#include <doctest/doctest.h>

using namespace pivot;

TEST_CASE("a sink hands on all text in order, whatever its sizes are") {
  std::string expected, found;
  std::size_t most = 0;
  TextSink sink([&](std::string_view block) {
    found += block;
    most = std::max(most, block.size());
  });
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, TextSink::kBlock - 1, TextSink::kBlock, TextSink::kBlock + 1, std::size_t{7}, 3 * TextSink::kBlock}) {
    const std::string text(size, static_cast<char>('a' + expected.size() % 26));
    sink.add(text);
    expected += text;
    std::memcpy(sink.room(3), "xyz", 3);
    sink.used(2);
    expected += "xy";
  }
  sink.flush();
  CHECK(found == expected);
  CHECK(most == 3 * TextSink::kBlock);
}

TEST_CASE("a sink without text hands on nothing") {
  int calls = 0;
  TextSink sink([&](std::string_view) { ++calls; });
  sink.add("");
  sink.flush();
  CHECK(calls == 0);
}
