// SHA-256 (FIPS 180-4) and its HMAC (RFC 2104), for short texts: names in the run cache, signatures of requests.
#include <bit>

#include "base/hash.h"
#include "base/strings.h"

namespace pivot {

namespace {

constexpr std::size_t kBlock = 64;

/// 2^(1/3) of the first 64 primes, 32 bits behind the point.
constexpr std::uint32_t kRoots[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

using State = std::array<std::uint32_t, 8>;

std::uint32_t mixed(std::uint32_t x, int first, int second, int third) { return std::rotr(x, first) ^ std::rotr(x, second) ^ std::rotr(x, third); }

void take_block(State& state, const char* data) {
  std::uint32_t w[64];
  for (int i = 0; i < 16; ++i) {
    w[i] = 0;
    for (int k = 0; k < 4; ++k) w[i] = w[i] << 8 | static_cast<std::uint8_t>(data[4 * i + k]);
  }
  for (int i = 16; i < 64; ++i) {
    const auto before = w[i - 15], last = w[i - 2];
    w[i] = w[i - 16] + (std::rotr(before, 7) ^ std::rotr(before, 18) ^ before >> 3) + w[i - 7] + (std::rotr(last, 17) ^ std::rotr(last, 19) ^ last >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (int i = 0; i < 64; ++i) {
    const auto first = h + mixed(e, 6, 11, 25) + (g ^ (e & (f ^ g))) + kRoots[i] + w[i];
    const auto second = mixed(a, 2, 13, 22) + ((a & b) | (c & (a | b)));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const State end = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += end[i];
}

}  // namespace

Sha256Digest sha256(std::string_view data) {
  State state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string tail(data.substr(data.size() / kBlock * kBlock));
  for (std::size_t at = 0; at + kBlock <= data.size(); at += kBlock) take_block(state, data.data() + at);
  tail += '\x80';
  while (tail.size() % kBlock != kBlock - 8) tail += '\0';
  const std::uint64_t bits = std::uint64_t{data.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) tail += static_cast<char>(bits >> shift);
  for (std::size_t at = 0; at < tail.size(); at += kBlock) take_block(state, tail.data() + at);
  Sha256Digest out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return out;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view data) {
  const auto bytes = [](const Sha256Digest& digest) { return std::string(reinterpret_cast<const char*>(digest.data()), digest.size()); };
  std::string padded(key);
  if (padded.size() > kBlock) padded = bytes(sha256(padded));
  padded.resize(kBlock, '\0');
  std::string inner = padded, outer = padded;
  for (auto& c : inner) c = static_cast<char>(c ^ 0x36);
  for (auto& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner += data;
  return sha256(outer + bytes(sha256(inner)));
}

std::string to_hex(const Sha256Digest& digest) { return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())); }

std::string sha256_hex(std::string_view data) { return to_hex(sha256(data)); }

}  // namespace pivot
