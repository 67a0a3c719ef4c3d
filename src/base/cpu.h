// What the CPU can do beyond the baseline. Asked at the first use and not at start-up: in a virtual machine each question costs microseconds.
#pragma once

namespace pivot {

bool cpu_has_avx2();
bool cpu_has_avx512();  ///< F and VL

}  // namespace pivot
