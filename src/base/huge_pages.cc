#include "base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace pivot {

void prefer_huge_pages(void* begin, std::size_t size) {
  constexpr std::uintptr_t kHuge = 2 << 20;
  const auto from = (reinterpret_cast<std::uintptr_t>(begin) + kHuge - 1) & ~(kHuge - 1), to = (reinterpret_cast<std::uintptr_t>(begin) + size) & ~(kHuge - 1);
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
}

}  // namespace pivot
