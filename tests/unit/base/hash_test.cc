#include "base/hash.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/md5_lanes.h"

using namespace pivot;

namespace {

std::string letters(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  std::uint32_t x = seed * 2654435761u + 1;
  for (auto& c : out) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>(x >> 24);
  }
  return out;
}

/// A message cut into spans whose sizes are multiples of 64 bytes, from memory that is reused for each span.
class CutMessage final : public Md5Source {
 public:
  CutMessage(std::string message, std::size_t span) : message_(std::move(message)), span_(span) {}
  std::string_view next() override {
    buffer_ = message_.substr(std::min(at_, message_.size()), span_);
    at_ += buffer_.size();
    return buffer_;
  }
  void done(const Md5Digest& digest) override {
    CHECK_FALSE(finished);
    finished = true;
    CHECK(to_hex(digest) == md5_hex(message_));
  }
  bool finished = false;

 private:
  std::string message_, buffer_;
  std::size_t span_;
  std::size_t at_ = 0;
};

void check_all(std::vector<CutMessage>& messages) {
  std::size_t next = 0;
  md5_many([&]() -> Md5Source* { return next < messages.size() ? &messages[next++] : nullptr; });
  for (const auto& m : messages) CHECK(m.finished);
}

}  // namespace

TEST_CASE("known digests") {
  CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_hex("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(xxh3_64("") == 0x2d06800538d394c2u);
  Md5 stream;
  stream.update("a");
  stream.update("bc");
  CHECK(to_hex(stream.finish()) == md5_hex("abc"));
}

TEST_CASE("an MD5 in hex is read back, anything else is not") {
  const auto digest = md5_from_hex("900150983cd24fb0d6963f7d28e17f72");
  REQUIRE(digest);
  CHECK(to_hex(*digest) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_from_hex("900150983cd24fb0d6963f7d28e17f72.dir") == digest);
  CHECK_FALSE(md5_from_hex("900150983CD24FB0D6963F7D28E17F72"));
  CHECK_FALSE(md5_from_hex("900150983cd24fb0d6963f7d28e17f7"));
  CHECK_FALSE(md5_from_hex("900150983cd24fb0d6963f7d28e17f7g"));
  CHECK_FALSE(md5_from_hex(""));
}

TEST_CASE("lanes give the same digests as one stream for every length around the block and padding borders") {
  std::vector<CutMessage> messages;
  for (std::size_t size = 0; size < 300; ++size) messages.emplace_back(letters(size, static_cast<unsigned>(size)), 64);
  check_all(messages);
}

TEST_CASE("lanes cope with any number of messages, from none to several fillings") {
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<CutMessage> messages;
    for (std::size_t i = 0; i < count; ++i) messages.emplace_back(letters(100 + 37 * i, static_cast<unsigned>(i)), 128);
    check_all(messages);
  }
}

TEST_CASE("lanes of very different lengths finish each for itself") {
  std::vector<CutMessage> messages;
  for (unsigned i = 0; i < 200; ++i) {
    const std::size_t size = i % 7 == 0 ? 200'000 + i : (i * 7919u) % 5000;
    messages.emplace_back(letters(size, i), i % 3 == 0 ? 64 : i % 3 == 1 ? 4096 : 1 << 20);
  }
  check_all(messages);
}

TEST_CASE("an exception of a source ends the run") {
  struct Failing final : Md5Source {
    std::string_view next() override { throw std::runtime_error("gone"); }
    void done(const Md5Digest&) override {}
  } failing;
  bool given = false;
  CHECK_THROWS_AS(md5_many([&]() -> Md5Source* {
                    if (given) return nullptr;
                    given = true;
                    return &failing;
                  }),
                  std::runtime_error);
}
