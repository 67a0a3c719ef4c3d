// Time, in nanoseconds.
#pragma once

#include <cstdint>

namespace pivot {

std::int64_t monotonic_ns();  ///< for durations and deadlines
std::int64_t wall_ns();       ///< since the epoch

/// Writes closer than this to the moment of hashing may have left the stat as it was (a file system's clock ticks in
/// steps of up to 10 ms): what was recorded then is not believed.
inline constexpr std::int64_t kClockGranularityNs = 20'000'000;

}  // namespace pivot
