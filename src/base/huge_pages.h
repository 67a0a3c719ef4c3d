// Memory of many megabytes that is written once: most of its cost is the page faults.
#pragma once

#include <cstddef>

namespace pivot {

/// Asks the kernel to give this memory, not touched so far, in huge pages. A wish: nothing happens where it can't.
void prefer_huge_pages(void* begin, std::size_t size);

/// Has the kernel give all pages of this memory now, which costs a fraction of as many faults. A wish as well.
void populate(void* begin, std::size_t size);

/// Says that about `bytes` will be allocated soon, in small pieces that mostly stay: the heap grows by them at once, in huge pages where the
/// kernel gives them. A wish as well.
void expect_allocations(std::size_t bytes);

}  // namespace pivot
