#include "base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace pivot {

#if defined(__x86_64__)
namespace {

struct Features {
  bool avx2 = false, avx512 = false;
};

/// Not __builtin_cpu_supports: what is behind it runs in every process before main.
__attribute__((target("xsave"))) Features ask() {
  constexpr unsigned kLeaf = 7, kAvxState = 0x06, kAvx512State = 0xe6;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return {};
  const auto kept_by_system = static_cast<unsigned>(_xgetbv(0));
  if (__get_cpuid_count(kLeaf, 0, &a, &b, &c, &d) == 0) return {};
  return {.avx2 = (kept_by_system & kAvxState) == kAvxState && (b & bit_AVX2) != 0,
          .avx512 = (kept_by_system & kAvx512State) == kAvx512State && (b & bit_AVX512F) != 0 && (b & bit_AVX512VL) != 0};
}

const Features& features() {
  static const Features known = ask();
  return known;
}

}  // namespace

bool cpu_has_avx2() { return features().avx2; }
bool cpu_has_avx512() { return features().avx512; }

#else

bool cpu_has_avx2() { return false; }
bool cpu_has_avx512() { return false; }

#endif

}  // namespace pivot
