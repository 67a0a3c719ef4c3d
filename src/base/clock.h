// Time, in nanoseconds.
#pragma once

#include <cstdint>

namespace pivot {

std::int64_t monotonic_ns();  ///< for durations and deadlines
std::int64_t wall_ns();       ///< since the epoch

}  // namespace pivot
