#include "base/hash.h"

#include <cstdio>
#include <memory>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strings.h"

namespace pivot {

std::string to_hex(const Md5Digest& digest) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::optional<Md5Digest> md5_from_hex(std::string_view hex) {
  if (hex.ends_with(".dir")) hex.remove_suffix(4);
  if (hex.size() != 32) return std::nullopt;
  // By a table, and the check once at the end: digits and letters come in no order that a branch could guess.
  static constexpr auto kDigits = [] {
    std::array<std::int8_t, 256> digits{};
    digits.fill(-1);
    for (int i = 0; i < 10; ++i) digits[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
    for (int i = 0; i < 6; ++i) digits[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    return digits;
  }();
  Md5Digest out;
  int all = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = kDigits[static_cast<std::uint8_t>(hex[2 * i])], low = kDigits[static_cast<std::uint8_t>(hex[2 * i + 1])];
    all |= high | low;
    out[i] = static_cast<std::uint8_t>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  if (all < 0) return std::nullopt;
  return out;
}

std::uint64_t xxh3_64(std::string_view data, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

std::optional<std::string> xxh64_of_file(const std::string& path) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) return std::nullopt;
  const std::unique_ptr<XXH64_state_t, XXH_errorcode (*)(XXH64_state_t*)> state(XXH64_createState(), &XXH64_freeState);
  XXH64_reset(state.get(), 0);
  std::string piece(kPiece, '\0');
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), file.get())) > 0;) XXH64_update(state.get(), piece.data(), n);
  if (std::ferror(file.get()) != 0) return std::nullopt;
  XXH64_canonical_t canonical;
  XXH64_canonicalFromHash(&canonical, XXH64_digest(state.get()));
  return to_hex({reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest});
}

Hash128 xxh3_128(std::string_view data, std::uint64_t seed) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  return {h.low64, h.high64};
}

}  // namespace pivot
