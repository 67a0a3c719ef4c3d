// MD5 of many messages at once: one message cannot be hashed faster than its chain of dependent steps allows, but 16 of
// them in the lanes of AVX2 registers go six times faster than one after the other, and in those of AVX-512 twice as fast again.
#pragma once

#include <functional>
#include <string_view>

#include "base/hash.h"

namespace pivot {

/// A message that arrives in spans.
class Md5Source {
 public:
  virtual ~Md5Source() = default;
  /// The next bytes, valid until the following call; empty at the end. All spans but the last are multiples of 64
  /// bytes.
  virtual std::string_view next() = 0;
  virtual void done(const Md5Digest& digest) = 0;
};

/// Messages that are in flight at the same time.
inline constexpr int kMd5Lanes = 16;

/// Hashes every message that `pull` gives (nullptr: no more) on this thread. At most kMd5Lanes of them have been pulled
/// and are not yet done at any time. An exception out of pull, next or done ends it.
void md5_many(const std::function<Md5Source*()>& pull);

namespace detail {
/// What the kernels work on: words of 16 lanes side by side and where each lane's next block stands. `step` is 64, or 0
/// for a lane without a message.
struct Md5LaneState {
  alignas(64) std::uint32_t word[4][kMd5Lanes];
  const std::uint8_t* data[kMd5Lanes];
  std::size_t step[kMd5Lanes];
};
/// Lanes 0-7 only (`wide` false) or all 16, interleaved so that their latencies hide each other.
void md5_lanes_avx2(Md5LaneState& lanes, std::size_t blocks, bool wide);
void md5_lanes_avx512(Md5LaneState& lanes, std::size_t blocks);
void md5_blocks_avx512(Md5State& state, const std::uint8_t* data, std::size_t blocks);
/// The 0x80, zeros and length in bits that end a message; `rest` is shorter than a block, `out` has room for two. Returns the number of blocks.
std::size_t md5_padding(std::uint8_t* out, std::string_view rest, std::uint64_t total);
Md5Digest md5_digest(const Md5State& state);
}  // namespace detail

}  // namespace pivot
