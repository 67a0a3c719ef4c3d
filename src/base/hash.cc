#include "base/hash.h"

// OpenSSL 3 deprecates its low-level functions in favour of EVP, which loads providers when first used: more than a
// millisecond that our start-up doesn't have. The blocks behind both are the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cpu.h"
#include "base/md5_lanes.h"
#include "base/strings.h"

namespace pivot {

namespace {

constexpr std::size_t kWorthIt = 16;  // blocks

}  // namespace

struct Md5::Context {
  MD5_CTX ctx;
};

Md5::Md5() : context_(std::make_unique<Context>()) { MD5_Init(&context_->ctx); }
Md5::~Md5() = default;

void Md5::update(std::string_view data) {
  auto& ctx = context_->ctx;
  // Whole blocks go past OpenSSL where the CPU knows a quicker way.
  const std::size_t blocks = data.size() / MD5_CBLOCK;
  if (ctx.num == 0 && blocks >= kWorthIt && cpu_has_avx512()) {
    Md5State state = {ctx.A, ctx.B, ctx.C, ctx.D};
    detail::md5_blocks_avx512(state, reinterpret_cast<const std::uint8_t*>(data.data()), blocks);
    ctx.A = state[0];
    ctx.B = state[1];
    ctx.C = state[2];
    ctx.D = state[3];
    const std::uint64_t bits = (std::uint64_t{ctx.Nh} << 32 | ctx.Nl) + blocks * MD5_CBLOCK * 8;
    ctx.Nl = static_cast<MD5_LONG>(bits);
    ctx.Nh = static_cast<MD5_LONG>(bits >> 32);
    data.remove_prefix(blocks * MD5_CBLOCK);
  }
  MD5_Update(&ctx, data.data(), data.size());
}

Md5Digest Md5::finish() {
  Md5Digest out;
  MD5_Final(out.data(), &context_->ctx);
  return out;
}

void md5_blocks(Md5State& state, const std::uint8_t* data, std::size_t blocks) {
  if (cpu_has_avx512()) return detail::md5_blocks_avx512(state, data, blocks);
  MD5_CTX ctx;
  MD5_Init(&ctx);
  ctx.A = state[0];
  ctx.B = state[1];
  ctx.C = state[2];
  ctx.D = state[3];
  MD5_Update(&ctx, data, blocks * 64);
  state = {ctx.A, ctx.B, ctx.C, ctx.D};
}

Md5Digest md5(std::string_view data) {
  MD5_CTX ctx;
  MD5_Init(&ctx);
  MD5_Update(&ctx, data.data(), data.size());
  Md5Digest out;
  MD5_Final(out.data(), &ctx);
  return out;
}

std::string md5_hex(std::string_view data) { return to_hex(md5(data)); }

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

Sha256Digest sha256(std::string_view data) {
  Sha256Digest out;
  SHA256_CTX ctx;
  SHA256_Init(&ctx);
  SHA256_Update(&ctx, data.data(), data.size());
  SHA256_Final(out.data(), &ctx);
  return out;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view data) {
  constexpr std::size_t kBlock = 64;
  std::string padded(key);
  const auto bytes = [](const Sha256Digest& digest) { return std::string(reinterpret_cast<const char*>(digest.data()), digest.size()); };
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
