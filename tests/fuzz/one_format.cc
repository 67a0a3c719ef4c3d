// A libFuzzer entry for the format that PIVOT_FUZZ_FORMAT names. A crash, a hang or an exception that is no Error is a finding; keep its
// input in tests/fuzz/corpus/<format>, which the unit tests replay.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "readers.h"

namespace {

const pivot::fuzz::Reader& reader() {
  static const auto all = pivot::fuzz::readers();
  for (const auto& r : all)
    if (r.format == PIVOT_FUZZ_FORMAT) return r;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    reader().read(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const pivot::Error&) {
    // Refused: that is an answer.
  }
  return 0;
}
