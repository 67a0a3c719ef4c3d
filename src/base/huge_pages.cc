#include "base/huge_pages.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace pivot {

namespace {

constexpr std::uintptr_t kHuge = 2 << 20;

}  // namespace

void prefer_huge_pages(void* begin, std::size_t size) {
  const auto from = (reinterpret_cast<std::uintptr_t>(begin) + kHuge - 1) & ~(kHuge - 1), to = (reinterpret_cast<std::uintptr_t>(begin) + size) & ~(kHuge - 1);
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
}

void populate(void* begin, std::size_t size) {
#if defined(MADV_POPULATE_WRITE)
  constexpr std::uintptr_t kPage = 4096;
  const auto from = reinterpret_cast<std::uintptr_t>(begin) & ~(kPage - 1), to = (reinterpret_cast<std::uintptr_t>(begin) + size) & ~(kPage - 1);
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_POPULATE_WRITE);
#else
  static_cast<void>(begin), static_cast<void>(size);
#endif
}

void expect_allocations(std::size_t bytes) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr std::size_t kMost = 64 << 20;
  constexpr int kPad = 128 << 10, kLargeBlock = 1 << 20;  // bytes; the first is what malloc takes by default
  bytes = (std::min(bytes, kMost) + kHuge - 1) & ~(kHuge - 1);
  // Freed memory stays, and blocks of some size come from the heap too: its pages are paid for.
  ::mallopt(M_TRIM_THRESHOLD, 2 * kMost);
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  // malloc writes in front of a piece and behind it: both before the first huge page, or it would be made of small ones.
  constexpr std::uintptr_t kPiece = kPad + kPad / 2, kNotes = 256;  // bytes; the piece is larger than what malloc can have left
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const auto begin = (end + kPiece + kNotes + kHuge - 1) & ~(kHuge - 1);
  if (::sbrk(static_cast<std::intptr_t>(begin - kPiece - kNotes - end)) == reinterpret_cast<void*>(-1)) return;
  ::mallopt(M_TOP_PAD, static_cast<int>(bytes));
  void* volatile piece = std::malloc(kPiece);
  ::mallopt(M_TOP_PAD, kPad);
  prefer_huge_pages(reinterpret_cast<void*>(begin), reinterpret_cast<std::uintptr_t>(::sbrk(0)) - begin);
  std::free(piece);
#else
  static_cast<void>(bytes);
#endif
}

}  // namespace pivot
