#include "base/hash.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/md5_lanes.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

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
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
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

TEST_CASE("every kernel that this CPU has gives what OpenSSL's scalar code gives") {
  constexpr std::size_t kBlocks = 5;
  std::vector<std::string> messages;
  for (unsigned i = 0; i < kMd5Lanes; ++i) messages.push_back(letters(64 * kBlocks, i));
  const auto fresh = [&] {
    detail::Md5LaneState lanes{};
    for (std::size_t i = 0; i < messages.size(); ++i) {
      for (std::size_t w = 0; w < 4; ++w) lanes.word[w][i] = kMd5Start[w];
      lanes.data[i] = reinterpret_cast<const std::uint8_t*>(messages[i].data());
      lanes.step[i] = 64;
    }
    return lanes;
  };
  const auto words_of = [](const detail::Md5LaneState& lanes, std::size_t i) {
    return Md5State{lanes.word[0][i], lanes.word[1][i], lanes.word[2][i], lanes.word[3][i]};
  };
  std::vector<Md5State> want;
  for (const auto& m : messages) {
    MD5_CTX ctx;
    MD5_Init(&ctx);
    MD5_Update(&ctx, m.data(), m.size());
    want.push_back({ctx.A, ctx.B, ctx.C, ctx.D});
  }
  if (cpu_has_avx2()) {
    for (const bool wide : {false, true}) {
      auto lanes = fresh();
      detail::md5_lanes_avx2(lanes, kBlocks, wide);
      for (std::size_t i = 0; i < (wide ? 16 : 8); ++i) CHECK(words_of(lanes, i) == want[i]);
    }
  }
  if (cpu_has_avx512()) {
    auto lanes = fresh();
    detail::md5_lanes_avx512(lanes, kBlocks);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      CHECK(words_of(lanes, i) == want[i]);
      auto state = kMd5Start;
      detail::md5_blocks_avx512(state, reinterpret_cast<const std::uint8_t*>(messages[i].data()), kBlocks);
      CHECK(state == want[i]);
    }
  }
}

TEST_CASE("digests of any length are OpenSSL's") {
  for (const std::size_t size : {0u, 1u, 55u, 56u, 57u, 63u, 64u, 65u, 119u, 120u, 127u, 128u, 129u, 1023u, 1024u, 1025u, 5000u, 100'000u}) {
    CAPTURE(size);
    const std::string message = letters(size, static_cast<unsigned>(size));
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    Md5Digest want;
    MD5(bytes, size, want.data());
    CHECK(md5(message) == want);
    Sha256Digest want_sha;
    SHA256(bytes, size, want_sha.data());
    CHECK(sha256(message) == want_sha);
    const std::string key = letters(size % 200, 7);
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, size, want_sha.data(), &length);
    CHECK(hmac_sha256(key, message) == want_sha);
  }
}

TEST_CASE("a stream in pieces of any size has the digest of the whole") {
  const std::string message = letters(100'000, 3);
  const auto want = md5_hex(message);
  for (const std::size_t piece : {1u, 63u, 64u, 1000u, 1024u, 1025u, 4096u, 65'536u, 100'000u}) {
    Md5 stream;
    for (std::size_t at = 0; at < message.size(); at += piece) stream.update(std::string_view(message).substr(at, piece));
    CHECK(to_hex(stream.finish()) == want);
  }
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
