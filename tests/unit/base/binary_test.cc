#include "base/binary.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "text/yaml.h"

using namespace pivot;

namespace {

std::string encode(const Value& v) {
  BinaryWriter to;
  to.value(v);
  return to.take();
}

Value sample() {
  auto v = text::yaml::load("a: [1, -2, 1.5, .nan, null, true]\nb: {c: text, 'd e': 2024-01-02}\n1: 123456789012345678901234567890\n? [x]\n: y\n");
  return v;
}

}  // namespace

TEST_CASE("values survive as bytes") {
  for (const auto& v : {Value(), Value(true), Value(std::numeric_limits<std::int64_t>::min()), Value(-0.0), Value(""), Value("täxt\n"), sample()}) {
    const auto bytes = encode(v);
    BinaryReader reader(bytes);
    const auto back = reader.value();
    CHECK(reader.at_end());
    CHECK(back.kind() == v.kind());
    CHECK(encode(back) == bytes);
    CHECK(python_repr(back) == python_repr(v));
  }
}

TEST_CASE("numbers of all sizes survive as bytes") {
  for (int bit = 0; bit < 64; ++bit)
    for (const std::uint64_t n : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
      BinaryWriter to;
      to.number(n);
      to.fixed(n);
      BinaryReader from(to.bytes());
      CHECK(from.number() == n);
      CHECK(from.fixed() == n);
      CHECK(from.at_end());
    }
}

TEST_CASE("bytes that end early or lie about their length are an error, not a crash") {
  const auto whole = encode(sample());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    BinaryReader from(std::string_view(whole).substr(0, n));
    CHECK_THROWS_AS(from.value(), Error);
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char c : {'\0', '\x07', '\x7f', '\xff'}) {
      auto damaged = whole;
      damaged[at] = c;
      BinaryReader from(damaged);
      try {
        from.value();
      } catch (const Error&) {
      }
    }
}
