// MD5 (RFC 1321) of one stream. Our own, because OpenSSL's asks the CPU what it can at the start of every program that has it inside: 0.06 ms
// in a virtual machine, a tenth of our start-up. The chain of steps bounds the speed; neither has an instruction more than that.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/cpu.h"
#include "base/hash.h"
#include "base/md5_lanes.h"
#include "base/md5_steps.h"

namespace pivot {

namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kWorthIt = 16;  // blocks for which the CPU is asked what it can

template <int kStep>
[[gnu::always_inline]] inline void step(std::uint32_t* state, const std::uint32_t* message) {
  std::uint32_t& a = state[(64 - kStep) % 4];
  const std::uint32_t b = state[(65 - kStep) % 4], c = state[(66 - kStep) % 4], d = state[(67 - kStep) % 4];
  std::uint32_t sum = a + message[detail::md5_word_of(kStep)] + detail::kMd5Sines[kStep];
  constexpr int kRound = kStep / 16;
  if constexpr (kRound == 0) sum += d ^ (b & (c ^ d));
  // Two sums, so that only one waits for b.
  else if constexpr (kRound == 1) sum = sum + (~d & c) + (d & b);
  else if constexpr (kRound == 2) sum += b ^ (c ^ d);
  else sum += c ^ (b | ~d);
  a = b + std::rotl(sum, detail::kMd5Shifts[kRound][kStep % 4]);
}

template <int... kSteps>
[[gnu::always_inline]] inline void all_steps(std::uint32_t* state, const std::uint32_t* message, std::integer_sequence<int, kSteps...>) {
  (step<kSteps>(state, message), ...);
}

[[gnu::optimize("O2")]] void blocks_one_by_one(Md5State& state, const std::uint8_t* data, std::size_t blocks) {
  std::uint32_t words[4] = {state[0], state[1], state[2], state[3]};
  for (; blocks > 0; --blocks, data += kBlock) {
    std::uint32_t message[16];
    std::memcpy(message, data, kBlock);
    if constexpr (std::endian::native == std::endian::big)
      for (auto& word : message) word = __builtin_bswap32(word);
    const std::uint32_t start[4] = {words[0], words[1], words[2], words[3]};
    all_steps(words, message, std::make_integer_sequence<int, 64>());
    for (int i = 0; i < 4; ++i) words[i] += start[i];
  }
  state = {words[0], words[1], words[2], words[3]};
}

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

void md5_blocks(Md5State& state, const std::uint8_t* data, std::size_t blocks) {
  // Where the CPU has it, a step of AVX-512 is shorter.
  return blocks >= kWorthIt && cpu_has_avx512() ? detail::md5_blocks_avx512(state, data, blocks) : blocks_one_by_one(state, data, blocks);
}

Md5Digest md5_end(Md5State state, std::string_view rest, std::uint64_t total) {
  md5_blocks(state, bytes_of(rest), rest.size() / kBlock);
  std::uint8_t tail[2 * kBlock];
  const auto blocks = detail::md5_padding(tail, rest.substr(rest.size() / kBlock * kBlock), total);
  md5_blocks(state, tail, blocks);
  return detail::md5_digest(state);
}

std::size_t detail::md5_padding(std::uint8_t* out, std::string_view rest, std::uint64_t total) {
  const std::size_t blocks = rest.size() + 9 <= kBlock ? 1 : 2;
  std::memset(out, 0, blocks * kBlock);
  if (!rest.empty()) std::memcpy(out, rest.data(), rest.size());
  out[rest.size()] = 0x80;
  const std::uint64_t bits = total * 8;
  for (std::size_t i = 0; i < 8; ++i) out[blocks * kBlock - 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
  return blocks;
}

Md5Digest detail::md5_digest(const Md5State& state) {
  Md5Digest out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
  return out;
}

Md5Digest md5(std::string_view data) { return md5_end(kMd5Start, data, data.size()); }

void Md5::update(std::string_view data) {
  if (data.empty()) return;
  total_ += data.size();
  if (const auto free = rest_.size() - used_; used_ > 0) {
    const auto taken = std::min(free, data.size());
    std::memcpy(rest_.data() + used_, data.data(), taken);
    used_ += taken;
    data.remove_prefix(taken);
    if (used_ < rest_.size()) return;
    md5_blocks(state_, reinterpret_cast<const std::uint8_t*>(rest_.data()), 1);
    used_ = 0;
  }
  const auto blocks = data.size() / kBlock;
  md5_blocks(state_, bytes_of(data), blocks);
  data.remove_prefix(blocks * kBlock);
  used_ = data.size();
  if (used_ > 0) std::memcpy(rest_.data(), data.data(), used_);
}

Md5Digest Md5::finish() { return md5_end(state_, {rest_.data(), used_}, total_); }

std::string md5_hex(std::string_view data) { return to_hex(md5(data)); }

}  // namespace pivot
