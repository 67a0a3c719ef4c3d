// Whole numbers near a real one, where std::ceil and std::nearbyint would need libm as a shared library: the only one beside libc, and a
// tenth of our start-up.
#pragma once

#include <cstdint>

namespace pivot {

/// The least whole number that is not below it.
constexpr std::int64_t rounded_up(double v) {
  const auto whole = static_cast<std::int64_t>(v);
  return static_cast<double>(whole) < v ? whole + 1 : whole;
}

/// The nearest whole number; halves go to the even one, as in Python.
constexpr std::int64_t rounded_to_even(double v) {
  const auto above = rounded_up(v);
  const double distance = static_cast<double>(above) - v;
  return distance > 0.5 || (distance == 0.5 && above % 2 != 0) ? above - 1 : above;
}

}  // namespace pivot
