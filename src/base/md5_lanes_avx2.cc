#include "base/md5_lanes.h"
#include "base/md5_steps.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// This file alone is compiled for AVX2 (by the attributes below); md5_many asks the CPU before it comes here.

namespace pivot::detail {

#if defined(__x86_64__)

#pragma GCC push_options
#pragma GCC target("avx2")

namespace {

/// Eight 64-byte blocks, one a lane, to sixteen registers: word i of all eight lanes.
inline __attribute__((always_inline)) void transpose(const std::uint8_t* const* data, __m256i* words) {
  for (int half = 0; half < 2; ++half) {
    __m256i r[8];
    for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data[i] + half * 32));
    __m256i t[8];
    for (int i = 0; i < 4; ++i) {
      t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
      t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    __m256i u[8];
    for (int i = 0; i < 2; ++i) {
      u[4 * i] = _mm256_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
      u[4 * i + 1] = _mm256_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
      u[4 * i + 2] = _mm256_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
      u[4 * i + 3] = _mm256_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; ++i) {
      words[half * 8 + i] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x20);
      words[half * 8 + i + 4] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x31);
    }
  }
}

struct Words {
  __m256i a, b, c, d;
};

template <int kStep>
inline __attribute__((always_inline)) void step(Words& w, const __m256i* message) {
  constexpr int kRound = kStep / 16;
  constexpr int kIndex = md5_word_of(kStep);
  constexpr int kShift = kMd5Shifts[kRound][kStep % 4];
  __m256i sum =
      _mm256_add_epi32(w.a, _mm256_add_epi32(message[kIndex], _mm256_set1_epi32(static_cast<int>(kMd5Sines[kStep]))));
  if constexpr (kRound == 0) {
    sum = _mm256_add_epi32(sum, _mm256_xor_si256(w.d, _mm256_and_si256(w.b, _mm256_xor_si256(w.c, w.d))));
  } else if constexpr (kRound == 1) {
    // (d & b) | (~d & c): the halves never share a bit, so they are added one after the other, the late b last.
    sum = _mm256_add_epi32(sum, _mm256_andnot_si256(w.d, w.c));
    sum = _mm256_add_epi32(sum, _mm256_and_si256(w.d, w.b));
  } else if constexpr (kRound == 2) {
    sum = _mm256_add_epi32(sum, _mm256_xor_si256(_mm256_xor_si256(w.c, w.d), w.b));
  } else {
    const __m256i ones = _mm256_set1_epi32(-1);
    sum = _mm256_add_epi32(sum, _mm256_xor_si256(w.c, _mm256_or_si256(w.b, _mm256_xor_si256(w.d, ones))));
  }
  const __m256i turned = _mm256_or_si256(_mm256_slli_epi32(sum, kShift), _mm256_srli_epi32(sum, 32 - kShift));
  w.a = w.d;
  w.d = w.c;
  w.c = w.b;
  w.b = _mm256_add_epi32(w.b, turned);
}

template <int kStep = 0>
inline __attribute__((always_inline)) void all_steps(Words& w, const __m256i* message) {
  step<kStep>(w, message);
  if constexpr (kStep < 63) all_steps<kStep + 1>(w, message);
}

template <int kStep = 0>
inline __attribute__((always_inline)) void all_steps(Words& w, const __m256i* message, Words& w2,
                                                     const __m256i* message2) {
  step<kStep>(w, message);
  step<kStep>(w2, message2);
  if constexpr (kStep < 63) all_steps<kStep + 1>(w, message, w2, message2);
}

inline __attribute__((always_inline)) Words load(const Md5LaneState& lanes, int first) {
  const auto at = [&](int word) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(&lanes.word[word][first]));
  };
  return {at(0), at(1), at(2), at(3)};
}

inline __attribute__((always_inline)) void store(Md5LaneState& lanes, int first, const Words& w) {
  const auto put = [&](int word, __m256i v) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.word[word][first]), v);
  };
  put(0, w.a);
  put(1, w.b);
  put(2, w.c);
  put(3, w.d);
}

inline __attribute__((always_inline)) void add(Words& w, const Words& start) {
  w.a = _mm256_add_epi32(w.a, start.a);
  w.b = _mm256_add_epi32(w.b, start.b);
  w.c = _mm256_add_epi32(w.c, start.c);
  w.d = _mm256_add_epi32(w.d, start.d);
}

__attribute__((noinline)) void run_narrow(Md5LaneState& lanes, std::size_t blocks) {
  Words w = load(lanes, 0);
  for (; blocks > 0; --blocks) {
    __m256i message[16];
    transpose(lanes.data, message);
    const Words start = w;
    all_steps(w, message);
    add(w, start);
    for (int i = 0; i < 8; ++i) lanes.data[i] += lanes.step[i];
  }
  store(lanes, 0, w);
}

__attribute__((noinline)) void run_wide(Md5LaneState& lanes, std::size_t blocks) {
  Words w = load(lanes, 0);
  Words w2 = load(lanes, 8);
  for (; blocks > 0; --blocks) {
    __m256i message[16], message2[16];
    transpose(lanes.data, message);
    transpose(lanes.data + 8, message2);
    const Words start = w, start2 = w2;
    all_steps(w, message, w2, message2);
    add(w, start);
    add(w2, start2);
    for (int i = 0; i < 16; ++i) lanes.data[i] += lanes.step[i];
  }
  store(lanes, 0, w);
  store(lanes, 8, w2);
}

}  // namespace

void md5_lanes_avx2(Md5LaneState& lanes, std::size_t blocks, bool wide) {
  if (wide) run_wide(lanes, blocks);
  else run_narrow(lanes, blocks);
}

#pragma GCC pop_options

#else

void md5_lanes_avx2(Md5LaneState&, std::size_t, bool) {}

#endif

}  // namespace pivot::detail
