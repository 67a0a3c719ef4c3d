#include "base/md5_lanes.h"
#include "base/md5_steps.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// This file alone is compiled for AVX-512 (by the attributes below); whoever comes here has asked the CPU. What it has that AVX2 lacks: the
// three-operand logic of a step and its rotation are one instruction each, which shortens the chain of a single stream too.

namespace pivot::detail {

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl")

namespace {

/// Truth tables of the rounds' functions of (b, c, d).
constexpr int kLogic[4] = {0xca, 0xe4, 0x96, 0x39};

/// Sixteen 64-byte blocks, one a lane, to sixteen registers: word i of all lanes.
inline __attribute__((always_inline)) void transpose(const std::uint8_t* const* data, __m512i* words) {
  __m512i r[16], t[16], u[16];
  for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_si512(data[i]);
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    const __m512i low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x44), high = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xee);
    const __m512i low2 = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x44), high2 = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xee);
    words[i] = _mm512_shuffle_i32x4(low, low2, 0x88);
    words[i + 4] = _mm512_shuffle_i32x4(low, low2, 0xdd);
    words[i + 8] = _mm512_shuffle_i32x4(high, high2, 0x88);
    words[i + 12] = _mm512_shuffle_i32x4(high, high2, 0xdd);
  }
}

struct Lanes {
  __m512i a, b, c, d;
};

template <int kStep = 0>
inline __attribute__((always_inline)) void all_steps(Lanes& w, const __m512i* message) {
  constexpr int kRound = kStep / 16, kTable = kLogic[kRound], kShift = kMd5Shifts[kRound][kStep % 4];
  __m512i sum = _mm512_add_epi32(w.a, _mm512_add_epi32(message[md5_word_of(kStep)], _mm512_set1_epi32(static_cast<int>(kMd5Sines[kStep]))));
  sum = _mm512_add_epi32(sum, _mm512_ternarylogic_epi32(w.b, w.c, w.d, kTable));
  w = {w.d, _mm512_add_epi32(w.b, _mm512_rol_epi32(sum, kShift)), w.b, w.c};
  if constexpr (kStep < 63) all_steps<kStep + 1>(w, message);
}

/// One stream, in the lowest lane.
struct Stream {
  __m128i a, b, c, d;
};

template <int kStep = 0>
inline __attribute__((always_inline)) void all_steps(Stream& w, const std::uint8_t* block) {
  constexpr int kRound = kStep / 16, kTable = kLogic[kRound], kShift = kMd5Shifts[kRound][kStep % 4];
  const __m128i word = _mm_loadu_si32(block + 4 * md5_word_of(kStep));
  __m128i sum = _mm_add_epi32(w.a, _mm_add_epi32(word, _mm_set1_epi32(static_cast<int>(kMd5Sines[kStep]))));
  asm("" : "+x"(sum));  // else g++ adds the late operand first
  sum = _mm_add_epi32(sum, _mm_ternarylogic_epi32(w.b, w.c, w.d, kTable));
  w = {w.d, _mm_add_epi32(w.b, _mm_rol_epi32(sum, kShift)), w.b, w.c};
  if constexpr (kStep < 63) all_steps<kStep + 1>(w, block);
}

}  // namespace

void md5_lanes_avx512(Md5LaneState& lanes, std::size_t blocks) {
  Lanes w = {_mm512_load_si512(lanes.word[0]), _mm512_load_si512(lanes.word[1]), _mm512_load_si512(lanes.word[2]),
             _mm512_load_si512(lanes.word[3])};
  for (; blocks > 0; --blocks) {
    __m512i message[16];
    transpose(lanes.data, message);
    const Lanes start = w;
    all_steps(w, message);
    w = {_mm512_add_epi32(w.a, start.a), _mm512_add_epi32(w.b, start.b), _mm512_add_epi32(w.c, start.c), _mm512_add_epi32(w.d, start.d)};
    for (int i = 0; i < kMd5Lanes; ++i) lanes.data[i] += lanes.step[i];
  }
  _mm512_store_si512(lanes.word[0], w.a);
  _mm512_store_si512(lanes.word[1], w.b);
  _mm512_store_si512(lanes.word[2], w.c);
  _mm512_store_si512(lanes.word[3], w.d);
}

void md5_blocks_avx512(Md5State& state, const std::uint8_t* data, std::size_t blocks) {
  const auto in = [&](std::size_t i) __attribute__((always_inline)) { return _mm_cvtsi32_si128(static_cast<int>(state[i])); };
  const auto out = [](__m128i v) __attribute__((always_inline)) { return static_cast<std::uint32_t>(_mm_cvtsi128_si32(v)); };
  Stream w = {in(0), in(1), in(2), in(3)};
  for (; blocks > 0; --blocks, data += 64) {
    const Stream start = w;
    all_steps(w, data);
    w = {_mm_add_epi32(w.a, start.a), _mm_add_epi32(w.b, start.b), _mm_add_epi32(w.c, start.c), _mm_add_epi32(w.d, start.d)};
  }
  state = {out(w.a), out(w.b), out(w.c), out(w.d)};
}

#pragma GCC pop_options

#else

void md5_lanes_avx512(Md5LaneState&, std::size_t) {}
void md5_blocks_avx512(Md5State&, const std::uint8_t*, std::size_t) {}

#endif

}  // namespace pivot::detail
