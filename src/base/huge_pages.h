// Memory of many megabytes that is written once: most of its cost is the page faults.
#pragma once

#include <cstddef>

namespace pivot {

/// Asks the kernel to give this memory, not touched so far, in huge pages. A wish: nothing happens where it can't.
void prefer_huge_pages(void* begin, std::size_t size);

}  // namespace pivot
