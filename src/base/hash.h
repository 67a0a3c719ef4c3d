// Digests: MD5 (object names), SHA-256 (run cache), XXH3 (keys of our own tables). Many MD5 messages at once:
// md5_lanes.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pivot {

using Md5Digest = std::array<std::uint8_t, 16>;

/// The four words that MD5 carries from block to block.
using Md5State = std::array<std::uint32_t, 4>;
inline constexpr Md5State kMd5Start = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

/// One MD5 stream.
class Md5 {
 public:
  void update(std::string_view data);
  Md5Digest finish();

 private:
  Md5State state_ = kMd5Start;
  std::uint64_t total_ = 0;
  std::array<char, 64> rest_;  ///< of what is no whole block yet
  std::size_t used_ = 0;       ///< bytes in it
};

/// Runs whole blocks of 64 bytes through `state`.
void md5_blocks(Md5State& state, const std::uint8_t* data, std::size_t blocks);
/// The digest of a message of `total` bytes, of which all but `rest` went through `state`.
Md5Digest md5_end(Md5State state, std::string_view rest, std::uint64_t total);

Md5Digest md5(std::string_view data);
std::string md5_hex(std::string_view data);
std::string to_hex(const Md5Digest& digest);
/// nullopt when it isn't 32 lower-case hex digits (a ".dir" at the end is dropped first).
std::optional<Md5Digest> md5_from_hex(std::string_view hex);
using Sha256Digest = std::array<std::uint8_t, 32>;
Sha256Digest sha256(std::string_view data);
Sha256Digest hmac_sha256(std::string_view key, std::string_view data);
std::string to_hex(const Sha256Digest& digest);
std::string sha256_hex(std::string_view data);

std::uint64_t xxh3_64(std::string_view data, std::uint64_t seed = 0);
/// xxHash64 (the older one) of a file's content as 16 hex digits; nullopt when it can't be read.
std::optional<std::string> xxh64_of_file(const std::string& path);

/// 128 bits; sums of them are order-independent digests of sets.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
  Hash128& operator+=(const Hash128& other) {
    low += other.low;
    high += other.high;
    return *this;
  }
};
Hash128 xxh3_128(std::string_view data, std::uint64_t seed = 0);

}  // namespace pivot
